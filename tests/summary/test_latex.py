"""The summary's Markdown as LaTeX."""

import shutil
import subprocess
from pathlib import Path

import pytest

from triptych.summary.latex import as_latex

_TEXT = """# A title & more

Words of 95 % with `a_key/of_it --all` and **bold** and *slanted* “quoted” text [@one2018].
A [link](https://a.b/c_d).

- first
  - inner

1. counted

   `triptych explain x`

| item | content |
| --- | --- |
| data_set | a \\| b |

```sh
make env  # as_it_is
```

```bibtex
@misc{one2018,
  title = {{Кириллица}},
}
```
"""


def body(markdown: str) -> str:
    return as_latex(markdown).partition("\\begin{document}\n\n")[2]


@pytest.mark.parametrize(
    ("markdown", "latex"),
    [
        ("50 % of a_ & c", r"50 \% of a\_ \& c"),
        ("## Two", r"\subsection*{Two}"),
        ("“so”", "``so''"),
        ("`--all`", r"\texttt{-{}-all}"),
        ("`a/b`", r"\texttt{a/\allowbreak{}b}"),
        ("see [@one2018]", r"see \cite{one2018}"),
        ("```\na_b\n```", "\\begin{verbatim}\na_b\n\\end{verbatim}"),
        ("- one", "\\begin{itemize}\n\\item one"),
        ("1. one", "\\begin{enumerate}\n\\item one"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "1 & 2 \\\\\n\\bottomrule"),
        ("[x](https://a.b/c_d)", r"\href{https://a.b/c\_d}{x}"),
        ("a <person> token", "a <person> token"),
        ("see [@mnist-1.5]", r"see \cite{mnist-1.5}"),
        ("![x](y.png)", r"!\href{y.png}{x}"),
    ],
)
def test_each_form_has_its_command(markdown: str, latex: str) -> None:
    assert latex in body(markdown)


def test_bibtex_becomes_the_bibliography_of_the_document() -> None:
    text = as_latex(_TEXT)

    before, _, after = text.partition("\\begin{document}")
    assert "title = {{Кириллица}}" in before
    assert "\\bibliography{triptych}" in after
    assert "bibliography" not in as_latex("no citation")


def test_latex_compiles_it(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("needs pdflatex: apt-get install texlive-lang-cyrillic")
    (tmp_path / "summary.tex").write_text(as_latex(_TEXT), encoding="utf-8")

    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "summary.tex"]
    for command in (latex, ["bibtex", "summary"], latex, latex):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]

    assert "Citation `one2018'" not in (tmp_path / "summary.log").read_text(errors="replace")
    assert (tmp_path / "summary.pdf").stat().st_size > 10_000
