"""Mirrors: others are told of what the registry's log says, and nothing is ever read back as authority.

- `delivery`: each mirror gets every event at least once, in order; the log itself is the outbox.
- `cursor`: how far each mirror has been told.
- `webhook`: a signed POST for each event, and the function with which a receiver checks it.
- `git`: tags in the manner of GTO, which remember the log's digests as well.
- `mlflow`: runs, registered models and aliases.
"""
