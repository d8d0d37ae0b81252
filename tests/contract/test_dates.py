from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract.dates import FORMATS, contradiction, dated
from interlock.contract.moment import read_timestamp

#: The same formats as the C library writes them.
WRITTEN = {
    "2013-01-31": "%Y-%m-%d",
    "2013/01/31": "%Y/%m/%d",
    "2013.01.31": "%Y.%m.%d",
    "20130131": "%Y%m%d",
    "31.1.2013": "%d.%m.%Y",
    "31/1/2013": "%d/%m/%Y",
    "1/31/2013": "%m/%d/%Y",
    "31-1-2013": "%d-%m-%Y",
    "1-31-2013": "%m-%d-%Y",
    "31.1.13": "%d.%m.%y",
    "31/1/13": "%d/%m/%y",
    "1/31/13": "%m/%d/%y",
    "31 Jan 2013": "%d %b %Y",
    "Jan 31, 2013": "%B %d, %Y",
}
moments = st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def test_every_format_is_compared_with_strftime() -> None:
    assert set(WRITTEN) == set(FORMATS)


@given(moments, st.sampled_from([*FORMATS]))
def test_what_strftime_writes_is_read_back(moment: datetime, example: str) -> None:
    read = dated((example,))
    assert read(moment.strftime(WRITTEN[example])) == moment.date().isoformat()
    for clock in (" %H:%M:%S", " %I:%M:%S %p", "T%H:%M:%S"):
        found = read(moment.strftime(WRITTEN[example] + clock))
        assert found is not None
        assert read_timestamp(found) == moment.replace(tzinfo=UTC).timestamp()


@given(st.datetimes(timezones=st.sampled_from([UTC])))
def test_iso_text_passes_whatever_the_formats(moment: datetime) -> None:
    assert dated(("31.1.2013",))(moment.isoformat()) == moment.isoformat()


@pytest.mark.parametrize(
    ("formats", "text", "expected"),
    [
        (("31.1.2013",), "30.2.2013", None),
        (("31.1.2013",), "1.13.2013", None),
        (("31.1.2013", "1/31/2013"), "2/1/2013", "2013-02-01"),
        (("31/1/2013",), "2/1/2013", "2013-01-02"),
        (("31.1.2013",), "1.2.13", None),
        (("31.1.13",), "1.2.69", "1969-02-01"),
        (("31.1.13",), "1.2.68", "2068-02-01"),
        (("31 Jan 2013",), "3-Sept-2013", "2013-09-03"),
        (("31 Jan 2013",), "3 Foo 2013", None),
        (("31 Jan 2013",), "3 may 2013", "2013-05-03"),
        (("Jan 31, 2013",), "December 3 2013", "2013-12-03"),
        (("1/31/2013",), "1/31/2013 12:05 AM", "2013-01-31T00:05:00"),
        (("1/31/2013",), "1/31/2013 13:05 PM", None),
        (("1/31/2013",), "1/31/2013 25:05", None),
        (("31.1.2013",), "31.1.2013 10:00:00.5+02:00", "2013-01-31T10:00:00.500000+02:00"),
        (("31.1.2013",), "", None),
        (("20130131",), "20131301", None),
        (("2013-01-31",), "2013-1-5", "2013-01-05"),
    ],
)
def test_what_is_a_date_and_what_is_none(formats: tuple[str, ...], text: str, expected: str | None) -> None:
    assert dated(formats)(text) == expected


def test_two_readings_of_one_text_contradict() -> None:
    assert contradiction(("31/1/13", "1/31/13")) == ("31/1/13", "1/31/13")
    assert contradiction(("31/1/13", "1/31/2013", "31.1.2013")) is None
