from __future__ import annotations

import csv
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from tests.deploy.scoring.fixtures import as_json, as_table, rows, snapshot
from tests.fixtures_service import Server

from interlock.deploy.scoring import Scoring, score
from interlock.deploy.scoring.encode import FORMATS
from interlock.errors import InputError, SignatureError
from interlock.release import Release

COUNT = 400
SLOW = pytest.mark.slow
Servers = Callable[[str], Server]


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def written(folder: Path) -> list[dict[str, Any]]:
    """Return what stands in a folder of Parquet, in the order of the rows."""
    found: list[dict[str, Any]] = pq.read_table(folder).sort_by("row").to_pylist()
    return found


def asked(server: Server, given: list[bytes], query: str = "") -> list[dict[str, Any]]:
    """Return the service's answers to rows, in one request."""
    body = b"[" + b",".join(given) + b"]"
    answer = server.ask("POST", f"/v1/predict{query}", body, content_type="application/json")
    assert answer.status == 200, answer.body
    answers: list[dict[str, Any]] = answer.json["predictions"]
    return answers


def same(one: dict[str, Any], answer: dict[str, Any], classes: tuple[str, ...]) -> None:
    """Compare a written row with an answer over HTTP, to the bit."""
    if answer.get("error") == "rejected":
        assert json.loads(one["rejected"]) == answer["violations"]
        assert one["flags"] is None
        assert one.get("label") is None
        return
    assert one["rejected"] is None
    assert json.loads(one["flags"] or "[]") == answer["flags"]
    if isinstance(answer["prediction"], dict):
        told = [one[f"prediction_{name}"] for name in classes]
        expected = [answer["prediction"][name] for name in classes]
    else:
        told, expected = [one["prediction"]], [answer["prediction"]]
    assert [*map(bits, told)] == [*map(bits, expected)]
    assert one.get("label") == answer.get("label")


@pytest.mark.parametrize(
    "name",
    ["forest", *(pytest.param(each, marks=SLOW) for each in ("binary", "multiclass", "regression"))],
)
def test_the_same_rows_get_the_same_bits_as_over_http(
    name: str, releases: dict[str, Release], servers: Servers, tmp_path: Path
) -> None:
    release, given = releases[name], rows(COUNT)
    pq.write_table(as_table(given), tmp_path / "rows.parquet", row_group_size=70)
    (tmp_path / "rows.jsonl").write_bytes(b"\n".join([*map(as_json, given), b""]))
    answers = asked(servers(name), [*map(as_json, given)])
    rejected = sum("error" in answer for answer in answers)
    assert 30 < rejected < 150
    for kind in ("parquet", "jsonl"):
        done = score(tmp_path / f"rows.{kind}", tmp_path / kind, release=release.path, rows_a_part=150)
        assert done.manifest.counts[:3] == (COUNT, COUNT - rejected, rejected)
        assert len(done.manifest.parts) == {"parquet": 2, "jsonl": 3}[kind]
        found = written(tmp_path / kind)
        assert [row["row"] for row in found] == [*range(COUNT)]
        assert {row["release"] for row in found} == {release.digest}
        for one, answer in zip(found, answers, strict=True):
            same(one, answer, release.contract.classes)


