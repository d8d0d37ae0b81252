"""A real browser for tests: Chromium by Playwright, without any network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

__all__ = ["Opened", "needs_chromium", "opened"]

needs_chromium = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium: make browser")

_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass
class Opened:
    """A page in the browser, and all that it did on its own."""

    page: Page
    requests: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


def _dismissed(dialog: Any, found: Opened) -> None:
    found.dialogs.append(dialog.message)
    dialog.dismiss()


@contextmanager
def opened(
    path: Path,
    *,
    width: int = 1280,
    scheme: Any = "light",
    routes: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Iterator[Opened]:
    """Open a file and wait until its charts are drawn; `routes` answers for addresses elsewhere."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=_ARGUMENTS)
        page = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=not routes, **settings
        ).new_page()
        found = Opened(page)
        page.on("request", lambda each: found.requests.append(each.url))
        page.on("console", lambda each: found.troubles.append(each.text))
        page.on("pageerror", lambda each: found.troubles.append(str(each)))
        page.on("dialog", lambda each: _dismissed(each, found))
        for pattern, answer in (routes or {}).items():
            page.route(pattern, answer)
        page.goto(path.as_uri())
        if settings.get("java_script_enabled", True) and page.locator("#charts").count():
            page.wait_for_function("document.documentElement.dataset.drawn === 'yes'", timeout=60_000)
        yield found
        browser.close()
