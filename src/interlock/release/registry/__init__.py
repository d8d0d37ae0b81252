"""The registry: an append-only log of what people did with releases, and a store of the releases.

- `event`: one line of a model's log, chained by hash to the one before.
- `log` and `database`: the lines in SQLite or PostgreSQL; of two at once one wins, the other is told.
- `state`: statuses, aliases, and the plan of traffic, as functions of the events alone.
- `verify` and `heads`: whether the log is whole, and what was seen of it before.
- `ended`: the parts that end with an event which does not name them.
- `policy`: what an environment asks of a release.
- `store`, `folder` and `objects`: releases by their digest, here or in a bucket.
- `decision`: what is to be appended, decided on the events as they are.
- `reference`: which release people mean.
- `chain`: the log as this machine knows it, read only where it is whole, and appended to.
- `registry`: log and store together, and the verbs.
"""

from interlock.release.registry.decision import Named
from interlock.release.registry.event import Event
from interlock.release.registry.policy import Facts, Policy, admit, refusals
from interlock.release.registry.registry import Registry, open_registry
from interlock.release.registry.state import State, state
from interlock.release.registry.store import open_store

__all__ = [
    "Event",
    "Facts",
    "Named",
    "Policy",
    "Registry",
    "State",
    "admit",
    "open_registry",
    "open_store",
    "refusals",
    "state",
]
