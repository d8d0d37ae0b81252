"""Git tags in the manner of GTO: `flights@v0.0.2` registers, `flights#production#17` names who answers.

Source: GTO (Git Tag Ops): `name@version` with `!` to withdraw, `name#stage` with `!` and a growing number.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.errors import RegistryError
from interlock.release.mirror.delivery import News
from interlock.release.registry.event import Event
from interlock.release.registry.state import Environment, State
from interlock.release.registry.verify import Head

__all__ = ["Git", "Tag", "heads", "tags"]

TIMEOUT = 30


class Tag(NamedTuple):
    """A tag.

    Args:
        name: Of the tag.
        at: The tag whose commit it stands on; empty for the commit of today.
    """

    name: str
    at: str = ""


class Git:
    """A repository that gets a tag for what changes.

    Args:
        folder: Of the repository.
        remote: Where the tags are pushed to; empty for nowhere.
    """

    def __init__(self, folder: str | Path, remote: str = "") -> None:
        self.folder, self.remote = Path(folder), remote

    @property
    def name(self) -> str:
        """`git` and the folder's name."""
        return f"git {self.folder.name}"

    def tell(self, news: News) -> None:
        """Make the tags of an event, those that are there left alone, and push them.

        Raises:
            RegistryError: If git refuses.
        """
        wanted = tags(news)
        for tag in wanted:
            if not self._has(tag.name):
                place = f"{tag.at}^{{commit}}" if tag.at and self._has(tag.at) else "HEAD"
                self._git(
                    "tag", "--no-sign", "--annotate", f"--message={_message(news.event)}", tag.name, place,
                    event=news.event,
                )  # fmt: skip
        if self.remote and wanted:
            self._git("push", "--quiet", self.remote, *(f"refs/tags/{tag.name}" for tag in wanted))

    def _has(self, tag: str) -> bool:
        return bool(self._git("tag", "--list", _literal(tag)).strip())

    def _git(self, *arguments: str, event: Event | None = None) -> str:
        return _run(self.folder, *arguments, event=event)


def tags(news: News) -> tuple[Tag, ...]:
    """Return the tags of an event: what it registers or withdraws, and every part that it gives or ends.

    Args:
        news: The event, and what it changed.

    Returns:
        Tags whose names depend on nothing but the log, so that the same event makes the same tags.
    """
    event, name = news.event, _slug(news.event.model)
    version = _version(name, news.after, event.release)
    found = []
    if event.kind == "registered" and not _is_known(news.before, event.release):
        found.append(Tag(version))
    if event.kind == "retired" and not event.environment:
        found.append(Tag(f"{version}!", version))
    for environment, now in news.after.environments.items():
        was = news.before.environments.get(environment, Environment())
        found += _parts(name, environment, was, now, news)
    return tuple(found)


def heads(folder: str | Path) -> dict[str, Head]:
    """Return what the tags remember of the logs.

    Args:
        folder: Of the repository.

    Returns:
        The latest event that a tag names, by model.

    Raises:
        RegistryError: If git refuses.
    """
    text = _run(Path(folder), "for-each-ref", "--format=%(contents:subject)", "refs/tags")
    found: dict[str, Head] = {}
    for line in text.splitlines():
        try:
            note = msgspec.json.decode(line, type=_Note)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        head = Head(note.number, note.event, "the git tags")
        found[note.model] = max(found.get(note.model, head), head, key=lambda each: each.number)
    return found


class _Note(msgspec.Struct, frozen=True):
    """What a tag says: of which model and event, and their digests."""

    model: str
    number: int
    event: str
    release: str


def _message(event: Event) -> str:
    return msgspec.json.encode(_Note(event.model, event.number, event.digest, event.release)).decode()


def _parts(name: str, environment: str, was: Environment, now: Environment, news: News) -> list[Tag]:
    def holders(here: Environment, part: str) -> set[str]:
        if part == "champion":
            return {here.champion} - {""}
        return {each.release for each in here.challengers} if part == "challenger" else {*here.shadows}

    found = []
    for part in ("champion", "challenger", "shadow"):
        stage = _slug(environment) + ("" if part == "champion" else f"-{part}")
        before, after = holders(was, part), holders(now, part)
        given = [(digest, "") for digest in sorted(after - before)]
        ended = [(digest, "!") for digest in sorted(before - after)] if not given else []
        found += [
            Tag(f"{name}#{stage}{mark}#{news.event.number}", _version(name, news.after, digest))
            for digest, mark in (*given, *ended)
        ]
    return found


def _version(name: str, of: State, release: str) -> str:
    """Return the tag that registered a release: its place among the model's releases."""
    registered = [digest for digest, known in of.releases.items() if known.registered]
    place = registered.index(release) + 1 if release in registered else 0
    return f"{name}@v0.0.{place}"


def _is_known(of: State, release: str) -> bool:
    return release in of.releases and bool(of.releases[release].registered)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "model"


def _literal(tag: str) -> str:
    return re.sub(r"([*?\[\\])", r"\\\1", tag)


def _run(folder: Path, *arguments: str, event: Event | None = None) -> str:
    signed = {}
    if event is not None:
        signed = {
            "GIT_COMMITTER_NAME": event.person,
            "GIT_COMMITTER_EMAIL": f"{_slug(event.person)}@localhost",
            "GIT_COMMITTER_DATE": event.time,
        }
    environment = {**os.environ, **signed, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _refused(folder, type(error).__name__) from error
    if done.returncode != 0:
        raise _refused(folder, _without_user(done.stderr.strip()))
    return done.stdout


def _without_user(text: str) -> str:
    """Return what git said without the credentials of a remote's address."""
    return re.sub(r"://[^/@\s]+@", "://***@", text)


def _refused(folder: Path, got: str) -> RegistryError:
    return RegistryError(
        "the git repository does not take the tag",
        where=folder,
        got=got,
        next_step="mend `[registry] git`, then `interlock registry mirror`",
    )
