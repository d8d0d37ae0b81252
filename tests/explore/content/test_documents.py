from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.content.documents import documents
from interlock.profile.words import words

_TEXTS = st.lists(st.lists(st.sampled_from(["red", "blue", "fish", "été", "京"])).map(" ".join), max_size=12)


@given(_TEXTS)
def test_words_are_counted_as_python_counts_them(texts: list[str]) -> None:
    found = documents(texts)
    before = found.words.copy()
    assert found.lengths.tolist() == [len(words(text)) for text in texts]
    presence = Counter(word for text in texts for word in set(words(text)))
    totals = np.asarray(found.presence().sum(axis=0)).ravel()
    assert dict(zip(found.vocabulary, totals.tolist(), strict=True)) == dict(presence)
    assert found.words.tolist() == before.tolist()
    flat = [word for text in texts for word in words(text)]
    assert [found.vocabulary[code] for code in found.words] == flat
    assert all(new == len(set(flat[:read])) for read, new in found.growth(5))


@given(_TEXTS, st.data())
def test_some_of_the_texts(texts: list[str], data: st.DataObject) -> None:
    places = [place for place in range(len(texts)) if data.draw(st.booleans())]
    found = documents(texts)
    part = found.of(np.array(places, np.int64))
    read = [
        [part.vocabulary[code] for code in part.words[a:b]]
        for a, b in zip(part.starts, part.starts[1:], strict=False)
    ]
    assert read == [words(texts[place]) for place in places]
