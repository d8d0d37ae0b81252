"""The request path: several protocols, every row checked by contract, every request accounted for.

- `server`: `serve` checks the release, binds, and runs one `worker` here or several under the `supervisor`.
- `asgi` and `routes`: from a socket to a handler; `v1`, `v2` and `mlflow` are the protocols.
- `service`, `scorer`, `answer`: decode by contract, predict, write the answer.
- `ledger` and `metrics`: what came of every request; `openapi` and `page` explain the service to others.
"""

from interlock.serve.ledger import Account, Entry, Header, Ledger, Record, Truth, account, outcomes, read
from interlock.serve.server import serve

__all__ = ["Account", "Entry", "Header", "Ledger", "Record", "Truth", "account", "outcomes", "read", "serve"]
