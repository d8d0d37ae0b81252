import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from interlock.environment import bare, differences, environment, make
from interlock.errors import InputError


def test_it_lists_what_is_installed_once_each_in_order() -> None:
    python, *packages = environment().splitlines()
    assert python == f"# Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    assert f"numpy=={metadata.version('numpy')}" in packages
    names = [line.partition("==")[0] for line in packages]
    assert names == sorted(set(names))


def test_another_version_is_named_and_a_package_that_is_not_here_is_not() -> None:
    there = environment().replace(f"numpy=={metadata.version('numpy')}", "numpy==1.0") + "neverheardof==3\n"
    assert differences(there) == (f"numpy {metadata.version('numpy')} instead of 1.0",)


def test_another_python_is_named() -> None:
    there = environment().replace(platform.python_version(), "3.0.1", 1)
    assert differences(there)[0].endswith(f"instead of {there.splitlines()[0][2:]}")


def test_another_python_is_not_led_to_these_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    assert "PYTHONPATH" not in bare()
    assert bare()["PATH"] == os.environ["PATH"]


@pytest.mark.slow
def test_what_cannot_be_installed_is_said_with_pips_last_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the environment of the release cannot be made") as caught:
        make("# Python 3\nnumpy==0.0.1\n", tmp_path / "made")
    assert "numpy" in str(caught.value.got)
    assert "--here" in caught.value.next_step
    python = tmp_path / "made" / "bin" / "python"
    done = subprocess.run([python, "-c", "import sys; print(sys.prefix)"], capture_output=True, check=True)
    assert done.stdout.decode().strip() != sys.prefix
