"""Azure Machine Learning's scoring route: `input_data` as its MLflow deployments take it, or `data`.

Source:
    https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints and
    https://learn.microsoft.com/azure/machine-learning/how-to-inference-server-http
"""

from __future__ import annotations

import time

import msgspec

from interlock.serve import lists
from interlock.serve.columns import decoded, rows_of_instances, rows_of_table
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.mlflow import Split
from interlock.serve.service import Service
from interlock.serve.v1 import check_json

__all__ = ["rows", "score"]

_FORMS = "input_data (a table of columns and data, or rows), data (rows), or Inputs.data (rows)"


class _Inputs(msgspec.Struct):
    data: list[msgspec.Raw]


class _Form(msgspec.Struct, rename={"automl": "Inputs", "settings": "GlobalParameters"}):
    input_data: Split | list[msgspec.Raw] | None = None
    data: list[msgspec.Raw] | None = None
    automl: _Inputs | None = None
    params: object = None
    settings: object = None


_FORM = msgspec.json.Decoder(_Form)


def score(service: Service, request: Request) -> Response:
    """Predict the rows of a request.

    Args:
        service: The worker's.
        request: With a JSON body. `params` may ask for reasons, `{"explain": 3}`; other fields are ignored.

    Returns:
        `{"predictions": […]}`, and beside it ids, labels, intervals, flags and the release.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    given, params = _read(service, request)
    scored, answer = lists.answered(
        service, given, params, protocol="azureml", request=request, started=started
    )
    body = msgspec.json.encode(answer)
    service.account(scored, "azureml", 200, started)
    return Response(200, body)


def rows(service: Service, request: Request) -> bytes:
    """Return a request's rows as a JSON array of objects.

    Raises:
        Refusal: 415 where it is not JSON, 400 where it has none of the forms.
    """
    return _read(service, request)[0]


def _read(service: Service, request: Request) -> tuple[bytes, object]:
    check_json(request)
    form = decoded(_FORM, request.body, f"the body holds {_FORMS}")
    given = [each for each in (form.input_data, form.data, form.automl) if each is not None]
    if len(given) != 1:
        raise Refusal(400, "malformed", f"the body has to hold exactly one of {_FORMS}")
    params = form.params if form.params is not None else form.settings
    if isinstance(given[0], Split):
        return rows_of_table(given[0].columns, given[0].data), params
    instances = given[0].data if isinstance(given[0], _Inputs) else given[0]
    return rows_of_instances([column.name for column in service.contract.inputs], instances), params
