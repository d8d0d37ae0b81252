"""scikit-learn as everybody does it: read with pandas, predict, write with pandas."""

import pickle
import sys
import time
from pathlib import Path

import lightgbm  # noqa: F401 - the pickle needs it
import pandas as pd
import sklearn.pipeline  # noqa: F401
from told import tell

data, out = Path(sys.argv[1]), Path(sys.argv[2])
begun = time.process_time()
pipeline = pickle.loads((data / "pipeline.pickle").read_bytes())
rows = pd.read_parquet(data / "rows.parquet")
late = pipeline.predict_proba(rows)[:, 1]
out.mkdir()
pd.DataFrame({"prediction": late, "label": late >= 0.5}).to_parquet(out / "scores.parquet", index=False)
tell(begun, data, late[:1000].tolist())
