from __future__ import annotations

from pathlib import Path

import pytest
from tests.fixtures_project import begin_parcels

from interlock.beginning import init
from interlock.config import FILE
from interlock.errors import ProjectError


def test_a_beginning_points_to_the_page_of_all_settings(tmp_path: Path) -> None:
    path = begin_parcels(tmp_path).root / FILE
    assert path.read_text("utf-8").startswith("# For every key see docs/settings.md\n[project]\n")


def test_a_second_beginning_is_refused(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    with pytest.raises(ProjectError, match="is there already"):
        init(project.root, "parcels.csv")


def test_a_password_is_refused_before_anything_is_written_and_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(
        ProjectError, match=r"must not hold a password.*\n  got: .*ada:\*\*\*@host"
    ) as refused:
        init(tmp_path, "postgresql://ada:hidden@host/db?table=t")
    assert "hidden" not in str(refused.value)
    assert not (tmp_path / FILE).exists()
