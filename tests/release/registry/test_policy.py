from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.release.registry.events import PRODUCTION, A, at, chain, deployed, event

from interlock.errors import ReleaseError, SignatureError
from interlock.release import Release, Signature
from interlock.release.registry.event import Event
from interlock.release.registry.policy import Facts, Policy, admit, facts, policy_of, refusals, require

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
OWN = "sha256:own"
RELEASE = Facts(A, OWN, {"auc_minimum": True, "parity": True})


def signed(
    role: str, person: str = "ada", time: str = "2026-03-02T00:00:00+00:00", *, alone: bool = False
) -> Any:
    return Signature(role, person, time, alone)


BOTH = (signed("data_scientist"), signed("ml_engineer", "bo"))
ONE = (signed("data_scientist", alone=True), signed("ml_engineer", alone=True))
VALIDATED = at(event("validated", evidence=OWN), "2026-03-01T12:00:00+00:00")


def said(
    policy: Policy | None,
    signatures: tuple[Signature, ...] = BOTH,
    *events: Event,
    release: Facts = RELEASE,
    now: datetime = NOW,
) -> tuple[str, ...]:
    return refusals(release, signatures, chain(events), policy, environment=PRODUCTION, now=now)


def test_dev_asks_for_nothing_unless_it_is_told_to() -> None:
    assert policy_of({}, "dev") is None
    assert said(None, ()) == ()
    assert policy_of({"dev": Policy(signatures=())}, "dev") == Policy(signatures=())
    assert policy_of({}, "staging") == Policy()


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        ((), (), ()),
        (("data_scientist",), BOTH, ()),
        (("data_scientist", "ml_engineer"), BOTH, ()),
        (("data_scientist", "ml_engineer"), BOTH[:1], ("nobody has signed it as ml_engineer",)),
        (("ml_engineer",), BOTH[:1], ("nobody has signed it as ml_engineer",)),
        (
            ("data_scientist", "ml_engineer"),
            (),
            ("nobody has signed it as data_scientist", "nobody has signed it as ml_engineer"),
        ),
    ],
)
def test_the_roles_that_must_sign(asked: Any, given: Any, expected: tuple[str, ...]) -> None:
    assert said(Policy(signatures=asked), given) == expected


def test_one_person_in_both_roles_is_allowed_unless_two_are_asked_for() -> None:
    assert said(Policy(), ONE) == ()
    assert said(Policy(one_person=False), BOTH) == ()
    assert said(Policy(one_person=False), ONE) == (
        "one person signed as data_scientist and ml_engineer, and `one_person = false` asks for two",
    )
    assert said(Policy(signatures=(), one_person=False), ONE) == ()


def test_gates_must_be_judged_and_passed() -> None:
    assert said(Policy(gates=("parity",))) == ()
    assert said(Policy(gates=("parity", "privacy"))) == ("gate privacy was not judged",)
    failed = Facts(A, OWN, {"auc_minimum": False})
    assert said(Policy(), release=failed) == ("gate auc_minimum failed",)


def test_evidence_ages() -> None:
    policy = Policy(fresh_days=30)
    assert said(policy, BOTH, VALIDATED) == ()
    assert said(policy, BOTH, VALIDATED, now=datetime(2026, 4, 1, tzinfo=UTC)) == (
        "its evidence is 30.5 days old, and 30 are allowed",
    )
    assert said(policy, (), event("registered"))[2:] == (
        "how old its evidence is is not known: register or sign it",
    )


def test_a_late_registration_does_not_make_old_evidence_fresh() -> None:
    late = at(VALIDATED, "2026-03-31T00:00:00+00:00")
    early = signed("data_scientist", time="2026-01-01T00:00:00+00:00")
    assert said(Policy(fresh_days=30), (early, BOTH[1]), late) == (
        "its evidence is 89.5 days old, and 30 are allowed",
    )


def test_a_later_validation_on_other_rows_makes_it_fresh_again_unless_a_gate_failed() -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    again = at(event("validated", evidence="sha256:new"), "2026-08-30T00:00:00+00:00")
    failed = at(event("validated", evidence="sha256:new", failed=("auc",)), "2026-08-30T00:00:00+00:00")
    policy = Policy(fresh_days=30)
    assert said(policy, BOTH, VALIDATED, again, now=now) == ()
    assert len(said(policy, BOTH, VALIDATED, failed, now=now)) == 1