def test_cells_of_csv_are_what_the_contract_says_and_refused_one_by_one(
    releases: dict[str, Release], servers: Servers, tmp_path: Path
) -> None:
    cells = [
        ["500.5", "180", "true", "2013-06-01T12:00:00Z", "UA"],
        ["5e2", " 180 ", "TRUE", "2013-06-01 12:00:00", "1"],
        ["", "", "", "", ""],
        ["far", "12.5", "yes", "soon", "UA"],
        ["0012", "123456789012345678901234567890", "1", "20130601", '"NA"'],
        ["1e999", "-5", "false", "2013-06-01T14:00:00+02:00", "NA"],
    ]
    text = "distance,seats,fresh,at,carrier\n" + "\n".join(",".join(row) for row in cells) + "\n"
    (tmp_path / "rows.csv").write_text(text)
    meant = [
        b'{"distance": 500.5, "seats": 180, "fresh": true, "at": "2013-06-01T12:00:00Z", "carrier": "UA"}',
        b'{"distance": 500, "seats": 180, "fresh": true, "at": "2013-06-01 12:00:00", "carrier": "1"}',
        b'{"distance": null, "seats": null, "fresh": null, "at": null, "carrier": null}',
        b'{"distance": "far", "seats": 12.5, "fresh": "yes", "at": "soon", "carrier": "UA"}',
        b'{"distance": "0012", "seats": 1e29, "fresh": "1", "at": "20130601", "carrier": "NA"}',
        b'{"distance": 1e999, "seats": -5, "fresh": false, "at": "2013-06-01T14:00+02:00", "carrier": null}',
    ]
    release = releases["forest"]
    answers = asked(servers("forest"), meant)
    score(tmp_path / "rows.csv", tmp_path / "out", release=release.path)
    for one, answer in zip(written(tmp_path / "out"), answers, strict=True):
        same(one, answer, release.contract.classes)


def test_the_three_formats_say_the_same(releases: dict[str, Release], tmp_path: Path) -> None:
    table = as_table(rows(200)).append_column("key", pa.array([f"k{at}" for at in range(200)]))
    pq.write_table(table, tmp_path / "rows.parquet")
    options: dict[str, Any] = {"release": releases["binary"].path, "keep": ["key", "seats"]}
    for kind in ("parquet", "csv", "jsonl"):
        score(tmp_path / "rows.parquet", tmp_path / kind, kind=kind, **options)
    parquet = written(tmp_path / "parquet")
    assert [row["key"] for row in parquet] == [f"k{at}" for at in range(200)]
    assert [row["seats"] for row in parquet] == table["seats"].to_pylist()
    with next((tmp_path / "csv").glob("part-*.csv")).open(newline="") as file:
        text = [*csv.DictReader(file)]
    lines = next((tmp_path / "jsonl").glob("part-*.jsonl")).read_text().splitlines()
    for one, cells, line in zip(parquet, text, lines, strict=True):
        told = json.loads(line)
        assert set(told) == {name for name, value in one.items() if value is not None}
        if one["prediction"] is not None:
            assert bits(float(cells["prediction"])) == bits(one["prediction"]) == bits(told["prediction"])
        assert cells["label"] == (one["label"] or "")
        assert told.get("flags") == (json.loads(one["flags"]) if one["flags"] else None)
        assert told.get("rejected") == (json.loads(one["rejected"]) if one["rejected"] else None)


@SLOW
def test_reasons_are_those_of_the_service(
    releases: dict[str, Release], servers: Servers, tmp_path: Path
) -> None:
    given = rows(30)
    pq.write_table(as_table(given), tmp_path / "rows.parquet")
    release = releases["binary"]
    score(tmp_path / "rows.parquet", tmp_path / "out", release=release.path, explain=2)
    answers = asked(servers("binary"), [*map(as_json, given)], "?explain=2")
    for one, answer in zip(written(tmp_path / "out"), answers, strict=True):
        expected = {
            name: answer[name] for name in ("reasons", "others", "base", "unit", "of") if name in answer
        }
        assert (json.loads(one["reasons"]) if one["reasons"] else {}) == expected


def first(releases: dict[str, Release], folder: Path, **options: Any) -> Scoring:
    pq.write_table(as_table(rows(100)), folder / "rows.parquet", row_group_size=20)
    settings = {"release": releases["forest"].path, "rows_a_part": 20, **options}
    return score(folder / "rows.parquet", folder / "out", **settings)


def test_a_second_run_does_nothing(releases: dict[str, Release], tmp_path: Path) -> None:
    done = first(releases, tmp_path)
    assert (len(done.manifest.parts), done.reused, done.nothing_new) == (5, 0, False)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    again = score(
        tmp_path / "rows.parquet", tmp_path / "out", release=releases["forest"].path, rows_a_part=20
    )
    assert again.nothing_new
    assert again.summary.endswith("; 5 parts; all was there before")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


