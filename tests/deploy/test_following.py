from __future__ import annotations

import pytest

from interlock.deploy.following import Following, following
from interlock.errors import InputError
from interlock.release.registry.settings import Settings

FAR = Settings(url="postgresql://ada@db.example.com/interlock", releases="s3://models/releases")


def _found(settings: Settings, *, wanted: bool) -> Following:
    found = following(settings, wanted=wanted)
    assert found is not None
    return found


def test_a_project_that_speaks_of_no_registry_has_none() -> None:
    assert following(Settings(), wanted=False) is None


def test_a_registry_elsewhere_can_be_followed_where_that_is_wanted() -> None:
    assert _found(FAR, wanted=True).works
    assert not _found(FAR, wanted=False).works
    assert "`follow = true` under [serve]" in _found(FAR, wanted=False).sentence("")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings(), '[registry] url = "sqlite:///registry.db"'),
        (Settings(url="registry.db", releases="s3://a"), '[registry] url = "registry.db"'),
        (Settings(url="postgresql://ada@localhost/x", releases="s3://a"), '[registry] url = "postgresql'),
        (Settings(url=FAR.url), '[registry] releases = "releases"'),
    ],
)
def test_what_no_container_reaches_is_named(settings: Settings, named: str) -> None:
    found = _found(settings, wanted=True)
    assert not found.works
    assert found.sentence("").startswith(named)
    assert found.sentence("").endswith("is of this machine: no container can follow the registry")


@pytest.mark.parametrize(
    ("releases", "secrets"),
    [
        ("s3://a", ("PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        ("gs://a", ("PGPASSWORD", "GOOGLE_SERVICE_ACCOUNT_KEY")),
        ("abfs://a@b.dfs.core.windows.net", ("PGPASSWORD", "AZURE_STORAGE_CONNECTION_STRING")),
    ],
)
def test_credentials_are_named_by_where_they_are_asked(releases: str, secrets: tuple[str, ...]) -> None:
    assert _found(Settings(url=FAR.url, releases=releases), wanted=True).secrets == secrets


def test_no_line_of_an_address_gets_into_a_file() -> None:
    for hostile in (
        Settings(url="postgresql://ada@db/x\nRUN curl evil", releases="s3://a"),
        Settings(url="registry.db\x85evil: true"),
        Settings(url=FAR.url, releases="s3://a\u2028b"),
    ):
        with pytest.raises(InputError, match="an address in the settings cannot be read") as refused:
            following(hostile, wanted=True)
        assert refused.value.where in {
            "interlock.toml, [registry] url",
            "interlock.toml, [registry] releases",
        }
