from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.deploy.settings import Settings, checked, label
from interlock.errors import InputError


def test_what_is_not_given_is_made_of_the_projects_name() -> None:
    made = checked(Settings(), "Flights, late?")
    assert (made.name, made.image) == ("flights-late", "flights-late")


@given(st.text())
def test_a_label_is_one_of_rfc_1123_or_empty(name: str) -> None:
    assert re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?", label(name))


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("name", "Flights", "the name of a workload is a label"),
        ("name", "a" * 33, "the name of a workload is a label"),
        ("name", "ab", "the name of a workload is a label"),
        ("name", "-abc", "the name of a workload is a label"),
        ("name", "a.b", "the name of a workload is a label"),
        ("image", "ghcr.io/acme/flights:latest", "this is no image's address"),
        ("image", "ghcr.io/acme/flights@sha256:00", "this is no image's address"),
        ("image", "Acme/Flights", "this is no image's address"),
        ("image", "acme/flights\nRUN x", "this is no image's address"),
        ("architectures", (), "there is no such architecture"),
        ("architectures", ("amd64", "vax"), "there is no such architecture"),
        ("cpu", 0, "this size is absurd"),
        ("cpu", float("nan"), "this size is absurd"),
        ("cpu", 1000, "this size is absurd"),
        ("memory_mb", 1, "this size is absurd"),
        ("replicas", 0, "this size is absurd"),
        ("most_replicas", 1, "this size is absurd"),
    ],
)
def test_what_no_platform_takes_is_refused_by_its_key(key: str, value: Any, what: str) -> None:
    with pytest.raises(InputError) as refused:
        checked(Settings(**{key: value}), "flights")
    assert refused.value.what == what
    assert refused.value.where == f"interlock.toml, [deploy] {key}"
    assert refused.value.next_step


def test_a_project_of_whose_name_no_label_can_be_made_has_to_give_one() -> None:
    with pytest.raises(InputError) as refused:
        checked(Settings(), "Ж 2013")
    assert refused.value.got == "2013"
    assert checked(Settings(name="flights"), "Ж 2013").name == "flights"


@pytest.mark.parametrize("image", ["flights", "localhost:5000/a/b-c_d.e", "ghcr.io/acme/flights"])
def test_addresses_of_images_are_taken(image: str) -> None:
    assert checked(Settings(image=image), "flights").image == image