def test_a_part_that_is_gone_or_broken_is_made_again(releases: dict[str, Release], tmp_path: Path) -> None:
    first(releases, tmp_path)
    whole = snapshot(tmp_path / "out")
    parts = sorted((tmp_path / "out").glob("part-*"))
    parts[1].unlink()
    parts[3].write_bytes(b"broken")
    assert first(releases, tmp_path).reused == 3
    assert snapshot(tmp_path / "out") == whole


def test_another_source_release_or_option_is_refused_and_begun_anew_on_demand(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    first(releases, tmp_path)
    before = snapshot(tmp_path / "out")
    for options, changed in (
        ({"release": releases["binary"].path}, "the release"),
        ({"keep": ["seats"]}, "--keep"),
        ({"kind": "csv"}, "--format"),
        ({"rows_a_part": 50}, "the size of the parts"),
    ):
        with pytest.raises(InputError, match=rf"results of another run\n.*\n  got: {changed}.* changed"):
            first(releases, tmp_path, **options)
    pq.write_table(as_table(rows(100, seed=1)), tmp_path / "other.parquet", row_group_size=20)
    again: dict[str, Any] = {"release": releases["forest"].path, "rows_a_part": 20}
    with pytest.raises(
        InputError, match="got: the source changed\n  next: choose another destination, or add --anew"
    ):
        score(tmp_path / "other.parquet", tmp_path / "out", **again)
    assert snapshot(tmp_path / "out") == before
    done = score(tmp_path / "other.parquet", tmp_path / "out", anew=True, **again)
    assert done.reused == 0
    assert len(snapshot(tmp_path / "out")) == 6


def test_columns_that_do_not_fit_are_named_before_anything_is_written(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    release = releases["forest"].path
    table = as_table(rows(20))
    pq.write_table(table.drop(["carrier", "at"]), tmp_path / "few.parquet")
    with pytest.raises(InputError, match="lacks columns that the release takes: 'at', 'carrier'\n"):
        score(tmp_path / "few.parquet", tmp_path / "out", release=release)
    pq.write_table(table.append_column("key", table["seats"]), tmp_path / "more.parquet")
    with pytest.raises(InputError, match=r"it does not know 'key'\n.*\n  next: take them along with --keep"):
        score(tmp_path / "more.parquet", tmp_path / "out", release=release)
    with pytest.raises(InputError, match=r"there is no column 'kex'\n.*\n  next: did you mean 'key'"):
        score(tmp_path / "more.parquet", tmp_path / "out", release=release, keep=["kex"])
    with pytest.raises(InputError, match=r"'seat' is no input of the contract\n  where: --absent"):
        score(tmp_path / "more.parquet", tmp_path / "out", release=release, keep=["key"], absent=["seat"])
    renamed = table.rename_columns([*table.column_names[:-1], "label"])
    pq.write_table(renamed, tmp_path / "named.parquet")
    with pytest.raises(InputError, match="a column to keep has the name of one that is added: label"):
        score(
            tmp_path / "named.parquet", tmp_path / "out", release=release, keep=["label"], absent=["carrier"]
        )
    assert not (tmp_path / "out").exists()


def test_what_is_absent_counts_as_missing_like_a_key_that_a_request_lacks(
    releases: dict[str, Release], servers: Servers, tmp_path: Path
) -> None:
    given = [{name: value for name, value in row.items() if name != "carrier"} for row in rows(50)]
    pq.write_table(as_table(rows(50)).drop(["carrier"]), tmp_path / "rows.parquet")
    release = releases["forest"]
    answers = asked(servers("forest"), [*map(as_json, given)])
    score(tmp_path / "rows.parquet", tmp_path / "out", release=release.path, absent=["carrier"])
    for one, answer in zip(written(tmp_path / "out"), answers, strict=True):
        same(one, answer, release.contract.classes)


def test_a_table_without_rows_is_refused(releases: dict[str, Release], tmp_path: Path) -> None:
    pq.write_table(as_table([]), tmp_path / "none.parquet")
    with pytest.raises(InputError, match=r"the table has no rows\n  where: none.parquet"):
        score(tmp_path / "none.parquet", tmp_path / "out", release=releases["forest"].path)
    assert not (tmp_path / "out").exists()


def test_a_line_that_is_no_object_is_named(releases: dict[str, Release], tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(as_json(rows(1)[0]) + b'\n{"seats": \n')
    with pytest.raises(InputError, match=r"the body is not JSON: .*\n  where: .*rows.jsonl, row 2\n"):
        score(tmp_path / "rows.jsonl", tmp_path / "out", release=releases["forest"].path)


def test_a_release_that_is_not_signed_is_refused_outside_dev(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    with pytest.raises(SignatureError, match="a signature is missing"):
        first(releases, tmp_path, environment="prod")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"kind": "xlsx"}, "there is no such format\n  got: xlsx"),
        ({"explain": 101}, "explain takes how many reasons"),
        ({"explain": 1}, "this release holds no explanation"),
        ({"rows_a_part": 0}, "both have to be 1 or more"),
        ({"workers": 0}, "both have to be 1 or more"),
    ],
)
def test_what_cannot_be_is_refused(
    options: dict[str, Any], told: str, releases: dict[str, Release], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=told):
        first(releases, tmp_path, **options)


