from __future__ import annotations

from pathlib import Path

import pytest
from tests.report.charts import CHARTS

from interlock.errors import InputError
from interlock.report import pdf
from interlock.report.story import Chapter, Story

EVIL = "<script>alert(1)</script>"
STORY = Story(
    "Late *flights*",
    "A year.",
    (
        Chapter("The question", ("Is `late` known?", "Perhaps.")),
        Chapter(
            "What we found", ("First `a*b`.", f"Second {EVIL} | x_y."), listed=True, chart=CHARTS["bars"]
        ),
    ),
    "Interlock",
)


def test_markdown_keeps_names_as_code_and_everything_else_as_text() -> None:
    text = STORY.markdown()
    assert text.startswith(
        "# Late \\*flights\\*\n\nA year.\n\n## The question\n\nIs `late` known? Perhaps.\n"
    )
    assert "- First `a*b`.\n- Second &lt;script&gt;alert(1)&lt;/script&gt; \\| x\\_y." in text
    assert text.endswith("---\n\nInterlock\n")


def test_markdown_shows_a_picture_by_its_numbers() -> None:
    assert "**Late** (n = 9)\n\n| name | value | low | high |\n| --- | --- | --- | --- |\n| EWR | 0.27 |" in (
        STORY.markdown()
    )


def test_a_name_that_breaks_the_line_or_the_code_does_no_harm() -> None:
    text = Story("a\n# b", "", (Chapter("c", ("one ` tick <b>\n# no heading",)),)).markdown()
    assert "\n# b" not in text
    assert "\n# no heading" not in text
    assert "one \\` tick &lt;b&gt;" in text


def test_html_has_every_chapter_and_runs_nothing_of_the_datas() -> None:
    html = STORY.html()
    assert "<h2" in html
    assert "The question</h2>" in html
    assert "<code>late</code>" in html
    assert EVIL not in html
    assert html.count('<figure class="chart">') == 1
    assert STORY._repr_html_().startswith("<iframe")


def test_the_suffix_says_which_form(tmp_path: Path) -> None:
    assert STORY.save(tmp_path / "story.md").read_text() == STORY.markdown()
    assert STORY.save(tmp_path / "story.html").read_text() == STORY.html()


def test_another_suffix_is_refused_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this format") as failure:
        STORY.save(tmp_path / "story.docx")
    assert failure.value.next_step == "end the name in .md, .html or .pdf"
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_is_printed_from_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "print_pdf", lambda html, path: path.write_text(html) and path)
    assert STORY.save(tmp_path / "story.pdf").read_text() == STORY.html()
