"""Interlock: verify, replay, check, predict, write, account."""

import sys
import time
from pathlib import Path

import onnxruntime  # noqa: F401 - its import is no scoring
import pyarrow.parquet as pq
from told import tell

from interlock.deploy.scoring import score

data, out = Path(sys.argv[1]), Path(sys.argv[2])
begun = time.process_time()
done = score(data / "rows.parquet", out, release=(data / "release.txt").read_text())
used = pq.read_table(out / done.manifest.parts[0].name, columns=["prediction"]).slice(0, 1000)
tell(begun, data, used["prediction"].to_pylist())