def test_the_command_line_offers_the_formats_that_there_are() -> None:
    from interlock.cli import app

    (kind,) = (each.type for each in app.commands["score"].params if each.name == "kind")
    assert isinstance(kind, click.Choice)
    assert tuple(kind.choices) == FORMATS


def test_a_query_is_scored_with_its_keys(releases: dict[str, Release], tmp_path: Path) -> None:
    pq.write_table(as_table(rows(50)), tmp_path / "rows.parquet")
    sql = "select row_number() over () as key, * from data where seats is not null"
    done = score(
        tmp_path / "rows.parquet", tmp_path / "out", release=releases["forest"].path, sql=sql, keep=["key"]
    )
    kept = sum(row["seats"] is not None for row in rows(50))
    assert done.manifest.read == kept < 50
    assert [row["key"] for row in written(tmp_path / "out")] == [*range(1, kept + 1)]


def test_decimals_are_read_like_the_text_that_a_client_sends(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    texts = ["0.1", "1234.5678901234567890", "2.675", "1e-7", "999.99999999999999999"]
    given = [{**rows(1, seed=3)[0], "distance": float(text)} for text in texts]
    decimals = pa.array([*texts], pa.string()).cast(pa.decimal128(38, 20))
    table = as_table(given)
    place = table.column_names.index("distance")
    pq.write_table(table.set_column(place, "distance", decimals), tmp_path / "rows.parquet")
    pq.write_table(table, tmp_path / "doubles.parquet")
    for name in ("rows", "doubles"):
        score(tmp_path / f"{name}.parquet", tmp_path / name, release=releases["regression"].path)
    one, other = (written(tmp_path / name) for name in ("rows", "doubles"))
    assert [bits(row["prediction"]) for row in one] == [bits(row["prediction"]) for row in other]
    assert not any(math.isnan(row["prediction"]) for row in one)


def test_a_csv_may_have_quoted_texts_and_another_encoding(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    table = as_table(rows(5))
    pa_csv.write_csv(table, tmp_path / "rows.csv")
    score(tmp_path / "rows.csv", tmp_path / "out", release=releases["forest"].path)
    (tmp_path / "latin.csv").write_bytes((tmp_path / "rows.csv").read_text().encode("utf-16"))
    score(tmp_path / "latin.csv", tmp_path / "latin", release=releases["forest"].path, encoding="utf-16")
    assert [row["prediction"] for row in written(tmp_path / "latin")] == [
        row["prediction"] for row in written(tmp_path / "out")
    ]
