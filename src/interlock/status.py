"""Where the stages of a project stand, for people."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

from interlock.project import Project
from interlock.rebuild import recall

__all__ = ["status"]

#: How long a server may take to accept a connection before it counts as stopped, seconds.
_PATIENCE = 0.5


def status(project: Project) -> str:
    """Return a table of the stages: who leads each, what is done, failed, stopped, stale or waiting."""
    marks = {"done": "✓", "failed": "!", "stopped": "!", "stale": "~", "waiting": "·"}
    lines = [f"{project.config.project.name}  {project.root}", ""]
    for state in project.states():
        stage = state.stage
        summary = _as_it_is_now(state.summary) if stage.name == "serve" else state.summary
        if state.because:
            summary += f"; changed since: {', '.join(state.because)}"
        lines.append(f"{marks[state.state]} {stage.title:<22}{stage.leads:<16}{state.state:<9}{summary}")
    return "\n".join([*lines, *_rebuilt(project)])


def _rebuilt(project: Project) -> list[str]:
    """Return what training the newest release again came to, where that was tried."""
    record = project.records().get("release")
    found = recall(project, project.root / record.output) if record else None
    if found is None:
        return []
    mark = "✓" if found.passed else "!"
    return [f"{mark} {'Reproducibility':<22}{'data scientist':<16}{'done':<9}{found.sentence}"]


def _as_it_is_now(summary: str) -> str:
    """Return what a server said when it began, in the past tense where nothing answers at its address now."""
    found = re.search(r" at (https?://[^\s,]+)(?:, try it on at \S+/docs)?", summary)
    if found is None or _answers(found[1]):
        return summary
    was = f" was served at {found[1]}, where nothing answers now: `interlock serve`"
    return summary.replace(found[0], was)


def _answers(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 80), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True
