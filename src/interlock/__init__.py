"""Interlock: one prediction problem, from a raw table to a monitored production API.

The stages are verbs, and folders of the same name: `interlock.explore(table)` explores, and
`interlock.explore.Finding` is what it finds. Each is imported when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interlock.develop import develop as develop
    from interlock.explore import explore as explore
    from interlock.handoff import release as release
    from interlock.monitor import monitor as monitor
    from interlock.serve import serve as serve
    from interlock.table import open_table as open_table
    from interlock.validate import validate as validate

__all__ = ["__version__", "develop", "explore", "monitor", "open_table", "release", "serve", "validate"]
__version__ = "0.1.0"

_VERBS = {
    "develop": "interlock.develop",
    "explore": "interlock.explore",
    "monitor": "interlock.monitor",
    "release": "interlock.handoff",
    "serve": "interlock.serve",
    "validate": "interlock.validate",
}


class _Verb(ModuleType):
    """A stage's package that can be called as its verb."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        verb = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module(_VERBS[verb]), verb)(*args, **options)


class _Interlock(ModuleType):
    """This package: a stage's package becomes its verb as soon as the import system binds it here."""

    def __getattr__(self, name: str) -> Any:
        if name in _VERBS:
            return importlib.import_module(f"{__name__}.{name}")
        if name == "open_table":
            return importlib.import_module("interlock.table").open_table
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _VERBS and type(value) is ModuleType:
            value.__class__ = _Verb
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Interlock
