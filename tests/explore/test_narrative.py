from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import noise, penguins

from interlock.explore import explore, narrative, story
from interlock.explore.findings.finding import Kind, finding
from interlock.explore.statistics.estimate import wilson
from interlock.report.story import Story

TITLES = [
    "The question",
    "The data",
    "What we found",
    "How sure we are",
    "What we would do",
    "What could be wrong",
]


def _chapter(told: Story, title: str) -> str:
    return " ".join(next(each.sentences for each in told.chapters if each.title == title))


@pytest.fixture(scope="module")
def told() -> Story:
    return story(explore(penguins(1000), target="species"))


def test_it_answers_the_six_questions_in_order(told: Story) -> None:
    assert [each.title for each in told.chapters] == TITLES
    assert all(each.sentences for each in told.chapters)


def test_what_was_found_comes_with_intervals_and_n(told: Story) -> None:
    for sentence in next(each.sentences for each in told.chapters if each.title == "What we found"):
        assert re.search(r"n = [\d,]+\)", sentence), sentence
    assert _chapter(told, "What we found").count("95 % interval") >= 3


def test_a_relation_is_told_by_its_ends_which_are_pandas() -> None:
    frame = penguins(1000).to_pandas()
    shares = (
        frame.dropna(subset=["island"])
        .groupby("island")["species"]
        .apply(lambda each: (each == "Adelie").mean())
    )
    sentence = next(
        each
        for each in story(explore(penguins(1000), target="species")).chapters[2].sentences
        if "`island`" in each
    )
    assert f"where `island` is {shares.idxmin()}" in sentence
    assert f"where `island` is {shares.idxmax()}." in sentence
    assert f"{100 * shares.max():.1f} %" in sentence


def test_a_leak_is_a_warning_not_a_discovery() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(2000) < 0.4
    table = pa.table({"leak": y + rng.normal(size=2000) / 20, "real": y + rng.normal(size=2000), "y": y})
    told = story(explore(table, target="y"))
    assert "`leak`" not in _chapter(told, "What we found")
    assert "where `real`" in _chapter(told, "What we found")
    assert "The strongest is `real`" in _chapter(told, "How sure we are")
    assert "Ask when these become known: `leak`." in _chapter(told, "What we would do")
    assert "If `leak` became known after the outcome" in _chapter(told, "What could be wrong")


def test_a_story_of_nothing_but_leaks_says_where_they_are_doubted() -> None:
    y = np.random.default_rng(0).random(2000) < 0.4
    found = explore(
        pa.table({"leak": y + np.random.default_rng(1).normal(size=2000) / 20, "y": y}), target="y"
    )
    only = replace(found, findings=tuple(each for each in found.findings if each.kind == "leakage"))
    assert only.findings
    assert _chapter(story(only), "What we found").startswith("Nothing stood out but what may have been")


def test_only_an_interval_whose_number_was_named_is_told() -> None:
    named = finding("missing", ("x",), "`x` is missing in 10 % of the rows.", wilson(10, 100), "", 0.1)
    assert narrative._finding(named) == f"{named.sentence} (95 % interval 5.5 % to 17.4 %, n = 100)"
    unnamed = replace(named, sentence="`x` goes with `y`.")
    assert narrative._finding(unnamed) == "`x` goes with `y`. (n = 100)"


def test_the_lead_says_which_rows_speak(told: Story) -> None:
    assert told.lead == "What 1,000 explored rows say, for those who decide."
    sealed = story(explore(penguins()), sealed=40).lead
    assert sealed == "What 344 explored rows say (40 more are sealed for the test), for those who decide."


def test_a_models_figures_stand_beside_the_suspicion_of_a_leak() -> None:
    rng = np.random.default_rng(0)
    y = rng.random(2000) < 0.4
    leaking = {"leak": y + rng.normal(size=2000) / 20, "real": y + rng.normal(size=2000), "y": y}
    result = "Its log loss 0.01 is the best."
    told = _chapter(story(explore(pa.table(leaking), target="y"), [result]), "What a model could do with it")
    assert told.startswith(result + " Do not rely on these figures yet: `leak` may have been written after")
    assert "Log loss: how surprised" in told
    assert "RMSE" not in told
    honest = explore(pa.table(leaking), target="y", ignore=["leak"])
    assert "Do not rely" not in _chapter(story(honest, [result]), "What a model could do with it")


def test_measures_are_explained_where_they_are_used(told: Story) -> None:
    text = told.markdown()
    for measure in ("AUC", "Cramér's V", "eta", "Spearman's rho"):
        used = f": {measure} " in _chapter(told, "How sure we are")
        assert used == (f"{measure}: " in text)


def test_results_of_later_stages_are_a_chapter_of_their_own() -> None:
    told = story(explore(penguins(), target="species"), ["The model errs in 5 % of the rows."])
    assert [each.title for each in told.chapters][3] == "What a model could do with it"
    assert "interlock develop" not in told.markdown()


def test_noise_makes_a_calm_story() -> None:
    told = story(explore(noise(1500, 3), target="target"))
    assert "goes with" not in _chapter(told, "What we found")
    assert "0 hold" in _chapter(told, "How sure we are")


def test_without_a_target_it_tells_of_the_data_alone() -> None:
    told = story(explore(penguins()))
    assert "No column was named" in _chapter(told, "The question")
    assert "Say which column is to be predicted" in _chapter(told, "What we would do")


def test_a_flawless_table_has_nothing_to_tell() -> None:
    told = story(explore(pa.table({"x": [1.5, 2.5, 3.0], "y": [3.0, 2.0, 1.5]})))
    assert _chapter(told, "What we found").startswith("Nothing stood out")


def test_hostile_names_stay_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    x = np.random.default_rng(0).choice([evil, "b"], 500)
    told = story(
        explore(
            pa.table({evil: x, "y": (x == "b") ^ (np.random.default_rng(1).random(500) < 0.2)}), target="y"
        )
    )
    assert "<img" not in told.html()
    assert "<img" not in re.sub(r"`[^`]*`", "", told.markdown())


def test_every_kind_of_finding_has_an_action_or_is_known_to_need_none() -> None:
    kinds = set(get_args(Kind))
    assert kinds == set(narrative._ACTIONS) | set(narrative._TOLD_ONLY)
    assert not set(narrative._ACTIONS) & set(narrative._TOLD_ONLY)
