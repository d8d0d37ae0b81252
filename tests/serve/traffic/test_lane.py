from __future__ import annotations

import threading

from interlock.serve.traffic.lane import Lane


def test_jobs_are_done_in_order_and_all_of_them_before_it_ends() -> None:
    done: list[int] = []
    lane = Lane("test", done.append, most=1000)
    assert all(lane.offer(i, 1) for i in range(500))
    assert lane.close(10)
    assert done == list(range(500))
    assert not lane.offer(500, 1), "a closed lane takes nothing"


def test_the_queue_is_bounded_in_jobs_and_in_bytes() -> None:
    go, begun = threading.Event(), threading.Event()

    def work(_: int) -> None:
        begun.set()
        go.wait(10)

    lane = Lane("test", work, most=3, most_bytes=100)
    assert lane.offer(0, 100)
    assert begun.wait(10)  # the first is being done: it waits no more
    assert lane.offer(1, 60)
    assert not lane.offer(2, 41), "bytes"
    assert lane.offer(2, 40)
    assert not lane.offer(3, 1), "bytes again"
    assert lane.waiting == 2
    assert not lane.close(0.01), "it is still busy"
    go.set()
    assert lane.close(10)


def test_a_job_larger_than_the_room_is_never_taken() -> None:
    lane: Lane[int] = Lane("test", lambda _: None, most_bytes=10)
    assert not lane.offer(0, 11)
    assert lane.close(1)
