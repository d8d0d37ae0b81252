"""`/docs`: one page, without a network, on which a person tries the service on."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from html import escape
from pathlib import Path

from interlock.contract import Column, Contract
from interlock.release import Release
from interlock.serve.openapi import cleaned_words, example, on_values

__all__ = ["page", "policy"]


def page(release: Release) -> str:
    """Return the page as HTML.

    Args:
        release: Its contract makes the table of columns, its golden rows the example.
    """
    body = _template()
    row = json.dumps(example(release), indent=2, ensure_ascii=False)
    for name, text in {
        "name": escape(release.name),
        "release": escape(release.digest),
        "contract": escape(release.contract_digest),
        "question": escape(_question(release)),
        "example": escape(row),
        "height": str(min(24, row.count("\n") + 2)),
        "columns": "\n".join(_row(column, release.contract) for column in release.contract.inputs),
    }.items():
        body = body.replace(f"<!--{name}-->", text)
    return body


@cache
def policy() -> bytes:
    """Return the page's content security policy: its own script and style, requests to this service alone."""
    digests = {
        tag: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in re.findall(r"(?s)<(script|style)>(.*?)</\1>", _template())
    }
    own = "; ".join(f"{tag}-src 'sha256-{digest}'" for tag, digest in digests.items())
    return (
        f"default-src 'none'; {own}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ).encode()


@cache
def _template() -> str:
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def _question(release: Release) -> str:
    """Return what is predicted, in one sentence."""
    contract = release.contract
    target = contract.target.name if contract.target else "the target"
    if contract.task == "binary":
        return f"The probability that {target} is {contract.classes[-1]}."
    if contract.task == "multiclass":
        return f"The probability of each of the {len(contract.classes)} classes of {target}."
    return f"The value of {target}."


def _row(column: Column, contract: Contract) -> str:
    steps = on_values(contract, column)
    said = [column.description, cleaned_words(steps) if steps else ""]
    cells = (column.name, column.type, _domain(column), column.unit, " ".join(filter(None, said)))
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _domain(column: Column) -> str:
    """Return a column's domain, and what is done outside of it."""
    parts = []
    if column.type != "timestamp" and (column.minimum is not None or column.maximum is not None):
        low = "−∞" if column.minimum is None else f"{column.minimum:g}"
        high = "∞" if column.maximum is None else f"{column.maximum:g}"
        parts.append(f"{low} to {high}, else {column.on.range}")
    if column.levels is not None:
        shown = ", ".join(column.levels[:6]) + (
            f", … ({len(column.levels)})" if len(column.levels) > 6 else ""
        )
        parts.append(f"{shown}; else {column.on.category}")
    parts.append(f"null: {column.on.null}")
    return "; ".join(parts)
