"""The same rows get the same answer in every protocol, to the last bit of the number, or are refused in all.

Columns in any order, missing columns, nulls, NaN, integers beyond 2**53, dates with zones, booleans, text of
any script. What a protocol cannot say is told in `docs/protocols.md`, and tested at the end.
"""

from __future__ import annotations

import csv
import io
import json
import math
import struct
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fixtures_release import GOOD, LEVELS
from tests.fixtures_service import TASKS, MakeApp
from tritonclient.grpc import service_pb2
from tritonclient.utils import serialize_byte_tensor

from interlock.serve.asgi import Application

NAMES = ("distance", "seats", "fresh", "at", "carrier")
BINARY = {"distance": "FP64", "seats": "INT64", "fresh": "BOOL", "at": "BYTES", "carrier": "BYTES"}
NAN = math.nan

Row = dict[str, Any]
Way = Callable[[Application, str, list[Row], Any], list[bytes] | None]

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes().map(lambda at: at.isoformat() + "Z") | st.datetimes(timezones=zones).map(
    lambda at: at.isoformat()
)
texts = st.sampled_from([*LEVELS, "ZZ", "NA", "null", "true", '",', "ü\n"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ue000"), min_size=1, max_size=8
)
row = st.fixed_dictionaries(
    {},
    optional={
        "distance": st.none()
        | st.just(NAN)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(2**53 - 3, 2**63 - 1),
        "seats": st.none() | st.integers(0, 600) | st.integers(-(2**63), 2**63 - 1),
        "fresh": st.none() | st.booleans(),
        "at": st.none() | moments,
        "carrier": st.none() | texts,
    },
)


def bits(prediction: Any) -> bytes:
    values = prediction.values() if isinstance(prediction, dict) else prediction
    values = values if isinstance(prediction, dict | list) else [prediction]
    return b"".join(struct.pack(">d", value) for value in values)


def is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def plain(rows: list[Row]) -> list[Row]:
    """Return rows as JSON has them: NaN is null there."""
    return [{name: None if is_nan(value) else value for name, value in row.items()} for row in rows]


def ask(app: Application, path: str, body: bytes, kind: str = "application/json", **more: str) -> Any:
    headers = {name.replace("_", "-").encode(): value.encode() for name, value in more.items()}
    return app.answer("POST", path, kind.encode(), body, b"", {b"content-type": kind.encode(), **headers})


def listed(response: Any) -> list[bytes] | None:
    if response.status != 200:
        assert response.status == 422, response.body
        return None
    predictions = json.loads(response.body)["predictions"]
    return [
        bits(each["prediction"] if isinstance(each, dict) and "id" in each else each) for each in predictions
    ]


def own(app: Application, _task: str, rows: list[Row], _draw: Any) -> list[bytes] | None:
    answers = [ask(app, "/v1/predict", json.dumps(each).encode()) for each in plain(rows)]
    if any(answer.status == 422 for answer in answers):
        return None
    return [bits(json.loads(answer.body)["prediction"]) for answer in answers]


def objects(path: str, key: str) -> Way:
    def way(app: Application, task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
        shuffled = [{name: each[name] for name in draw(st.permutations([*each]))} for each in plain(rows)]
        return listed(ask(app, path.format(task), json.dumps({key: shuffled}).encode()))

    return way


def positional(path: str, key: str) -> Way:
    def way(app: Application, task: str, rows: list[Row], _draw: Any) -> list[bytes] | None:
        values = [[each.get(name) for name in NAMES] for each in plain(rows)]
        return listed(ask(app, path.format(task), json.dumps({key: values}).encode()))

    return way


def table(path: str, key: str) -> Way:
    def way(app: Application, task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
        names = draw(st.permutations(NAMES))
        data = [[each.get(name) for name in names] for each in plain(rows)]
        return listed(ask(app, path, json.dumps({key: {"columns": names, "data": data}}).encode()))

    return way


def columns(app: Application, _task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
    names = draw(st.permutations(NAMES))
    inputs = {name: [each.get(name) for each in plain(rows)] for name in names}
    return listed(ask(app, "/invocations", json.dumps({"inputs": inputs}).encode()))


def lines(app: Application, _task: str, rows: list[Row], _draw: Any) -> list[bytes] | None:
    body = b"\n".join(json.dumps(each).encode() for each in plain(rows))
    return listed(ask(app, "/invocations", body, "application/jsonlines", accept="application/json"))


def cells(header: bool) -> Way:
    def way(app: Application, _task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
        names = draw(st.permutations(NAMES)) if header else NAMES
        out = io.StringIO()
        writer = csv.writer(out)
        if header:
            writer.writerow(names)
        values = ([each.get(name) for name in names] for each in rows)
        writer.writerows(["" if value is None else value for value in line] for line in values)
        kind = f"text/csv; header={'present' if header else 'absent'}"
        return listed(ask(app, "/invocations", out.getvalue().encode(), kind))

    return way


def arrays(rows: list[Row], draw: Any) -> dict[str, tuple[str, list[Any], list[int]]]:
    """Return datatype, values and rows without a value by column, for forms that have no null."""
    made = {}
    for name in draw(st.permutations(NAMES)):
        values = [each.get(name) for each in rows]
        if all(value is None for value in values) and draw(st.booleans()):
            continue
        datatype = BINARY[name]
        filler: Any = {"FP64": NAN, "INT64": 0, "BOOL": False, "BYTES": ""}[datatype]
        filled = [filler if value is None else value for value in values]
        missing = [place for place, value in enumerate(values) if value is None and datatype != "FP64"]
        made[name] = (datatype, filled, missing)
    return made


def raw(datatype: str, values: list[Any]) -> bytes:
    if datatype == "BYTES":
        sent = serialize_byte_tensor(np.array([value.encode() for value in values], dtype=object))
        return bytes(sent.item())
    kinds: dict[str, Any] = {"FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_}
    return np.array(values, kinds[datatype]).tobytes()


def rest(body: bytes, response: Any, count: int) -> list[bytes] | None:
    if response.status != 200:
        assert response.status == 422, body
        return None
    output = json.loads(response.body)["outputs"][0]
    width = len(output["data"]) // count
    return [bits(output["data"][i * width : (i + 1) * width]) for i in range(count)]


def infer(app: Application, task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
    n, inputs = len(rows), []
    for name in draw(st.permutations(NAMES)):
        data: list[Any] = [each.get(name) for each in plain(rows)]
        nested = draw(st.booleans())
        shape, sent = ([n, 1], [[value] for value in data]) if nested else ([n], data)
        inputs.append({"name": name, "shape": shape, "datatype": BINARY[name], "data": sent})
    body = json.dumps({"inputs": inputs, "parameters": {"content_type": "pd"}}).encode()
    return rest(body, ask(app, f"/v2/models/{task}/infer", body), n)


def binary(app: Application, task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
    inputs, parts = [], []
    for name, (datatype, values, missing) in arrays(rows, draw).items():
        parts.append(raw(datatype, values))
        told = {"binary_data_size": len(parts[-1]), "nulls": missing}
        inputs.append({"name": name, "shape": [len(rows)], "datatype": datatype, "parameters": told})
    if not inputs:
        return own(app, task, rows, draw)
    header = json.dumps({"inputs": inputs}).encode()
    sent = {"inference_header_content_length": str(len(header))}
    body = header + b"".join(parts)
    response = ask(app, f"/v2/models/{task}/infer", body, "application/octet-stream", **sent)
    return rest(body, response, len(rows))


def call(as_raw: bool) -> Way:
    fields = {
        "FP64": "fp64_contents",
        "INT64": "int64_contents",
        "BOOL": "bool_contents",
        "BYTES": "bytes_contents",
    }

    def way(app: Application, task: str, rows: list[Row], draw: Any) -> list[bytes] | None:
        request = service_pb2.ModelInferRequest(model_name=task)
        for name, (datatype, values, missing) in arrays(rows, draw).items():
            tensor = request.inputs.add(name=name, datatype=datatype, shape=[len(rows)])
            tensor.parameters["nulls"].string_param = ",".join(map(str, missing))
            if as_raw:
                request.raw_input_contents.append(raw(datatype, values))
            else:
                sent = [value.encode() if isinstance(value, str) else value for value in values]
                getattr(tensor.contents, fields[datatype]).extend(sent)
        if not request.inputs:
            return own(app, task, rows, draw)
        path = "/inference.GRPCInferenceService/ModelInfer"
        response = ask(app, path, request.SerializeToString(), "application/x-protobuf")
        if response.status != 200:
            assert response.status == 422, response.body
            return None
        answer = service_pb2.ModelInferResponse.FromString(response.body)
        predictions = np.frombuffer(answer.raw_output_contents[0]).reshape(len(rows), -1)
        return [bits(each) for each in predictions.tolist()]

    return way


WAYS: dict[str, Way] = {
    "kserve v1, instances": objects("/v1/models/{}:predict", "instances"),
    "kserve v1, inputs": objects("/v1/models/{}:predict", "inputs"),
    "kserve v1, positions": positional("/v1/models/{}:predict", "instances"),
    "kserve v2": infer,
    "kserve v2, binary": binary,
    "grpc, contents": call(as_raw=False),
    "grpc, raw": call(as_raw=True),
    "mlflow, dataframe_records": objects("/invocations", "dataframe_records"),
    "mlflow, dataframe_split": table("/invocations", "dataframe_split"),
    "mlflow, instances": objects("/invocations", "instances"),
    "mlflow, inputs": columns,
    "mlflow, csv": cells(header=True),
    "sagemaker, csv": cells(header=False),
    "sagemaker, json lines": lines,
    "vertex": objects("/v1/endpoints/1/deployedModels/2:predict", "instances"),
    "azure ml, table": table("/score", "input_data"),
    "azure ml, rows": objects("/score", "data"),
}


@pytest.mark.parametrize("task", TASKS)
def test_the_same_rows_get_the_same_bits_in_every_protocol(make_app: MakeApp, task: str) -> None:
    app = make_app(task, grpc="127.0.0.1:1")
    seen = {"answered": 0, "refused": 0}

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(row, min_size=1, max_size=4), st.data())
    def check(rows: list[Row], data: st.DataObject) -> None:
        expected = own(app, task, rows, data.draw)
        seen["refused" if expected is None else "answered"] += 1
        for name, way in WAYS.items():
            assert way(app, task, rows, data.draw) == expected, name

    check()
    assert min(seen.values()) > 0, "both kinds of rows were tried"


def test_one_matrix_is_the_columns_in_the_contracts_order(app: Application) -> None:
    """All five columns in one tensor of texts, so the numbers among them are null here."""
    data = [[None, None, None, GOOD["at"], "UA"], [None, None, None, None, "ü"]]
    tensor = {"name": "input-0", "shape": [2, 5], "datatype": "BYTES", "data": data}
    response = ask(app, "/v2/models/binary/infer", json.dumps({"inputs": [tensor]}).encode())
    rows = [{"at": GOOD["at"], "carrier": "UA"}, {"carrier": "ü"}]
    assert rest(b"", response, 2) == own(app, "binary", rows, None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/predict", b'{"distance": NaN}'),
        ("/v1/models/binary:predict", b'{"instances": [{"distance": NaN}]}'),
        ("/score", b'{"data": [{"distance": NaN}]}'),
        ("/invocations", b'{"dataframe_records": [{"distance": nan}]}'),
    ],
)
def test_nan_is_no_json_and_refused(app: Application, path: str, body: bytes) -> None:
    assert ask(app, path, body).status == 400


def test_nan_is_missing_where_the_platforms_own_client_writes_it(app: Application) -> None:
    """MLflow's client writes NaN for the gaps of a frame, Triton's for those of an array."""
    expected = own(app, "binary", [{"distance": None, "carrier": '\\"ü NaN'}], None)
    split = (
        b'{"dataframe_split": {"columns": ["distance", "carrier"], "data": [[NaN, "\\\\\\"\\u00fc NaN"]]}}'
    )
    assert listed(ask(app, "/invocations", split)) == expected
    inputs = (
        b'{"inputs": [{"name": "distance", "shape": [1], "datatype": "FP64", "data": [NaN]},'
        b'{"name": "carrier", "shape": [1], "datatype": "BYTES", "data": ["\\\\\\"\\u00fc NaN"]}]}'
    )
    assert rest(inputs, ask(app, "/v2/models/binary/infer", inputs), 1) == expected


def test_infinity_is_out_of_range_wherever_it_can_be_said(app: Application) -> None:
    told = ask(app, "/invocations", b"distance\ninf\n", "text/csv")
    number = ask(app, "/v1/predict", b'{"distance": 1e999}')
    header = (
        b'{"inputs":[{"name":"distance","shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}}]}'
    )
    sent = {"inference_header_content_length": str(len(header))}
    octets = ask(app, "/v2/models/binary/infer", header + struct.pack("<d", math.inf), "", **sent)
    flags = [
        json.loads(told.body)["flags"][0],
        json.loads(number.body)["flags"],
        json.loads(json.loads(octets.body)["outputs"][-1]["data"][0]),
    ]
    assert flags[0] == flags[1] == flags[2]
    assert flags[0][0]["code"] == "range"


def test_a_csv_cannot_say_an_empty_text(app: Application) -> None:
    empty = ask(app, "/v1/predict", b'{"carrier": ""}')
    null = ask(app, "/v1/predict", b'{"carrier": null}')
    cell = ask(app, "/invocations", b'carrier,seats\n"",1\n', "text/csv; header=present")
    seats = ask(app, "/v1/predict", b'{"carrier": null, "seats": 1}')
    assert json.loads(empty.body)["prediction"] != json.loads(null.body)["prediction"]
    assert json.loads(cell.body)["predictions"] == [json.loads(seats.body)["prediction"]]
