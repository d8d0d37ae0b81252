"""The messages of the Open Inference Protocol, and of gRPC's own health check, described at run time.

They live in a pool of their own: another library of the same process may bring its own of the same name.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto,
    https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

from __future__ import annotations

from functools import cache
from typing import Any

from interlock.errors import InputError

__all__ = ["MESSAGES", "message"]

#: Fields by message: number, name, type. `*` is repeated, `|` one of several, of which at most one is there.
#: A map is what it is on the wire: repeated pairs.
MESSAGES: dict[str, str] = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "1 live bool",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "1 ready bool",
    "ModelReadyRequest": "1 name string, 2 version string",
    "ModelReadyResponse": "1 ready bool",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": "1 name string, 2 version string, 3 extensions string*",
    "ModelMetadataRequest": "1 name string, 2 version string",
    "ModelMetadataResponse": (
        "1 name string, 2 versions string*, 3 platform string, 4 inputs TensorMetadata*, "
        "5 outputs TensorMetadata*"
    ),
    "TensorMetadata": "1 name string, 2 datatype string, 3 shape int64*",
    "ModelInferRequest": (
        "1 model_name string, 2 model_version string, 3 id string, 4 parameters ParametersEntry*, "
        "5 inputs InferInputTensor*, 6 outputs InferRequestedOutputTensor*, 7 raw_input_contents bytes*"
    ),
    "InferInputTensor": (
        "1 name string, 2 datatype string, 3 shape int64*, 4 parameters ParametersEntry*, "
        "5 contents InferTensorContents"
    ),
    "InferRequestedOutputTensor": "1 name string, 2 parameters ParametersEntry*",
    "ModelInferResponse": (
        "1 model_name string, 2 model_version string, 3 id string, 4 parameters ParametersEntry*, "
        "5 outputs InferOutputTensor*, 6 raw_output_contents bytes*"
    ),
    "InferOutputTensor": (
        "1 name string, 2 datatype string, 3 shape int64*, 4 parameters ParametersEntry*, "
        "5 contents InferTensorContents"
    ),
    "ParametersEntry": "1 key string, 2 value InferParameter",
    "InferParameter": (
        "1 bool_param bool|, 2 int64_param int64|, 3 string_param string|, 4 double_param double|, "
        "5 uint64_param uint64|"
    ),
    "InferTensorContents": (
        "1 bool_contents bool*, 2 int_contents int32*, 3 int64_contents int64*, 4 uint_contents uint32*, "
        "5 uint64_contents uint64*, 6 fp32_contents float*, 7 fp64_contents double*, 8 bytes_contents bytes*"
    ),
    "HealthCheckRequest": "1 service string",
    "HealthCheckResponse": "1 status int32",
}
_PACKAGE = "interlock.inference"
_ONE_OF = "parameter_choice"


@cache
def message(name: str) -> Any:
    r"""Return the class of a message.

    Args:
        name: A key of `MESSAGES`.

    Raises:
        InputError: If protobuf is not installed.

    Example:
        >>> message("ServerLiveResponse")(live=True).SerializeToString()
        b'\x08\x01'
    """
    from google.protobuf import message_factory

    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(f"{_PACKAGE}.{name}"))


@cache
def _pool() -> Any:
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool
    except ModuleNotFoundError as error:
        raise InputError(
            "gRPC needs protobuf", got=f"no module {error.name}", next_step="pip install 'interlock[grpc]'"
        ) from None
    file = descriptor_pb2.FileDescriptorProto(
        name="interlock/inference.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        described = file.message_type.add(name=name)
        for field in filter(None, fields.split(", ")):
            _add_field(described, field)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


def _add_field(described: Any, field: str) -> None:
    number, name, kind = field.split()
    plain = kind.rstrip("*|")
    added = described.field.add(name=name, number=int(number))
    added.label = added.LABEL_REPEATED if kind.endswith("*") else added.LABEL_OPTIONAL
    if plain in MESSAGES:
        added.type, added.type_name = added.TYPE_MESSAGE, f".{_PACKAGE}.{plain}"
    else:
        added.type = getattr(added, f"TYPE_{plain.upper()}")
    if kind.endswith("|"):
        if not described.oneof_decl:
            described.oneof_decl.add(name=_ONE_OF)
        added.oneof_index = 0
