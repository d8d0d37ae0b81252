"""Interlock: contract checks and ledger on, as `interlock serve` runs it.

After the port and the folder: `workers=2` for two processes; `challenger=0.1` for another release with this
share of the requests, `shadow=yes` for one that is asked all of them; `ledger=off` for a ledger that takes
nothing. That last is no setting of the product (`sample = 0` keeps the account and nothing of the rows): it
is here to tell what the ledger costs.
"""

import sys
from pathlib import Path

from interlock.serve import serve
from interlock.serve.ledger import Ledger

folder, options = Path(sys.argv[2]), dict(option.split("=") for option in sys.argv[3:])


def other() -> str:
    """Return the folder of the second release."""
    return (folder / "other.txt").read_text()


if options.get("ledger") == "off":
    Ledger.record = lambda _self, *_entries: None
serve(
    (folder / "release.txt").read_text(),
    challengers={other(): float(options["challenger"])} if "challenger" in options else {},
    shadows=(other(),) if "shadow" in options else (),
    port=int(sys.argv[1]),
    ledger=folder / "ledger",
    workers=int(options.get("workers", "1")),
)
