import importlib
import sys
import time
from pathlib import Path

import pytest

from interlock.develop.alarm import TimeUp, alarm


def spin(module: str | None = None) -> None:
    """Import a module, and never come to an end."""
    if module:
        importlib.import_module(module)
    while True:
        pass


def test_it_rings_in_a_loop_and_is_silent_afterwards() -> None:
    start = time.monotonic()
    with pytest.raises(TimeUp), alarm(0.05):
        spin()
    assert time.monotonic() - start < 10  # and not for ever; the machine may be busy
    time.sleep(0.1)


def test_a_block_that_is_done_in_time_hears_nothing() -> None:
    with alarm(0.05):
        pass
    with alarm(float("inf")):
        time.sleep(0.1)


def test_an_import_is_not_torn_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.2)\nwhole = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TimeUp), alarm(0.05):
        spin("slow_to_import")
    assert sys.modules.pop("slow_to_import").whole
