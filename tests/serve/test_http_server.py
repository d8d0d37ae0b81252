from __future__ import annotations

import resource

import pytest

from interlock.serve.http_server import _allow_files

Pair = tuple[int, int]


@pytest.mark.parametrize(
    ("now", "wanted", "then"),
    [
        ((1024, 4096), 1256, (1256, 4096)),
        ((1024, 1100), 1256, (1100, 1100)),
        ((2048, 4096), 1256, None),
        ((1024, resource.RLIM_INFINITY), 1256, (1256, resource.RLIM_INFINITY)),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 1256, None),
    ],
)
def test_the_files_that_connections_need_are_asked_for(
    now: Pair, wanted: int, then: Pair | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Pair] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: now)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    _allow_files(wanted)
    assert asked == ([] if then is None else [then])
