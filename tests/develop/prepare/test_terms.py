from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from tests.fixtures_columns import TEXTS
from tests.fixtures_develop import coded

from interlock.contract import MISSING
from interlock.develop.prepare.bags import bags
from interlock.develop.prepare.terms import Terms
from interlock.profile.words import words


def logarithmic(texts: list[str], names: list[str]) -> np.ndarray[Any, Any]:
    """Count words with scikit-learn, and take the number of binary digits of each count."""
    counts = CountVectorizer(analyzer=words, vocabulary=names).transform(texts).toarray()
    return np.array([[int(count).bit_length() for count in row] for row in counts], float)


def test_weights_are_those_of_scikit_learn() -> None:
    terms = Terms.fit("t", 0, coded(TEXTS))
    theirs = TfidfTransformer().fit(logarithmic(TEXTS, list(terms.vocabulary)))
    np.testing.assert_allclose(terms.weights, theirs.idf_, rtol=1e-14)


def test_features_are_weighted_counts_over_the_length_of_the_text() -> None:
    terms = Terms.fit("t", 0, coded(TEXTS))
    counts, weights = logarithmic(TEXTS, list(terms.vocabulary)), np.array(terms.weights)
    expected = 10 * counts * weights / np.sqrt(counts @ weights**2)[:, None]
    np.testing.assert_allclose(terms.of(coded(TEXTS)).toarray()[:, :-1], expected, rtol=1e-13)


def test_texts_without_repeats_have_the_length_that_scikit_learn_gives() -> None:
    texts = [" ".join(dict.fromkeys(text.replace("東京都", "").split())) for text in TEXTS]
    terms = Terms.fit("t", 0, coded(texts))
    theirs = TfidfTransformer().fit_transform(logarithmic(texts, list(terms.vocabulary))).toarray()
    np.testing.assert_allclose(terms.of(coded(texts)).toarray()[:, :-1] / 10, theirs, atol=1e-14)


def test_words_of_few_rows_are_left_out_and_the_most_frequent_kept() -> None:
    texts = ["often rare"] * 4 + ["often seldom"] * 5 + ["also often"] * 6
    assert Terms.fit("t", 0, coded(texts)).vocabulary == ("often", "also", "seldom")
    assert Terms.fit("t", 0, coded(texts), most=2).vocabulary == ("often", "also")
    assert Terms.fit("t", 0, coded(texts), least=1).names == (
        "t: often",
        "t: also",
        "t: seldom",
        "t: rare",
        "t missing",
    )


def test_only_the_rows_of_the_sample_are_counted() -> None:
    whole = coded(["one two"] * 5 + ["three four"] * 5)
    part = whole._replace(codes=whole.codes[:5])
    assert Terms.fit("t", 0, part).vocabulary == ("one", "two")


def test_missing_empty_and_unknown_are_told_apart() -> None:
    terms = Terms.fit("t", 0, coded(["good"] * 9 + ["bad"] * 9))
    found = terms.of(coded([MISSING, "", "never seen", "good"])).toarray()
    np.testing.assert_allclose(found, [[0, 0, 10], [0, 0, 0], [0, 0, 0], [0, 10, 0]], atol=1e-12)


def test_a_text_that_no_model_could_learn_has_no_words() -> None:
    terms = Terms.fit("t", 0, coded([MISSING] * 9))
    assert terms.vocabulary == ()
    np.testing.assert_allclose(terms.of(coded(["x", MISSING])).toarray(), [[0], [10]])


@pytest.mark.parametrize("rows", [1, 200])
def test_a_column_is_split_once_for_all_that_is_taken_from_it(rows: int, monkeypatch: Any) -> None:
    column = coded(TEXTS)
    first, every = bags(column)
    monkeypatch.setattr("interlock.develop.prepare.bags.bag", None)
    again, some = bags(column._replace(codes=column.codes[:rows]))
    assert again is first
    np.testing.assert_array_equal(some, every[:rows])


def test_a_few_of_many_texts_are_split_alone() -> None:
    column = coded(TEXTS)
    found, rows = bags(column._replace(codes=column.codes[:3]))
    assert found.counts.shape[0] == len(np.unique(column.codes[:3]))
    for text, row in zip(column.levels[column.codes[:3]], rows, strict=True):
        written = found.counts[[row]].toarray().ravel()
        assert {found.words[place] for place in np.flatnonzero(written)} == set(words(text))
