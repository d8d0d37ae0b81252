"""`interlock conform`: whether a running server keeps the contracts of the platforms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from interlock.cli.terminal import say
from interlock.errors import InputError

__all__ = ["conform"]


@click.command()
@click.argument("url")
@click.option("--protocol", "protocols", multiple=True, help="Of these alone: kserve_v2, mlflow and others.")
@click.option("--model", default="", help="The model's name; else the first of /v1/models.")
@click.option(
    "--row", type=click.Path(path_type=Path), help="A JSON file with a row; else the server's example."
)
@click.option("--header", "headers", multiple=True, help="Sent always, such as 'authorization: Bearer …'.")
@click.option("--predict-route", "predict", default="", help="Of Vertex AI, where it is not the default.")
@click.option("--health-route", "health", default="", help="Of Vertex AI, where it is not the default.")
@click.option("--grpc", "address", default="", metavar="HOST:PORT", help="Check this gRPC port too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def conform(
    url: str,
    protocols: tuple[str, ...],
    row: Path | None,
    headers: tuple[str, ...],
    *,
    address: str,
    as_json: bool,
    **routes: str,
) -> None:
    """Deployment: check the server at URL against every platform's contract. Exit code 1: it fails one."""
    from interlock.serve.conform import conform as run
    from interlock.serve.conform import learn, over_grpc, over_http, table

    always = dict(_header(each) for each in headers)
    ask, tls = over_http(url, always), url.startswith("https:")
    call = over_grpc(address, always, tls=tls) if address else None
    sample = learn(ask, row=None if row is None else _row(row), **routes)
    found = run(ask, sample, protocols, grpc=call)
    if as_json:
        say(json.dumps([each._asdict() | {"passed": each.passed} for each in found], ensure_ascii=False))
    else:
        say(table(found))
    raise SystemExit(0 if all(each.passed for each in found) else 1)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise InputError("a header is a name, a colon and a value", got=name, next_step="'accept: text/csv'")
    return name.strip(), value.strip()


def _row(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise InputError(
            "the row is not JSON", where=path, got=str(error), next_step='write {"column": 1}'
        ) from None
    if not isinstance(row, dict):
        raise InputError(
            "the row is not an object", where=path, got=type(row).__name__, next_step='write {"column": 1}'
        )
    return row
