"""A gRPC server on the event loop of the HTTP server: every call becomes a request of the application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

import msgspec

from interlock.errors import InputError, ServeError
from interlock.serve.grpc.handlers import METHODS, PROTOBUF
from interlock.serve.message import Response
from interlock.serve.tls import Renewal

__all__ = ["CODES", "Answer", "beside", "require"]

#: Answers a request: path, headers and body.
Answer = Callable[[str, Mapping[bytes, bytes], bytes], Awaitable[Response]]

#: gRPC's code for a status of HTTP.
CODES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    413: "RESOURCE_EXHAUSTED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_MOST_TOLD = 20  # violations


def require() -> None:
    """Make sure that gRPC is installed.

    Raises:
        InputError: If it is not; it names the extra.
    """
    missing = [name for name in ("grpc", "google.protobuf") if not _is_there(name)]
    if missing:
        raise InputError(
            "a gRPC port needs packages that are not installed",
            got=", ".join(missing),
            next_step="pip install 'interlock[grpc]', or serve without it",
        )


@asynccontextmanager
async def beside(
    answer: Answer, address: str, *, max_body: int, grace: float, tls: Renewal | None = None
) -> AsyncIterator[None]:
    """Serve gRPC while the context lasts; calls that have begun are answered before it ends.

    Args:
        answer: Answers a call as a request.
        address: Host and port. Several processes may listen on the same.
        max_body: Largest message, bytes.
        grace: How long calls may go on at the end, seconds.
        tls: The certificate that it is spoken with, renewed ones too; None for plain text.

    Raises:
        ServeError: If the address cannot be listened on.
    """
    import grpc.aio

    options = [
        ("grpc.max_receive_message_length", max_body),
        ("grpc.max_send_message_length", -1),
        ("grpc.so_reuseport", 1),
    ]
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers((_handlers(answer),))
    try:
        if tls is None:
            server.add_insecure_port(address)
        else:
            server.add_secure_port(address, _credentials(tls))
    except RuntimeError as error:
        raise ServeError(
            "the address cannot be listened on",
            where=address,
            got=str(error),
            next_step="stop what listens there, or take another `--grpc-port`",
        ) from error
    await server.start()
    try:
        yield
    finally:
        await server.stop(grace)


def _credentials(tls: Renewal) -> Any:
    """Return what speaks TLS with the pair of the moment; gRPC asks for it at each handshake."""
    import grpc

    spoken = tls.pair

    def configuration() -> Any:
        certificate, key = tls.pair
        return grpc.ssl_server_certificate_configuration(((key, certificate),), tls.client_ca or None)

    def renewed() -> Any:
        nonlocal spoken
        if tls.pair is spoken:
            return None
        spoken = tls.pair
        return configuration()

    return grpc.dynamic_ssl_server_credentials(configuration(), renewed, bool(tls.client_ca))


def _handlers(answer: Answer) -> Any:
    import grpc

    class Handlers(grpc.GenericRpcHandler):  # type: ignore[misc,unused-ignore]  # grpc has no types
        """Finds the handler of a call; None is `UNIMPLEMENTED`."""

        def service(self, handler_call_details: Any) -> Any:
            if handler_call_details.method not in METHODS:
                return None
            return grpc.unary_unary_rpc_method_handler(_called(answer, handler_call_details.method))

    return Handlers()


def _called(answer: Answer, method: str) -> Any:
    async def call(body: bytes, context: Any) -> bytes:
        response = await answer(method, _headers(context), body)
        if response.status != 200:
            await context.abort(*_refusal(response))
        return response.body

    return call


def _headers(context: Any) -> dict[bytes, bytes]:
    """Return a call's metadata as headers; those in capitals are not allowed in gRPC."""
    given = context.invocation_metadata() or ()
    headers = {name.encode(): value if isinstance(value, bytes) else value.encode() for name, value in given}
    return {**headers, b"content-type": PROTOBUF}


def _refusal(response: Response) -> tuple[Any, str, tuple[tuple[str, str], ...]]:
    """Return a refusal as gRPC tells it: a code, a sentence, and what else is known as metadata."""
    import grpc

    said = msgspec.json.decode(response.body)
    code = getattr(grpc.StatusCode, CODES.get(response.status, "UNKNOWN"))
    sentence = said.get("message") or said["error"]
    violations = said.get("violations", ())
    told = [f"row {each['row']}: {each['column']} ({each['code']})" for each in violations[:_MOST_TOLD]]
    if len(violations) > _MOST_TOLD:
        told.append(f"and {len(violations) - _MOST_TOLD} more")
    words = {"interlock-code": said.get("code") or said["error"], "interlock-id": said.get("id", "")}
    trailing = [(name, value) for name, value in words.items() if value]
    trailing += [
        (name.decode(), value.decode()) for name, value in response.headers if name == b"retry-after"
    ]
    return code, "; ".join([sentence, *told]), tuple(trailing)


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
