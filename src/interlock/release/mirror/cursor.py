"""How far a mirror has been told of a model: kept beside the log, so that every machine goes on there."""

from __future__ import annotations

from interlock.release.registry.database import Database, tables

__all__ = ["advance", "told"]


def told(database: Database, mirror: str, model: str) -> int:
    """Return the number of the last event that a mirror has got; 0 for none.

    Raises:
        RegistryError: If the registry cannot be reached.
    """
    import sqlalchemy as sa

    cursors = tables().cursors
    statement = sa.select(cursors.c.number).where(cursors.c.mirror == mirror, cursors.c.model == model)
    with database.connected() as connection:
        return int(connection.execute(statement).scalar() or 0)


def advance(database: Database, mirror: str, model: str, number: int) -> None:
    """Write down that a mirror has got an event; never back to an earlier one.

    Raises:
        RegistryError: If the registry cannot be reached.
    """
    import sqlalchemy as sa

    cursors = tables().cursors
    mine = sa.and_(cursors.c.mirror == mirror, cursors.c.model == model)
    try:
        with database.connected() as connection:
            further = cursors.update().where(mine, cursors.c.number < number).values(number=number)
            if connection.execute(further).rowcount == 1:
                return
            if connection.execute(sa.select(cursors.c.number).where(mine)).first() is None:
                connection.execute(cursors.insert().values(mirror=mirror, model=model, number=number))
    except sa.exc.IntegrityError:  # another process began this cursor at the same moment
        advance(database, mirror, model, number)
