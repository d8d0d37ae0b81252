"""What was measured so far, one line of JSON each, so that a run which was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Values = dict[str, Any]


class Measured:
    """The measurements of a benchmark, on disk as soon as they are made.

    Args:
        path: The file; made if absent.
        settings: What all measurements of a run share; those made otherwise are not taken.
    """

    def __init__(self, path: Path, settings: Values) -> None:
        self._path, self._settings = path, settings
        lines = path.read_text().splitlines() if path.exists() else []
        self.found: dict[tuple[str, str, int], Values] = {}
        for line in lines:
            one = json.loads(line)
            if one["settings"] == settings:
                self.found[one["part"], one["server"], one["round"]] = one["values"]

    def once(self, part: str, server: str, number: int, measure: Callable[[], Values]) -> Values:
        """Return a measurement; it is made only if it is not there yet."""
        key = (part, server, number)
        if key not in self.found:
            self.found[key] = measure()
            line = {"part": part, "server": server, "round": number, "settings": self._settings}
            with self._path.open("a") as file:
                file.write(json.dumps(line | {"values": self.found[key]}) + "\n")
        return self.found[key]

    def rounds(self, part: str, server: str) -> list[Values]:
        """Return the measurements of a server in a part, in the order of the rounds."""
        keys = sorted(key for key in self.found if key[:2] == (part, server))
        return [self.found[key] for key in keys]

    def servers(self, part: str) -> list[str]:
        """Return who was measured in a part."""
        return list(dict.fromkeys(server for each, server, _ in self.found if each == part))
