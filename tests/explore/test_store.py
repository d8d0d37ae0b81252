from __future__ import annotations

from pathlib import Path

import pytest
from tests.explore.tables import penguins

from interlock.errors import InterlockError
from interlock.explore import Exploration, explore


@pytest.fixture(scope="module")
def exploration() -> Exploration:
    return explore(penguins(), target="species", declared={"body_mass_g": {"unit": "g"}})


def test_what_is_saved_is_loaded_whole(exploration: Exploration, tmp_path: Path) -> None:
    found = Exploration.load(exploration.save(tmp_path / "new" / "folder"))
    for name in (
        "name",
        "rows",
        "sampled",
        "profile",
        "contract",
        "findings",
        "associations",
        "relations",
        "summary",
    ):
        assert getattr(found, name) == getattr(exploration, name)


def test_saving_twice_writes_the_same_bytes_and_leaves_nothing_else(
    exploration: Exploration, tmp_path: Path
) -> None:
    exploration.save(tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    exploration.save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first
    assert set(first) == {"exploration.json", "profile.bin", "contract.toml"}


@pytest.mark.parametrize("name", ["exploration.json", "profile.bin", "contract.toml"])
def test_a_missing_file_is_named(exploration: Exploration, tmp_path: Path, name: str) -> None:
    exploration.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InterlockError, match=f"no {name}"):
        Exploration.load(tmp_path)


@pytest.mark.parametrize("name", ["exploration.json", "profile.bin", "contract.toml"])
def test_a_damaged_file_is_refused(exploration: Exploration, tmp_path: Path, name: str) -> None:
    exploration.save(tmp_path)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(InterlockError):
        Exploration.load(tmp_path)


def test_files_of_two_explorations_do_not_go_together(exploration: Exploration, tmp_path: Path) -> None:
    exploration.save(tmp_path / "a")
    explore(penguins(seed=2), target="species").save(tmp_path / "b")
    (tmp_path / "a" / "profile.bin").write_bytes((tmp_path / "b" / "profile.bin").read_bytes())
    with pytest.raises(InterlockError, match="not the one that the exploration was saved with"):
        Exploration.load(tmp_path / "a")
