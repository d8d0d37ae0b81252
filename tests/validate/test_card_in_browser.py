"""The model card in a real browser: read on a telephone, in both schemes, by those who cannot see it, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.browser import needs_chromium, opened
from tests.fixtures_validate import solve

from interlock.said import Said

pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_to_mend(tmp_path: Path, scheme: str, width: int) -> None:
    solved = solve("binary")
    told = solved.validation.retold(solved.contract, Said(intended_use="To plan crews.", owner="Operations"))
    with opened(told.report(tmp_path / "card.html"), width=width, scheme=scheme) as found:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
        result = Axe().run(found.page).response
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result["violations"]] == []
        assert found.troubles == []
        assert all(each.startswith("file:") for each in found.requests)
