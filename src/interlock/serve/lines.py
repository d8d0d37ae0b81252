"""Rows that stand in lines: CSV with or without a header, and JSON lines; and answers of that kind."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from interlock.contract import Contract
from interlock.serve.columns import NAN, raws, rows_of_instances, rows_of_table
from interlock.serve.message import Refusal

__all__ = ["answer_of_csv", "answer_of_json_lines", "rows_of_csv", "rows_of_json_lines"]

#: What pandas, and so MLflow, reads as missing in a CSV; in a string column only the empty cell is missing.
_NULLS = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>"))
#: Numbers as CSVs have them and JSON has not: +1, .5, 2., 1e999, inf. With leading zeros it is an identifier.
_LOOSE = re.compile(
    r"[+-]?(?:(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?)", re.ASCII | re.IGNORECASE
)
_CELLS = ("number", "integer", "boolean")
_AMBIGUOUS = (
    "some cells of the first line are names of columns and some are not: say text/csv; header=present, or "
    "header=absent"
)


def rows_of_csv(contract: Contract, body: bytes, header: str = "") -> bytes:
    r"""Return the rows of a CSV as JSON: a cell is what its column holds, else a string, which is refused.

    Without a word about it, a first line of names only is a header, as MLflow sends it; a line without any
    name, of as many cells as the contract has inputs, is a row in the contract's order, as SageMaker sends
    it. A line of both is a header if it has another number of cells, else it is refused: a row is not lost.

    Args:
        contract: Knows names, types and order of the columns.
        body: UTF-8, with or without a byte order mark.
        header: `present`, `absent`, or nothing, as the media type's parameter has it (RFC 4180).

    Raises:
        Refusal: 400 where it is no CSV, or a line has another number of cells.

    Example:
        >>> from interlock.contract import Column
        >>> of = Contract((Column("age", "integer"), Column("city", "text")))
        >>> rows_of_csv(of, b"city,age\nOslo,41\n")
        b'[{"city":"Oslo","age":41}]'
        >>> rows_of_csv(of, b"41,Oslo\n")
        b'[{"age":41,"city":"Oslo"}]'
    """
    lines = _read(body)
    names = [column.name for column in contract.inputs]
    if _has_header(contract, lines[0], header):
        names, *lines = lines
    if any(len(line) != len(names) for line in lines):
        message = "a line has another number of cells than the header, or than the contract has inputs"
        raise Refusal(400, "shape", message)
    types = {column.name: column.type for column in contract.columns}
    kinds = [types.get(name, "text") for name in names]
    return rows_of_table(names, [[_cell(*pair) for pair in zip(line, kinds, strict=True)] for line in lines])


def rows_of_json_lines(contract: Contract, body: bytes) -> bytes:
    r"""Return rows of which each stands in a line, in any form of `rows_of_instances`.

    Raises:
        Refusal: 400 where a line is not JSON.

    Example:
        >>> from interlock.contract import Column
        >>> rows_of_json_lines(Contract((Column("age", "integer"),)), b'{"age": 41}\n[42]\n')
        b'[{"age": 41},{"age":42}]'
    """
    names = [column.name for column in contract.inputs]
    try:
        return rows_of_instances(names, msgspec.json.Decoder(msgspec.Raw).decode_lines(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "malformed", NAN) from None


def answer_of_csv(predictions: Sequence[Any]) -> bytes:
    r"""Return one prediction a line; of several classes their probabilities, in the contract's order.

    Example:
        >>> answer_of_csv([0.25, 0.5]), answer_of_csv([{"a": 0.25, "b": 0.75}])
        (b'0.25\n0.5\n', b'0.25,0.75\n')
    """
    lines = [[*each.values()] if isinstance(each, dict) else [each] for each in predictions]
    return b"".join(b",".join(msgspec.json.encode(value) for value in line) + b"\n" for line in lines)


def answer_of_json_lines(answer: dict[str, Any]) -> bytes:
    """Return one object a line: the prediction of a row, its id, label, flags and what else was told.

    Args:
        answer: Lists by name, as `lists.answer` returns them.
    """
    single = {
        "ids": "id",
        "predictions": "prediction",
        "labels": "label",
        "intervals": "interval",
        "flags": "flags",
        "explanations": "explanation",
    }
    names = [name for name in single if name in answer]
    rows = zip(*(answer[name] for name in names), strict=True)
    told = [dict(zip([single[name] for name in names], row, strict=True)) for row in rows]
    return msgspec.json.Encoder().encode_lines(told)


def _read(body: bytes) -> list[list[str]]:
    try:
        lines = [*csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)]
    except (UnicodeDecodeError, csv.Error):
        raise Refusal(400, "malformed", "the body is not UTF-8 CSV") from None
    kept = [line for line in lines if line]
    if not kept:
        raise Refusal(400, "empty", "the request holds no row")
    return kept


def _has_header(contract: Contract, first: Sequence[str], header: str) -> bool:
    if header in ("present", "absent"):
        return header == "present"
    known = {column.name for column in contract.columns}
    named = sum(cell in known for cell in first)
    if named in (0, len(first)):
        return named > 0
    if len(first) == len(contract.inputs):
        raise Refusal(400, "header", _AMBIGUOUS)
    return True


def _cell(text: str, kind: str) -> bytes:
    if kind not in _CELLS:
        return msgspec.json.encode(text) if text else b"null"
    if text in _NULLS:
        return b"null"
    bare = text.strip().lower() if kind == "boolean" else text.strip()
    if _is_bare(bare, kind):
        return bare.encode()
    if kind != "boolean" and _LOOSE.fullmatch(bare):
        return bytes(raws([float(bare)])[0])
    return msgspec.json.encode(text)


def _is_bare(text: str, kind: str) -> bool:
    """Whether a cell's text is a JSON number, or true or false, as it stands."""
    try:
        value = msgspec.json.decode(text.encode(), type=bool if kind == "boolean" else float)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False
    return isinstance(value, bool | float)
