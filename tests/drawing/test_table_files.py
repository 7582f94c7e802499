"""Tables in CSV, Markdown, LaTeX and JSON."""

import csv
import json
import re

import pandas as pd
import pytest

from triptych.drawing.tables import write_csv, write_json, write_latex, write_markdown

_TABLE = pd.DataFrame(
    {"network": ["natural", "a & b_c"], "share, this run": ["0.529", ""], "100 %": ["#1", "0.982"]}
)


def _latex(table, folder, caption="A caption"):
    write_latex(table, folder / "table.tex", caption, label="tab:one")
    return (folder / "table.tex").read_text(encoding="utf-8")


def _body_rows(latex):
    """The cells of each row between the rules of the table, special characters restored."""
    body = latex.split("\\toprule")[1].split("\\bottomrule")[0].replace("\\midrule", "")
    rows = [row.strip() for row in re.split(r"\\\\\n", body) if row.strip()]
    return [
        [re.sub(r"\\([%&#_])", r"\1", cell).strip() for cell in re.split(r"(?<!\\)&", row)]
        for row in rows
    ]


def _is_balanced(latex):
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def test_csv_has_six_decimals_and_blank_cells(tmp_path):
    table = pd.DataFrame({"a": [1 / 3, float("nan")], "b": [2, 3], "c": ["0.1234567891", None]})
    write_csv(table, tmp_path / "deep" / "table.csv")
    content = (tmp_path / "deep" / "table.csv").read_bytes()
    assert content == b"a,b,c\n0.333333,2,0.1234567891\n,3,\n"


def test_csv_quotes_what_a_reader_would_split(tmp_path):
    sentence = 'On the natural network, "never" below 50 %.\nNew line'
    write_csv(pd.DataFrame({"sentence": [sentence]}), tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["sentence"], [sentence]]


def test_markdown_has_a_caption_a_header_and_a_row_for_each_row(tmp_path):
    write_markdown(_TABLE, tmp_path / "table.md", "This run (Table II)")
    lines = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["**This run (Table II)**", ""]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert rows[0] == list(_TABLE.columns)
    assert all(re.fullmatch(r":?-+:?", cell) for cell in rows[1])
    assert rows[2:] == _TABLE.values.tolist()


def test_markdown_shows_numbers_in_text_as_they_are(tmp_path):
    write_markdown(pd.DataFrame({"a": ["0.100", "1.0"]}), tmp_path / "table.md", "x")
    lines = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()
    assert [line.strip("| ") for line in lines[4:]] == ["0.100", "1.0"]


def test_a_bar_in_a_markdown_cell_does_not_begin_another_cell(tmp_path):
    write_markdown(pd.DataFrame({"a": ["x|y"], "b": ["z"]}), tmp_path / "table.md", "x")
    row = (tmp_path / "table.md").read_text(encoding="utf-8").splitlines()[-1]
    assert len(re.findall(r"(?<!\\)\|", row)) == 3


def test_latex_is_a_float_with_a_caption_a_label_and_three_rules(tmp_path):
    latex = _latex(_TABLE, tmp_path, "Share in % (Table II)")
    assert latex.startswith("\\begin{table}")
    assert latex.rstrip().endswith("\\end{table}")
    assert "\\caption{Share in \\% (Table II)}" in latex
    assert "\\label{tab:one}" in latex
    for rule in ("\\toprule", "\\midrule", "\\bottomrule"):
        assert latex.count(rule) == 1
    for environment in ("table", "tabular"):
        assert latex.count(f"\\begin{{{environment}}}") == 1
        assert latex.count(f"\\end{{{environment}}}") == 1


def test_latex_rows_have_the_cells_of_the_table(tmp_path):
    latex = _latex(_TABLE, tmp_path)
    assert _body_rows(latex) == [list(_TABLE.columns), *_TABLE.values.tolist()]
    assert _is_balanced(latex)
    columns = re.search(r"\\begin\{tabular\}\{([lrc]+)\}", latex).group(1)
    assert len(columns) == 3


def test_latex_escapes_what_would_begin_a_comment_or_a_cell(tmp_path):
    latex = _latex(_TABLE, tmp_path)
    assert not re.search(r"(?<!\\)[%#_]", latex.replace("tab:one", ""))


@pytest.mark.parametrize("text", ["$5", "{", "}", "x^2", "~60", "a\\b", "\\alpha"])
def test_latex_shows_every_special_character_of_a_cell(tmp_path, text):
    latex = _latex(pd.DataFrame({"a": [text]}), tmp_path)
    ((_,), (cell,)) = _body_rows(latex)
    assert _is_balanced(latex)
    # Escaped in any way: a bare character would be a command to LaTeX.
    without_commands = re.sub(r"\\text\w+(\{\})?|\\[\^~](\{\})|\\[${}]", "", cell)
    assert not re.search(r"[$^~\\{}]", without_commands)
    assert cell != text


def test_json_rounds_floats_to_six_decimals_and_leaves_the_rest(tmp_path):
    value = {"a": {"b": 1 / 3, "c": 7}, "d": "text", "e": None, "f": True}
    write_json(value, tmp_path / "metrics.json")
    text = (tmp_path / "metrics.json").read_text(encoding="utf-8")
    assert json.loads(text) == {**value, "a": {"b": 0.333333, "c": 7}}
    assert text.endswith("}\n")


def test_json_rounds_floats_in_lists_too(tmp_path):
    write_json({"a": [1 / 3, {"b": 2 / 3}]}, tmp_path / "metrics.json")
    found = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert found == {"a": [0.333333, {"b": 0.666667}]}


@pytest.mark.parametrize("kind", ["csv", "md", "tex"])
def test_equal_tables_give_equal_bytes(tmp_path, kind):
    written = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.{kind}"
        if kind == "csv":
            write_csv(_TABLE, path)
        elif kind == "md":
            write_markdown(_TABLE, path, "x")
        else:
            write_latex(_TABLE, path, "x", "tab:x")
        written.append(path.read_bytes())
    assert written[0] == written[1]
    assert b"\r" not in written[0]
