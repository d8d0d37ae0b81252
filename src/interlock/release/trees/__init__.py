"""Trees of a model's graph, computed by tables for many rows at once, with the bits of the graph.

- `graph` reads nodes from an ONNX file and writes parts of it, without `onnx`.
- `parted` parts a graph around its trees.
- `masks` makes tables of trees.
- `shortcut` puts it together.
"""

from interlock.release.trees.shortcut import Shortcut, shortcut

__all__ = ["Shortcut", "shortcut"]
