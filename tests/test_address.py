import pytest

from interlock.address import database_file, has_secret, masked, rooted, scheme, title


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("postgresql://ada:p%40ss@host:5432/db?table=t", "postgresql://ada:***@host:5432/db?table=t"),
        (
            "postgresql://host/db?user=ada&password=hidden&table=t",
            "postgresql://host/db?user=ada&password=***&table=t",
        ),
        ("s3://KEY:SECRET@bucket/a.csv", "s3://KEY:***@bucket/a.csv"),
        ("az://box/a.csv?sas_token=abc", "az://box/a.csv?sas_token=***"),
    ],
)
def test_secrets_are_masked(source: str, shown: str) -> None:
    assert has_secret(source)
    assert masked(source) == shown
    assert not has_secret(masked(source)) or masked(shown) == shown


@pytest.mark.parametrize(
    "source",
    [
        "data/a.csv",
        "s3://bucket/a:b@c.csv",
        "postgresql://ada@host/db?query=select key from t where password='x' and token=1",
    ],
)
def test_what_is_no_secret_is_shown(source: str) -> None:
    assert masked(source) == source


def test_schemes() -> None:
    assert [scheme(each) for each in ("a.csv", "/a.csv", "S3://b/c", "file:///a", "c:\\a.csv")] == [
        *("", "", "s3", "file", "")
    ]


def test_only_what_is_relative_is_rooted() -> None:
    assert rooted("a/*.csv", "/p") == "/p/a/*.csv"
    assert rooted("/a.csv", "/p") == "/a.csv"
    assert rooted("gs://bucket/a.csv", "/p") == "gs://bucket/a.csv"
    assert rooted("duckdb:///a.duckdb?query=select 1", "/p") == "duckdb:////p/a.duckdb?query=select 1"
    assert rooted("sqlite:////v/a.db?table=t", "/p") == "sqlite:////v/a.db?table=t"
    assert database_file("sqlite:////v/a.db?table=t") == "/v/a.db"


def test_titles() -> None:
    names = [
        "flights.csv",
        "d/x.csv.gz",
        "s3://bucket/flights/*.parquet",
        "az://box/*.csv",
        "sqlite:///s.db?query=x y",
    ]
    assert [title(name) for name in names] == ["flights", "x", "flights", "box", "s"]
    assert title("postgresql://h/db?table=public.orders&sslmode=require") == "orders"
