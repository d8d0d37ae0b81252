"""The verb `clean`: what exploration proposes to clean, and which of it is accepted into `interlock.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from interlock.atomic import write_atomically
from interlock.config import FILE, parse_config
from interlock.contract.step import Step, in_order, to_table
from interlock.errors import ProjectError
from interlock.project import Project

if TYPE_CHECKING:
    from interlock.explore import Exploration
    from interlock.explore.cleaning.effect import Effect
    from interlock.explore.cleaning.proposal import Proposal

__all__ = ["accept", "combined", "listing", "remove", "show"]

_FEW, _MANY = 2, 20


class _Line(NamedTuple):
    """A numbered step of the list."""

    label: str
    step: Step
    effect: Effect | None
    why: str = ""
    confidence: str = ""


def listing(project: Project) -> str:
    """Return what is accepted and what is proposed, numbered, for people.

    Raises:
        ProjectError: If the project was not explored yet.
    """
    found = _explored(project)
    accepted, proposed = _accepted(project, found), _proposed(project, found)
    lines: list[str] = []
    for title, each in ((f"Accepted, in {FILE}", accepted), ("Proposed", proposed)):
        if each:
            lines += [title, *(line for one in each for line in _written(one, _FEW)), ""]
    if proposed:
        lines.append(_hint([line.label for line in proposed]))
    elif accepted:
        lines.append("nothing more is proposed")
    else:
        lines.append("nothing to clean was found, and nothing is accepted")
    return "\n".join(lines)


def show(project: Project, label: str) -> str:
    """Return one step with its values before and after.

    Args:
        project: Explored.
        label: `2` of the proposals, `a2` of what is accepted.

    Raises:
        ProjectError: If there is no such step.
    """
    found = _explored(project)
    lines = [*_accepted(project, found), *_proposed(project, found)]
    return "\n".join(_written(_pick(lines, label), _MANY))


def accept(project: Project, labels: str) -> str:
    """Write proposals into `interlock.toml`; comments and order there stay.

    A step that turns text into numbers or dates takes along what is proposed for the same column before it:
    it was found with these words and blanks gone.

    Args:
        project: Explored.
        labels: `all`, or numbers apart by commas. `all` leaves out what is only possible.

    Returns:
        What was accepted, for people.

    Raises:
        ProjectError: If there is no such proposal, or the file cannot hold it.
    """
    proposed = _proposed(project, _explored(project))
    if labels.strip() == "all":
        chosen = [line for line in proposed if line.confidence != "possible"]
    else:
        chosen = _with_needed(proposed, [_pick(proposed, label) for label in labels.split(",")])
    steps = {_place(step): step for step in project.config.clean}
    for line in chosen:
        place = _place(line.step)
        steps[place] = combined(steps[place], line.step) if place in steps else line.step
    _write(project, tuple(steps.values()))
    left = [line for line in proposed if line not in chosen]
    return _told("accepted", chosen, left)


def remove(project: Project, labels: str) -> str:
    """Take accepted steps out of `interlock.toml` again.

    Args:
        project: Any.
        labels: Such as `a1,a3` or `1,3`; `all`.

    Returns:
        What was removed, for people.

    Raises:
        ProjectError: If there is no such step.
    """
    lines = [_Line(f"a{place}", step, None) for place, step in enumerate(project.config.clean, 1)]
    wanted = [label.strip() for label in labels.split(",")]
    chosen = (
        lines
        if wanted == ["all"]
        else [_pick(lines, label if label.startswith("a") else f"a{label}") for label in wanted]
    )
    gone = [line.step for line in chosen]
    _write(project, tuple(step for step in project.config.clean if step not in gone))
    return _told("removed", chosen, [])


def combined(old: Step, new: Step) -> Step:
    """Return one step that does what two of one kind do, one after the other.

    Args:
        old: What is accepted.
        new: What is proposed for what the old one leaves.

    Example:
        >>> old = Step("spelling", "city", spellings=(("NY", "New Yrk"),))
        >>> combined(old, Step("spelling", "city", spellings=(("New Yrk", "New York"),))).spellings
        (('NY', 'New York'), ('New Yrk', 'New York'))
    """
    match old.kind:
        case "missing":
            return replace(old, values=(*old.values, *new.values))
        case "spelling":
            then = dict(new.spellings)
            first = {variant: then.get(kept, kept) for variant, kept in old.spellings}
            pairs = {**then, **first}.items()
            return replace(old, spellings=tuple(pair for pair in pairs if pair[0] != pair[1]))
        case "date":
            return replace(old, formats=tuple({*old.formats, *new.formats}))
        case _:
            return new


def _hint(labels: Sequence[str]) -> str:
    """Return what to do next, with numbers that there are."""
    every = "all, or --accept " if len(labels) > 1 else ""
    some = ",".join(labels[:3:2])
    return f"next: interlock clean --accept {every}{some}; --show {labels[0]} for more examples"


def _explored(project: Project) -> Exploration:
    from interlock.explore import Exploration

    project.output("explore", "clean")
    return Exploration.load(project.folder("explore"))


def _accepted(project: Project, found: Exploration) -> list[_Line]:
    measured = {each.step: each.effect for each in found.proposals}
    measured |= {each.step: each.effect for each in found.accepted}
    steps = project.config.clean
    return [_Line(f"a{place}", step, measured.get(step)) for place, step in enumerate(steps, 1)]


def _proposed(project: Project, found: Exploration) -> list[_Line]:
    """Return what is not accepted yet; numbers stay as they are until the next exploration."""
    return [
        _Line(str(place), each.step, each.effect, each.why, each.confidence)
        for place, each in enumerate(found.proposals, 1)
        if not _is_accepted(each, project.config.clean)
    ]


def _is_accepted(proposal: Proposal, steps: Sequence[Step]) -> bool:
    same = (step for step in steps if _place(step) == _place(proposal.step))
    return any(step in (proposal.step, combined(step, proposal.step)) for step in same)


def _with_needed(proposed: Sequence[_Line], chosen: Sequence[_Line]) -> list[_Line]:
    converted = {line.step.column for line in chosen if line.step.kind in ("number", "date")}
    return [
        line
        for line in proposed
        if line in chosen or (line.step.column in converted and line.step.kind in ("strip", "missing"))
    ]


def _place(step: Step) -> tuple[str, str]:
    return step.column, step.kind


def _pick(lines: Sequence[_Line], label: str) -> _Line:
    for line in lines:
        if line.label == label.strip():
            return line
    known = ", ".join(line.label for line in lines)
    raise ProjectError(
        "there is no such cleaning step",
        where="interlock clean",
        got=label.strip(),
        next_step=f"choose of: {known}" if known else "run `interlock explore` to look for some",
    )


def _written(line: _Line, examples: int) -> Iterator[str]:
    from interlock.explore.cleaning.page import said

    about = line.step.column or "rows"
    sure = f"  ({line.confidence})" if line.confidence else ""
    yield f"  {line.label:>3}  {line.step.kind:<10}  {about}{sure}"
    if line.why:
        yield f"       {line.why}"
    if line.effect is None:
        yield "       run `interlock explore` to see what it does"
        return
    if line.step.kind not in ("drop", "duplicates") or line.why:
        yield f"       {said(line.step, line.effect)}"
    for change in line.effect.examples[:examples]:
        after = "null" if change.after is None else f"“{change.after}”"
        yield f"       “{change.before}” → {after}  ({change.rows:,} rows)"


def _told(what: str, chosen: Sequence[_Line], left: Sequence[_Line]) -> str:
    lines = [f"{what}: {line.step.kind} {line.step.column}".rstrip() for line in chosen]
    if not lines:
        lines = [f"nothing was {what}"]
    possible = [line.label for line in left if line.confidence == "possible"]
    if possible:
        lines.append(f"only possible, so look first: interlock clean --show {possible[0]}")
    return "\n".join([*lines, *(["next: interlock explore"] if chosen else [])])


def _write(project: Project, steps: tuple[Step, ...]) -> None:
    """Write the steps into the file; what people wrote beside them stays as it is."""
    import tomlkit

    path = project.root / FILE
    before = path.read_text(encoding="utf-8")
    document: Any = tomlkit.parse(before)
    tables = document.get("clean")
    wanted = {_place(step): to_table(step) for step in in_order(steps)}
    for table in [] if tables is None else [*tables]:
        said = wanted.pop((table.get("column", ""), table.get("step", "")), None)
        if said is None:
            tables.remove(table)
        else:
            _update(table, said, end=tomlkit.nl())
    fresh = tables is None  # tomlkit parts the tables of a fresh list by itself
    if wanted and fresh:
        if not before.endswith("\n\n"):
            document.add(tomlkit.nl())
        document["clean"] = tables = tomlkit.aot()
    for said in wanted.values():
        table = _update(tomlkit.table(), said)
        if not fresh:
            table.add(tomlkit.nl())
        tables.append(table)
    if not tables:
        document.pop("clean", None)
    text = tomlkit.dumps(document)
    if parse_config(text, path).clean != in_order(steps):
        raise ProjectError(
            f"{FILE} cannot hold these steps", where=path, next_step="write them there by hand: docs/clean.md"
        )
    write_atomically(path, text)


def _update(table: Any, said: dict[str, Any], end: Any = None) -> Any:
    """Make a table say something; what it says already keeps its form. `end` comes after a table in it."""
    import tomlkit

    for name in [name for name in table if name not in said]:
        del table[name]
    for name, value in said.items():
        plain = _plain(value)
        if name in table and _plain(table[name]) == plain:
            continue
        if isinstance(plain, dict):
            inner = tomlkit.table()
            for kept, variants in plain.items():
                inner.add(kept, variants)
            if end is not None:
                inner.add(end)
            plain = inner
        table[name] = plain
    return table


def _plain(value: Any) -> Any:
    value = value.unwrap() if hasattr(value, "unwrap") else value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return {name: _plain(item) for name, item in value.items()} if isinstance(value, dict) else value
