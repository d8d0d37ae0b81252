from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from interlock.deploy.platform import ENVIRONMENTS, PLATFORMS, Canary, files
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.errors import InputError, SignatureError

OTHERS = [platform for platform in PLATFORMS if platform != "docker"]


@pytest.mark.parametrize("platform", OTHERS)
def test_the_same_release_gives_the_same_text(platform: str, signed: Shipment, settings: Settings) -> None:
    first, second = (files(platform, signed, settings, environment="production") for _ in range(2))
    assert first == second
    assert first


@pytest.mark.parametrize("platform", OTHERS)
def test_every_file_says_what_it_runs_and_hides_no_template(
    platform: str, signed: Shipment, settings: Settings
) -> None:
    text = "\n".join(files(platform, signed, settings, environment="production").values())
    assert signed.tag in text
    assert not re.search(r"\{\{|\{%|\{#", text)
    assert max(len(line) for line in text.splitlines()) <= 160


@pytest.mark.parametrize("platform", OTHERS)
def test_no_file_holds_a_secret_or_an_account(platform: str, signed: Shipment, settings: Settings) -> None:
    text = "\n".join(files(platform, signed, settings, environment="production").values())
    assert not re.search(r"\b\d{12}\b|BEGIN [A-Z ]*PRIVATE KEY|password\s*=|AKIA[0-9A-Z]{16}", text)


@pytest.mark.parametrize("platform", OTHERS)
def test_an_unsigned_release_goes_nowhere_but_to_dev(
    platform: str, unsigned: Shipment, settings: Settings
) -> None:
    assert files(platform, unsigned, settings, environment="dev")
    with pytest.raises(SignatureError) as refused:
        files(platform, unsigned, settings, environment="production")
    assert refused.value.what == "a signature is missing"


@pytest.mark.parametrize("platform", OTHERS)
def test_what_is_yaml_can_be_read(platform: str, signed: Shipment, settings: Settings) -> None:
    for path, text in files(platform, signed, settings, environment="production").items():
        if Path(path).suffix in (".yaml", ".yml"):
            assert next(iter(yaml.safe_load_all(text))), path


def test_the_longest_and_the_shortest_name_fit_everywhere(signed: Shipment, settings: Settings) -> None:
    for name in ("abc", "a" * 31 + "9", "a" * 23 + "-b"):
        named = msgspec.structs.replace(settings, name=name)
        text = files("vertex", signed, named, environment="production")["main.tf"]
        account = re.search(r'account_id +?= "(.*)"', text)
        number = re.search(r'\n  name +?= "(\d+)"', text)
        assert account is not None
        assert re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", account[1])
        assert number is not None
        assert re.fullmatch(r"[1-9]\d{9}", number[1])


def test_a_canary_is_kserves_and_a_share(signed: Shipment, settings: Settings) -> None:
    with pytest.raises(InputError, match="this platform's files hold no canary"):
        files("kubernetes", signed, settings, environment="production", canary=Canary("0" * 12, 10))
    with pytest.raises(InputError, match="a canary gets a share of the requests"):
        files("kserve", signed, settings, environment="production", canary=Canary("0" * 12, 100))


def test_the_command_line_offers_what_there_is() -> None:
    from interlock.cli.deploy import _PLATFORMS

    assert _PLATFORMS == PLATFORMS
    assert ENVIRONMENTS[0] == "dev"
