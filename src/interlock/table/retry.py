"""What fails on its way is tried again, a bounded number of times; what is refused is not."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["AWAY", "CLOSED", "NO_BUCKET", "PAUSE", "TRIES", "is_refusal", "retried"]

#: How often something is tried before its error is told.
TRIES = 4
#: Seconds before the second try; each further pause is twice as long.
PAUSE = 0.25

#: How the clients of Amazon, Google and Microsoft say that a bucket is not there,
NO_BUCKET = re.compile(r"NO_SUCH_BUCKET|NoSuchBucket|ContainerNotFound|specified container does not exist")
#: that it is closed to these credentials,
CLOSED = re.compile(
    r"ACCESS_DENIED|INVALID_ACCESS_KEY_ID|INVALID_CLIENT_TOKEN|SIGNATURE_DOES_NOT_MATCH|UNRECOGNIZED_CLIENT"
    r"|PERMISSION_DENIED|UNAUTHENTICATED|AuthenticationFailed|Authorization\w*(Failure|Mismatch)"
    r"|HTTP status 40[13]"
)
#: and that nobody answers.
AWAY = re.compile(r"NETWORK_CONNECTION|curlCode|Could(n't| not) connect|Fail to get a new connection")

T = TypeVar("T")


def retried(operation: Callable[[], T]) -> T:
    """Return what an operation returns, tried again with growing pauses while the way to it fails.

    Args:
        operation: Whatever may raise `OSError`; it can be done again from its start.

    Returns:
        Its result.

    Raises:
        OSError: The last one, or the first that trying again cannot help.

    Example:
        >>> answers = iter([ConnectionError("reset"), "here"])
        >>> def ask():
        ...     answer = next(answers)
        ...     if isinstance(answer, str):
        ...         return answer
        ...     raise answer
        >>> retried(ask)
        'here'
    """
    for attempt in range(TRIES - 1):
        try:
            return operation()
        except OSError as error:
            if is_refusal(error):
                raise
            time.sleep(PAUSE * 2**attempt)
    return operation()


def is_refusal(error: OSError) -> bool:
    """Tell whether the other side answered and said no, so that trying again cannot help.

    Example:
        >>> is_refusal(FileNotFoundError("no")), is_refusal(OSError("curlCode: 7, Could not connect"))
        (True, False)
    """
    refused = (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError)
    return isinstance(error, refused) or any(sign.search(str(error)) for sign in (NO_BUCKET, CLOSED))
