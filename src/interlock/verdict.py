"""What a project does with its verdict: it tells it, tells it again, and compares with production."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.errors import GateError, InterlockError
from interlock.project import Project

if TYPE_CHECKING:
    from interlock.validate import Validation
    from interlock.validate.rival import Opponent

__all__ = ["empty_slices", "in_production", "let_pass", "looked", "retold"]


def empty_slices(validation: Validation) -> tuple[str, ...]:
    """Warn of declared slices that no row is in: a level may be misspelt."""
    return tuple(
        f"the declared slice `{each.name}` has no row in the holdout: look at its condition under [slices]"
        for each in validation.record.unjudged.declared
        if each.n == 0
    )


def let_pass(validation: Validation, card: Path, *, earlier: str = "") -> None:
    """Stop where a gate failed, and say where the card is; `earlier` is when that was found."""
    try:
        validation.require()
    except GateError as error:
        since = f"\n  found on {earlier}; nothing has changed since, so the holdout stayed closed"
        what = "\n".join(
            [error.what + (since if earlier else ""), *(f"  ! {each}" for each in empty_slices(validation))]
        )
        raise GateError(what, where=card, next_step=f"the card says more; {error.next_step}") from None


def retold(project: Project) -> Validation:
    """Write the card with what people say by now; the holdout stays closed."""
    from interlock.validate import Validation

    folder = project.folder("validate")
    validation = Validation.load(folder)
    again = validation.retold(project.contract(), project.config.card)
    if again.card_markdown != validation.card_markdown:
        again.save(folder)
    return again


def in_production(
    project: Project, model: str, asked: Path | None, progress: Callable[[str], None]
) -> Opponent | None:
    """Let the release in production read the holdout; one that nobody named is left out where it cannot."""
    import interlock.release as releases
    from interlock.table import open_table
    from interlock.validate.rival import opponent

    path = asked or project.production(model)
    if path is None:
        return None
    table = open_table(project.folder("explore") / "holdout.parquet", name=project.config.project.name)
    try:
        loaded = releases.load(path)
        if asked is None and not project.config.against:
            releases.check_signatures(loaded, project.config.people)
        return opponent(loaded, table, project.contract())
    except InterlockError as error:
        if asked is not None or project.config.against:
            raise
        progress(f"not compared with {path.name}: {error.what}")
        return None


def looked(project: Project) -> str:
    """Say at sign-off how often the holdout was opened: who signs should know."""
    from interlock.validate import Validation
    from interlock.validate.looks import read, require_all, told

    looks = read(project.looks, project.records()["explore"].parts.get("holdout", ""))
    counted = Validation.load(project.folder("validate")).record.find("holdout_looks")
    require_all(looks, int(counted.value) if counted else 0, project.looks)
    return f"; {told(looks)}" if looks else ""
