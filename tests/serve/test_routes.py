from __future__ import annotations

import pytest

from interlock.serve.message import Refusal
from interlock.serve.routes import find


@pytest.mark.parametrize(
    ("method", "path", "protocol", "predicts"),
    [
        ("POST", "/v1/predict", "v1", True),
        ("POST", "/v1/outcomes", "outcomes", False),
        ("POST", "/invocations", "mlflow", True),
        ("POST", "/v2/models/a/infer", "v2", True),
        ("GET", "/v2/models/a", "other", False),
        ("GET", "/metrics", "other", False),
    ],
)
def test_paths_have_a_protocol(method: str, path: str, protocol: str, predicts: bool) -> None:
    route, _ = find(method, path)
    assert (route.protocol, route.predicts) == (protocol, predicts)


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/v2/models/flights", ("flights",)),
        ("/v2/models/a%2Fb%20%C3%BC", ("a/b ü",)),
        ("/v2/models/a/versions/sha256:00", ("a", "sha256:00")),
    ],
)
def test_patterns_take_names_from_the_path(path: str, arguments: tuple[str, ...]) -> None:
    assert find("GET", path)[1] == arguments


@pytest.mark.parametrize(
    "path", ["", "/x", "/v1/predict/", "/V1/predict", "/v2/models/", "/v2/models/a/b", "/../v1/predict"]
)
def test_unknown_paths_are_404(path: str) -> None:
    with pytest.raises(Refusal) as refusal:
        find("POST", path)
    assert refusal.value.status == 404


def test_other_methods_are_405_and_told() -> None:
    with pytest.raises(Refusal) as refusal:
        find("DELETE", "/v1/predict")
    assert (refusal.value.status, refusal.value.headers) == (405, ((b"allow", b"POST"),))
