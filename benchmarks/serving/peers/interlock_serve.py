"""Interlock: contract checks and ledger on, as `interlock serve` runs it."""

import sys
from pathlib import Path

from interlock.serve import serve

folder = Path(sys.argv[2])
serve((folder / "release.txt").read_text(), port=int(sys.argv[1]), ledger=folder / "ledger")
