"""Interlock: contract checks and ledger on, as `interlock serve` runs it.

After the port and the folder: `workers=2` for two processes; `ledger=off` for a ledger that takes nothing.
That is no setting of the product (`sample = 0` keeps the account and nothing of the rows): it is here to tell
what the ledger costs.
"""

import sys
from pathlib import Path

from interlock.serve import serve
from interlock.serve.ledger import Ledger

folder, options = Path(sys.argv[2]), dict(option.split("=") for option in sys.argv[3:])
if options.get("ledger") == "off":
    Ledger.record = lambda _self, *_entries: None
release = (folder / "release.txt").read_text()
serve(release, port=int(sys.argv[1]), ledger=folder / "ledger", workers=int(options.get("workers", "1")))
