"""The messages are compared, field by field, with those that Triton's client was generated from."""

from __future__ import annotations

from typing import Any

import pytest
from tritonclient.grpc import service_pb2

from interlock.serve.grpc.messages import MESSAGES, message

OURS_ALONE = ("HealthCheckRequest", "HealthCheckResponse")


def described(fields: Any) -> dict[str, tuple[int, int, bool, str]]:
    return {
        field.name: (
            field.number,
            field.type,
            field.is_repeated,
            field.message_type.name if field.message_type else "",
        )
        for field in fields
    }


def theirs(name: str) -> Any:
    """Their class of a message, which may be inside another."""
    for outer in service_pb2.DESCRIPTOR.message_types_by_name.values():
        for found in (outer, *outer.nested_types):
            if found.name == name:
                return found
    raise AssertionError(name)


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in OURS_ALONE])
def test_fields_are_theirs(name: str) -> None:
    assert described(message(name).DESCRIPTOR.fields) == described(theirs(name).fields)


def test_what_they_write_we_read_and_back() -> None:
    sent = service_pb2.ModelInferRequest(model_name="flights", id="7", raw_input_contents=[b"\x00", b"ab"])
    sent.parameters["explain"].int64_param = 3
    sent.parameters["deep"].bool_param = False
    tensor = sent.inputs.add(name="seats", datatype="INT64", shape=[2])
    tensor.contents.int64_contents.extend([1, -(2**63)])
    read = message("ModelInferRequest").FromString(sent.SerializeToString())
    assert (read.model_name, read.id, [*read.raw_input_contents]) == ("flights", "7", [b"\x00", b"ab"])
    assert [*read.inputs[0].contents.int64_contents] == [1, -(2**63)]
    chosen = {entry.key: entry.value.WhichOneof("parameter_choice") for entry in read.parameters}
    assert chosen == {"explain": "int64_param", "deep": "bool_param"}
    assert service_pb2.ModelInferRequest.FromString(read.SerializeToString()) == sent
