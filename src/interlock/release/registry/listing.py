"""A model's releases as people read them: a line each, and who answers where above."""

from __future__ import annotations

from interlock.release.registry.state import Environment, State, status

__all__ = ["listing"]


def listing(model: str, of: State) -> str:
    """Return where a model stands, as text.

    Args:
        model: What people call it.
        of: Where it stands.

    Returns:
        A line for each environment that has a champion, and a table of releases and environments.

    Example:
        >>> print(listing("flights", State()))
        flights, 0 events
    """
    names = {digest: known.folder or digest for digest, known in of.releases.items()}
    served = [
        f"  {name}: {_part(each, names)}" for name, each in sorted(of.environments.items()) if each.champion
    ]
    environments = sorted(of.environments) or [""]
    rows = [["release", *(name or "everywhere" for name in environments)]] if names else []
    rows += [
        [folder, *(status(of, digest, environment) for environment in environments)]
        for digest, folder in names.items()
    ]
    widths = (
        [max(len(row[column]) for row in rows) for column in range(len(environments) + 1)] if rows else []
    )
    table = ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    parts = "events" if of.number != 1 else "event"
    return "\n".join([f"{model}, {of.number} {parts}", *served, *table])


def _part(here: Environment, names: dict[str, str]) -> str:
    challengers = [
        f"challenger {names.get(each.release, each.release)} {each.share * 100:.4g} %"
        + (f" by {here.unit}" if here.unit else "")
        for each in here.challengers
    ]
    shadows = [f"shadow {names.get(each, each)}" for each in here.shadows]
    return ", ".join([f"champion {names.get(here.champion, here.champion)}", *challengers, *shadows])
