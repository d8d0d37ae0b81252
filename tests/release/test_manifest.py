from __future__ import annotations

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import TamperedError
from interlock.release.manifest import FILES, File, Manifest, decode, encode, sha256

digests = st.binary(max_size=8).map(lambda data: f"sha256:{sha256(data)}")
manifests = st.builds(
    Manifest,
    name=st.text(min_size=1, max_size=200),
    task=st.sampled_from(["binary", "multiclass", "regression"]),
    contract=digests,
    files=st.fixed_dictionaries(
        {name: st.builds(File, st.integers(0, 2**40), st.binary(max_size=8).map(sha256)) for name in FILES}
    ),
)


@given(manifests)
def test_round_trip(manifest: Manifest) -> None:
    assert decode(encode(manifest)) == manifest


@given(manifests, manifests)
def test_two_manifests_have_the_same_digest_only_if_they_are_equal(one: Manifest, other: Manifest) -> None:
    assert (one.digest == other.digest) == (one == other)


@given(manifests)
def test_digest_is_that_of_the_sorted_compact_json(manifest: Manifest) -> None:
    tree = json.loads(encode(manifest))
    stated = tree.pop("digest")
    text = json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert stated == manifest.digest == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


@given(manifests)
def test_order_of_the_files_does_not_matter(manifest: Manifest) -> None:
    turned = msgspec.structs.replace(manifest, files=dict(reversed(manifest.files.items())))
    assert encode(turned) == encode(manifest)


@pytest.fixture
def manifest() -> Manifest:
    entries = {name: File(len(name), sha256(name.encode())) for name in FILES}
    return Manifest("flights", "binary", "sha256:1", entries)


def test_every_changed_byte_is_seen(manifest: Manifest) -> None:
    data = encode(manifest)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        with pytest.raises(TamperedError, match=r"manifest\.json"):
            decode(bytes(changed))


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data + b" ", lambda data: b"", json.loads]
)
def test_other_bytes_are_refused(manifest: Manifest, change: Any) -> None:
    changed = change(encode(manifest))
    data = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
    with pytest.raises(TamperedError, match="the manifest of the release is changed"):
        decode(data)


@pytest.mark.parametrize(
    "name", ["../model.onnx", "/etc/passwd", "signatures/ml_engineer.json", "a/b", "other"]
)
def test_a_manifest_names_only_the_files_of_a_release(manifest: Manifest, name: str) -> None:
    more = msgspec.structs.replace(manifest, files={**manifest.files, name: File(0, sha256(b""))})
    with pytest.raises(TamperedError, match="files: "):
        decode(encode(more))


def test_a_manifest_names_all_files_of_a_release(manifest: Manifest) -> None:
    files = {name: entry for name, entry in manifest.files.items() if name != "card.md"}
    with pytest.raises(TamperedError, match=r"card\.md"):
        decode(encode(msgspec.structs.replace(manifest, files=files)))
