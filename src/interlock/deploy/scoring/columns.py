"""What is written of each row: the columns that were kept, the prediction, and what the contract said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.contract import CheckedRow, Contract
from interlock.deploy.scoring.evaluate import Evaluator, Predicted, matrix
from interlock.deploy.scoring.rows import Block
from interlock.errors import InputError
from interlock.release import Release
from interlock.serve.answer import flags_as_values
from interlock.serve.reasons import Reasons

__all__ = ["JSON_COLUMNS", "Counts", "Scorer", "schema_of"]

#: Columns that hold JSON.
JSON_COLUMNS = ("flags", "rejected", "reasons")
_CODED = pa.dictionary(pa.int32(), pa.string())


class Counts(NamedTuple):
    """The account of some rows: read = predicted + rejected.

    Args:
        read: Rows that were read.
        predicted: Rows that got a prediction; some of them may be flagged.
        rejected: Rows that the contract refused.
        flagged: Predicted rows of which the contract said something.
    """

    read: int = 0
    predicted: int = 0
    rejected: int = 0
    flagged: int = 0

    def plus(self, other: Counts) -> Counts:
        """Return both accounts as one."""
        return Counts(*(one + two for one, two in zip(self, other, strict=True)))


def schema_of(contract: Contract, kept: Any, *, interval: bool, explain: bool) -> Any:
    """Return the Arrow schema of what is written.

    Args:
        contract: Knows the task and its classes.
        kept: The schema of the columns to keep.
        interval: Whether the model gives intervals.
        explain: Whether reasons are asked for.

    Raises:
        InputError: If a column to keep has the name of one that is added.
    """
    several = contract.task == "multiclass"
    names = [f"prediction_{each}" for each in contract.classes] if several else ["prediction"]
    fields = [("row", pa.int64()), *((name, pa.float64()) for name in names)]
    fields += [("label", _CODED)] if contract.classes else []
    fields += [("lower", pa.float64()), ("upper", pa.float64())] if interval else []
    fields += [("flags", pa.string()), ("rejected", pa.string())]
    fields += [("reasons", pa.string())] if explain else []
    fields += [("release", _CODED)]
    twice = {name for name, _ in fields}.intersection(kept.names)
    if twice:
        raise InputError(
            f"a column to keep has the name of one that is added: {', '.join(sorted(twice))}",
            next_step='rename it with --sql, such as "select id as customer, * exclude (id) from data"',
        )
    return pa.schema([*kept, *fields])


class Scorer:
    """Predicts checked rows and puts together what is written of them.

    Args:
        release: Loaded and replayed.
        kept: The Arrow schema of the columns to keep.
        explain: How many reasons to give for each prediction; 0 for none.
    """

    def __init__(self, release: Release, kept: Any, explain: int = 0) -> None:
        self._release, self._explain = release, explain
        self._evaluator = Evaluator(release)
        self._reasons = Reasons(release) if explain else None
        interval = "interval" in release.model.outputs
        self.schema = schema_of(release.contract, kept, interval=interval, explain=bool(explain))

    def table(self, block: Block, first: int) -> tuple[Any, Counts]:
        """Predict the rows of a block.

        Args:
            block: Checked rows.
            first: The number of its first row within the source.

        Returns:
            What is written, a `pyarrow.Table`, and the account.
        """
        accepted = np.flatnonzero(~block.rejected)
        count, missing = len(block.rejected), pa.nulls(len(block.rejected), pa.string())
        predicted = self._predict(block, accepted)
        columns: dict[str, Any] = {name: block.kept.column(name) for name in block.kept.column_names}
        columns["row"] = pa.array(np.arange(first, first + count))
        columns |= self._answers(predicted, accepted, count)
        flagged = {row: flags for row, flags in block.flags.items() if not block.rejected[row]}
        rejected = {row: flags for row, flags in block.flags.items() if block.rejected[row]}
        columns["flags"] = _told(flagged, count) if flagged else missing
        columns["rejected"] = _told(rejected, count) if rejected else missing
        if self._reasons is not None:
            columns["reasons"] = self._told_why(self._reasons, block, predicted, accepted)
        columns["release"] = pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), [self._release.digest])
        table = pa.table([columns[name] for name in self.schema.names], schema=self.schema)
        return table, Counts(count, len(accepted), count - len(accepted), len(flagged))

    def _predict(self, block: Block, accepted: NDArray[np.intp]) -> Predicted:
        if len(accepted) == len(block.rejected):
            return self._evaluator.predict(block.numbers, block.strings)
        strings = [each._replace(codes=each.codes[accepted]) for each in block.strings]
        return self._evaluator.predict(block.numbers[accepted], strings)

    def _answers(self, predicted: Predicted, accepted: NDArray[np.intp], count: int) -> dict[str, Any]:
        contract = self._release.contract
        predictions = predicted.predictions
        if contract.task == "multiclass":
            found = {f"prediction_{each}": predictions[:, at] for at, each in enumerate(contract.classes)}
            places = predictions.argmax(axis=1)
        else:
            found = {"prediction": predictions}
            places = (predictions >= self._release.model.threshold).astype(np.intp)
        if predicted.intervals is not None:
            found |= {"lower": predicted.intervals[:, 0], "upper": predicted.intervals[:, 1]}
        columns = {name: _spread(values, accepted, count) for name, values in found.items()}
        if contract.classes:
            code = np.full(count, -1, np.int32)
            code[accepted] = places
            codes = pa.array(code, pa.int32(), mask=code < 0)
            columns["label"] = pa.DictionaryArray.from_arrays(codes, list(contract.classes))
        return columns

    def _told_why(
        self, reasons: Reasons, block: Block, predicted: Predicted, accepted: NDArray[np.intp]
    ) -> Any:
        texts = matrix(block.strings, slice(None), len(block.rejected))
        told: list[str | None] = [None] * len(block.rejected)
        for at, row in enumerate(accepted.tolist()):
            checked = CheckedRow(block.numbers[row].tolist(), texts[row].tolist(), [], rejected=False)
            why = reasons.of(checked, predicted.predictions[at].tolist(), self._explain)
            told[row] = msgspec.json.encode(why).decode()
        return pa.array(told, pa.string())


def _spread(values: NDArray[np.float64], accepted: NDArray[np.intp], count: int) -> Any:
    """Return values at their rows, null at those that were refused."""
    if len(accepted) == count:
        return pa.array(values)
    spread, gaps = np.zeros(count), np.ones(count, bool)
    spread[accepted], gaps[accepted] = values, False
    return pa.array(spread, mask=gaps)


def _told(flags: Mapping[int, Sequence[Any]], count: int) -> Any:
    told: list[str | None] = [None] * count
    known: dict[tuple[Any, ...], str] = {}
    for row, each in flags.items():
        key = tuple(each)
        if key not in known:
            known[key] = msgspec.json.encode(flags_as_values(each)).decode()
        told[row] = known[key]
    return pa.array(told, pa.string())
