"""Schemathesis, from our own description, against a running server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from tests.fixtures_service import Server, running
from tests.security.attacks import lives

from interlock.release import Release

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(release.path, tmp_path_factory.mktemp("server")) as started:
        yield started
        assert lives(started)


OPERATIONS = (
    ("POST", "/v1/predict"),
    ("POST", "/v1/outcomes"),
    ("POST", "/invocations"),
    ("POST", "/v2/models/{model}/infer"),
    ("GET", "/v2/models/{model}"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
)


#: A contract refuses what a JSON schema cannot say, such as a moment that there never was.
STRICTER = [positive_data_acceptance]


@pytest.fixture(scope="module")
def api(server: Server) -> Any:
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [(*each, "positive") for each in OPERATIONS]
    + [(*each, "negative") for each in OPERATIONS if each[0] == "POST"],
)
def test_the_server_does_what_its_description_says(api: Any, method: str, path: str, mode: str) -> None:
    """All of its checks: no 5xx, statuses and bodies as described, bad data refused, good data taken."""
    operation = api[path][method]
    chosen = (
        schemathesis.GenerationMode.POSITIVE if mode == "positive" else schemathesis.GenerationMode.NEGATIVE
    )

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=chosen))
    def ask(case: Any) -> None:
        case.call_and_validate(excluded_checks=STRICTER)

    ask()
