from __future__ import annotations

import itertools
import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.release.registry.conftest import database
from tests.release.registry.events import A, B, at, chain, deployed, event
from tests.release.registry.racing import begin, race, write

from interlock.errors import ConflictError, RegistryError, TamperedError
from interlock.release.registry.event import following
from interlock.release.registry.log import Log, words

_NAMES = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'registry.db'}"
        return
    port = request.getfixturevalue("postgresql_port")
    with database(port, f"log_{next(_NAMES)}") as address:
        yield address


@pytest.fixture
def log(url: str) -> Iterator[Log]:
    made = Log(url)
    made.create()
    yield made
    made.database.close()


def test_what_is_appended_is_read_back_in_its_order(log: Log) -> None:
    assert log.head("flights") == 0
    assert log.models() == ()
    events = chain([event("registered"), at(deployed(A), "2020-01-01T00:00:00+00:00"), deployed(B)])
    for each in events:
        assert log.append(each) == each
    assert log.events("flights") == tuple(events)
    assert log.events("flights", after=2) == (events[2],)
    assert log.head("flights") == 3
    assert log.models() == ("flights",)
    assert log.head("trains") == 0


def test_whoever_comes_second_is_told_who_did_what_when(log: Log) -> None:
    first = log.append(chain([event("registered")])[0])
    log.append(following(first, deployed(A, person="ada")))
    with pytest.raises(ConflictError, match="somebody else was faster, and nothing was changed") as caught:
        log.append(following(first, deployed(B, person="bo")))
    assert caught.value.got == (
        "event 2: ada deployed aaaaaaaaaaaa as champion in production, 2026-03-01T12:00:00+00:00"
    )
    assert log.head("flights") == 2


def test_an_event_needs_the_one_that_it_follows(log: Log) -> None:
    first = log.append(chain([event("registered")])[0])
    second = following(first, deployed(A))
    with pytest.raises(ConflictError) as caught:
        log.append(following(second, deployed(B)))
    assert caught.value.got == "event 2 is not there any more"
    forged = following(chain([event("registered", person="eve")])[0], deployed(A))
    with pytest.raises(ConflictError):
        log.append(forged)
    assert log.events("flights") == (first,)


def test_the_database_itself_refuses_to_change_a_line(log: Log) -> None:
    log.append(chain([event("registered")])[0])
    for statement in ("UPDATE interlock_events SET person = 'eve'", "DELETE FROM interlock_events"):
        with (
            pytest.raises((RegistryError, sa.exc.IntegrityError), match=r"append-only|neither changed"),
            log.database.connected() as connection,
        ):
            connection.execute(sa.text(statement))
    assert log.events("flights")[0].person == "ada"


def test_beginning_twice_keeps_what_is_there(log: Log, url: str) -> None:
    log.append(chain([event("registered")])[0])
    log.create()
    with closing(Log(url).database) as again:
        again.create()
    assert log.head("flights") == 1


def test_a_line_that_is_no_event_is_refused(log: Log) -> None:
    statement = (
        "INSERT INTO interlock_events (model, number, kind, release, environment, person, time, details, "
        "previous, digest) VALUES ('flights', 1, 'eaten', 'x', '', 'eve', '', '{}', '', '')"
    )
    with log.database.connected() as connection:
        connection.execute(sa.text(statement))
    with pytest.raises(TamperedError, match="a line of the log is no event") as caught:
        log.events("flights")
    assert caught.value.where.endswith("flights, event 1")


def test_only_one_of_many_processes_wins_each_place(url: str, log: Log) -> None:
    log.append(chain([event("registered")])[0])
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    racers = [context.Process(target=race, args=(url, f"p{index}", barrier, results)) for index in range(4)]
    for racer in racers:
        racer.start()
    said = [results.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join(30)
    assert sorted(won for won, _ in said) == [False, False, False, True]
    winner = log.events("flights")[1]
    assert all(f"event 2: {winner.person} deployed" in text for won, text in said if not won)
    assert log.head("flights") == 2


@pytest.mark.slow
def test_many_processes_may_begin_it_at_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    beginners = [context.Process(target=begin, args=(url, barrier)) for _ in range(4)]
    for each in beginners:
        each.start()
    for each in beginners:
        each.join(60)
    assert [each.exitcode for each in beginners] == [0] * 4
    log = Log(url)
    assert log.head("flights") == 0
    log.database.close()


@pytest.mark.slow
def test_many_processes_lose_nothing_of_each_other(url: str, log: Log) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(url, f"p{index}")) for index in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    events = log.events("flights")
    assert [each.number for each in events] == [*range(1, 31)]
    assert sorted(each.person for each in events) == sorted(["p0", "p1", "p2"] * 10)


def test_a_registry_that_is_not_there_is_not_an_empty_one(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "nowhere" / "registry.db"))
    for ask in (lambda: log.head("flights"), lambda: log.events("flights"), log.models):
        with pytest.raises(RegistryError, match="there is no registry at this address") as caught:
            ask()
        assert caught.value.next_step == "`interlock registry register RELEASE` begins one"
    assert not (tmp_path / "nowhere").exists()


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("hello, I am no database, and long enough to be read as one\n" * 20)
    with pytest.raises(RegistryError, match="the file is no registry, or a damaged one"):
        Log(str(tmp_path / "registry.db")).head("flights")


def test_a_locked_registry_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from interlock.release.registry import database

    monkeypatch.setattr(database, "PATIENCE", 0.1)
    log = Log(str(tmp_path / "registry.db"))
    log.create()
    holder = sqlite3.connect(tmp_path / "registry.db")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(RegistryError, match="the registry is locked by another process") as caught:
            log.append(chain([event("registered")])[0])
        assert caught.value.next_step == "try again in a moment"
    finally:
        holder.close()
    log.append(chain([event("registered")])[0])


def test_a_database_that_does_not_answer_is_told_without_its_password() -> None:
    log = Log("postgresql://ada:hidden@127.0.0.1:1/sales")
    with pytest.raises(RegistryError, match="the registry does not answer") as caught:
        log.head("flights")
    assert caught.value.where == "postgresql://ada:***@127.0.0.1:1/sales"
    assert "hidden" not in str(caught.value)


@pytest.mark.slow
def test_wrong_credentials_are_told_and_never_shown(postgresql_port: int) -> None:
    with database(postgresql_port, "closed") as address:
        wrong = address.replace("secret", "hunter2")
        with pytest.raises(RegistryError, match="the credentials do not open the registry") as caught:
            Log(wrong).create()
        assert "hunter2" not in str(caught.value)
        nowhere = address.replace("/closed", "/nowhere")
        with pytest.raises(RegistryError, match="there is no such database"):
            Log(nowhere).create()
        log = Log(address)
        with pytest.raises(RegistryError, match="there is no registry at this address"):
            log.head("flights")
        log.database.close()


def test_an_event_in_words() -> None:
    back = chain([deployed(A, rollback=True, reason="it was slow")])[0]
    assert words(back) == (
        "event 1: ada rolled back to aaaaaaaaaaaa as champion in production, "
        "2026-03-01T12:00:00+00:00, it was slow"
    )
    signed = chain([event("signed", role="ml_engineer", stamp="self")])[0]
    assert words(signed).startswith("event 1: ada signed aaaaaaaaaaaa as ml_engineer (self), ")
