from __future__ import annotations

from interlock.release.registry.settings import Settings


def test_every_address_can_be_looked_over_for_secrets() -> None:
    assert Settings().addresses == (("releases", "releases"),)
    full = Settings(
        url="postgresql://h/d", releases="s3://b", mlflow="http://m", webhooks=("https://a", "https://b")
    )
    assert full.addresses == (
        ("url", "postgresql://h/d"),
        ("releases", "s3://b"),
        ("mlflow", "http://m"),
        ("webhooks", "https://a"),
        ("webhooks", "https://b"),
    )
