from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no failed property: what must be fast has a benchmark. People search at random, CI repeats
# the same examples, so that what lands does not hang on luck.
settings.register_profile("interlock", deadline=None, derandomize="CI" in os.environ, max_examples=50)
settings.load_profile("interlock")

# A product of small matrices is no work for two threads: on cores busy with other tests they wait for each
# other far longer than one alone takes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")  # no figure needs a screen
