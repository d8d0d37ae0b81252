import numpy as np
from sklearn.decomposition import TruncatedSVD
from tests.fixtures_columns import TEXTS
from tests.fixtures_develop import coded

from interlock.contract import MISSING, Column, Contract
from interlock.develop.prepare.step import Options
from interlock.develop.prepare.topics import MOST_TOPICS, Topics, make_topics
from interlock.develop.sample import Sample

CONTRACT = Contract((Column("t", "text"),))


def sample(texts: list[str]) -> Sample:
    return Sample(np.empty((len(texts), 0)), (coded(texts),), np.zeros(len(texts)), "regression", 0)


def topics(texts: list[str]) -> Topics:
    step = make_topics(sample(texts), CONTRACT, Options())[0].step
    assert isinstance(step, Topics)
    return step


def test_directions_span_what_scikit_learns_exact_solver_finds() -> None:
    step = topics(TEXTS)
    features = step.terms.of(coded(TEXTS))[:, :-1]
    theirs = TruncatedSVD(MOST_TOPICS, algorithm="arpack", random_state=0).fit(features)
    ours = np.array(step.vectors)
    np.testing.assert_allclose(ours.T @ ours, np.eye(MOST_TOPICS), atol=1e-10)
    kept = np.linalg.norm(features @ ours) ** 2
    assert kept >= 0.98 * np.linalg.norm(features @ theirs.components_.T) ** 2
    first = np.abs(theirs.components_[0] @ ours[:, 0])
    assert first > 0.999


def test_a_missing_text_is_missing_and_an_empty_one_has_no_words() -> None:
    found = topics(TEXTS).transform(sample([MISSING, "", "word1 word1 nobody"]))
    assert np.isnan(found[0]).all()
    assert (found[1] == 0).all()
    assert found[2, -1] == 3
    assert np.isfinite(found).sum() == 2 * (MOST_TOPICS + 1)


def test_texts_of_one_topic_lie_together() -> None:
    sport = ["goal match team", "team goal", "match goal team team"] * 20
    money = ["bank rate loan", "loan bank", "rate rate bank"] * 20
    found = topics(sport + money).transform(sample(["goal", "team", "bank", "loan"]))[:, :-1]
    apart = np.abs(found[:, None] - found[None]).sum(axis=2)
    assert max(apart[0, 1], apart[2, 3]) < apart[:2, 2:].min()


def test_few_words_make_few_topics_and_none_make_none() -> None:
    assert topics(["a b c d"] * 9).names == ("t topic 1", "t topic 2", "t words")
    assert topics([MISSING] * 9).names == ("t words",)
    assert topics(["a"] * 9).sources == ("t",)
