"""The log of events: appended to one after the other, read back, never changed."""

from __future__ import annotations

from typing import Any

import msgspec

from interlock.errors import ConflictError, TamperedError
from interlock.release.registry.database import Database, tables
from interlock.release.registry.event import Details, Event

__all__ = ["Log", "words"]


class Log:
    """The events of all models of a registry.

    Args:
        url: `sqlite:///file`, `postgresql://user@host/name`, or the path of an SQLite file.

    Example:
        >>> import tempfile
        >>> from interlock.release.registry.event import following
        >>> log = Log(tempfile.mkdtemp() + "/registry.db")
        >>> log.create()
        >>> one = Event(model="m", number=1, kind="registered", release="sha256:1", person="ada", time="")
        >>> log.append(following(None, one)).number, log.head("m")
        (1, 1)
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def create(self) -> None:
        """Begin a registry where there is none yet.

        Raises:
            RegistryError: If the database does not allow that.
        """
        self.database.create()

    def append(self, event: Event) -> Event:
        """Append an event after the one that it names as the previous.

        Args:
            event: Made by `following`.

        Returns:
            The event.

        Raises:
            ConflictError: If another event came after that one meanwhile, or it is not there; nothing was
                appended, and the error names who did what when.
            RegistryError: If the database cannot be reached, or refuses.
        """
        import sqlalchemy as sa

        events = tables().events
        row = [sa.literal(value).label(name) for name, value in _row(event).items()]
        before = sa.select(events.c.number).where(
            events.c.model == event.model,
            events.c.number == event.number - 1,
            events.c.digest == event.previous,
        )
        fits = sa.true() if event.number == 1 else sa.exists(before)
        statement = events.insert().from_select([*_row(event)], sa.select(*row).where(fits))
        try:
            with self.database.connected() as connection:
                done = connection.execution_options(preserve_rowcount=True).execute(statement).rowcount
        except sa.exc.IntegrityError:
            done = 0
        if done != 1:
            raise self._conflict(event)
        return event

    def head(self, model: str) -> int:
        """Return the number of a model's last event, 0 where it has none: cheap enough to ask often.

        Raises:
            RegistryError: If the database cannot be reached.
        """
        import sqlalchemy as sa

        events = tables().events
        statement = sa.select(sa.func.max(events.c.number)).where(events.c.model == model)
        with self.database.connected() as connection:
            return int(connection.execute(statement).scalar() or 0)

    def events(self, model: str, *, after: int = 0) -> tuple[Event, ...]:
        """Return a model's events in their order; `verify` says whether the chain is whole.

        Args:
            model: What people call it.
            after: Only those with a higher number.

        Raises:
            TamperedError: If a line is no event at all.
            RegistryError: If the database cannot be reached.
        """
        import sqlalchemy as sa

        events = tables().events
        statement = (
            sa.select(events)
            .where(events.c.model == model, events.c.number > after)
            .order_by(events.c.number)
        )
        with self.database.connected() as connection:
            rows = connection.execute(statement).mappings().all()
        return tuple(self._event(row) for row in rows)

    def models(self) -> tuple[str, ...]:
        """Return the names of all models, sorted.

        Raises:
            RegistryError: If the database cannot be reached.
        """
        import sqlalchemy as sa

        with self.database.connected() as connection:
            return tuple(sorted(connection.execute(sa.select(tables().events.c.model).distinct()).scalars()))

    def _event(self, row: Any) -> Event:
        try:
            values = {name: row[name] for name in Event.__struct_fields__}
            values["details"] = msgspec.json.decode(row["details"], type=Details)
            return msgspec.convert(values, Event)
        except (msgspec.MsgspecError, UnicodeDecodeError, TypeError) as error:
            raise TamperedError(
                "a line of the log is no event",
                where=f"{self.database.name}, {row['model']}, event {row['number']}",
                got=error,
                next_step="restore the registry from a copy; a newer version of Interlock may know this line",
            ) from error

    def _conflict(self, event: Event) -> ConflictError:
        meanwhile = next(iter(self.events(event.model, after=event.number - 1)), None)
        return ConflictError(
            "somebody else was faster, and nothing was changed",
            where=f"{self.database.name}, {event.model}",
            got=words(meanwhile) if meanwhile else f"event {event.number - 1} is not there any more",
            next_step="look at it with `interlock registry log`, then decide again",
        )


def words(event: Event) -> str:
    """Return an event in one line, as people read it.

    Example:
        >>> one = Event(model="m", number=4, kind="deployed", release="sha256:" + "0" * 64, person="ada",
        ...     time="2026-01-01T00:00:00+00:00", environment="production",
        ...     details=Details(alias="challenger", share=0.1))
        >>> words(one)
        'event 4: ada deployed 000000000000 as challenger with 10 % in production, 2026-01-01T00:00:00+00:00'
    """
    details = event.details
    parts = [
        f"event {event.number}: {event.person}",
        "rolled back to" if details.rollback else event.kind,
        event.release.removeprefix("sha256:")[:12],
        f"as {details.alias or details.role}" if details.alias or details.role else "",
        f"with {details.share * 100:.4g} %" if details.share else "",
        "no longer" if details.ends else "",
        f"in {event.environment}" if event.environment else "",
        f"({details.stamp})" if details.stamp else "",
    ]
    said = [text for text in (details.reason, details.note) if text]
    return ", ".join([" ".join(part for part in parts if part), event.time, *said])


def _row(event: Event) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in Event.__struct_fields__}
    return {**values, "details": msgspec.json.encode(event.details, order="sorted").decode()}
