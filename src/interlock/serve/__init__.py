"""The request path: several protocols, every row checked by contract, every request accounted for.

`serve` runs a release; `Ledger` is what it writes, `read`, `outcomes` and `account` read that.
"""

from interlock.serve.ledger import Account, Entry, Header, Ledger, Record, Truth, account, outcomes, read

__all__ = ["Account", "Entry", "Header", "Ledger", "Record", "Truth", "account", "outcomes", "read"]
