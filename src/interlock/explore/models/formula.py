"""A formula such as `y ~ x + C(g)`, taken apart by formulaic into a response, terms and factors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from interlock.errors import InputError
from interlock.explore.models.expression import parse

__all__ = ["Formula", "formula_of"]

_HIGHEST_POWER = 9
_COLOURS = re.compile("\x1b\\[[0-9;]*m|⧛\\[[0-9;]*m⧚|⧛|⧚")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula taken apart.

    Args:
        text: As it was written.
        response: The expression on the left.
        terms: Each the expressions that are multiplied, those of lower order first; an empty one is the
            intercept.
        offsets: What is added with a coefficient of 1: the insides of `offset(...)`.
    """

    text: str
    response: str
    terms: tuple[tuple[str, ...], ...]
    offsets: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the formula reads, each once."""
        return tuple(dict.fromkeys((*parse(self.response).names, *self.inputs)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns on the right."""
        texts = [text for term in self.terms for text in term] + list(self.offsets)
        return tuple(dict.fromkeys(name for text in texts for name in parse(text).names))


def formula_of(text: str) -> Formula:
    """Take a formula apart.

    Args:
        text: In the notation of Wilkinson and Rogers, as in R: `y ~ x + C(g)`, `log(y) ~ a * b`, `y ~ 0 + x`,
            `events ~ x + offset(log(hours))`.

    Returns:
        Its parts, each of them checked: nothing is computed.

    Raises:
        InputError: If it does not parse, has no response or several, or does more than a formula may.

    Source:
        G. N. Wilkinson, C. E. Rogers, Symbolic description of factorial models (1973).

    Example:
        >>> formula_of("y ~ a * C(b)").terms
        ((), ('a',), ('C(b)',), ('a', 'C(b)'))
    """
    sides = _sides(text)
    if "lhs" not in sides or not all(isinstance(sides.get(key), list) for key in ("lhs", "rhs")):
        raise _unusable("a formula has one response, a tilde and one group of terms", text, "")
    left = [_expressions(term) for term in sides["lhs"]]
    if len(left) != 1 or len(left[0]) != 1:
        raise _unusable("a formula has one response", text, " and ".join(":".join(term) for term in left))
    terms = [_expressions(term) for term in sides["rhs"]]
    offsets = [term[0] for term in terms if len(term) == 1 and parse(term[0]).function == "offset"]
    kept = [term for term in terms if term[:1] not in [(each,) for each in offsets]]
    for term in (*kept, left[0]):
        for each in term:
            if parse(each).function == "offset":
                raise _unusable("an offset is a term of its own, on the right", text, each)
    return Formula(text, left[0][0], tuple(sorted(kept, key=len)), tuple(offsets))


def _sides(text: str) -> dict[str, Any]:
    from formulaic.parser import DefaultFormulaParser

    if not isinstance(text, str) or len(text) > 100_000:
        raise _unusable("a formula is a string", str(text)[:100], type(text).__name__)
    powers = [int(each) for each in re.findall(r"(?:\*\*|\^)\s*(\d{1,9})", text)]
    if max(powers, default=0) > _HIGHEST_POWER:  # (a + b)**99 would be multiplied out for ever
        raise _unusable(f"a power above {_HIGHEST_POWER} is refused", text, str(max(powers)))
    try:
        terms = DefaultFormulaParser(feature_flags={"twosided"}).get_terms(text)
    except Exception as error:
        said = " ".join(_COLOURS.sub("", str(error)).split())
        raise _unusable("the formula does not parse", text, said or type(error).__name__) from error
    sides = dict(terms._structure)  # noqa: SLF001  formulaic's only way to ask which sides there are
    return {key: list(side) if not isinstance(side, tuple) else side for key, side in sides.items()}


def _expressions(term: Any) -> tuple[str, ...]:
    """Return the checked expressions of a term; none for the intercept."""
    found = []
    for factor in term.factors:
        method = factor.eval_method.value
        if method == "literal" and factor.expr == "1":
            continue
        if method == "literal":
            raise _unusable("a number cannot multiply a term", str(term), factor.expr)
        plain = method == "lookup" and not factor.expr.isidentifier()
        found.append(f"`{factor.expr}`" if plain else factor.expr)
        parse(found[-1])
    return tuple(found)


def _unusable(what: str, text: str, got: str) -> InputError:
    return InputError(
        what,
        where=text,
        got=got,
        next_step="write it like `y ~ x + C(group)`: terms joined by +, interactions by : or *",
    )
