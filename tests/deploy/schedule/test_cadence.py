from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.deploy.schedule.cadence import WORDS, cadence
from interlock.errors import InputError

START = datetime(2026, 1, 1)  # noqa: DTZ001 - cron's own clock


def fires(expression: str, days: float) -> list[datetime]:
    times = croniter(expression, START - timedelta(seconds=1))
    found = []
    while (moment := times.get_next(datetime)) < START + timedelta(days=days):
        found.append(moment)
    return found


def test_words_fire_as_often_as_they_say() -> None:
    assert len(fires(WORDS["hourly"], 7)) == 7 * 24
    assert [len(fires(WORDS[word], 364)) for word in ("daily", "weekly", "monthly")] == [364, 52, 12]
    assert {moment.strftime("%A") for moment in fires(WORDS["weekly"], 364)} == {"Monday"}


@st.composite
def fields(draw: st.DrawFn, least: int, most: int) -> str:
    low = draw(st.integers(least, most - 1))
    high = draw(st.integers(low + 1, most))
    step = draw(st.integers(1, 30))
    return draw(
        st.sampled_from(
            ["*", f"*/{step}", str(low), f"{low}-{high}", f"{low}-{high}/{step}", f"{low},{high}"]
        )
    )


@settings(max_examples=40)
@given(st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 6)))
def test_what_is_taken_means_the_same_to_croniter(parts: tuple[str, ...]) -> None:
    expression = " ".join(parts)
    read = cadence(expression)
    assert read.expression == expression
    every_hour = f"{parts[0]} * * * *"
    assert {moment.minute for moment in fires(every_hour, 1 / 24)} == set(read.minutes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fortnightly", "this does not say when\n  got: fortnightly"),
        ("* * * *", "this does not say when"),
        ("60 * * * *", "this is no minute\n  where: 60 * * * *\n  got: 60"),
        ("0 24 * * *", "this is no hour"),
        ("0 0 0 * *", "this is no day of the month"),
        ("0 0 1 13 *", "this is no month"),
        ("0 0 * * 7", "this is no day of the week"),
        ("0 0 * * MON", "this is no day of the week"),
        ("5/10 * * * *", "this is no minute"),
        ("*/0 * * * *", "this is no minute"),
        ("30-10 * * * *", "this is no minute"),
        ("30-30 * * * *", "this is no minute"),
        ("٣ * * * *", "this is no minute"),
        ("0 0 * * *; rm -rf /", "this does not say when"),
    ],
)
def test_what_not_every_system_reads_alike_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        cadence(text)
    assert str(refused.value).startswith(told)


def test_the_shortest_gap_goes_over_the_hour() -> None:
    assert [cadence(f"{minutes} * * * *").shortest for minutes in ("0", "2,58", "*/15", "*")] == [
        60,
        4,
        15,
        1,
    ]
