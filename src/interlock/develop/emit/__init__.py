"""What builds one ONNX graph in double precision (opset 21, ai.onnx.ml 5)."""

from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.emit.lightgbm_trees import of_lightgbm

__all__ = ["Forest", "Graph", "of_lightgbm"]
