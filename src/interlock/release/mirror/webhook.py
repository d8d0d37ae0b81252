"""A signed POST for each event, after the specification Standard Webhooks, and how a receiver checks one.

Source: Standard Webhooks 1.0: `webhook-id`, `webhook-timestamp`, `webhook-signature`; HMAC-SHA256 over
`id.timestamp.body`, in base64, behind `v1,`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any

import msgspec

from interlock.address import masked, scheme
from interlock.errors import InputError, RegistryError, SignatureError
from interlock.release.mirror.delivery import News
from interlock.release.registry.log import words
from interlock.release.registry.state import Environment, State

__all__ = ["SECRET", "Webhook", "body", "check", "headers", "secret_here"]

#: The environment variable that holds the secret.
SECRET = "INTERLOCK_WEBHOOK_SECRET"  # noqa: S105 - its name
#: Seconds by which a receiver's clock and a sender's may differ.
TOLERANCE = 300
#: Seconds for one POST, how often it is tried, and the pause before the second time, which then doubles.
TIMEOUT, TRIES, PAUSE = 10, 4, 0.5
#: The longest pause that a receiver may ask for, in seconds.
LONGEST = 30.0


class Webhook:
    """A receiver.

    Args:
        url: Where it listens.
        secret: What both know: `whsec_` and base64, or any text of at least 24 characters.
        clock: Tells the time, in seconds since 1970.
        sleep: Waits.

    Raises:
        InputError: If the address or the secret cannot be used.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if scheme(url) not in ("http", "https"):
            raise InputError(
                "a webhook has a web address",
                where=masked(url),
                next_step="give https://… under `[registry] webhooks`",
            )
        _key(secret)
        self.url, self._secret, self._clock, self._sleep = url, secret, clock, sleep

    @property
    def name(self) -> str:
        """`webhook` and its address."""
        return f"webhook {masked(self.url)}"

    def tell(self, news: News) -> None:
        """Send an event; tried again with growing pauses where it is answered with 429 or 5xx, or not at all.

        Raises:
            RegistryError: If it was not taken.
        """
        content, trouble, pause = body(news), "", 0.0
        for attempt in range(TRIES):
            self._sleep(pause)
            pause = PAUSE * 2**attempt
            try:
                self._post(news.event.digest, content)
            except urllib.error.HTTPError as error:
                trouble = f"HTTP {error.code}"
                error.close()
                if error.code != 429 and error.code < 500:
                    break
                pause = max(pause, _asked(error.headers))
            except (OSError, http.client.HTTPException) as error:
                trouble = str(getattr(error, "reason", error))
            else:
                return
        raise RegistryError(
            "the webhook does not take the event",
            where=masked(self.url),
            got=trouble,
            next_step="`interlock registry mirror` sends it again",
        )

    def _post(self, event: str, content: bytes) -> None:
        signed = headers(self._secret, event, int(self._clock()), content)
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
            self.url, content, {**signed, "content-type": "application/json", "user-agent": "interlock"}
        )
        with _OPENER.open(request, timeout=TIMEOUT):
            pass


def body(news: News) -> bytes:
    """Return what a receiver gets: always the same bytes for the same event.

    `type` says what happened, `text` the same in words (as chat programs show it), `event` all of it, and
    `environments` who has which part after it.
    """
    event = news.event
    tree = {
        "type": f"interlock.release.{event.kind}",
        "timestamp": event.time,
        "text": f"{event.model}: {words(event)}",
        "event": msgspec.to_builtins(event),
        "environments": _changed(news.before, news.after),
    }
    return msgspec.json.encode(tree, order="sorted")


def _changed(before: State, now: State) -> dict[str, Any]:
    return {
        name: msgspec.to_builtins(here)
        for name, here in now.environments.items()
        if here != before.environments.get(name, Environment())
    }


def headers(secret: str, identity: str, timestamp: int, content: bytes) -> dict[str, str]:
    """Return the headers that sign a body.

    Args:
        secret: What both know.
        identity: Of the message, the same whenever it is sent again: receivers leave out what they know.
        timestamp: When it is sent, seconds since 1970.
        content: The body.

    Example:
        >>> list(headers("x" * 24, "sha256:1", 1674087231, b"{}"))
        ['webhook-id', 'webhook-timestamp', 'webhook-signature']
    """
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(secret, identity, str(timestamp), content)}",
    }


def check(
    received: Mapping[str, str],
    content: bytes,
    secret: str,
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> str:
    """Check a message, as its receiver should.

    Args:
        received: The headers, names in lower case.
        content: The body, as it came.
        secret: What both know.
        now: Seconds since 1970; the time of this machine by default.
        tolerance: By how much the message's time may differ, in seconds.

    Returns:
        The message's id. At least once means: leave out those that you have dealt with, for as long as
        `tolerance` at the least; older ones are refused here.

    Raises:
        SignatureError: If a header is missing, the signature wrong, or the time too far away.

    Example:
        >>> check(headers("x" * 24, "sha256:1", 1674087231, b"{}"), b"{}", "x" * 24, now=1674087240)
        'sha256:1'
    """
    identity, timestamp, given = (
        received.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    wanted = _signature(secret, identity, timestamp, content)
    signatures = [each.removeprefix("v1,") for each in given.split() if each.startswith("v1,")]
    fits = [hmac.compare_digest(each.encode(), wanted.encode()) for each in signatures]
    if not identity or not timestamp or not any(fits):
        raise _refused("the signature of the webhook is wrong", "no fitting signature")
    moment = time.time() if now is None else now
    if not timestamp.isascii() or not timestamp.isdigit() or abs(moment - int(timestamp)) > tolerance:
        raise _refused(
            "the webhook is of another time: sent again by somebody, or a clock is wrong", timestamp
        )
    return identity


def _signature(secret: str, identity: str, timestamp: str, content: bytes) -> str:
    signed = f"{identity}.{timestamp}.".encode() + content
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = (
            base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            if secret.startswith("whsec_")
            else secret.encode()
        )
    except binascii.Error:
        key = b""
    if len(key) < 24:
        raise InputError(
            "a webhook needs a secret of at least 24 bytes",
            where=SECRET,
            got=f"{len(key)} bytes" if secret else "none",
            next_step=f"set {SECRET}, such as to the output of `openssl rand -hex 32`",
        )
    return key


def _asked(received: Message | None) -> float:
    """Return the pause that a receiver asks for, in seconds, and no more than is bearable."""
    text = (received.get("retry-after") if received else "") or ""
    return min(float(text), LONGEST) if text.isascii() and text.isdigit() else 0.0


def _refused(what: str, got: str) -> SignatureError:
    return SignatureError(what, got=got, next_step="do not act on it")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is signed for one receiver is not carried to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def secret_here() -> str:
    """Return the secret of this machine; empty for none."""
    return os.environ.get(SECRET, "")
