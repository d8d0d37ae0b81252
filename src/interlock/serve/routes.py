"""Which handler answers which method and path, in which protocol's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from interlock.serve import azureml, kserve_v1, mlflow, openapi, page, v1, v2, vertex
from interlock.serve.access import Area
from interlock.serve.grpc import METHODS, VERSIONS, model_infer
from interlock.serve.grpc import rows as grpc_rows
from interlock.serve.invocations import invocations, rows, sagemaker
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.platform import Platform
from interlock.serve.service import Service

__all__ = ["Route", "Routes", "find", "live", "of_platform", "ready", "template"]

Handler = Callable[[Service, Request], Response]
Render = Callable[[Service, Refusal, int], bytes]
Rows = Callable[[Service, Request], bytes]
Version = Callable[[Request], str]

_TEXT = b"text/plain; charset=utf-8"


class Route(NamedTuple):
    """One way through the house.

    Args:
        handle: Answers the request.
        protocol: As metrics and ledger call it.
        render: Writes a refusal in the protocol's words.
        predicts: Whether requests here are in the ledger's account.
        area: Whom it is open to; a route that does not say is for those who may do everything.
        rows: Gives a request's rows as JSON, by which units are told apart; None: the champion answers all.
        version: Reads which release a request asks for, empty where it asks for none; None where it cannot.
    """

    handle: Handler
    protocol: str = "other"
    render: Render = v1.render
    predicts: bool = False
    area: Area = "admin"
    rows: Rows | None = None
    version: Version | None = None

    def wanted(self, request: Request) -> str:
        """Return the release that a request asks for by its digest; empty where it leaves that to us."""
        return self.version(request) if self.version else ""


#: Routes by path and method.
Routes = Mapping[str, Mapping[str, Route]]
_NO_ROUTES: Routes = MappingProxyType({})


def live(_service: Service, _request: Request) -> Response:
    """Say that the process answers."""
    return Response(200, b'{"live":true}')


def ready(service: Service, _request: Request) -> Response:
    """Say whether predictions are answered: 503 until the golden rows were replayed, and while stopping."""
    is_ready, reason = service.health
    note = service.standing.note if service.standing else ""
    body = msgspec.json.encode({"ready": is_ready, "live": True, "reason": reason or note})
    return Response(200 if is_ready else 503, body)


def find(method: str, path: str, own: Routes = _NO_ROUTES) -> tuple[Route, tuple[str, ...]]:
    """Return the route of a request, and what its pattern takes from the path.

    Args:
        method: In upper case.
        path: Percent-encoded, as sent, without the query.
        own: The routes of this server alone, which come before the others.

    Raises:
        Refusal: 404 for an unknown path, 405 for a known one with another method.

    Example:
        >>> find("POST", "/v1/predict")[0].protocol
        'v1'
    """
    exact = own.get(path) or _EXACT.get(path)
    methods, arguments = (exact, ()) if exact is not None else _match(path)
    route = methods.get(method)
    if route is None:
        allowed = ", ".join(sorted(methods)).encode()
        raise Refusal(405, "method", "this path takes another method", headers=((b"allow", allowed),))
    return route, arguments


def template(path: str, own: Routes = _NO_ROUTES) -> str:
    """Return the pattern of a path, for logs and traces; empty where nothing is at this path.

    Args:
        path: Percent-encoded, as sent, without the query.
        own: The routes of this server alone.

    Example:
        >>> template("/v2/models/flights/infer"), template("/secret")
        ('/v2/models/{}/infer', '')
    """
    if path in own or path in _EXACT:
        return path
    for pattern, _ in _PATTERNS:
        if match := pattern.fullmatch(path):
            spans = [match.span(group) for group in range(1, pattern.groups + 1) if match[group] is not None]
            for start, end in reversed(spans):
                path = f"{path[:start]}{{}}{path[end:]}"
            return path
    return ""


def of_platform(platform: Platform, *, workers: int, max_body: int, grpc: bool = False) -> Routes:
    """Return the routes that a server has for its platform's sake, and for gRPC, whose calls have paths too.

    Args:
        platform: Names paths that no other server has, or changes what a request at a path counts as.
        workers: Requests that are answered at a time.
        max_body: Largest body, bytes.
        grpc: Whether there is a gRPC port.
    """
    parameters = msgspec.json.encode(
        {
            "MaxConcurrentTransforms": platform.concurrent or workers,
            "BatchStrategy": "MULTI_RECORD",
            "MaxPayloadInMB": max_body >> 20,
        }
    )
    own: dict[str, Mapping[str, Route]] = {
        "/execution-parameters": _get(lambda _service, _request: Response(200, parameters), "health")
    }
    if platform.name == "sagemaker":
        own["/invocations"] = {**_predict(sagemaker, "sagemaker", mlflow.render, rows)}
    if platform.health:
        own[platform.health] = {**_EXACT.get(platform.health, {}), **_get(ready, "health")}
    if platform.predict:
        others = own.get(platform.predict) or _EXACT.get(platform.predict, {})
        own[platform.predict] = {**others, "POST": _VERTEX}
    return {**own, **(_calls() if grpc else {})}


def _calls() -> dict[str, dict[str, Route]]:
    return {path: {"POST": _call(path, handle)} for path, handle in METHODS.items()}


def _call(path: str, handle: Handler) -> Route:
    """Return the route of a call of gRPC, whose message may name a release."""
    if handle is model_infer:
        route = _predict(handle, "grpc", v2.render, grpc_rows)["POST"]
    else:
        route = Route(handle, "grpc", v2.render, area=_AREAS.get(path.rpartition("/")[2], "health"))
    return route._replace(version=VERSIONS.get(handle))


def _match(path: str) -> tuple[Mapping[str, Route], tuple[str, ...]]:
    for pattern, methods in _PATTERNS:
        if match := pattern.fullmatch(path):
            return methods, tuple(unquote(part) for part in match.groups() if part is not None)
    raise Refusal(404, "path", "there is nothing at this path; GET /docs shows what there is")


def _metrics(service: Service, _request: Request) -> Response:
    return Response(200, service.exposition().encode(), b"text/plain; version=0.0.4; charset=utf-8")


def _openapi(service: Service, _request: Request) -> Response:
    return Response(200, msgspec.json.encode(openapi.describe(service.release)))


def _page(service: Service, _request: Request) -> Response:
    content = page.page(service.release).encode()
    return Response(200, content, b"text/html; charset=utf-8", ((b"content-security-policy", page.policy()),))


def _ping(service: Service, _request: Request) -> Response:
    """Say whether predictions are answered, in SageMaker's way, which MLflow's clients take too."""
    return Response(200 if service.health[0] else 503, b"", _TEXT)


def _health(service: Service, _request: Request) -> Response:
    return Response(200 if service.health[0] else 503, b"\n", _TEXT)


def _running(service: Service, _request: Request) -> Response:
    """Say which releases have which part, and since when that is known."""
    standing = service.standing
    return Response(200, msgspec.json.encode(standing.described(service.release.name) if standing else {}))


def _version(_service: Service, _request: Request) -> Response:
    from interlock import __version__

    return Response(200, __version__.encode(), _TEXT)


def _get(
    handle: Handler, area: Area, protocol: str = "other", render: Render = v1.render
) -> dict[str, Route]:
    return {"GET": Route(handle, protocol, render, area=area)}


def _predict(handle: Handler, protocol: str, render: Render, rows: Rows) -> dict[str, Route]:
    return {"POST": Route(handle, protocol, render, predicts=True, area="predict", rows=rows)}


def _versioned(routes: Mapping[str, Route]) -> dict[str, Route]:
    """Return routes whose path names a release by its second argument."""
    return {method: route._replace(version=_second) for method, route in routes.items()}


def _second(request: Request) -> str:
    return request.arguments[1] if len(request.arguments) > 1 else ""


#: What a call of gRPC belongs to, where it is not health.
_AREAS: dict[str, Area] = {"ServerMetadata": "versions", "ModelMetadata": "docs"}

_MODEL = r"/v2/models/([^/]+)(?:/versions/([^/]+))?"

_V1_MODEL = r"/v1/models/([^/]+)"
_VERTEX_MODEL = r"/v1/endpoints/[^/]+/deployedModels/[^/]+"
_VERTEX = _predict(vertex.predict, "vertex", v2.render, kserve_v1.rows)["POST"]

_EXACT: dict[str, Mapping[str, Route]] = {
    "/v1/predict": _predict(v1.predict, "v1", v1.render, v1.rows),
    "/v1/outcomes": {"POST": Route(v1.outcomes, "outcomes", area="outcomes")},
    "/v1/models": _get(kserve_v1.models, "versions"),
    "/invocations": _predict(invocations, "mlflow", mlflow.render, rows),
    "/score": _predict(azureml.score, "azureml", v2.render, azureml.rows),
    "/ping": _get(_ping, "health"),
    "/health": _get(_health, "health"),
    "/version": _get(_version, "versions"),
    "/v1/running": _get(_running, "versions"),
    "/health/live": _get(live, "health"),
    "/health/ready": _get(ready, "health"),
    "/metrics": _get(_metrics, "metrics"),
    "/openapi.json": _get(_openapi, "docs"),
    "/swagger.json": _get(_openapi, "docs"),
    "/docs": _get(_page, "docs"),
    "/": _get(_page, "docs"),
    "/v2": _get(v2.server, "versions", "other", v2.render),
    "/v2/": _get(v2.server, "versions", "other", v2.render),
    "/v2/health/live": _get(live, "health"),
    "/v2/health/ready": _get(ready, "health"),
}

_PATTERNS: list[tuple[re.Pattern[str], Mapping[str, Route]]] = [
    (
        re.compile(_V1_MODEL + ":predict"),
        _predict(kserve_v1.predict, kserve_v1.PROTOCOL, v2.render, kserve_v1.rows),
    ),
    (
        re.compile(_V1_MODEL + ":explain"),
        _predict(kserve_v1.explain, kserve_v1.PROTOCOL, v2.render, kserve_v1.rows),
    ),
    (re.compile(_V1_MODEL), _get(v2.model_ready, "health", "other", v2.render)),
    (re.compile(_VERTEX_MODEL + ":predict"), {"POST": _VERTEX}),
    (re.compile(_VERTEX_MODEL), _get(ready, "health")),
    (re.compile(_MODEL), _versioned(_get(v2.model, "docs", "other", v2.render))),
    (re.compile(_MODEL + "/ready"), _versioned(_get(v2.model_ready, "health", "other", v2.render))),
    (re.compile(_MODEL + "/infer"), _versioned(_predict(v2.infer, "v2", v2.render, v2.rows))),
]
