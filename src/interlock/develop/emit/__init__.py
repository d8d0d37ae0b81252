"""Small helpers that build one ONNX graph in double precision (opset 21, ai.onnx.ml 5)."""

from interlock.develop.emit.graph import Graph
from interlock.develop.emit.trees import emit_trees

__all__ = ["Graph", "emit_trees"]
