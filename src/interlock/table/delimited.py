"""CSV and TSV in two streaming passes: the first finds what every column holds, the second reads it so.

Both passes take every value as text, so what the first found is what the second reads. Without quotes the
tokens of `inference.MISSING_TOKENS` are missing; with quotes they are text in a string column: `""` is the
empty string and `"NA"` is NA.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from interlock.errors import InputError
from interlock.table.files import File, Files, same_columns
from interlock.table.inference import CANDIDATES, MISSING_TOKENS, Text, arrow_type, convert, decide, narrow
from interlock.table.quotes import broken_quote, may_hold_rows
from interlock.table.reading import digest_files, open_stream, reading
from interlock.table.scan import BLOCK_BYTES

__all__ = ["DelimitedScan", "scan_delimited"]

_DELIMITERS = ",;\t|"
#: The header and the first row nearly always fit; only where they do not a whole block is read for them.
_HEAD_BYTES = 1 << 16
#: A block holds so much of each column at least: every column of every block has its price.
_COLUMN_BYTES = 1 << 12


@dataclass(frozen=True)
class DelimitedScan:
    """CSV or TSV files of the same columns, as a source of rows.

    Args:
        files: The files, in order.
        encoding: As Python names it.
        columns: What each column holds, by name, in the order of the first file.
        count: Rows of each file.
    """

    files: Files
    encoding: str
    columns: dict[str, Text]
    count: tuple[int, ...]

    @property
    def schema(self) -> Any:
        """The Arrow schema found by the full scan."""
        return pa.schema([(name, arrow_type(text)) for name, text in self.columns.items()])

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:  # noqa: ARG002  blocks are bytes
        """Yield record batches of about 2 MiB of text."""
        schema = pa.schema([(name, arrow_type(self.columns[name])) for name in names])
        for file in self.files:
            for batch in _text_batches(file, self.encoding, names):
                yield _converted(file, batch, schema, self.columns)

    def rows(self) -> int:
        """Return the number of rows, known from the first pass."""
        return sum(self.count)

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.files)

    def parts(self) -> tuple[DelimitedScan, ...]:
        """Return one source a file."""
        return tuple(
            replace(self, files=(file,), count=(count,))
            for file, count in zip(self.files, self.count, strict=True)
        )


def scan_delimited(files: Files, encoding: str = "utf-8") -> DelimitedScan:
    """Read CSV or TSV files once, wholly, to find what every column holds.

    The delimiter is the one of comma, semicolon, tab and bar that the header has most of.

    Args:
        files: The files; `.gz` is decompressed.
        encoding: As Python names it, for all of them.

    Returns:
        A source that reads them again with the types found.

    Raises:
        InputError: If a file is empty, has duplicated column names or a ragged row, is not in `encoding`,
            or the files differ in their columns.
    """
    headers = [_header(file, encoding) for file in files]
    same_columns(files, [dict.fromkeys(names, "text") for names in headers])
    candidates = dict.fromkeys(headers[0], CANDIDATES)
    count = [0] * len(files)
    for index, file in enumerate(files):
        suspect, sign = False, _delimiter(file, encoding)
        for batch in _text_batches(file, encoding, headers[index]):
            count[index] += batch.num_rows
            for name in candidates:
                candidates[name] = narrow(candidates[name], batch.column(name))
            texts = [batch.column(name) for name, left in candidates.items() if not left]
            suspect = suspect or any(may_hold_rows(column, sign, len(candidates)) for column in texts)
            pa.default_memory_pool().release_unused()
        if suspect:
            _refuse_broken_quotes(file, encoding)
    columns = {name: decide(left) for name, left in candidates.items()}
    return DelimitedScan(files, encoding, columns, tuple(count))


def _converted(file: File, batch: Any, schema: Any, columns: dict[str, Text]) -> Any:
    try:
        arrays = [convert(batch.column(name), columns[name]) for name in schema.names]
    except pa.ArrowInvalid as error:
        raise InputError(
            "the file changed while it was read",
            where=file,
            got=error,
            next_step="read it again when it is complete",
        ) from error
    return pa.record_batch(arrays, schema=schema)


def _header(file: File, encoding: str) -> tuple[str, ...]:
    with _parsing(file, encoding):
        try:
            names = _names(file, encoding, _HEAD_BYTES)
        except pa.ArrowInvalid:
            names = _names(file, encoding, BLOCK_BYTES)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise InputError(
            f"column names are duplicated: {', '.join(map(repr, twice))}",
            where=file,
            next_step="give every column a name of its own",
        )
    return tuple(name or f"column_{index}" for index, name in enumerate(names, 1))


def _names(file: File, encoding: str, block: int) -> list[str]:
    options = _options(file, encoding)
    options["read_options"].block_size = block
    with open_stream(file) as stream:
        names: list[str] = pa_csv.open_csv(stream, **options).schema.names
    return names


def _text_batches(file: File, encoding: str, names: Sequence[str]) -> Iterator[Any]:
    """Yield the file's columns as text, null where a missing token stands without quotes."""
    header = _header(file, encoding)
    options = _options(file, encoding, column_names=header, skip_rows_after_names=1)
    options["read_options"].block_size = max(BLOCK_BYTES, min(len(header) * _COLUMN_BYTES, 16 * BLOCK_BYTES))
    with _parsing(file, encoding), open_stream(file) as stream:
        yield from pa_csv.open_csv(
            stream,
            **options,
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                include_columns=list(names),
                null_values=MISSING_TOKENS,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


def _options(file: File, encoding: str, **reading_options: Any) -> dict[str, Any]:
    return {
        "read_options": pa_csv.ReadOptions(
            use_threads=False,  # with threads an error does not tell its row
            block_size=BLOCK_BYTES,
            encoding=encoding,
            **reading_options,
        ),
        "parse_options": pa_csv.ParseOptions(delimiter=_delimiter(file, encoding), newlines_in_values=True),
    }


def _delimiter(file: File, encoding: str) -> str:
    with open_stream(file) as stream:
        start = stream.read(_HEAD_BYTES).decode(encoding, errors="replace")
    header = start.lstrip().partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


@contextmanager
def _parsing(file: File, encoding: str) -> Iterator[None]:
    """Turn Arrow's complaints into ours, with the row or the byte."""
    try:
        with reading(file):
            yield
    except LookupError as error:
        raise InputError(
            "there is no such encoding", got=encoding, next_step='try "utf-8", "latin-1" or "cp1252"'
        ) from error
    except UnicodeDecodeError as error:
        raise _undecodable(file, encoding) from error
    except pa.ArrowInvalid as error:
        _refuse_broken_quotes(file, encoding)
        raise _complaint(file, encoding, str(error)) from error


def _refuse_broken_quotes(file: File, encoding: str) -> None:
    if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
        return  # its bytes are no ASCII
    with open_stream(file) as stream:
        broken = broken_quote(iter(partial(stream.read, BLOCK_BYTES), b""), _delimiter(file, encoding))
    if broken is not None:
        raise InputError(
            f"the quote that opens in row {broken.row:,} is not closed in it",
            where=f"{file}, row {broken.row:,} (the header is row 1, blank lines not counted)",
            got=broken.text,
            next_step="close the quote in that row, or write a quote that belongs to the text twice",
        )


def _complaint(file: File, encoding: str, text: str) -> InputError:
    if "invalid UTF8" in text:
        return _undecodable(file, encoding)
    if "Empty CSV file" in text:
        return InputError("the file is empty", where=file, next_step="check the export that wrote it")
    ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+): ?(.*)", text, re.DOTALL)
    if ragged:
        row, expected, got, content = ragged.groups()
        return InputError(
            f"row {row} has {got} values where the header has {expected}",
            where=f"{file}, row {row} (the header is row 1, blank lines not counted)",
            got=content,
            next_step="quote values that hold the delimiter, or repair the row",
        )
    return InputError(
        "the file is not a table of delimited text", where=file, got=text, next_step="check the file"
    )


def _undecodable(file: File, encoding: str) -> InputError:
    return InputError(
        f"the file is not {encoding}",
        where=f"{file}, byte {_first_undecodable(file, encoding)}",
        next_step='pass encoding=..., such as "latin-1" or "cp1252"',
    )


def _first_undecodable(file: File, encoding: str) -> int:
    """Return the offset of the first byte (of the decompressed content) that `encoding` does not allow."""
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with open_stream(file) as stream:
        while block := stream.read(BLOCK_BYTES):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return offset - pending + error.start
            offset += len(block)
    return offset
