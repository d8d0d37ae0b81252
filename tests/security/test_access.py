"""Keys and what is told to whom, over real sockets; a key is nowhere but with its holder."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running
from tests.security.attacks import opened, post, statuses

from interlock.release import Release
from interlock.serve import keys
from interlock.serve.access import Scope

SCOPES: tuple[Scope, ...] = ("predict", "outcomes", "admin")


class Guarded(NamedTuple):
    server: Server
    secrets: dict[str, str]
    path: Path
    folder: Path


@pytest.fixture(scope="module")
def guarded(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    made = {scope: keys.create(scope, [scope]) for scope in SCOPES}
    keys.write(folder / "keys.json", [each.key for each in made.values()])
    with running(release.path, folder, access={"keys": str(folder / "keys.json")}) as server:
        yield Guarded(
            server, {scope: each.secret for scope, each in made.items()}, folder / "keys.json", folder
        )


ROUTES = [
    ("POST", "/v1/predict", "predict"),
    ("POST", "/invocations", "predict"),
    ("POST", "/v2/models/binary/infer", "predict"),
    ("POST", "/v1/outcomes", "outcomes"),
    ("GET", "/metrics", "admin"),
    ("GET", "/docs", "admin"),
    ("GET", "/", "admin"),
    ("GET", "/openapi.json", "admin"),
    ("GET", "/version", "admin"),
    ("GET", "/v2", "admin"),
    ("GET", "/v2/models/binary", "admin"),
]


@pytest.mark.parametrize(("method", "path", "needed"), ROUTES)
def test_strangers_learn_nothing_and_each_key_opens_its_own(
    guarded: Guarded, method: str, path: str, needed: str
) -> None:
    server, secrets = guarded.server, guarded.secrets
    body = b"{" if method == "POST" else None
    stranger = server.ask(method, path, body)
    assert stranger.status == 401
    assert stranger.headers["www-authenticate"].startswith("Bearer")
    for word in (b"sha256", b"distance", b"binary", b"0.1.0"):
        assert word not in stranger.body
    for scope, secret in secrets.items():
        for headers in ({"authorization": f"Bearer {secret}"}, {"x_api_key": secret}):
            status = server.ask(method, path, body, **headers).status
            assert (status not in (401, 403)) == (scope == needed), (scope, status)


def test_both_ways_ask_for_a_key(guarded: Guarded) -> None:
    """The hot way and the ordinary one, on one connection, keep it open alike."""
    header = f"Authorization: Bearer {guarded.secrets['predict']}"
    with opened(guarded.server) as connection:
        connection.sendall(post() + post(json.dumps(GOOD).encode(), header) + post(b"{}", "X-Api-Key: wrong"))
        time.sleep(0.3)
        assert statuses(connection.recv(65536)) == [401, 200, 401]
    with opened(guarded.server) as connection:
        connection.sendall(post(b"{}", "Expect: 200-maybe"))
        heard = connection.recv(65536)
        assert statuses(heard) == [401]
        assert b"connection: close" in heard, "the body of a stranger is not read"


def test_health_is_open_and_tells_no_version(guarded: Guarded) -> None:
    for path in ("/health/live", "/health/ready", "/ping", "/v2/health/live", "/v2/health/ready"):
        answer = guarded.server.ask("GET", path)
        assert answer.status == 200
        assert b"sha256" not in answer.body


def test_a_revoked_key_is_refused_at_once_and_a_new_one_taken(guarded: Guarded) -> None:
    ours = keys.read(guarded.path)
    made = keys.create("guest", ["predict"])

    def status() -> int:
        body = json.dumps(GOOD).encode()
        return guarded.server.ask("POST", "/v1/predict", body, x_api_key=made.secret).status

    def wait_for(wanted: int) -> None:
        deadline = time.monotonic() + 2
        while status() != wanted:
            assert time.monotonic() < deadline, "a second is promised"
            time.sleep(0.02)

    assert status() == 401
    keys.write(guarded.path, [*ours, made.key])
    wait_for(200)
    guarded.path.write_bytes(b"broken")
    time.sleep(0.8)
    assert status() == 200, "a broken file keeps the keys before"
    keys.write(guarded.path, ours)
    wait_for(401)


def test_keys_are_in_no_ledger_no_metric_and_no_log(guarded: Guarded) -> None:
    server, secret = guarded.server, guarded.secrets["predict"]
    for body in (json.dumps(GOOD).encode(), b"{", json.dumps({**GOOD, "seats": 900}).encode()):
        for path in ("/v1/predict", "/invocations"):
            answer = server.ask("POST", path, body, authorization=f"Bearer {secret}")
            assert secret.encode() not in answer.body
    assert secret.encode() not in server.ask("GET", "/metrics", x_api_key=guarded.secrets["admin"]).body
    time.sleep(0.8)
    found = [path for path in guarded.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".ledger" for path in found)
    for each in found:
        content = each.read_bytes()
        assert secret.encode() not in content, each
        assert secret.removeprefix(keys.PREFIX).encode() not in content, each


@pytest.mark.slow
def test_strangers_leave_no_trace_in_the_ledger(release: Release, tmp_path: Path) -> None:
    from interlock.serve import account

    made = keys.create("ada", ["predict"])
    keys.write(tmp_path / "keys.json", [made.key])
    with running(release.path, tmp_path, access={"keys": str(tmp_path / "keys.json")}) as server:
        body = json.dumps(GOOD).encode()
        found = [server.ask("POST", "/v1/predict", body).status for _ in range(50)]
        found += [server.ask("POST", "/v1/predict", body, x_api_key=made.secret).status]
        server.stop()
        errors = server.process.stderr.read() if server.process.stderr else ""
    assert found == [401] * 50 + [200]
    assert account(tmp_path / "ledger").received == 1
    assert "unauthorized" in errors
    assert errors.count("refused:") <= 2, "fifty refusals are one line"
    assert made.secret not in errors


def test_outside_dev_a_service_without_keys_does_not_start(release: Release, tmp_path: Path) -> None:
    """Also where policy lets the release in unsigned: so it is the keys that are missing."""
    policies: dict[str, dict[str, list[str]]] = {"production": {"signatures": []}}
    with (
        pytest.raises(RuntimeError, match="answers only those whom it knows"),
        running(release.path, tmp_path, environment="production", policies=policies),
    ):
        pass


@pytest.mark.slow
def test_the_data_of_two_people_is_never_mixed(guarded: Guarded) -> None:
    """Eight clients with rows of their own, singly, pipelined and many at a time: each gets its own."""
    server, secret = guarded.server, guarded.secrets["predict"]
    wanted = {}
    for who in range(8):
        row = {**GOOD, "distance": 100.0 + 37 * who, "seats": 10 * who}
        answer = server.ask("POST", "/v1/predict", json.dumps(row).encode(), x_api_key=secret)
        wanted[who] = (row, answer.json["prediction"])
    assert len({prediction for _, prediction in wanted.values()}) == 8
    wrong: list[str] = []

    def client(who: int) -> None:
        row, prediction = wanted[who]
        one = json.dumps(row).encode()
        single, many = post(one, f"X-Api-Key: {secret}"), json.dumps([row] * 20).encode()
        for turn in range(25):
            if turn % 3 == 2:
                found = server.ask("POST", "/v1/predict", many, x_api_key=secret).json["predictions"]
                got = {each["prediction"] for each in found}
            else:
                with opened(server) as connection:
                    connection.sendall(single * 5)
                    got, heard = set(), b""
                    while heard.count(b'"flags"') < 5:
                        heard += connection.recv(65536)
                    bodies = [part.split(b"\r\n\r\n")[1] for part in heard.split(b"HTTP/1.1 ")[1:]]
                    got = {json.loads(body)["prediction"] for body in bodies}
            if got != {prediction}:
                wrong.append(f"{who} got {got}")

    threads = [threading.Thread(target=client, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


CANARY, NAME = "A-Canary-7f3a9", "a-canary-of-a-name"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/predict",
        "/v1/outcomes",
        "/invocations",
        "/v2/models/binary/infer",
        "/v1/models/binary:predict",
        "/score",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        {NAME: 1},
        {"distance": CANARY},
        {"id": CANARY, "outcome": CANARY},
        {"id": 1, "outcome": "yes", NAME: CANARY},
        [{NAME: CANARY}],
        CANARY,
        {"instances": [{"carrier": CANARY, NAME: 1}]},
        {"dataframe_split": {"columns": [NAME], "data": [[CANARY], [1, 2]]}},
        {"inputs": [{"name": NAME, "shape": [1], "datatype": CANARY, "data": [CANARY]}]},
        {"inputs": {NAME: [1], "b": [1, 2]}},
        {"outputs": [{"name": NAME}], "inputs": []},
    ],
)
def test_no_refusal_repeats_what_was_sent(guarded: Guarded, path: str, body: object) -> None:
    """But the name of a column that the contract does not know, which its sender has to be told."""
    secret = guarded.secrets["outcomes" if "outcomes" in path else "predict"]
    for sent in (json.dumps(body).encode(), json.dumps(body).encode()[:-1]):
        answer = guarded.server.ask("POST", path, sent, content_type="application/json", x_api_key=secret)
        assert answer.status in (200, 400, 422), answer.body
        assert CANARY not in answer.body.decode() + str(answer.headers)
        said = answer.body.decode()
        assert said.count(NAME) == said.count(f'"column":"{NAME}","code":"unknown"')
