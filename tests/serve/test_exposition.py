from __future__ import annotations

from pathlib import Path

from tests.fixtures_release import contract
from tests.serve.test_metrics import value

from interlock.contract import Column, Contract
from interlock.serve.exposition import exposition
from interlock.serve.metrics import Metrics

OTHER = Contract((Column("age", "integer"),))


def text_of(folder: Path) -> str:
    return exposition(contract(), sorted(folder.glob("*.metrics")))


def test_releases_with_other_columns_are_in_one_sum(tmp_path: Path) -> None:
    for name, of in (("a", contract()), ("b", OTHER)):
        Metrics(tmp_path / f"{name}.metrics", of, f"sha256:{name}").request("v1", 200)
    text = text_of(tmp_path)
    assert value(text, 'interlock_requests_total{protocol="v1",code="200"}') == 2
    assert value(text, 'interlock_violations_total{column="age",code="range"}') == 0
    for name in ("a", "b"):
        sample = f'interlock_release_requests_total{{release="sha256:{name}",role="champion",code="200"}}'
        assert value(text, sample) == 1


def test_a_shadow_is_in_no_sum_and_has_series_of_its_own(tmp_path: Path) -> None:
    Metrics(tmp_path / "a.metrics", contract(), "sha256:a").request("v2", 200)
    shadow = Metrics(tmp_path / "b.metrics", contract(), "sha256:b", "shadow")
    shadow.request("v2", 200)
    shadow.latency("v2", 0.25)
    shadow.shadow_dropped()
    text = text_of(tmp_path)
    assert value(text, 'interlock_requests_total{protocol="v2",code="200"}') == 1
    who = 'release="sha256:b",role="shadow"'
    assert value(text, f'interlock_release_requests_total{{{who},code="200"}}') == 1
    assert value(text, f"interlock_release_request_seconds_sum{{{who}}}") == 0.25
    assert value(text, f"interlock_release_request_seconds_count{{{who}}}") == 1
    assert value(text, 'interlock_shadow_dropped_total{release="sha256:b"}') == 1


def test_fallbacks_are_told_of_challengers_alone(tmp_path: Path) -> None:
    Metrics(tmp_path / "a.metrics", contract(), "sha256:a")
    assert "interlock_fallback_total" not in text_of(tmp_path)
    Metrics(tmp_path / "b.metrics", contract(), "sha256:b", "challenger").fallback("late")
    text = text_of(tmp_path)
    assert value(text, 'interlock_fallback_total{release="sha256:b",reason="late"}') == 1
    assert value(text, 'interlock_fallback_total{release="sha256:b",reason="busy"}') == 0


def test_each_family_stands_together_and_has_one_type(tmp_path: Path) -> None:
    """The format asks for it: all lines of a family in one group."""
    for name, of, role in (("a", contract(), "champion"), ("b", OTHER, "challenger"), ("c", OTHER, "shadow")):
        Metrics(tmp_path / f"{name}.metrics", of, f"sha256:{name}", role).request("v1", 200)
    lines = text_of(tmp_path).splitlines()
    families = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(families) == len({*families})
    current = ""
    for line in lines:
        if line.startswith("# TYPE"):
            current = line.split()[2]
        elif not line.startswith("#"):
            assert line.startswith(current)


def test_further_values_are_gauges(tmp_path: Path) -> None:
    Metrics(tmp_path / "a.metrics", contract())
    text = exposition(
        contract(), sorted(tmp_path.glob("*.metrics")), None, {"interlock_plan_age_seconds": 0.5}
    )
    assert text.endswith("# TYPE interlock_plan_age_seconds gauge\ninterlock_plan_age_seconds 0.5\n")
    name = "interlock_certificate_expires_timestamp_seconds"
    text = exposition(contract(), sorted(tmp_path.glob("*.metrics")), None, {name: 1767225600.0})
    assert text.endswith(
        f"# HELP {name} When the TLS certificate expires, Unix time.\n"
        f"# TYPE {name} gauge\n{name} 1767225600\n"
    )
