from __future__ import annotations

import pytest

from interlock.serve.message import Refusal
from interlock.serve.routes import _EXACT, _PATTERNS, Route, find, live


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


def test_a_new_route_is_closed() -> None:
    assert Route(live).area == "admin"


def test_every_route_says_whom_it_is_open_to() -> None:
    """A list to be read by whoever adds a route: what tells schema or versions is none of `health`."""
    routes = [*_EXACT.items(), *((pattern.pattern, methods) for pattern, methods in _PATTERNS)]
    areas = {(method, path): route.area for path, methods in routes for method, route in methods.items()}
    assert {path for (_, path), area in areas.items() if area == "health"} >= {"/ping", "/health/ready"}
    assert all(
        area == "predict" for (method, path), area in areas.items() if "infer" in path or "predict" in path
    )
    told = ("/docs", "/", "/openapi.json", "/metrics", "/version", "/v2")
    assert all(areas["GET", path] in ("docs", "metrics", "versions") for path in told)
    assert all(
        route.area == "predict" for _, methods in routes for route in methods.values() if route.predicts
    )
