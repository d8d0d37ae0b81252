"""From segments to Parquet, by a process of its own: shipping, reading what was shipped, erasing, exporting.

The request path knows nothing of this. `ship` copies what is new to a folder or an object store, exactly
once; `open_ledger` reads segments and shipped rows through one interface.

Example:
    >>> import tempfile
    >>> from interlock.serve.ledger import Entry, Header, Ledger
    >>> folder, there = tempfile.mkdtemp(), tempfile.mkdtemp()
    >>> with Ledger(folder, Header(release="sha256:00", numbers=("age",))) as ledger:
    ...     ledger.record(Entry(ledger.reserve(1), "v1", 200, numbers=[[41.0]], predictions=[0.25]))
    >>> ship(folder, there).rows
    1
    >>> [record.numbers for record in open_ledger(there).records()]
    [(41.0,)]
"""

from interlock.shipping.shipper import Shipment, ship, ship_every
from interlock.shipping.source import Source, open_ledger

__all__ = ["Shipment", "Source", "open_ledger", "ship", "ship_every"]
