from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.trace import TraceState, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from interlock.serve.trace import Parent, observe, parent

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
_HEX = st.text("0123456789abcdef", min_size=1, max_size=40)


def test_the_example_of_the_standard() -> None:
    found = parent({b"traceparent": f"00-{TRACE}-{SPAN}-01".encode(), b"tracestate": b"congo=t61rcWkgMzE"})
    assert found == Parent(TRACE, SPAN, sampled=True, state="congo=t61rcWkgMzE")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "00",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-01-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-0",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"0g-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_not_in_order_is_no_parent(header: str) -> None:
    assert parent({b"traceparent": header.encode()}) is None


def test_a_later_version_may_say_more() -> None:
    found = parent({b"traceparent": f"cc-{TRACE}-{SPAN}-00-what-the-future-will-be".encode()})
    assert found == Parent(TRACE, SPAN, sampled=False)


@given(st.sampled_from(["00", "01", "ff", "0x"]), _HEX, _HEX, st.sampled_from(["00", "01", "03", "1"]))
def test_parents_are_those_of_opentelemetry(version: str, trace: str, span: str, flags: str) -> None:
    header = f"{version}-{trace.zfill(32)}-{span.zfill(16)}-{flags}"
    found = parent({b"traceparent": header.encode()})
    theirs = get_current_span(
        TraceContextTextMapPropagator().extract({"traceparent": header})
    ).get_span_context()
    if theirs.is_valid:
        assert found is not None
        assert (int(found.trace, 16), int(found.span, 16)) == (theirs.trace_id, theirs.span_id)
        assert found.sampled == theirs.trace_flags.sampled
    else:
        assert found is None


@pytest.mark.parametrize("state", ["a=1", "a=1,b=2", "fw529a3039@dt=FfhxYY, congo=t61", "a=1,,b=2", "x=a b"])
def test_a_state_in_order_is_passed_along(state: str) -> None:
    found = parent({b"traceparent": f"00-{TRACE}-{SPAN}-00".encode(), b"tracestate": state.encode()})
    theirs = TraceState.from_header([state])
    assert found is not None
    assert found.state == theirs.to_header() != ""


@pytest.mark.parametrize(
    "state", ["a", "A=1", "a=1,a=2", "a=\x01", "a=" + "1" * 300, ",".join(f"k{i}=1" for i in range(33))]
)
def test_a_state_that_is_not_in_order_is_left_out_and_the_parent_kept(state: str) -> None:
    headers = {b"traceparent": f"00-{TRACE}-{SPAN}-00".encode(), b"tracestate": state.encode("latin-1")}
    assert parent(headers) == Parent(TRACE, SPAN, sampled=False)


@given(st.text(string.ascii_letters + string.digits + "._:/+=-", min_size=1, max_size=128))
def test_an_id_in_order_is_taken(request_id: str) -> None:
    assert observe({b"x-request-id": request_id.encode()}).request == request_id


@pytest.mark.parametrize(
    "header", [b"", b"a b", b"a\x7f", b"a" * 129, b'"quoted"', "größe".encode(), b"<script>", b"a~b"]
)
def test_an_id_that_could_harm_a_log_is_replaced(header: bytes) -> None:
    seen = observe({b"x-request-id": header})
    assert not seen.sent
    assert len(seen.request) == 32
    assert int(seen.request, 16) >= 0


def test_an_e_mail_address_is_no_id_and_stands_in_no_ledger() -> None:
    for address in (b"ada@example.com", b"order-7/ada+shop@example.com"):
        seen = observe({b"x-request-id": address})
        assert seen.link == ("", "")
        assert "@" not in seen.request


def test_without_a_parent_a_trace_begins_here() -> None:
    one, other = observe({}), observe({})
    assert (len(one.trace), len(one.span)) == (32, 16)
    assert one.trace != other.trace
    assert one.link == ("", "")


def test_the_ledger_gets_what_the_caller_gave() -> None:
    headers = {b"x-request-id": b"order-7", b"traceparent": f"00-{TRACE}-{SPAN}-01".encode()}
    assert observe(headers).link == ("order-7", TRACE)
