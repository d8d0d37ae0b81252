"""Validation: the sealed holdout is opened once, measured, judged by the gates, and told in a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from interlock.atomic import write_atomically
from interlock.contract import Contract
from interlock.develop.development import Development
from interlock.errors import InputError
from interlock.profile import Profile
from interlock.release import Release
from interlock.said import Said
from interlock.table import Dataset, Table, dataset, open_table
from interlock.validate import card, card_page, card_text
from interlock.validate.card_metadata import metadata
from interlock.validate.declared import Condition
from interlock.validate.evidence import Evidence, Gate, Measurement, decode, encode
from interlock.validate.examine import More, examine
from interlock.validate.gates import require, thresholds_for
from interlock.validate.history import History
from interlock.validate.rival import Opponent, opponent

__all__ = ["Validation", "validate"]

_FILES = ("evidence.json", "scores.bin", "card.md", "card.html")


@dataclass(frozen=True)
class Validation:
    """What validation found, judged and told.

    Args:
        record: Every number, with its interval, method and source.
        scores: The profile of the holdout's predictions, for the monitor.
        card_markdown: The model card.
        card_html: The model card, with pictures.
    """

    record: Evidence
    scores: Profile
    card_markdown: str
    card_html: str

    @property
    def evidence(self) -> bytes:
        """The record as canonical JSON: `evidence.json` of the release."""
        return encode(self.record)

    @property
    def summary(self) -> str:
        """One line: the verdict, and the first number."""
        failed = [gate.name for gate in self.gates if not gate.passed]
        verdict = f"failed: {', '.join(failed)}" if failed else f"all {len(self.gates)} gates passed"
        first = self.measurements[0]
        return f"{verdict}; {first.label} {first.text} on {self.record.rows.used:,} rows"

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """Every number with a name."""
        return self.record.measurements

    @property
    def gates(self) -> tuple[Gate, ...]:
        """The conditions for a release."""
        return self.record.gates

    @property
    def passed(self) -> bool:
        """Whether every gate is passed."""
        return self.record.passed

    @property
    def digest(self) -> str:
        """The digest of the evidence."""
        return self.record.digest

    def require(self) -> None:
        """Let a release pass, or stop it.

        Raises:
            GateError: With the reason of each gate that failed.
        """
        require(self.gates)

    def retold(self, contract: Contract, said: Said) -> Validation:
        """Return the same findings with the card written again: no row is looked at.

        Args:
            contract: What the model takes.
            said: What people say by now.
        """
        return _told(self.record, self.scores, contract, said)

    def report(self, path: str | Path) -> Path:
        """Write the model card as HTML, and return its path."""
        return write_atomically(Path(path), self.card_html.encode())

    def save(self, folder: str | Path) -> None:
        """Write evidence, scores and both cards into a folder."""
        texts = (self.card_markdown.encode(), self.card_html.encode())
        for name, content in zip(_FILES, (self.evidence, self.scores.to_bytes(), *texts), strict=True):
            write_atomically(Path(folder) / name, content)

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Read what `save` wrote.

        Raises:
            InputError: If a file is missing or damaged.
        """
        folder = Path(folder)
        try:
            evidence, scores, markdown, html = ((folder / name).read_bytes() for name in _FILES)
        except OSError as error:
            raise InputError(
                "the validation cannot be read",
                where=error.filename,
                got=error.strerror,
                next_step="run `interlock validate` first",
            ) from error
        record = decode(evidence, where=folder / "evidence.json")
        return cls(record, Profile.from_bytes(scores), markdown.decode(), html.decode())

    def _repr_html_(self) -> str:
        return str(card_page.summary(self.record))

    def __str__(self) -> str:
        lines = [
            f"{'passed' if gate.passed else 'FAILED'}  {gate.name}: {gate.sentence}" for gate in self.gates
        ]
        return "\n".join(lines)


def _quiet(_: str) -> None:
    pass


def validate(
    development: Development,
    data: Dataset | Table,
    contract: Contract,
    *,
    profile: Profile | None = None,
    train: Dataset | Table | None = None,
    gates: Mapping[str, float | str | bool] | None = None,
    against: Opponent | Release | str | Path | None = None,
    slices: Mapping[str, Condition] | None = None,
    slice_rows: int = 100,
    refit_seconds: float = 10.0,
    seed: int = 0,
    progress: Callable[[str], None] = _quiet,
    history: History | None = None,
    said: Said | None = None,
) -> Validation:
    """Measure a model on the sealed holdout, and judge it by the gates.

    Args:
        development: The compiled model and its reference in Python.
        data: The sealed holdout.
        contract: What the model takes and predicts.
        profile: Of the training table: its target is the baseline. None takes the holdout's own distribution.
        train: The rows that the model learned from; without them stability, membership, what can be
            read of them, and whether the contract takes them all are not measured.
        gates: Thresholds that differ from the defaults; see `gates.thresholds_for`.
        against: The release in production, or its folder: it answers the same rows, read by its own contract.
        slices: Slices to look at, by name: a condition in SQL, or values by column; see `declared_slices`.
        slice_rows: The fewest rows of a slice, or of a group of a sensitive column.
        refit_seconds: How long the winner is learned again, for stability; 0 leaves it out.
        seed: Of every random choice; the same seed gives the same numbers, latency apart.
        progress: Told what is being done.
        history: Suspected leaks, and who opened this holdout before; a project keeps them.
        said: What only people can say; the card marks as not provided what they did not.

    Returns:
        Evidence, scores and card. A failed gate does not raise here; `require` does.

    Raises:
        InputError: For an unknown gate, or a holdout that nothing can be validated on.
    """
    personal = any(column.sensitive for column in contract.columns)
    thresholds = thresholds_for(str(contract.task), gates or {}, personal=personal)
    checked = data if isinstance(data, Dataset) else dataset(open_table(data), contract)
    learned = train if train is None or isinstance(train, Dataset) else dataset(open_table(train), contract)
    other = against
    if other is not None and not isinstance(other, Opponent):
        other = opponent(other, data, contract)
    more = More(
        history or History(), learned, frozenset(gates or ()), other, slices or {}, slice_rows, refit_seconds
    )
    record, scores = examine(development, checked, contract, profile, thresholds, seed, progress, more)
    progress("writing the model card")
    return _told(record, scores, contract, said or Said())


def _told(record: Evidence, scores: Profile, contract: Contract, said: Said) -> Validation:
    """Write the card."""
    title, lead, parts = card.title(record), card.lead(record), card.card(record, contract, scores, said)
    markdown = card_text.markdown(title, lead, parts, metadata(record, said))
    return Validation(record, scores, markdown, card_page.html(title, lead, parts, record))
