"""`[registry]` of `interlock.toml`: where the log and the releases are, and who else is told."""

from __future__ import annotations

import msgspec

__all__ = ["Settings"]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[registry]`.

    Args:
        url: Where the log is, such as `sqlite:///registry.db` or `postgresql://user@host/database`. Once it
            is set, `release` and `sign` note what they did; until then it is `registry.db` in the project.
        releases: Where releases are kept: a folder, or `s3://`, `gs://`, `az://`.
        git: The folder of a git repository that gets a tag for each event, from the project's folder.
        git_remote: Where these tags are pushed to, such as `origin`; empty for nowhere.
        mlflow: The address of an MLflow server that is told of releases and aliases.
        webhooks: Addresses that get each event as a signed POST.
    """

    url: str | None = None
    releases: str = "releases"
    git: str | None = None
    git_remote: str = ""
    mlflow: str | None = None
    webhooks: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """Every address by its key: none of them may hold a secret."""
        keys = (("url", self.url), ("releases", self.releases), ("mlflow", self.mlflow))
        hooks = [("webhooks", each) for each in self.webhooks]
        return (*((key, value) for key, value in keys if value), *hooks)