def test_a_rollback_asks_for_no_freshness() -> None:
    now = datetime(2026, 9, 1, tzinfo=UTC)
    policy = Policy(fresh_days=30)
    assert len(said(policy, BOTH, VALIDATED, deployed(A), now=now)) == 1
    assert said(policy, BOTH, VALIDATED, deployed(A, rollback=True), now=now) == ()


def test_evidence_that_is_to_come_means_a_wrong_clock() -> None:
    early = datetime(2026, 2, 1, tzinfo=UTC)
    assert said(Policy(fresh_days=30), BOTH, VALIDATED, now=early) == (
        "its evidence is of 2026-03-01T12:00:00+00:00, which is to come: a clock is wrong",
    )
    assert said(Policy(fresh_days=30), BOTH, VALIDATED, now=datetime(2026, 3, 1, 11, 30, tzinfo=UTC)) == ()


def test_a_suspended_release_waits_for_every_signature_again() -> None:
    first = (event("signed", role="data_scientist"), event("signed", role="ml_engineer"))
    stop = event("suspended", reason="wrong")
    assert said(Policy(), BOTH, *first) == ()
    assert said(Policy(), BOTH, *first, stop) == (
        "it was suspended by event 3, and nobody has signed it again as data_scientist and ml_engineer",
    )
    assert said(Policy(), BOTH, *first, stop, first[0]) == (
        "it was suspended by event 3, and nobody has signed it again as ml_engineer",
    )
    assert said(Policy(), BOTH, *first, stop, *first) == ()
    assert said(Policy(signatures=()), (), stop) == (
        "it was suspended by event 1, and nobody has signed it again",
    )
    assert said(Policy(signatures=()), (), stop, first[1]) == ()


def test_suspension_elsewhere_stops_nothing_here_and_retirement_is_for_good() -> None:
    assert said(Policy(), BOTH, event("suspended", A, "staging", reason="x")) == ()
    gone = (event("retired", A, PRODUCTION, reason="x"), event("signed", role="data_scientist"))
    assert said(Policy(), BOTH, *gone) == ("it is retired",)


def test_the_error_names_all_that_is_not_met(made: tuple[Release, ...]) -> None:
    release = facts(made[0])
    assert release.gates == {"auc_minimum": True}
    with pytest.raises(ReleaseError, match="policy does not allow this release in production") as caught:
        require(release, BOTH[:1], [], Policy(gates=("parity",)), environment=PRODUCTION, where="here")
    assert caught.value.got == "nobody has signed it as ml_engineer; gate parity was not judged"
    assert caught.value.next_step == "mend that, or change [policy.production] of interlock.toml"
    require(release, BOTH, [], Policy(), environment=PRODUCTION)


def test_evidence_of_another_form_is_refused(made: tuple[Release, ...]) -> None:
    assert facts(replace(made[0], evidence={"auc": 1})).gates == {}
    with pytest.raises(ReleaseError, match="the gates of the evidence cannot be read"):
        facts(replace(made[0], evidence={"gates": [{"name": "auc"}]}))


def test_a_release_is_admitted_with_its_signatures_or_told_what_is_missing(made: tuple[Release, ...]) -> None:
    assert admit(made[0], {}, environment="dev", policies={}) == ()
    with pytest.raises(SignatureError, match="a signature is missing") as caught:
        admit(made[0], {}, environment=PRODUCTION, policies={})
    assert caught.value.got == "data_scientist, ml_engineer"
    open_to_all = {PRODUCTION: Policy(signatures=())}
    assert admit(made[0], {}, environment=PRODUCTION, policies=open_to_all) == ()
    stopped = chain([event("suspended", made[0].digest, reason="wrong")])
    with pytest.raises(ReleaseError, match="policy does not allow this release in production") as caught_too:
        admit(made[0], {}, environment=PRODUCTION, policies=open_to_all, events=stopped)
    assert caught_too.value.got == "it was suspended by event 1, and nobody has signed it again"
    assert admit(made[0], {}, environment="dev", policies=open_to_all, events=stopped) == ()
