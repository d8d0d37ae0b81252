"""Lets a request through by its API key or bearer token, or says why not; nothing it holds is ever told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from interlock.errors import ServeError
from interlock.serve import keys
from interlock.serve.access import Access, Area, Scope, scope_of
from interlock.serve.message import Refusal
from interlock.serve.stamp import stamp

__all__ = ["Grant", "Guard", "Tokens"]

_LOG = logging.getLogger("interlock.serve")
_MOST_KNOWN = 10_000


class Grant(NamedTuple):
    """What a credential is good for.

    Args:
        name: Whose it is.
        scopes: What for.
        expires: Until when, Unix time.
    """

    name: str
    scopes: frozenset[Scope]
    expires: float


class Tokens(Protocol):
    """What checks bearer tokens that are no API keys."""

    def grant(self, token: bytes) -> Grant:
        """Return what a token is good for; raises a refusal where it is good for nothing."""

    def refresh(self) -> bool:
        """Take over new keys of the provider; whether there were any."""


class Guard:
    """Decides about every request of one worker.

    A credential that was found right is remembered until it expires, or until the file of the keys or the
    provider's keys change, so a request costs two look-ups in a dictionary. Wrong ones are not remembered.

    Args:
        access: Who may ask what.
        environment: Where outside `dev` everything but health is closed by default.
        gateway: Whether a platform asks who it is before a request comes here.
        tokens: Checks bearer tokens; None where there are none.
        clock: Gives Unix time.

    Raises:
        ServeError: If the keys cannot be read, or nobody could ever ask.

    Example:
        >>> Guard(Access()).check("predict", {})
    """

    def __init__(
        self,
        access: Access,
        environment: str = "dev",
        *,
        gateway: bool = False,
        tokens: Tokens | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.opened = access.opened(environment, gateway=gateway)
        self._path, self._tokens, self._clock = access.keys, tokens, clock
        self._keys = keys.read(self._path) if self._path else ()
        self._stamp = stamp(self._path)
        self._known: dict[bytes, Grant] = {}

    @property
    def words(self) -> str:
        """Who is known, in words."""
        known = [f"{len(self._keys)} API keys"] if self._path else []
        return " and ".join([*known, *(["bearer tokens"] if self._tokens is not None else [])])

    def check(self, area: Area, headers: Mapping[bytes, bytes]) -> None:
        """Let a request through.

        Args:
            area: What its route belongs to.
            headers: By name in lower case.

        Raises:
            Refusal: 401 without a credential, or with one that is wrong or expired; 403 with one that is for
                something else.
        """
        if area in self.opened:
            return
        sent = headers.get(b"x-api-key") or headers.get(b"authorization")
        if sent is None:
            raise _unknown("an API key is needed: `authorization: Bearer …` or `x-api-key`")
        grant = self._known.get(sent)
        if grant is None or self._clock() >= grant.expires:
            grant = self._grant(sent)
        if scope_of(area) not in grant.scopes:
            raise _forbidden(scope_of(area))

    def refresh(self) -> None:
        """Read the keys again where their file has changed; a file that is broken changes nothing."""
        if self._tokens is not None and self._tokens.refresh():
            self._known.clear()
        now = stamp(self._path)
        if now == self._stamp:
            return
        self._stamp = now
        try:
            self._keys = keys.read(self._path)
        except ServeError as error:
            _LOG.error("%s; the keys that were there before stay valid", str(error).replace("\n", ";"))
            return
        self._known.clear()
        _LOG.warning("the API keys were read again: %d keys", len(self._keys))

    def _grant(self, sent: bytes) -> Grant:
        self._known.pop(sent, None)
        secret = _secret(sent)
        if self._tokens is not None and secret.count(b".") == 2:
            grant = self._tokens.grant(secret)
        else:
            grant = self._of_key(secret)
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[sent] = grant
        return grant

    def _of_key(self, secret: bytes) -> Grant:
        key = keys.find(self._keys, secret)
        if key is None:
            raise _unknown("this API key is not known here")
        if not key.is_valid(self._clock()):
            raise _unknown("this API key has expired")
        return Grant(key.name, frozenset(key.scopes), float("inf") if key.expires is None else key.expires)


def _secret(sent: bytes) -> bytes:
    """Return the credential of a header's value, whichever of the two headers it was."""
    kind, _, rest = sent.partition(b" ")
    if not rest:
        return sent
    if kind.lower() != b"bearer":
        raise _unknown("the authorization has to be a bearer token")
    return rest.strip()


def _unknown(message: str) -> Refusal:
    return Refusal(
        401, "unauthorized", message, headers=((b"www-authenticate", b'Bearer realm="interlock"'),)
    )


def _forbidden(scope: Scope) -> Refusal:
    challenge = b'Bearer realm="interlock", error="insufficient_scope", scope="%s"' % scope.encode()
    return Refusal(
        403, "forbidden", f"this needs the scope {scope}", headers=((b"www-authenticate", challenge),)
    )
