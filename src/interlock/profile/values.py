"""One column of one batch, as the profile and the contract take it: a kind, an array, and what is null."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "Kind", "Values"]

Kind = Literal["number", "integer", "boolean", "timestamp", "string"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Values(NamedTuple):
    """One column of one batch.

    Args:
        kind: How the values are stored. `string` covers categories and text: which of the two a column is,
            the contract decides, not the batch.
        data: `number` float64, `integer` int64, `boolean` bool, `timestamp` int64 microseconds since
            1970-01-01T00:00Z; `string` int32 codes into `dictionary`.
        valid: True where the value is not null, shape of `data`; None where nothing is null. What stands in
            `data` at a null is arbitrary and never read. NaN is a value, not a null.
        dictionary: For `string` only: the distinct values of the batch, object array of `str`, not
            necessarily all used.

    Example:
        >>> import numpy as np
        >>> Values("integer", np.array([3, 1, 2])).kind
        'integer'
    """

    kind: Kind
    data: NDArray[np.generic]
    valid: NDArray[np.bool_] | None = None
    dictionary: NDArray[np.object_] | None = None
