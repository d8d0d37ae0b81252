from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from interlock.report import (
    Bars,
    Section,
    bullets,
    cards,
    details,
    facts,
    figure,
    heading,
    item,
    join,
    notebook,
    page,
    paragraph,
    prose,
    table,
    tag,
)
from interlock.report.chart import specification

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
VOID = {"meta", "link", "img", "br", "hr", "input", "rect", "line", "circle"}


class Outline(HTMLParser):
    """What a browser would see: elements, their attributes, and the text of scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


def unpacked(text: str) -> bytes:
    return gzip.decompress(base64.b85decode(text.replace(",", "<")))


def sample(name: str = "EWR") -> str:
    bars = Bars(title=name, labels=(name,), values=(0.3,), n=10)
    parts = join(
        facts([(name, name)]),
        bullets([name]),
        table([name], [[name]], caption=name),
        figure(bars, name),
        cards([heading(name)]),
        item(prose(name), name, tag(name)),
        details(name, paragraph(name)),
    )
    return page(name, name, [Section(name, parts, name), Section("Next", paragraph(name))], footer=name)


def test_a_caption_with_a_link_names_its_table_without_it() -> None:
    caption = Markup('From <a href="#here">"here"</a>.')
    html = table(["n"], [[1]], caption=caption)
    assert 'aria-label="From &#34;here&#34;."' in html
    assert f"<caption>{caption}</caption>" in html


def test_a_page_is_well_formed_and_asks_for_nothing() -> None:
    found = outline(sample())
    for name, attributes in found.seen:
        assert name not in ("link", "iframe", "img", "object", "embed", "base")
        assert not {"src", "srcset", "action", "background"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")


def test_names_from_the_data_stay_text() -> None:
    plain, hostile = outline(sample()), outline(sample(HOSTILE))
    assert [name for name, _ in plain.seen] == [name for name, _ in hostile.seen]
    assert not any(key.startswith("on") for _, attributes in hostile.seen for key in attributes)


def test_the_policy_allows_the_pages_own_scripts_and_no_request() -> None:
    found = outline(sample(HOSTILE))
    policy = next(
        attributes["content"] or ""
        for name, attributes in found.seen
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    allowed = set(re.findall(r"'sha256-([^']+)'", policy))
    scripts = [attributes for name, attributes in found.seen if name == "script"]
    run = [
        text for text, each in zip(found.scripts, scripts, strict=True) if each.get("type") != "text/plain"
    ]
    held = next(
        text for text, each in zip(found.scripts, scripts, strict=True) if each.get("id") == "library"
    )
    run.append(unpacked(held).decode())
    assert len(run) == 2
    assert {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run} == allowed


def _charts(document: str) -> list[list[Any]]:
    packed = re.search(r'id="charts">([^<]+)<', document)
    assert packed is not None
    return list(json.loads(unpacked(packed[1])))


def test_the_charts_stand_in_the_page_compressed_with_their_numbers() -> None:
    bars = Bars(title="Late <b>", labels=("EWR",), values=(0.3,), n=10, x_title="share")
    first, second = _charts(page("t", "", [Section("s", figure(bars, "c") + figure(bars, "d"))]))
    assert first == second == [specification(bars), [["name", "share"], ["EWR", "0.3"]], "Late <b>"]


def test_text_that_looks_like_a_chart_is_none() -> None:
    text = '<figure class="chart"><script type="application/json">[{}]</script></figure>'
    document = page("t", "", [Section("s", text)])  # type: ignore[arg-type]
    assert "<script" not in document
    assert "&lt;script" in document


def test_a_page_without_figures_has_no_script_and_is_small() -> None:
    document = page("t", "", [Section("s", paragraph("text"))])
    assert "<script" not in document
    assert "script-src 'none'" in unescape(document)
    assert len(document) < 20_000


def test_the_library_stands_once_however_many_figures() -> None:
    one = figure(Bars(title="t", labels=("a",), values=(1.0,)), "c")
    single, double = page("t", "", [Section("s", one)]), page("t", "", [Section("s", one + one)])
    assert double.count('id="library"') == 1
    assert len(double) - len(single) < len(one)


def test_every_section_is_in_the_contents_and_every_link_leads_somewhere() -> None:
    found = outline(sample())
    ids = {attributes["id"] for _, attributes in found.seen if "id" in attributes}
    links = [attributes["href"] for name, attributes in found.seen if name == "a"]
    assert {"#s1", "#s2"} <= set(links)
    assert all((link or "")[1:] in ids for link in links)


def test_a_figure_says_in_words_what_it_shows() -> None:
    bars = Bars(title="Late", labels=("a",), values=(1.0,), n=9)
    label = [a.get("aria-label") for _, a in outline(figure(bars, "By airport.")).seen]
    assert "Late. n = 9" in label
    assert "Newark is worst" in [
        a.get("aria-label") for _, a in outline(figure(bars, "c", alt="Newark is worst")).seen
    ]


def test_plain_text_in_a_section_is_escaped() -> None:
    assert "&lt;b&gt;" in page("t", "", [Section("s", "<b>")])  # type: ignore[arg-type]


def test_numbers_stand_right_and_nothing_is_a_dash() -> None:
    html = table(["name", "n"], [["a", 12345], ["b", None]])
    assert '<td class="right">12,345</td>' in html
    assert '<td class="right">–</td>' in html
    assert "<td>a</td>" in html


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        table(["a", "b"], [["x", "y", "z"]])


def test_prose_sets_names_as_code_and_leaves_a_lonely_backtick() -> None:
    assert prose("`a` and `b`") == Markup("<code>a</code> and <code>b</code>")
    assert prose("5` <") == Markup("5` &lt;")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    document = page("t", "", [Section("s", paragraph('"quoted" & <b>'))])
    assert type(notebook(document)) is str
    found = outline(notebook(document))
    assert [name for name, _ in found.seen] == ["iframe"]
    assert found.seen[0][1]["srcdoc"] == document


def _palettes() -> list[dict[str, str]]:
    style = (Path(__file__).parents[2] / "src/interlock/report/page.css").read_text(encoding="utf-8")
    return [
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", _palettes(), ids=["light", "dark", "print"])
def test_text_has_the_contrast_that_wcag_asks_for(palette: dict[str, str]) -> None:
    for ground in ("paper", "surface", "wash"):
        for tone in ("ink", "muted", "accent", "good", "warn", "bad"):
            lighter, darker = sorted((_luminance(palette[tone]), _luminance(palette[ground])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (tone, ground)


def test_light_dark_and_print_name_the_same_colours() -> None:
    light, dark, paper = _palettes()
    assert light.keys() == dark.keys() == paper.keys()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium: make browser")
def test_a_browser_draws_the_charts_under_the_policy(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(sample(HOSTILE), encoding="utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-quic"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += [
        f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=8000",
        "--dump-dom",
        path.as_uri(),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    assert 'aria-roledescription="bar"' in dom
    assert "var(--series-1)" in dom
