from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NamedTuple

import pytest
from tests.release.registry.events import PRODUCTION, A, chain, deployed, event

from interlock.errors import InputError, RegistryError, SignatureError
from interlock.release.mirror import webhook
from interlock.release.mirror.delivery import news
from interlock.release.mirror.webhook import Webhook, check, headers

SECRET = "a secret of more than 24 bytes"  # noqa: S105 - of the tests
STORY = news(chain([event("registered"), deployed(A)]))


class Received(NamedTuple):
    headers: dict[str, str]
    body: bytes


@contextmanager
def receiver(*answers: int | tuple[int, dict[str, str]]) -> Iterator[tuple[str, list[Received]]]:
    """Run a server that gives these answers, then 204."""
    got: list[Received] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            got.append(Received({name.lower(): value for name, value in self.headers.items()}, content))
            answer = left.pop(0) if left else 204
            status, more = answer if isinstance(answer, tuple) else (answer, {})
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(url: str, story: Any = STORY[1]) -> list[float]:
    """Tell a webhook, and return the pauses that it made."""
    pauses: list[float] = []
    Webhook(url, SECRET, sleep=pauses.append).tell(story)
    return pauses[1:]


def test_a_receiver_gets_the_event_and_can_check_it() -> None:
    with receiver() as (url, got):
        assert told(url) == []
    one = got[0]
    assert check(one.headers, one.body, SECRET) == STORY[1].event.digest
    told_of = json.loads(one.body)
    assert told_of["type"] == "interlock.release.deployed"
    assert told_of["event"]["details"] == {"alias": "champion"}
    assert told_of["environments"][PRODUCTION]["champion"] == A
    assert told_of["text"].startswith("flights: event 2: ada deployed aaaaaaaaaaaa as champion in production")


def test_the_signature_is_that_of_the_specification() -> None:
    signed = headers(SECRET, "msg_1", 1674087231, b'{"a": 1}')
    by_hand = hmac.new(SECRET.encode(), b'msg_1.1674087231.{"a": 1}', hashlib.sha256).digest()
    assert signed["webhook-signature"] == "v1," + base64.b64encode(by_hand).decode()
    raw = b"\x01" * 32
    encoded = headers("whsec_" + base64.b64encode(raw).decode(), "msg_1", 1, b"x")
    assert encoded["webhook-signature"][3:] == base64.b64encode(
        hmac.new(raw, b"msg_1.1.x", hashlib.sha256).digest()
    ).decode("ascii")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again_with_growing_pauses_and_the_same_id(status: int) -> None:
    with receiver(status, status) as (url, got):
        assert told(url) == [0.5, 1.0]
    assert len({one.headers["webhook-id"] for one in got}) == 1
    assert len({one.body for one in got}) == 1


def test_a_receiver_may_ask_for_a_longer_pause_within_reason() -> None:
    with receiver((429, {"retry-after": "7"}), (429, {"retry-after": "9999"})) as (url, _):
        assert told(url) == [7.0, webhook.LONGEST]


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_what_is_refused_is_not_tried_again(status: int) -> None:
    with receiver((status, {"location": "http://127.0.0.1:1/"})) as (url, got):
        with pytest.raises(RegistryError, match="the webhook does not take the event") as caught:
            told(url)
        assert caught.value.got == f"HTTP {status}"
        assert len(got) == 1


def test_one_that_is_away_is_told_so_and_its_token_is_not() -> None:
    with pytest.raises(RegistryError, match="the webhook does not take the event") as caught:
        told("http://127.0.0.1:1/hook?token=hidden")
    assert "hidden" not in str(caught.value)
    assert "refused" in caught.value.got


def test_a_message_that_was_changed_replayed_or_signed_by_others_is_refused() -> None:
    now = int(time.time())
    good = headers(SECRET, "one", now, b"content")
    assert check(good, b"content", SECRET) == "one"
    wrong = [
        (good, b"contenT", SECRET),
        ({**good, "webhook-id": "two"}, b"content", SECRET),
        ({**good, "webhook-timestamp": str(now + 1)}, b"content", SECRET),
        ({**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}, b"content", SECRET),
        ({**good, "webhook-signature": "v1,ä"}, b"content", SECRET),
        ({}, b"content", SECRET),
        (good, b"content", SECRET[::-1]),
    ]
    for received, content, secret in wrong:
        with pytest.raises(SignatureError, match="the signature of the webhook is wrong"):
            check(received, content, secret)
    for moment in (now - 301, now + 301):
        with pytest.raises(SignatureError, match="the webhook is of another time"):
            check(good, b"content", SECRET, now=moment)
    rotated = {**good, "webhook-signature": f"v1,AAAA {good['webhook-signature']}"}
    assert check(rotated, b"content", SECRET) == "one"


@pytest.mark.parametrize("secret", ["", "short", "whsec_!!!", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(InputError, match="a webhook needs a secret of at least 24 bytes") as caught:
        Webhook("https://host/hook", secret)
    assert not secret or secret not in str(caught.value)


def test_another_address_is_refused() -> None:
    with pytest.raises(InputError, match="a webhook has a web address"):
        Webhook("file:///etc/passwd", SECRET)
