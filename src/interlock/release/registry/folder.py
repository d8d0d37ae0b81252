"""Releases in a folder: each in a folder of its own, as `release` writes them."""

from __future__ import annotations

from pathlib import Path

from interlock.errors import RegistryError, ReleaseError
from interlock.release.manifest import MANIFEST, decode
from interlock.release.registry.store import Held, Progress, held, lay, quiet, unknown
from interlock.release.verify import read

__all__ = ["Folder"]


class Folder:
    """A store that is a folder of this machine, such as the project's `releases`.

    Args:
        root: The folder; made when something is first put there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    @property
    def name(self) -> str:
        """The folder."""
        return str(self.root)

    def push(self, folder: str | Path, *, progress: Progress = quiet) -> Held:
        """Keep a release; see `Store`."""
        contents = read(folder)
        progress(f"keeping {contents.manifest.folder} in {self.root}")
        self.root.mkdir(parents=True, exist_ok=True)
        return held(contents, lay(contents, self.root))

    def look(self, digest: str) -> Held:
        """Return what is known of a release; see `Store`."""
        place = self._place(digest)
        return held(read(place), place)

    def verify(self, digest: str, *, progress: Progress = quiet) -> Held:
        """Check each byte of a release; see `Store`."""
        progress(f"verifying {digest[:19]}")
        return self.look(digest)

    def fetch(self, digest: str, into: str | Path, *, progress: Progress = quiet) -> Path:
        """Bring a release into a folder; see `Store`. In the store's own folder it is there already."""
        place = self._place(digest)
        contents = read(place)
        if Path(into).absolute() == self.root:
            return place
        progress(f"copying {contents.manifest.folder}")
        Path(into).mkdir(parents=True, exist_ok=True)
        return lay(contents, Path(into).absolute())

    def _place(self, digest: str) -> Path:
        """Return the folder of a release: its manifest says which it is, its name where to look first."""
        if not self.root.is_dir():
            raise RegistryError(
                "the store of releases is not there",
                where=self.root,
                next_step="mount it, or mend `[registry] releases`",
            )
        short = digest.removeprefix("sha256:")[:12]
        for pattern in (f"*-{short}", "*"):
            for place in sorted(self.root.glob(pattern)):
                if not place.name.startswith(".") and _digest(place) == digest:
                    return place
        raise unknown(digest, self.root)


def _digest(place: Path) -> str:
    try:
        return decode((place / MANIFEST).read_bytes()).digest
    except (OSError, ReleaseError):
        return ""
