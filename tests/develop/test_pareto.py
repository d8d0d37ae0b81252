from hypothesis import given
from hypothesis import strategies as st

from interlock.develop.development import Tried
from interlock.develop.pareto import front

POINTS = st.lists(
    st.builds(Tried, st.just("a"), st.just(""), st.integers(0, 9), st.integers(1, 9), st.just(1)),
    min_size=1,
    max_size=20,
)


@given(POINTS, st.booleans())
def test_the_front_is_what_no_other_is_better_and_faster_than(points: list[Tried], larger: bool) -> None:
    sign = -1 if larger else 1
    marked = front(points, larger=larger)
    assert sorted(each[:5] for each in marked) == sorted(each[:5] for each in points)
    assert [each.latency for each in marked] == sorted(each.latency for each in points)
    for each in marked:
        beaten = any(
            (other.latency, sign * other.value) < (each.latency, sign * each.value)
            and sign * other.value <= sign * each.value
            for other in points
        )
        assert not (each.front and beaten)
    best = {(each.latency, each.value) for each in marked if each.front}
    for each in points:  # whatever is not on the front has one on it that is as fast and as good
        assert any(at <= each.latency and sign * value <= sign * each.value for at, value in best)
