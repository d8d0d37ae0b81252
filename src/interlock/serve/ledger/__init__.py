"""The ledger: every request to a prediction route, and every outcome, in a folder that accounts for itself.

`Ledger` writes (one writer a process), `read` and `outcomes` iterate, `account` adds up. The unit of
account is one *request*, whatever its number of rows: `received = logged + sampled_out + dropped`. The unit
of reading is one *row*. Segments are only ever appended to, but for the erasure of a person's rows.

Example:
    >>> import tempfile
    >>> from interlock.serve.ledger import Entry, Header, Ledger, account, read
    >>> folder = tempfile.mkdtemp()
    >>> ledger = Ledger(folder, Header(release="sha256:00", numbers=("age",)))
    >>> ledger.record(Entry(ledger.reserve(1), "v1", 200, numbers=[[41.0]], predictions=[0.25]))
    >>> ledger.close()
    >>> [(row.status, row.numbers, row.prediction) for row in read(folder)]
    [(200, (41.0,), 0.25)]
    >>> account(folder).received
    1
"""

from interlock.serve.ledger.account import Account, WriterAccount, account, add_up, verify
from interlock.serve.ledger.format import Entry, Header, Outcome, Truth
from interlock.serve.ledger.quota import Quota
from interlock.serve.ledger.reader import Record, outcomes, read
from interlock.serve.ledger.redaction import read_key, redacted_columns
from interlock.serve.ledger.writer import Ledger

__all__ = [
    "Account",
    "Entry",
    "Header",
    "Ledger",
    "Outcome",
    "Quota",
    "Record",
    "Truth",
    "WriterAccount",
    "account",
    "add_up",
    "outcomes",
    "read",
    "read_key",
    "redacted_columns",
    "verify",
]
