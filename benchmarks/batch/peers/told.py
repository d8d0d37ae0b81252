"""What every run says of itself in the end: seconds of the processor, memory, and whether it is right."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Sequence
from pathlib import Path


def tell(begun: float, data: Path, first: Sequence[float]) -> None:
    """Print it; `begun` is `time.process_time()` after the imports, `first` the first 1,000 predictions."""
    right = json.loads((data / "right.json").read_text())["right"]
    used = time.process_time()
    print(
        json.dumps(
            {
                "scoring": used - begun,
                "all": used,
                "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "difference": max(abs(one - right[str(at)]) for at, one in enumerate(first)),
            }
        )
    )
