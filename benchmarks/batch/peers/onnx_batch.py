"""The same pipeline through skl2onnx, in ONNX Runtime, 10,000 rows at a time; converting is not counted."""

import pickle
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd
from lightgbm import LGBMClassifier
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.data_types import DoubleTensorType, StringTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from told import tell

data, out = Path(sys.argv[1]), Path(sys.argv[2])
NUMBERS = ["month", "day", "hour", "minute", "dep_delay", "distance"]
STRINGS = ["carrier", "origin", "dest"]
path = data / "pipeline.onnx"
if not path.exists():
    options = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    update_registered_converter(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        calculate_linear_classifier_output_shapes,
        convert_lightgbm,
        options=options,
    )
    pipeline = pickle.loads((data / "pipeline.pickle").read_bytes())
    types = [(name, DoubleTensorType([None, 1])) for name in NUMBERS]
    types += [(name, StringTensorType([None, 1])) for name in STRINGS]
    model = to_onnx(
        pipeline, initial_types=types, options={"zipmap": False}, target_opset={"": 18, "ai.onnx.ml": 3}
    )
    path.write_bytes(model.SerializeToString())
before = time.process_time()
settings = onnxruntime.SessionOptions()
settings.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])
rows = pd.read_parquet(data / "rows.parquet")
late = np.empty(len(rows))
for at in range(0, len(rows), 10_000):
    part = rows.iloc[at : at + 10_000]
    feed = {name: part[[name]].to_numpy(np.float64) for name in NUMBERS}
    feed |= {name: part[[name]].astype(object).fillna("missing").to_numpy(object) for name in STRINGS}
    late[at : at + 10_000] = session.run(None, feed)[1][:, 1]
out.mkdir()
pd.DataFrame({"prediction": late, "label": late >= 0.5}).to_parquet(out / "scores.parquet", index=False)
tell(before, data, late[:1000].tolist())
