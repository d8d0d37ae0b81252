"""Templates become files: each stands in `templates/` under its file's name and in its language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

__all__ = ["TEMPLATES", "render"]

TEMPLATES = Path(__file__).parent / "templates"


def render(platform: str, **values: Any) -> dict[str, str]:
    """Return the text of every file of a platform by its path.

    Args:
        platform: The folder of templates.
        values: What they name; a name without a value is an error.

    Returns:
        Text by path from the platform's folder. A template that begins with `_` is for others to include, and
        one of which nothing is left makes no file.
    """
    folder = TEMPLATES / platform
    environment = Environment(  # noqa: S701 - this is no HTML
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    paths = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name[0] != "_"
    )
    written = {path: environment.get_template(path).render(**values) for path in paths}
    return {path: text for path, text in written.items() if text.strip()}
