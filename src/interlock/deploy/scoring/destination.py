"""Where results go: a folder here or in a bucket, or a table of a database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from interlock.address import DATABASES, scheme
from interlock.deploy.scoring.columns import Counts
from interlock.deploy.scoring.database import open_database_table
from interlock.deploy.scoring.folder import open_folder
from interlock.deploy.scoring.plan import Manifest, Plan, Receipt

__all__ = ["Destination", "open_destination"]


class Destination(Protocol):
    """Takes parts: each is there whole or not at all, and once, however often it is brought."""

    @property
    def address(self) -> str:
        """As people know it, without secrets."""

    def held(self) -> AbstractContextManager[None]:
        """Keep other scorers out, as far as the place can."""

    def finished(self) -> Manifest | None:
        """Return the manifest, if there is one."""

    def begin(self, plan: Plan, *, anew: bool) -> dict[int, Receipt]:
        """Make ready for a plan, and return receipts of what is there of it, by number."""

    def put(self, plan: Plan, number: int, table: Any, counts: Counts) -> Receipt:
        """Write a part and its receipt."""

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, the last of all."""

    def tidy(self) -> None:
        """Remove what only served the making."""

    def is_whole(self, manifest: Manifest) -> bool:
        """Whether what a manifest tells is there."""


def open_destination(address: str) -> Destination:
    """Return the destination of an address.

    Args:
        address: A folder, `s3://`, `gs://`, `az://`, `abfs://`, or a database with `?table=`.

    Raises:
        InputError: If nothing can be written there.

    Example:
        >>> open_destination("sqlite:///scores.db?table=late").address
        'sqlite:///scores.db?table=late'
    """
    return open_database_table(address) if scheme(address) in DATABASES else open_folder(address)
