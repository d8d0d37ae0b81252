from __future__ import annotations

from pathlib import Path

from tests.release.registry.events import A, chain, deployed, event

from interlock.release.registry.heads import remember, remembered


def test_the_last_event_of_each_registry_and_model_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "heads.json"
    first, second = chain([event("registered"), deployed(A)])
    assert remembered(path, "one") == {}
    remember(path, "one", second)
    remember(path, "other", first)
    assert (remembered(path, "one")["flights"].number, remembered(path, "other")["flights"].number) == (2, 1)
    assert remembered(path, "one")["flights"].digest == second.digest


def test_an_earlier_event_never_replaces_a_later_one(tmp_path: Path) -> None:
    path = tmp_path / "heads.json"
    first, second = chain([event("registered"), deployed(A)])
    remember(path, "one", second)
    remember(path, "one", first)
    remember(path, "one", chain([event("registered"), event("retired")])[1])
    assert remembered(path, "one")["flights"].digest == second.digest


def test_a_damaged_memory_or_a_full_disk_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "heads.json"
    path.write_text("{")
    assert remembered(path, "one") == {}
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "heads.json", "one", chain([event("registered")])[0])
