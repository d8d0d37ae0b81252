from tests.fixtures_validate import solve

from interlock.validate.card import card
from interlock.validate.card_blocks import Part, Words
from interlock.validate.card_glossary import TERMS, glossary


def test_only_words_that_are_used_are_explained() -> None:
    (part,) = glossary([Part("Metrics", (Words("a BCa bootstrap of days"),))])
    assert [block.text.split(":")[0] for block in part.blocks if isinstance(block, Words)] == [
        "`BCa bootstrap`"
    ]
    assert glossary([Part("Gates", (Words("fine"),))]) == ()


def test_the_card_of_a_binary_task_ends_with_the_words_that_it_uses() -> None:
    solved = solve("binary")
    *_, last = card(solved.validation.record, solved.contract, solved.validation.scores)
    assert last.title == "Words used in this card"
    text = str(last.blocks)
    assert all(
        word in text for word in ("DeLong (Obuchowski)", "BCa bootstrap", "`elsewhere`", "golden rows")
    )
    assert len(last.blocks) <= len(TERMS)
