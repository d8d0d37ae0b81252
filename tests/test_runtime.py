from __future__ import annotations

import subprocess
import sys

LAB = ("pyarrow", "pandas", "polars", "duckdb", "sklearn", "lightgbm", "scipy", "onnx", "altair", "jinja2")
SHOW = "import sys, interlock.serve.worker, interlock.release, interlock.contract; print(*sys.modules)"


def test_the_runtime_loads_nothing_of_the_lab() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "onnxruntime" in loaded
    assert not loaded & set(LAB)
