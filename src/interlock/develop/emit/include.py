"""Another maker's ONNX file, made ready to become a part of a graph."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import TensorProto, compose, inliner, version_converter

from interlock.errors import InputError

__all__ = ["LEARNING", "fits", "parse", "ready"]

#: Of ai.onnx.ml, what our own graphs use: the first with TreeEnsemble, the last with most older operators.
LEARNING = 5
_LEARNING_DOMAIN = "ai.onnx.ml"

_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")


def parse(model: bytes) -> onnx.ModelProto:
    """Read an ONNX file and refuse what cannot be shipped in one file.

    Args:
        model: The file.

    Returns:
        The parsed file.

    Raises:
        InputError: It is no ONNX file, keeps weights in other files, or needs operators of its own.
    """
    try:
        proto = onnx.load_model_from_string(model)
        _refuse_strangers(proto)
        onnx.checker.check_model(proto)
    except InputError:
        raise
    except Exception as error:  # protobuf and the checker raise classes of their own
        raise InputError(
            "this is no ONNX file that the checker accepts",
            got=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
            next_step="export the model again; onnx.checker.check_model has to accept it",
        ) from error
    return proto


def _refuse_strangers(proto: onnx.ModelProto) -> None:
    outside = [each.name for each in proto.graph.initializer if each.data_location == TensorProto.EXTERNAL]
    if outside or len(proto.graph.sparse_initializer):
        raise InputError(
            "the weights are not all in the file",
            got=", ".join(outside[:3]) or "sparse weights",
            next_step="save it as one file: onnx.save_model(model, path, save_as_external_data=False)",
        )
    domains = {each.domain for each in proto.opset_import} - set(_DOMAINS)
    domains -= {each.domain for each in proto.functions}
    if domains:
        raise InputError(
            "the file needs operators that ONNX Runtime does not bring along",
            got=", ".join(sorted(domains)),
            next_step="export it with operators of ai.onnx and ai.onnx.ml alone",
        )


def ready(model: bytes, prefix: str, opset: int) -> tuple[onnx.ModelProto, dict[str, int]]:
    """Return the file in an operator set, without functions, every name with a prefix, and its other sets.

    Args:
        model: The file.
        prefix: What every name of it begins with from now on.
        opset: The version of ai.onnx that it shall use.

    Returns:
        The file, and the versions of the other operator sets by domain.

    Raises:
        InputError: As `parse`, or it cannot be brought to that operator set.
    """
    proto = parse(model)
    if proto.functions:
        proto = inliner.inline_local_functions(proto)
    versions = {each.domain or "ai.onnx": each.version for each in proto.opset_import}
    have = versions.pop("ai.onnx", opset)
    if have != opset:
        proto = _converted(proto, have, opset)
    if _LEARNING_DOMAIN in versions and _same(proto.graph, versions[_LEARNING_DOMAIN]):
        versions[_LEARNING_DOMAIN] = LEARNING
    return compose.add_prefix(proto, prefix), versions


def fits(model: bytes) -> bool:
    """Return whether a file can be in one graph with operators of ours: all of its own mean the same there.

    Args:
        model: The file.
    """
    proto = parse(model)
    version = next((each.version for each in proto.opset_import if each.domain == _LEARNING_DOMAIN), LEARNING)
    graphs = (proto.graph, *proto.functions)
    return version == LEARNING or all(_same(graph, version) for graph in graphs)


def _same(graph: onnx.GraphProto | onnx.FunctionProto, version: int) -> bool:
    """Return whether no operator of ai.onnx.ml in it changed between a version and ours, or was given up."""
    for node in graph.node:
        if node.domain == _LEARNING_DOMAIN:
            now = onnx.defs.get_schema(node.op_type, LEARNING, _LEARNING_DOMAIN)
            then = onnx.defs.get_schema(node.op_type, version, _LEARNING_DOMAIN)
            if now.deprecated or now.since_version != then.since_version:
                return False
        if not all(_same(part, version) for part in _parts(node)):
            return False
    return True


def _parts(node: onnx.NodeProto) -> list[onnx.GraphProto]:
    return [part for each in node.attribute for part in ([each.g] if each.HasField("g") else [*each.graphs])]


def _converted(proto: onnx.ModelProto, have: int, opset: int) -> Any:
    try:
        return version_converter.convert_version(proto, opset)
    except Exception as error:  # the converter raises RuntimeError and more
        raise InputError(
            f"the file uses operator set {have} and cannot be brought to {opset}",
            got=str(error).splitlines()[0][:200],
            next_step=f"export it with operator set {opset}",
        ) from error
