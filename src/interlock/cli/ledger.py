"""`interlock ledger ...`: what a service logged, shipped, verified, exported, erased and pruned."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from interlock.address import scheme, within
from interlock.cli.terminal import progress, project, say
from interlock.errors import InputError, ProjectError

if TYPE_CHECKING:
    from interlock.sections import Ledger
    from interlock.serve.ledger import Account, WriterAccount

__all__ = ["ledger"]

_FORMATS = ["cloudevents", "cloudevents-batch", "sagemaker", "openlineage"]
_COMPACT_HOURS = 24.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@click.group()
def ledger() -> None:
    """What a service logged: ship, verify, export, erase, prune, compact."""


@ledger.command()
@click.argument("folder", metavar="LEDGER", type=click.Path(path_type=Path))
@click.argument("destination", required=False)
@click.option("--every", help="Go on, and ship what is new so often, such as 30s or 15m.")
def ship(folder: Path, destination: str | None, every: str | None) -> None:
    """Copy what is new in LEDGER to DESTINATION as Parquet, exactly once: a folder, s3://, gs:// or az://.

    DESTINATION is by default the one under [ledger] in interlock.toml. With --every it goes on until it is
    stopped; while DESTINATION is away nothing is lost.
    """
    from interlock.shipping import ship as once
    from interlock.shipping import ship_every

    there = destination or _settings().destination
    if there is None:
        raise InputError("no destination is given", next_step="name one, or set `destination` under [ledger]")
    if every is None:
        say(f"✓ {once(folder, there, progress=progress()).sentence}")
        _retain(folder, there)
    else:
        wait = _until_stopped()
        ship_every(
            folder, there, seconds(every), say=say, wait=wait, after=lambda: _retain_if_there(folder, there)
        )


@ledger.command()
@click.argument("place", metavar="LEDGER")
def verify(place: str) -> None:
    """Add LEDGER up, writer by writer; exit code 1 where something does not add up.

    LEDGER is the folder of a service, or where one was shipped to.
    """
    from interlock.serve.ledger import add_up

    writers = _writers(place)
    say(f"{'writer':16}  {'state':8} " + " ".join(f"{name:>11}" for name in _COUNTS))
    for each in writers:
        say(f"{each.writer:16}  {each.state:8} " + _counts(each.account))
    total = add_up(each.account for each in writers)
    say(f"{'in total':16}  {'':8} " + _counts(total))
    wrong = [words for each in writers for words in each.wrong]
    for words in wrong:
        say(f"! {words}")
    if total.waiting:
        say(f"· {total.waiting:,} requests are in no block: in memory, or lost with a killed process")
    if total.torn:
        say(f"· {total.torn} segments end in half a block, which is not read")
    bad = bool(wrong) or not total.balanced or total.missing != 0
    good = "✓ received = logged + sampled out + dropped; logged = found + erased + removed"
    say("! it does not add up" if bad else good)
    raise SystemExit(int(bad))


@ledger.command()
@click.argument("place", metavar="LEDGER")
@click.option("--where", multiple=True, help="COLUMN=VALUE, or id=PREDICTION; all have to hold.")
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="The key of hashes, where a column is hashed."
)
@click.option("--shipped", multiple=True, help="Where it was shipped to, beside what LEDGER itself knows.")
def erase(place: str, where: tuple[str, ...], key_file: Path | None, shipped: tuple[str, ...]) -> None:
    """Erase one person's rows from LEDGER, and from wherever it was shipped to."""
    from interlock.serve.ledger import erasure, read_key
    from interlock.serve.ledger.condition import conditions
    from interlock.serve.ledger.format import joined
    from interlock.serve.ledger.removal import is_shipped_to, shipped_to

    wanted, key = conditions(where), read_key(key_file or _key_file())
    every: list[str] = []
    found = []
    for each in _places(place):
        folder = None if is_shipped_to(place) else each
        places = dict.fromkeys([*((each,) if folder is None else shipped_to(folder)), *shipped])
        every += places
        if places:
            from interlock.shipping.erase import erase as everywhere

            found.append(everywhere(folder, wanted, key=key, shipped=tuple(places)))
        else:
            found.append(erasure.erase(each, wanted, key))
    gone = joined(found)
    say(f"✓ erased: {gone.rows:,} rows, {gone.outcomes:,} outcomes; {gone.bodies:,} kept bodies emptied")
    for address in dict.fromkeys(every):
        say(f"  in {address}, too")


@ledger.command()
@click.argument("place", metavar="LEDGER")
@click.option("--keep-days", type=float, help="How many days stay; by default as [ledger] says.")
@click.option("--unshipped", is_flag=True, help="Remove segments, too, that were never shipped.")
def prune(place: str, *, keep_days: float | None, unshipped: bool) -> None:
    """Remove what is older than so many days: segments of LEDGER, or files where one was shipped to."""
    from interlock.serve.ledger.removal import is_shipped_to

    there, asked = is_shipped_to(place), _settings()
    days = keep_days if keep_days is not None else asked.keep_shipped_days if there else asked.keep_days
    if days is None:
        next_step = "add --keep-days, or set it under [ledger]"
        raise InputError("how many days stay is not said", next_step=next_step)
    if there:
        from interlock.shipping.expiry import expire

        files = sum(expire(each, days) for each in _places(place))
        say(f"✓ {files:,} shipped files were older than {days:g} days and are gone")
        return
    gone = _pruned(place, days, unshipped=unshipped)
    say(f"✓ {gone:,} segments were older than {days:g} days and are gone")


