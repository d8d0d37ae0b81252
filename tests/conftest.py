from __future__ import annotations

from hypothesis import settings

# A busy machine is no failed property: what must be fast has a benchmark.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")
