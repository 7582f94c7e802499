"""Markdown of findings and captions, set into the page."""

import re

from triptych.report.page.markdown import blocks, inline

TEXT = """# Title

Before.

### A part

**Caption, 5 % of it.**

| a | b |
|:--|--:|
| 1 | <2> |

| c |
|---|
| 3 |

#### Below it

![picture](https://example.org/a.png) and [a link](https://example.org)
"""


def test_headings_begin_where_they_should_and_skip_no_level() -> None:
    html = blocks(TEXT, level=5, label="x")

    assert re.findall(r"<(h\d)>(.*?)</", html) == [("h5", "A part"), ("h6", "Below it")]
    assert "Title" not in html


def test_a_table_has_the_bold_line_above_it_as_its_caption_or_its_heading() -> None:
    html = blocks(TEXT, level=5, label="Findings")

    captions = re.findall(r"<caption><span>(.*?)</span></caption>", html)
    assert captions == ["Caption, 5 % of it.", "A part"]
    assert "<p>" not in html.split("A part")[1].split("<table")[0]
    assert html.count('<th scope="col">') == 3
    assert re.findall('tabindex="0" aria-label="(.*?)"', html) == [
        "Findings, table 1",
        "Findings, table 2",
    ]


def test_neither_raw_html_nor_styles_nor_pictures_get_through() -> None:
    html = blocks(
        TEXT + '\n<b onclick="x">bold</b>\n\n[bad](javascript:alert)\n', level=4, label=""
    )

    assert "<img" not in html
    assert "<b" not in html
    assert "style=" not in html
    assert 'href="javascript' not in html
    assert "&lt;2&gt;" in html


def test_a_caption_is_one_line_with_file_names_in_it() -> None:
    assert inline("see `a_b.csv` & <c>") == "see <code>a_b.csv</code> &amp; &lt;c&gt;"
