"""What a release keeps to itself of its profile: texts and names that belong to few rows."""

from __future__ import annotations

from copy import deepcopy

from interlock.contract import Contract
from interlock.profile import Profile

__all__ = ["FEWEST", "withheld"]

#: What fewer training rows have is rare.
FEWEST = 5
_NAMED = ("feature", "target")


def withheld(profile: Profile, contract: Contract, fewest: int = FEWEST) -> Profile:
    """Return the profile as a release holds it: without rare strings of columns that have no levels.

    The levels of categories that are an input or the target stay, for the monitor names them. Texts,
    identifiers and columns that are left out keep their counts by hash, which is what distances are made of.

    Args:
        profile: Of the training table; it is left as it is.
        contract: What its columns are.
        fewest: Strings of fewer rows than that lose their names.

    Example:
        >>> import numpy as np
        >>> from interlock.contract import Column
        >>> from interlock.profile import Values
        >>> notes = np.array(["fell ill", "fell"], object)
        >>> found = Profile.of({"note": Values("string", np.repeat([0, 1], [1, 9]), dictionary=notes)})
        >>> kept = withheld(found, Contract((Column("note", "text"),)))
        >>> [text for text, _ in kept["note"].top(2) if not text.startswith("#")]
        ['fell']
    """
    named = {each.name for each in contract.columns if each.type == "category" and each.role in _NAMED}
    result = deepcopy(profile)
    for name, column in result.columns.items():
        if column.categories is not None and name not in named:
            column.categories.withhold(fewest)
    return result
