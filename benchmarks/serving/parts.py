"""The parts of the benchmark: each asks some servers something, in interleaved rounds."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from load import Put, drive, puts, write_puts
from measured import Measured, Values
from process import Running, running
from servers import PROTOCOLS, SERVERS, WIDE, Row, Server, mlflow, ours

__all__ = ["PARTS", "Plan"]

_MANY = 1000
_CROWD = 32
_CHECKED = ("peers", "wide")


class Plan:
    """How the parts are run.

    Args:
        measured: Keeps the measurements.
        rounds: How often every server is started and asked.
        seconds: Of each load.
        soak: Seconds of the soak.
        only: Keys of the peers to ask; all where empty.
    """

    def __init__(self, measured: Measured, rounds: int, seconds: int, soak: int, only: Sequence[str]) -> None:
        self.measured, self.rounds, self.seconds, self.soak = measured, rounds, seconds, soak
        self.servers = [one for one in SERVERS if not only or one.key in (*only, "interlock")]

    def each(
        self, part: str, servers: Sequence[Server], measure: Callable[[Running, Sequence[Row]], Values]
    ) -> None:
        """Measure each server in each round, in another order; what was measured is left out."""
        for number in range(self.rounds):
            for server in random.Random(number).sample(list(servers), len(servers)):
                self.one(part, server, number, measure)

    def one(
        self, part: str, server: Server, number: int, measure: Callable[[Running, Sequence[Row]], Values]
    ) -> None:
        """Measure one server once."""
        asked = json.loads((server.data / "requests.json").read_text())

        def begin() -> Values:
            with running(server, asked["rows"][0]) as up:
                values = {"start": up.start._asdict()} | measure(up, asked["rows"])
                right = server.answers_rightly and number == 0 and part in _CHECKED
                return values | (check(up, asked) if right else {})

        if (part, server.key, number) not in self.measured.found:
            said = self.measured.once(part, server.key, number, begin)
            print(f"{part:9} round {number + 1}  {server.name:24} {_brief(said)}", flush=True)
            shutil.rmtree(server.data / "ledger", ignore_errors=True)

    def crowd(self, up: Running, rows: Sequence[Row]) -> Values:
        """Measure the load of a crowd that asks for one row at a time."""
        asked = write_puts(up.server.key, puts(up.server, [*rows]))
        drive(up, asked, connections=4, seconds=1)
        with others() as busy:
            load = drive(up, asked, connections=_CROWD, seconds=self.seconds)
        return {"crowd": load._asdict(), **busy()}


def _brief(said: Values) -> str:
    loads = {name: value for name, value in said.items() if isinstance(value, dict) and "cpu" in value}
    loads = {name: value for name, value in loads.items() if "requests" in value}
    costs = [f"{name} {1e6 * one['cpu'] / one['requests']:,.0f} us/request" for name, one in loads.items()]
    return ", ".join([*costs, f"others {said['others']:.1f} cores" if "others" in said else ""])


def peers(plan: Plan) -> None:
    """One row a request, through 1 and through 32 connections, by every server."""

    def measure(up: Running, rows: Sequence[Row]) -> Values:
        asked = write_puts(up.server.key, puts(up.server, [*rows]))
        drive(up, asked, connections=4, seconds=1)
        with others() as busy:
            alone = drive(up, asked, connections=1, seconds=plan.seconds)
            crowd = drive(up, asked, connections=_CROWD, seconds=plan.seconds)
        return {"alone": alone._asdict(), "crowd": crowd._asdict(), "memory": up.memory, **busy()}

    plan.each("peers", plan.servers, measure)


def many(plan: Plan) -> None:
    """1,000 rows a request, through 2 connections, by every server that predicts."""

    def measure(up: Running, rows: Sequence[Row]) -> Values:
        asked = write_puts(f"{up.server.key}-many", puts(up.server, [*rows, *rows], _MANY))
        drive(up, asked, connections=2, seconds=1)
        with others() as busy:
            load = drive(up, asked, connections=2, seconds=plan.seconds)
        return {"crowd": load._asdict(), **busy()}

    plan.each("many", [server for server in plan.servers if server.answers_rightly], measure)


def wide(plan: Plan) -> None:
    """600 columns, one row a request, through 32 connections: Interlock and MLflow."""
    plan.each("wide", [ours(data=WIDE), mlflow(WIDE)], plan.crowd)


def protocols(plan: Plan) -> None:
    """Four protocols of our own server: each by itself, and all mixed on the same connections."""

    def measure(up: Running, rows: Sequence[Row]) -> Values:
        kinds = {path: [(path, kind, body([row])) for row in rows] for path, kind, body in PROTOCOLS}
        mixed = [put for four in zip(*kinds.values(), strict=True) for put in four]
        found: Values = {}
        with others() as busy:
            for name, asked in (*kinds.items(), ("mixed", mixed)):
                path = write_puts("protocol", asked)
                drive(up, path, connections=4, seconds=1)
                found[name] = drive(up, path, connections=_CROWD, seconds=plan.seconds)._asdict()
        return found | busy()

    plan.each("protocols", [ours()], measure)


def ledger(plan: Plan) -> None:
    """The same load with the ledger on and off; each pair of servers side by side, in both orders."""
    plan.each("ledger", [ours(), ours("Interlock, ledger off", "ledger=off")], plan.crowd)


def traffic(plan: Plan) -> None:
    """The champion alone, with a challenger for a tenth of the requests, and with a shadow of all of them."""
    others = [ours("Interlock, challenger", "challenger=0.1"), ours("Interlock, shadow", "shadow=yes")]
    plan.each("traffic", [ours(), *others], plan.crowd)


def workers(plan: Plan) -> None:
    """One worker and two: 1,000 rows a request, where the client takes next to nothing of the two cores."""

    def measure(up: Running, rows: Sequence[Row]) -> Values:
        large = write_puts(f"{up.server.key}-many", puts(up.server, [*rows, *rows], _MANY))
        small = write_puts(up.server.key, puts(up.server, [*rows]))
        drive(up, small, connections=16, seconds=1)
        with others() as busy:
            crowd = drive(up, large, connections=16, seconds=plan.seconds)
            single = drive(up, small, connections=_CROWD, seconds=plan.seconds)
        return {"many": crowd._asdict(), "single": single._asdict(), **busy()}

    plan.each("workers", [ours(), ours("Interlock, 2 workers", "workers=2")], measure)


def soak(plan: Plan) -> None:
    """All protocols mixed for a long time: memory, and the latency of one request in a thousand."""

    def measure(up: Running, rows: Sequence[Row]) -> Values:
        mixed: list[Put] = [(path, kind, body([row])) for row in rows for path, kind, body in PROTOCOLS]
        path, samples, began = write_puts("soak", mixed), list[tuple[float, float, float]](), time.monotonic()

        def look() -> None:
            samples.append((time.monotonic() - began, up.memory, up.resident))

        with others() as busy:
            load = drive(up, path, connections=_CROWD, seconds=plan.soak, meanwhile=look)
        look()
        return {"crowd": load._asdict(), "samples": samples, "held": plan.soak, **busy()}

    plan.one("soak", ours(), plan.soak, measure)


PARTS: dict[str, Callable[[Plan], None]] = {
    part.__name__: part for part in (peers, many, wide, protocols, ledger, traffic, workers, soak)
}


def check(up: Running, asked: dict[str, Any]) -> Values:
    """Compare a server's answers with the pipeline's own: the largest differences."""
    rows, right = asked["rows"], asked["right"]
    name = "carrier" if "carrier" in rows[0] else "s000"
    gap = [at for at, row in enumerate(rows) if row[name] is None]
    whole = [at for at, row in enumerate(rows) if row[name] is not None][:100]
    company = rows[whole[0]]
    return {
        "complete": max(abs(up.ask([rows[at]])[0] - right[at]) for at in whole),
        "null_alone": max(abs(up.ask([rows[at]])[0] - right[at]) for at in gap),
        "null_in_company": max(abs(up.ask([rows[at], company])[0] - right[at]) for at in gap),
    }


@contextmanager
def others() -> Iterator[Callable[[], Values]]:
    """Measure how many cores others keep busy meanwhile, and the time that this takes."""
    found: Values = {}
    began, busy, clients = time.monotonic(), _machine(), _client()
    servers = _tree_cpu()
    yield lambda: found
    seconds = time.monotonic() - began
    own = (_client() - clients) + (_tree_cpu() - servers)
    found["others"] = max(0.0, _machine() - busy - own) / seconds


def _machine() -> float:
    """Return the CPU seconds that all processes of the machine have used so far."""
    fields = [int(ticks) for ticks in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def _client() -> float:
    """Return the CPU seconds of this process and of the wrk runs that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _tree_cpu() -> float:
    """Return the CPU seconds of what runs below this process: the server."""
    from process import cpu_of, tree

    return sum(cpu_of(pid) for pid in tree(os.getpid())[1:])
