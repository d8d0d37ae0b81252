"""Save the pipeline as an MLflow model, once."""

import pickle
import shutil
import sys
from pathlib import Path

import mlflow

folder = Path(sys.argv[1])
pipeline = pickle.loads((folder / "pipeline.pickle").read_bytes())
shutil.rmtree(folder / "mlflow", ignore_errors=True)
mlflow.sklearn.save_model(
    pipeline, folder / "mlflow", pyfunc_predict_fn="predict_proba", serialization_format="cloudpickle"
)
