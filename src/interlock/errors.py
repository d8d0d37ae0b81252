"""One tree of errors: each says what went wrong, where, what was found there, and what to do next.

```
InterlockError
├── InputError          a table, a file or an argument that cannot be used
├── ContractError       a contract that does not parse, contradicts itself, or was broken by data
├── ReleaseError        a release that cannot be written, loaded or trusted
│   ├── TamperedError   a byte differs from the manifest, or a line of the log from its chain
│   ├── SignatureError  a signature is missing, unknown or wrong
│   └── RegistryError   the log of events or the store of releases cannot be reached or used
│       └── ConflictError  somebody else was faster
├── GateError           evidence below its threshold: the release stops here
├── ProjectError        interlock.toml, the project's folder, or a stage that is not done yet
└── ServeError          the server cannot start or continue
```
"""

from __future__ import annotations

__all__ = [
    "ConflictError",
    "ContractError",
    "GateError",
    "InputError",
    "InterlockError",
    "ProjectError",
    "RegistryError",
    "ReleaseError",
    "ServeError",
    "SignatureError",
    "TamperedError",
]


class InterlockError(Exception):
    """The root of all errors that Interlock raises on purpose.

    Args:
        what: One sentence: what could not be done.
        where: The file, column, line or address; empty where there is none.
        got: What was found there, shortened to 300 characters.
        next_step: What the reader can do now; empty only where nothing can be done.

    Example:
        >>> print(InputError("the table has no rows", where="flights.csv", next_step="check the export"))
        the table has no rows
          where: flights.csv
          next: check the export
    """

    exit_code = 2

    def __init__(self, what: str, *, where: object = "", got: object = "", next_step: str = "") -> None:
        self.what = what
        self.where = str(where)
        self.got = _shorten(str(got))
        self.next_step = next_step
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = (("where", self.where), ("got", self.got), ("next", self.next_step))
        return "\n".join([self.what, *(f"  {name}: {text}" for name, text in parts if text)])


class InputError(InterlockError):
    """A table, a file or an argument that cannot be used."""


class ContractError(InterlockError):
    """A contract that does not parse, contradicts itself, or was broken by data."""


class ReleaseError(InterlockError):
    """A release that cannot be written, loaded or trusted."""


class TamperedError(ReleaseError):
    """A file of a release is changed, missing or added, or the chain of its log is broken."""


class SignatureError(ReleaseError):
    """A signature is missing, unknown or wrong."""


class RegistryError(ReleaseError):
    """The log of events or the store of releases cannot be reached or used."""


class ConflictError(RegistryError):
    """Somebody else was faster: what was to be changed has changed meanwhile."""


class GateError(InterlockError):
    """Evidence is below its threshold, so the release stops here."""


class ProjectError(InterlockError):
    """The project's file or folder is wrong, or a stage that is needed is not done."""


class ServeError(InterlockError):
    """The server cannot start or continue."""


def _shorten(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
