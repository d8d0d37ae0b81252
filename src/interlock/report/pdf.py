"""A page on paper: printed by a Chromium that is found on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from interlock.atomic import write_atomically
from interlock.errors import InputError

__all__ = ["find_browser", "print_pdf"]

#: Names of browsers that print without a screen, and where macOS keeps them.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
#: What a printer of local files has no need of.
_QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
)
#: Charts are drawn by a script: how much of its own time the browser gives it, in milliseconds.
_DRAWING = 20_000


def find_browser() -> str:
    """Return the Chromium, Chrome or Edge of this machine; `$INTERLOCK_BROWSER` names another.

    Raises:
        InputError: If there is none.
    """
    named = os.environ.get("INTERLOCK_BROWSER", "")
    wanted = (named,) if named else (*_NAMES, *_PLACES)
    for name in wanted:
        found = shutil.which(name)
        if found:
            return found
    raise InputError(
        "a PDF needs a browser to print it, and none is found",
        got=named or "no chromium, no chrome, no edge",
        next_step="install Chromium (apt-get install chromium) or name one in INTERLOCK_BROWSER",
    )


def print_pdf(document: str, path: str | Path, *, seconds: float = 90.0) -> Path:
    """Print an HTML page, its charts included, as PDF.

    Args:
        document: What `page` returned; it asks nothing of any network.
        path: Where; an existing file is replaced at once, never half.
        seconds: After which a browser that hangs is stopped.

    Returns:
        The path.

    Raises:
        InputError: If there is no browser, it fails, or the disk refuses.
    """
    browser, place = find_browser(), Path(path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(document, encoding="utf-8", errors="surrogatepass")
        command = [browser, *_QUIET, f"--user-data-dir={folder}/profile", f"--virtual-time-budget={_DRAWING}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # root has none; the page runs no script but its own two
        command += [f"--print-to-pdf={printed}", page.as_uri()]
        trouble = _run(command, seconds)
        if trouble or not printed.is_file() or not printed.read_bytes().startswith(b"%PDF"):
            raise InputError(
                "the browser did not print the page; what was there before is kept",
                where=browser,
                got=trouble or "no file",
                next_step="try again, or set INTERLOCK_BROWSER to another browser; or write .html",
            )
        return write_atomically(place, printed.read_bytes())


def _run(command: list[str], seconds: float) -> str:
    """Run the browser; return what went wrong, empty if nothing did."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return f"no answer after {seconds:g} seconds"
    except OSError as error:
        return error.strerror or str(error)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip()[-300:] or "it failed"
