"""Who may ask what: scopes, and the settings that open routes to everybody or to those with a key."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from interlock.errors import ServeError

__all__ = ["OPEN", "SCOPES", "Access", "Area", "Oidc", "Scope", "scope_of"]

#: What a key may be used for.
Scope = Literal["predict", "outcomes", "admin"]
#: What a route belongs to; whatever is neither `predict` nor `outcomes` needs the scope `admin`.
Area = Literal["health", "predict", "outcomes", "docs", "metrics", "versions", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
#: What `--open` opens: an answer to anybody who reaches the port, but nothing of schema or versions.
OPEN: tuple[Area, ...] = ("health", "predict", "outcomes")


class Oidc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[serve.oidc]`: bearer tokens of an OpenID provider.

    Args:
        issuer: The `iss` that a token must have.
        audience: The `aud` that it must hold.
        jwks: Where its public keys are: an https address, or a file.
        algorithms: The signatures taken.
        leeway: How far the provider's clock and ours may be apart, seconds.
        claim: The claim with the scopes: a text with blanks, or a list.
        prefix: What stands before `predict`, `outcomes` and `admin` there.
    """

    issuer: str
    audience: str
    jwks: str
    algorithms: tuple[str, ...] = ("RS256", "ES256")
    leeway: float = 30.0
    claim: str = "scope"
    prefix: str = ""


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may ask what.

    Args:
        keys: The file of the API keys; empty for none.
        oidc: The provider of bearer tokens; None for none.
        public: What is answered without a key; None for everything in `dev` without keys, else `health`.
    """

    keys: str = ""
    oidc: Oidc | None = None
    public: tuple[Area, ...] | None = None

    @property
    def asks(self) -> bool:
        """Whether there is anything by which people can say who they are."""
        return bool(self.keys) or self.oidc is not None

    def opened(self, environment: str, *, gateway: bool = False) -> frozenset[Area]:
        """Return what is answered without a key.

        Args:
            environment: Where the service runs.
            gateway: Whether a platform asks who it is, so that nobody else reaches the service.

        Raises:
            ServeError: If outside `dev` nobody could ever ask, and nobody said that everybody may.

        Example:
            >>> sorted(Access(keys="keys.json").opened("production"))
            ['health']
        """
        if self.public is not None:
            opened: frozenset[Area] = frozenset(self.public)
        elif environment == "dev" and not self.asks:
            opened = frozenset(get_args(Area))
        elif gateway and not self.asks:
            opened = frozenset(OPEN)
        else:
            opened = frozenset(("health",))
        if not self.asks and "predict" not in opened:
            raise ServeError(
                f"in the environment {environment} a service answers only those whom it knows",
                where="[serve] keys, [serve.oidc]",
                got="neither API keys nor an OIDC provider",
                next_step="`interlock keys create NAME`; or `--open`, where a gateway before it asks",
            )
        return opened


def scope_of(area: Area) -> Scope:
    """Return the scope that a key needs for an area.

    Example:
        >>> scope_of("metrics")
        'admin'
    """
    return area if area in ("predict", "outcomes") else "admin"
