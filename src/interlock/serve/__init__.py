"""The request path: several protocols, every row checked by contract, every request accounted for.

- `server`: `serve` checks the release, binds, and runs one `worker` here or several under the `supervisor`.
- `listening`, `protocol`, `turn`: from a socket to the answers of plain requests, several by one call;
  `heads` knows what was parsed before, `busy_poll` looks before it sleeps, `framing` writes.
- `asgi` and `routes`: from a request to a handler; `v1`, `v2` and `mlflow` are the protocols.
- `service`, `scorer`, `tables`, `answer`: decode by contract, predict, write the answer.
- `ledger` and `metrics`: what came of every request; `openapi` and `page` explain the service to others.

Settings of a project name parts of it, so that what serves is imported only when it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interlock.serve.ledger import Account, Entry, Header, Ledger, Record, Truth, account, outcomes, read
    from interlock.serve.server import serve

__all__ = ["Account", "Entry", "Header", "Ledger", "Record", "Truth", "account", "outcomes", "read", "serve"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        home = "interlock.serve.server" if name == "serve" else "interlock.serve.ledger"
        return getattr(importlib.import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
