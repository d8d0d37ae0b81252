from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured

from interlock.explore import Exploration, explore
from interlock.explore.content.page import content_part
from interlock.explore.content.text import CELL, Text, texts


def _found(values: list[Any], **columns: Any) -> Text:
    table = pa.table({"t": pa.array(values, pa.string()), **columns})
    declared = {"t": {"type": "text"}}
    target = "y" if columns else None
    sample, contract, _ = measured(table, declared=declared, target=target)
    (found,) = texts(sample, contract)
    return found


def test_lengths_are_those_of_the_rows() -> None:
    rng = np.random.default_rng(0)
    values = [" ".join(["ab"] * size) for size in rng.integers(1, 40, 300)]
    found = _found(values)
    characters, words = [len(each) for each in values], [len(each.split()) for each in values]
    wanted = [0, 0.05, 0.5, 0.95, 1]
    assert found.characters == tuple(np.quantile(characters, wanted, method="inverted_cdf"))
    assert found.words == tuple(np.quantile(words, wanted, method="inverted_cdf"))
    assert (found.n, found.different, found.looked, found.rows) == (
        300,
        len(set(values)),
        len(set(values)),
        300,
    )


def test_empty_and_blank_texts_are_counted_apart() -> None:
    found = _found(["", "", " \t", "word", None, "two words"] * 5)
    assert (found.n, found.empty, found.blank) == (25, 10, 5)


def test_what_texts_contain_is_a_share_of_the_rows() -> None:
    found = _found(["mail me: a@b.org"] * 3 + [f"plain {x}" for x in range(7)])
    assert found.contains == (("an e-mail address", 0.3),)
    table = pa.table({"t": ["mail me at a@b.org please"] * 3 + [f"plain text number {x}" for x in range(97)]})
    explored = explore(table, declared={"t": {"type": "text"}})
    told = [each for each in explored.findings if each.kind == "personal data"]
    assert told[0].sentence.startswith("`t` holds an e-mail address in 3 % of its texts: personal data")
    assert told[0].low < 0.03 < told[0].high


def test_words_go_with_the_target_of_each_text() -> None:
    rng = np.random.default_rng(1)
    late = rng.random(300) < 0.5
    values = [f"train {x} was {'late again' if each else 'on time'} today" for x, each in enumerate(late)]
    found = _found(values, y=pa.array(late))
    words = {each.word: each.group for each in found.telling}
    assert words == {"late": "true", "again": "true", "on": "false", "time": "false"}
    delay = np.where(late, 30.0, 0.0) + rng.normal(size=300)
    numeric = _found(values, y=pa.array(delay))
    assert {each.word: each.group for each in numeric.telling} == {
        "late": "more",
        "again": "more",
        "on": "less",
        "time": "less",
    }


def test_columns_of_few_levels_are_not_text() -> None:
    sample, contract, _ = measured(pa.table({"t": ["a", "b"] * 50}))
    assert list(texts(sample, contract)) == []
    sample, contract, _ = measured(pa.table({"t": [f"a long name {x % 40}" for x in range(90)]}))
    assert list(texts(sample, contract)) == []


def test_sentences_are_text_though_they_are_few() -> None:
    sample, contract, _ = measured(pa.table({"t": [f"remark number {x}" for x in range(60)] * 3}))
    assert contract["t"].type == "category"
    assert [each.column for each in texts(sample, contract)] == ["t"]


@pytest.mark.parametrize(
    "values",
    [
        [None] * 10,
        ["only one"],
        ["\x00\x00 null bytes \x00"] * 3,
        ["שלום עולם and \u202e reversed \u202c"] * 3,
        ["<script>alert(1)</script> & </figure>"] * 3,
        ["a" * 100_000, "b " * 50_000],
        ["" for _ in range(5)],
    ],
)
def test_hostile_texts_are_described_and_shown_as_text(values: list[Any], tmp_path: Path) -> None:
    table = pa.table({"t<b>": pa.array(values, pa.string()), "x": range(len(values))})
    found = explore(table, declared={"t<b>": {"type": "text"}})
    page = content_part(found.content)
    assert "<script>" not in page
    assert "t<b>" not in page
    assert Exploration.load(found.save(tmp_path)).content == found.content
    assert found.report(tmp_path / "report.html").stat().st_size < 3_000_000


def test_long_cells_are_read_to_a_limit_that_is_said() -> None:
    found = _found([("word " * 25_000)[:100_000] + str(x) for x in range(50)])
    assert found.cut == 50
    assert found.words[4] <= CELL / 4
    assert found.characters[4] > 100_000


@pytest.mark.slow
def test_a_hundred_thousand_long_texts_take_bounded_time() -> None:
    rng = np.random.default_rng(2)
    parts = [" ".join(f"word{x}" for x in rng.integers(0, 20_000, 50)) for _ in range(2_000)]
    first, second = rng.integers(0, 2_000, (2, 100_000)).tolist()
    values = [f"{parts[a]} {x} {parts[b]}" for x, (a, b) in enumerate(zip(first, second, strict=True))]
    table = pa.table({"t": values})
    sample, contract, _ = measured(table)
    start = time.process_time()
    (found,) = texts(sample, contract)
    assert time.process_time() - start < 15
    assert found.different == 100_000
    assert found.looked < 20_001
