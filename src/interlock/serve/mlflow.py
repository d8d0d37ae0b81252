"""MLflow's scoring protocol: the four JSON forms of `/invocations`, and errors in MLflow's words.

Source:
    https://mlflow.org/docs/latest/ml/deployment/deploy-model-locally/ and the MLflow 3 scoring server's
    behaviour.
"""

from __future__ import annotations

from typing import Any

import msgspec

from interlock.contract import Contract
from interlock.serve import lists
from interlock.serve.columns import decoded, rows_of_columns, rows_of_instances, rows_of_table
from interlock.serve.message import Refusal
from interlock.serve.service import Service

__all__ = ["Split", "render", "rows"]

_FORMS = "dataframe_split, dataframe_records, instances and inputs"
_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    422: "INVALID_PARAMETER_VALUE",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


class Split(msgspec.Struct):
    """A table as pandas' orientation `split` has it; an index is tolerated and ignored."""

    columns: list[str]
    data: list[list[msgspec.Raw]]


class _Form(msgspec.Struct):
    dataframe_split: Split | None = None
    dataframe_records: list[msgspec.Raw] | None = None
    instances: list[msgspec.Raw] | None = None
    inputs: list[msgspec.Raw] | dict[str, list[msgspec.Raw]] | None = None
    params: Any = None


_FORM = msgspec.json.Decoder(_Form)


def rows(contract: Contract, body: bytes) -> tuple[bytes, object]:
    """Return the rows of a body as a JSON array of objects, and its `params`.

    Args:
        contract: Knows the order of values without names.
        body: Holds exactly one of the four forms.

    Raises:
        Refusal: 400 where it does not.
    """
    form = decoded(_FORM, body, f"this is none of the forms {_FORMS}", mend=True)
    given = [name for name in _FORMS.replace(" and", ",").split(", ") if getattr(form, name) is not None]
    if len(given) != 1:
        raise Refusal(400, "malformed", f"the body has to hold exactly one of {_FORMS}")
    if form.dataframe_split is not None:
        return rows_of_table(form.dataframe_split.columns, form.dataframe_split.data), form.params
    if isinstance(form.inputs, dict):
        return rows_of_columns(form.inputs), form.params
    names = [column.name for column in contract.inputs]
    instances = form.dataframe_records or form.instances or form.inputs or ()
    return rows_of_instances(names, instances), form.params


def render(service: Service, refusal: Refusal, number: int) -> bytes:
    """Return the body of a refusal in MLflow's form, with our fields beside."""
    code = _CODES.get(refusal.status, "BAD_REQUEST")
    answer = {"error_code": code, "message": refusal.message, **lists.refused(service, refusal, number)}
    return msgspec.json.encode(answer)
