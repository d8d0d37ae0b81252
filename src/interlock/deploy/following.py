"""Whether a container can follow the project's registry: where it is, and which credentials that takes."""

from __future__ import annotations

from typing import NamedTuple

from interlock.address import masked, scheme
from interlock.deploy.egress import is_local, ways
from interlock.release.registry.settings import Settings

__all__ = ["Following", "following"]

#: Where the log is if nobody says: a file of the project.
_FILE = "registry.db"
#: Variables that hold credentials, by what is asked.
_SECRETS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "gs": ("GOOGLE_SERVICE_ACCOUNT_KEY",),
    "az": ("AZURE_STORAGE_CONNECTION_STRING",),
}


class Following(NamedTuple):
    """A registry as deployment files name it.

    Args:
        url: Of the log; empty where no container reaches it.
        releases: Where releases are kept; empty likewise.
        wanted: Whether the project's service follows it.
        local: The setting, and its address, that leads nowhere from a container; empty where both lead.
    """

    url: str
    releases: str
    wanted: bool
    local: str = ""

    @property
    def works(self) -> bool:
        """Whether containers are to follow it, and can."""
        return self.wanted and not self.local

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """What is asked, by its setting."""
        return ("[registry] url", self.url), ("[registry] releases", self.releases)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the variables that may hold credentials."""
        kind = {"gcs": "gs", "abfs": "az", "abfss": "az"}.get(scheme(self.releases), scheme(self.releases))
        return ("PGPASSWORD", *_SECRETS.get(kind, ()))

    def sentence(self, how: str) -> str:
        """Return what containers do, and what would change that: one line, for people.

        Args:
            how: What has to be done for following, where they can.
        """
        if self.works:
            return f"containers can follow the registry {self.url}: {how}"
        if self.local:
            return f"{self.local} is of this machine: no container can follow the registry"
        return "containers serve the release of their image; `follow = true` under [serve] lets them follow"


def following(settings: Settings, *, wanted: bool) -> Following | None:
    """Return the registry of a project, as far as its containers are concerned.

    Args:
        settings: `[registry]`.
        wanted: `[serve] follow`.

    Returns:
        None where nobody speaks of a registry.

    Raises:
        InputError: If an address cannot be read.

    Example:
        >>> following(Settings(url="sqlite:///registry.db"), wanted=True).sentence("")
        '[registry] url = "sqlite:///registry.db" is of this machine: no container can follow the registry'
    """
    if settings.url is None and not wanted:
        return None
    found = Following(settings.url or f"sqlite:///{_FILE}", settings.releases, wanted)
    ways(found.addresses)  # what cannot be read is said now, and comes into no file
    for setting, address in found.addresses:
        if is_local(address):
            return found._replace(local=f'{setting} = "{masked(address)}"')
    return found
