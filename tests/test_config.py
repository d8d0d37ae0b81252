from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interlock.config import FILE, Config, parse_config, read_config
from interlock.errors import ProjectError

SMALLEST = '[project]\nname = "flights"\n\n[data]\nsource = "flights.csv"\n'


def _config(folder: Path, text: str = SMALLEST) -> Config:
    (folder / FILE).write_text(text, encoding="utf-8")
    return read_config(folder / FILE)


def test_defaults_are_usable(tmp_path: Path) -> None:
    config = _config(tmp_path)
    assert config.split.holdout == 0.2
    assert config.serve.environment == "dev"
    assert config.people == {}


def test_every_section_is_read(tmp_path: Path) -> None:
    text = """
[project]
name = "late"
[data]
source = { flights = "f.csv", weather = "w.csv" }
sql = "select 1"
target = "late"
time = "time_hour"
ids = ["flight"]
[split]
by = "group"
group = "tailnum"
[validate]
auc_above_baseline = 0.05
[features]
speed = "distance / air_time"
[people.ada]
public_key = "AAAA"
roles = ["data_scientist", "ml_engineer"]
"""
    config = _config(tmp_path, text)
    assert config.data.source == {"flights": "f.csv", "weather": "w.csv"}
    assert config.split.group == "tailnum"
    assert config.features == {"speed": "distance / air_time"}
    assert config.validate == {"auc_above_baseline": 0.05}
    assert config.people["ada"].roles == ("data_scientist", "ml_engineer")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[project\n", "not valid TOML"),
        ('[data]\nsource = "x"\n', "required field `project`"),
        (SMALLEST + 'targt = "late"\n', "did you mean `target`?"),
        (SMALLEST + 'group = "customer"\n', "did you mean `[split] group`?"),
        (SMALLEST + "[develop]\nholdout = 0.1\n", "did you mean `[split] holdout`?"),
        (SMALLEST + "colour = 1\n", "known here: source, target, sql, time, ids"),
        (SMALLEST + "[slpit]\nholdout = 0.1\n", "did you mean `split`?"),
        (SMALLEST + '[split]\nholdout = "a lot"\n', "Expected `float`, got `str`"),
        (SMALLEST + "[features]\nspeed = 1.5\n", "Expected `str`, got `float`"),
        (SMALLEST + "[split]\nholdout = 1.5\n", "a share between 0 and 1"),
        (SMALLEST + '[people.ada]\npublic_key = "k"\nroles = ["boss"]\n', "Invalid enum value 'boss'"),
    ],
)
def test_a_wrong_file_says_what_to_do(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ProjectError) as caught:
        _config(tmp_path, text)
    assert expected in str(caught.value)
    assert FILE in str(caught.value)


@pytest.mark.parametrize(
    ("split", "apart"),
    [
        ("", None),
        ('group = "shop"\n', "shop"),
        ('group = "shop"\nby = "group"\n', "shop"),
        ('group = "shop"\nby = "time_group"\n', "shop"),
        ('group = "shop"\nby = "time"\n', None),
    ],
)
def test_a_split_by_group_holds_its_values_apart(split: str, apart: str | None) -> None:
    assert parse_config(f"{SMALLEST}[split]\n{split}", "").held_apart == apart


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_config(tmp_path / "nowhere.toml")


CLEAN = """
[[clean]]
column = "price"
step = "number"
format = "1,234.5"
symbols = ["$"]

[[clean]]
column = "city"
step = "spelling"
spellings = { "New York" = ["new york", "NEW YORK"] }

[[clean]]
column = "sold"
step = "range"
minimum = 1990-01-01

[[clean]]
step = "duplicates"
"""


def test_cleaning_steps_are_read(tmp_path: Path) -> None:
    steps = _config(tmp_path, SMALLEST + CLEAN).clean
    assert [step.kind for step in steps] == ["spelling", "number", "range", "duplicates"]
    assert steps[0].spellings == (("NEW YORK", "New York"), ("new york", "New York"))
    assert steps[2].minimum == "1990-01-01"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLEAN.replace('"number"', '"numbr"'), "did you mean `number`?"),
        (CLEAN.replace("format =", "fromat ="), "did you mean `format`?"),
        (CLEAN.replace('"1,234.5"', '"1,234"'), "did you mean `1,234.5`?"),
        ("[clean]\ncolumn = 'price'\n", "begin each cleaning step with [[clean]]"),
        ("\n[[clene]]\ncolumn = 'price'\n", "did you mean `clean`?"),
    ],
)
def test_a_wrong_cleaning_step_says_where_and_offers_a_near_name(
    tmp_path: Path, text: str, expected: str
) -> None:
    with pytest.raises(ProjectError) as error:
        _config(tmp_path, SMALLEST + text)
    assert expected in str(error.value)
    assert FILE in error.value.where


def test_reading_settings_does_not_load_what_runs_a_model() -> None:
    code = "import sys, interlock.config; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "interlock.release" in done.stdout.split()
    assert "onnxruntime" not in done.stdout.split()


def test_settings_of_validate_are_told_from_its_gates() -> None:
    text = '[project]\nname = "x"\n[data]\nsource = "x.csv"\n[validate]\nauc_minimum = 0.7\nslice_rows = 50\n'
    text += 'against = "releases/x"\n[slices]\nold = "age > 65"\nua = { carrier = "UA" }\n'
    config = parse_config(text, "")
    assert config.gates == {"auc_minimum": 0.7}
    assert (config.slice_rows, config.against, config.refit_seconds) == (50, "releases/x", 10.0)
    assert config.slices == {"old": "age > 65", "ua": {"carrier": "UA"}}


@pytest.mark.parametrize(
    "setting", ["slice_rows = 5", "slice_rows = true", "refit_seconds = -1", "against = 1"]
)
def test_a_wrong_setting_of_validate_says_what_to_write(setting: str) -> None:
    text = f'[project]\nname = "x"\n[data]\nsource = "x.csv"\n[validate]\n{setting}\n'
    with pytest.raises(ProjectError, match=r"a setting of interlock\.toml is wrong") as caught:
        parse_config(text, "x.toml")
    assert caught.value.where == f"x.toml, [validate] {setting.partition(' ')[0]}"
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('telemetry = "http://ada:hunter2@collector:4318"', "[serve] telemetry"),
        (
            'oidc = { issuer = "https://id", audience = "a", jwks = "https://id/jwks?api_key=hunter2" }',
            "[serve.oidc] jwks",
        ),
    ],
)
def test_addresses_that_go_into_an_image_hold_no_secret(written: str, key: str) -> None:
    text = f'[project]\nname = "flights"\n[data]\nsource = "none"\n[serve]\n{written}\n'
    with pytest.raises(ProjectError, match="must not hold a password, a key or a token") as refused:
        parse_config(text, "interlock.toml")
    assert refused.value.where == f"interlock.toml, {key}"
    assert "hunter2" not in str(refused.value)
