"""A registry: the log of events and the store of releases, and what people do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal

from interlock.release.manifest import MANIFEST
from interlock.release.plan import Plan
from interlock.release.registry.chain import Chain, Verified
from interlock.release.registry.decision import (
    Named,
    Part,
    deployed,
    draft,
    registration,
    retired,
    rolled_back,
    unless_noted,
    withdrawn,
)
from interlock.release.registry.event import Details, Event
from interlock.release.registry.log import Log
from interlock.release.registry.policy import Policy, admit
from interlock.release.registry.reference import meant
from interlock.release.registry.state import State, plan, state
from interlock.release.registry.store import Held, Progress, Store, open_store, quiet
from interlock.release.registry.verify import Head
from interlock.release.sign import Person, check_signatures
from interlock.release.verify import verify

__all__ = ["Registry", "open_registry"]


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Registry:
    """The log and the store together.

    Args:
        log: Of all models.
        store: Of their releases.
        people: Who may sign, by name.
        policies: What each environment asks, by its name.
        memory: The file in which this machine remembers what it has seen of the log; None for nowhere.
        clock: Tells the time, with a zone.
    """

    log: Log
    store: Store
    people: Mapping[str, Person] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    memory: Path | None = None
    clock: Callable[[], datetime] = _utc

    def close(self) -> None:
        """Close what is open; whoever asks again opens it again."""
        self.log.database.close()

    # what is known

    def models(self) -> tuple[str, ...]:
        """Return the names of all models, sorted; errors as `events`."""
        return self.log.models()

    def head(self, model: str) -> int:
        """Return the number of a model's last event: cheap enough to ask four times a second.

        Raises:
            RegistryError: If the registry cannot be reached.
        """
        return self.log.head(model)

    def events(self, model: str) -> tuple[Event, ...]:
        """Return all events of a model, once the chain is found whole and no shorter than it was.

        Raises:
            RegistryError: If the registry cannot be reached.
            TamperedError: If the log was changed; it names the event.
        """
        return self._chain.events(model)

    def state(self, model: str) -> State:
        """Return where a model stands; errors as `events`."""
        return state(self.events(model))

    def plan(self, model: str, environment: str) -> Plan:
        """Return what a server executes.

        Raises:
            RegistryError: If the registry cannot be reached.
            TamperedError: If the log was changed.
            ReleaseError: If there is no champion.
        """
        return plan(self.events(model), environment)

    def fetch(self, digest: str, into: str | Path, *, progress: Progress = quiet) -> Path:
        """Bring a release into a folder, verified; see `Store.fetch`."""
        return self.store.fetch(digest, into, progress=progress)

    def verify(self, model: str, witnesses: Sequence[Head] = ()) -> Verified:
        """Check a model's log, against what this machine and other witnesses have seen of it.

        Raises:
            RegistryError: If the registry cannot be reached.
        """
        return self._chain.verify(model, witnesses)

    def remembered(self) -> tuple[str, ...]:
        """Return the models of which this machine has seen something."""
        return self._chain.remembered()

    def find(self, reference: str | Path) -> Named:
        """Return the release that people mean.

        Args:
            reference: Its digest, the first digits of it, the name of its folder, or the folder itself.

        Raises:
            InputError: If no release is meant, or several are.
        """
        text = str(reference)
        if (Path(text) / MANIFEST).is_file():
            manifest = verify(text)
            return Named(manifest.name, manifest.digest)
        known = (
            (Named(model, digest), each.folder)
            for model in self.models()
            for digest, each in self.state(model).releases.items()
        )
        return meant(text, known, self.log.database.name)

    # what people do

    def register(
        self, folder: str | Path, *, person: str, note: str = "", progress: Progress = quiet
    ) -> tuple[Event, ...]:
        """Keep a release, and note that it is there, how it was validated, and who has signed it.

        What is noted already is not noted again, so that it can be called after every change.

        Args:
            folder: The folder of the release.
            person: Who does it.
            note: Whatever there is to say about it.
            progress: Takes a line for people, now and then.

        Returns:
            The new events.

        Raises:
            TamperedError: If the release is not whole.
            SignatureError: If a signature is wrong.
            RegistryError: If log or store cannot be reached.
        """
        self.log.create()
        kept = self.store.push(folder, progress=progress)
        signatures = check_signatures(kept, self.people)
        notes = registration(kept, signatures, person, note)
        return self._note(notes)

    def validated(
        self,
        release: Named,
        *,
        person: str,
        evidence: str,
        passed: Sequence[str] = (),
        failed: Sequence[str] = (),
        note: str = "",
    ) -> Event:
        """Note that a release was validated again, on other rows than those of its own evidence.

        Args:
            release: Which.
            person: Who did it.
            evidence: The digest of the new evidence.
            passed: The gates that passed.
            failed: The gates that failed.
            note: Whatever there is to say about it.

        Returns:
            The event.
        """
        details = Details(evidence=evidence, passed=tuple(passed), failed=tuple(failed), note=note)
        return self._chain.always(draft("validated", release, person, details=details))

    def deploy(
        self,
        release: Named,
        environment: str,
        *,
        person: str,
        alias: Literal["champion", "challenger"] = "champion",
        share: float = 0.0,
        unit: str = "",
        note: str = "",
        follows: int | None = None,
        progress: Progress = quiet,
    ) -> Event:
        """Let a release answer in an environment, if it is whole and policy allows it.

        Args:
            release: Which.
            environment: Where, such as `production`.
            person: Who does it.
            alias: As what; a new champion keeps the challengers and shadows that there are.
            share: Of a challenger: its share, above 0; all challengers together stay below 1.
            unit: Of a challenger: the column whose value decides who answers.
            note: Whatever there is to say about it.
            follows: The number of the event on which the decision rests: refused if who answers has changed
                since; by default whatever is last.
            progress: Takes a line for people, now and then.

        Returns:
            The event.

        Raises:
            ConflictError: If somebody else was faster.
            ReleaseError: If policy does not allow it, or it cannot have this part.
        """
        details = Details(alias=alias, share=share, unit=unit, note=note)
        return self._give_part(draft("deployed", release, person, environment, details), follows, progress)

    def shadow(
        self,
        release: Named,
        environment: str,
        *,
        person: str,
        note: str = "",
        follows: int | None = None,
        progress: Progress = quiet,
    ) -> Event:
        """Let a release be asked and logged, and never heard; arguments and errors as `deploy`."""
        event = draft("shadowed", release, person, environment, Details(note=note))
        return self._give_part(event, follows, progress)

    def withdraw(
        self,
        release: Named,
        environment: str,
        *,
        person: str,
        part: Part | None = None,
        note: str = "",
        follows: int | None = None,
    ) -> Event:
        """End the part of a challenger or a shadow.

        Args:
            release: Which.
            environment: Where.
            person: Who does it.
            part: Which of the two is meant; by default whatever it is.
            note: Whatever there is to say about it.
            follows: As `deploy`.

        Returns:
            The event.

        Raises:
            InputError: If it is neither, or not what is meant.
            ConflictError: If somebody else was faster.
        """
        return self._chain.once(
            release.model, lambda events: withdrawn(events, release, environment, person, note, part), follows
        )

    def suspend(self, release: Named, *, person: str, reason: str, environment: str = "") -> Event:
        """Take a release out of an environment, or of all, until it is signed again.

        Where it is champion, the champion before it is champion again. Nothing that somebody else does at
        the same time prevents it.

        Args:
            release: Which.
            person: Who does it.
            reason: Why.
            environment: Where; everywhere by default.

        Returns:
            The event.
        """
        return self._chain.always(draft("suspended", release, person, environment, Details(reason=reason)))

    def retire(
        self, release: Named, *, person: str, reason: str, environment: str = "", follows: int | None = None
    ) -> Event:
        """Take a release out of service for good; arguments as `suspend`.

        Raises:
            InputError: If it is the champion: another has to take its place first.
        """
        event = draft("retired", release, person, environment, Details(reason=reason))
        return self._chain.once(release.model, partial(retired, event=event), follows)

    def rollback(
        self, model: str, environment: str, *, person: str, reason: str = "", follows: int | None = None
    ) -> Event:
        """Make the champion before champion again; it needs the log alone.

        What was allowed to answer before may do so again: freshness is not asked, suspension is.

        Args:
            model: What people call it.
            environment: Where.
            person: Who does it.
            reason: Why.
            follows: The number of the event on which the decision rests: refused if who answers has changed
                since; by default whatever is last.

        Returns:
            The event.

        Raises:
            ReleaseError: If there is no champion before.
            ConflictError: If somebody else was faster.
        """
        return self._chain.once(
            model, lambda events: rolled_back(events, model, environment, person, reason), follows
        )

    # how

    def _give_part(self, event: Event, follows: int | None, progress: Progress) -> Event:
        """Append an event that gives a release a part, if policy allows that on the events it follows."""
        kept = self.store.verify(event.release, progress=progress)
        self._note_signatures(kept, event.person)

        def decide(events: tuple[Event, ...]) -> Event:
            admit(
                kept,
                self.people,
                environment=event.environment,
                policies=self.policies,
                events=events,
                now=self.clock(),
            )
            return deployed(events, event)

        return self._chain.once(event.model, decide, follows)

    def _note_signatures(self, kept: Held, person: str) -> None:
        """Note the signatures that a known release carries now: it may have been signed again."""
        known = self.state(kept.manifest.name).releases
        if kept.digest in known and known[kept.digest].registered:
            notes = registration(kept, check_signatures(kept, self.people), person)
            self._note([each for each in notes if each.kind == "signed"])

    def _note(self, notes: Sequence[Event]) -> tuple[Event, ...]:
        """Append what is not noted yet."""
        chain = self._chain
        found = [chain.patiently(each.model, partial(unless_noted, event=each)) for each in notes]
        return tuple(event for event in found if event)

    @property
    def _chain(self) -> Chain:
        return Chain(self.log, self.memory, self.clock)


def open_registry(
    url: str,
    releases: str | Path,
    *,
    people: Mapping[str, Person] | None = None,
    policies: Mapping[str, Policy] | None = None,
    memory: str | Path | None = None,
) -> Registry:
    """Open a registry; nothing is connected to before it is asked something.

    Args:
        url: Of the log: `sqlite:///file`, `postgresql://user@host/name`, or the path of an SQLite file.
        releases: Where releases are kept: a folder, or `s3://`, `gs://`, `az://`.
        people: Who may sign, by name.
        policies: What each environment asks, by its name.
        memory: A file in which this machine remembers what it has seen of the log.

    Returns:
        The registry.

    Raises:
        InputError: If an address is of something else.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> registry = open_registry(f"{folder}/registry.db", f"{folder}/releases")
        >>> registry.log.create()
        >>> registry.models()
        ()
    """
    return Registry(
        Log(url),
        open_store(releases),
        people=dict(people or {}),
        policies=dict(policies or {}),
        memory=Path(memory) if memory else None,
    )
