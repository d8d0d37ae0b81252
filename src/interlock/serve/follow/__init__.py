"""Following: where plans come from, what a server begins with, and how it keeps to the newest plan.

- `source`: a registry, or a plan file; `verified`: the last plan that was executed, kept on disk.
- `begin`: what is served at first; `follower`: the thread that looks for new plans.
"""

from interlock.serve.follow.source import Planned, Registered, Where, digest_of

__all__ = ["Planned", "Registered", "Where", "digest_of"]
