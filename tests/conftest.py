from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.table.servers import Cluster

# A busy machine is no failed property: what must be fast has a benchmark. People search at random, CI repeats
# the same examples, so that what lands does not hang on luck.
settings.register_profile("interlock", deadline=None, derandomize="CI" in os.environ, max_examples=50)
settings.load_profile("interlock")

# A product of small matrices is no work for two threads: on cores busy with other tests they wait for each
# other far longer than one alone takes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")  # no figure needs a screen


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Yield two machines, as far as Dask can tell."""
    from tests.table import servers

    with servers.cluster() as found:
        yield found