@ledger.command()
@click.argument("place", metavar="LEDGER")
@click.option(
    "--hours", type=float, help="How many hours stay as they were shipped; 24, or as [ledger] says."
)
def compact(place: str, *, hours: float | None) -> None:
    """Join the small files of each hour where LEDGER was shipped to; readers find the same rows all the time.

    LEDGER is the folder of a service, whose own segments are joined, or where several were shipped to: there
    those that are shipped as a whole.
    """
    from interlock.serve.ledger.removal import is_shipped_to, shipped_to
    from interlock.shipping.compact import Compacted
    from interlock.shipping.compact import compact as run

    asked = _settings().compact_hours
    old = hours if hours is not None else asked if asked is not None else _COMPACT_HOURS
    where: list[tuple[str, str | None]] = [(each, None) for each in _places(place)]
    if not is_shipped_to(place):
        where = [(address, str(each)) for each, _ in where for address in shipped_to(each)]
    if not where:
        next_step = "ship it first: `interlock ledger ship`"
        raise InputError("nothing of this ledger was shipped", where=place, next_step=next_step)
    done = [run(address, old, ledger=folder, progress=progress()) for address, folder in where]
    total = Compacted(*map(sum, zip(*done, strict=True)))
    say(f"{'✓' if total.after else '·'} {total.sentence}")


@ledger.command()
@click.argument("place", metavar="LEDGER")
@click.argument("kind", metavar="FORMAT", type=click.Choice(_FORMATS))
@click.argument("destination")
@click.option("--source", default="interlock", help="Who says it: a URI of the service.")
def export(place: str, kind: str, destination: str, source: str) -> None:
    """Write LEDGER to DESTINATION in the FORMAT of another system."""
    if kind == "openlineage":
        from interlock.lineage import write

        say(f"✓ the runs of the project's stages and scorings\n  {write(project(), place, destination)}")
        return
    from interlock.shipping import exports

    found = exports.export(place, kind, destination, source=source)
    say(f"✓ {found.sentence}\n  {destination}")


_COUNTS = ("received", "logged", "sampled_out", "dropped", "waiting", "found", "erased", "removed")


def _writers(place: str) -> tuple[WriterAccount, ...]:
    from interlock.serve.ledger import verify as here
    from interlock.serve.ledger.removal import is_shipped_to

    if not is_shipped_to(place):
        return tuple(each for folder in _places(place) for each in here(folder))
    from interlock.shipping import open_ledger

    return tuple(each for address in _places(place) for each in open_ledger(address).writers())


def _places(place: str) -> list[str]:
    """Return a place, and the one of its shadows where it has some."""
    from interlock.serve.ledger.removal import is_shipped_to
    from interlock.serve.ledger.segment import SHADOWS, folders

    if not is_shipped_to(place):
        return [str(folder) for folder in folders(place)]
    shadows = within(place, SHADOWS)
    return [place, shadows] if scheme(place) or is_shipped_to(shadows) else [place]


def _counts(account: Account) -> str:
    return " ".join(f"{getattr(account, name):>11,}" for name in _COUNTS)


def seconds(text: str) -> float:
    """Read a duration such as `30s`, `15m`, `1h`; a number alone is seconds.

    Raises:
        InputError: If it is none.

    Example:
        >>> seconds("15m")
        900.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if found is None or float(found[1]) <= 0:
        raise InputError("this is no duration", got=text, next_step="write 30s, 15m or 1h")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _settings() -> Ledger:
    """Return what the project here says, or the defaults where there is none."""
    from interlock.project import find
    from interlock.sections import Ledger

    with suppress(ProjectError):
        return find().config.ledger
    return Ledger()


def _key_file() -> Path | None:
    from interlock.project import find

    with suppress(ProjectError):
        project = find()
        if project.config.ledger.hash_key_file:
            return project.root / project.config.ledger.hash_key_file
    return None


def _retain(folder: Path, destination: str) -> None:
    """Remove what the project's settings let go, after all that is new was shipped."""
    from interlock.shipping.expiry import expire

    asked = _settings()
    if asked.keep_days is not None and (gone := _pruned(str(folder), asked.keep_days)):
        say(f"· {gone:,} shipped segments were older than {asked.keep_days:g} days and are gone")
    if asked.keep_shipped_days is not None and (
        files := sum(expire(each, asked.keep_shipped_days) for each in _places(destination))
    ):
        say(f"· {files:,} shipped files were older than {asked.keep_shipped_days:g} days and are gone")

    if asked.compact_hours is not None and (joined := _compacted(folder, destination, asked.compact_hours)):
        say(f"· {joined}")


def _retain_if_there(folder: Path, destination: str) -> None:
    """Do it, or say why it was not done: the next round tries again."""
    try:
        _retain(folder, destination)
    except InputError as error:
        say(f"! {error}")


def _compacted(folder: Path, destination: str, hours: float) -> str:
    """Join the files of what is shipped from here, and of its shadows; return what it came to."""
    from interlock.serve.ledger.removal import shipped_to
    from interlock.serve.ledger.segment import SHADOWS, folders
    from interlock.shipping.compact import Compacted, compact

    total = Compacted()
    for each in folders(folder):
        if shipped_to(each):
            there = destination if each == folder else within(destination, SHADOWS)
            done = compact(there, hours, ledger=each)
            total = Compacted(*map(sum, zip(total, done, strict=True)))
    return total.sentence if total.after else ""


def _pruned(place: str, days: float, *, unshipped: bool = False) -> int:
    """Remove old segments of a ledger and of its shadows; return how many."""
    from interlock.serve.ledger.maintenance import alone
    from interlock.serve.ledger.retention import prune as run

    gone = 0
    for each in _places(place):
        with alone(each):
            gone += len(run(each, days, unshipped=unshipped))
    return gone


def _until_stopped() -> Callable[[float], bool]:
    """Return what waits so many seconds, and says False once SIGTERM or Ctrl-C came."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    return lambda duration: not stopped.wait(duration)
