from __future__ import annotations

import hashlib
import inspect
import re
from pathlib import Path

import pytest

from interlock.errors import InputError, ServeError
from interlock.serve.access import Scope
from interlock.serve.keys import Key, create, find, read, revoke, rotate, write


def test_a_key_is_256_random_bits_of_which_a_digest_is_kept(tmp_path: Path) -> None:
    made = create("ada", ["admin", "predict"])
    assert re.fullmatch(r"interlock_[\w-]{43}", made.secret)  # 43 characters of base64 hold 258 bits
    assert made.key.sha256 == hashlib.sha256(made.secret.encode()).hexdigest()
    assert made.key.scopes == ("predict", "admin")
    write(tmp_path / "keys.json", [made.key])
    kept = (tmp_path / "keys.json").read_text()
    assert made.secret not in kept
    assert made.secret.removeprefix("interlock_") not in kept
    assert len({create("ada", ["predict"]).secret for _ in range(1000)}) == 1000


def test_keys_are_found_by_their_whole_secret() -> None:
    made = [create(f"n{i}", ["predict"]) for i in range(20)]
    all_keys = [each.key for each in made]
    for each in made:
        assert find(all_keys, each.secret.encode()) is each.key
        assert find(all_keys, each.secret[:-1].encode()) is None
        assert find(all_keys, each.key.sha256.encode()) is None, "the file's content opens nothing"
    assert find(all_keys, b"") is None


def test_the_comparison_takes_no_short_cut() -> None:
    """Structural: every key is compared in constant time, and neither a hit nor a miss ends the loop."""
    source = inspect.getsource(find)
    assert "hmac.compare_digest" in source
    loop = source.split("for key in keys:")[1]
    assert not re.search(r"\b(break|continue|==)", loop)
    assert loop.count("return") == 1
    assert loop.rstrip().endswith("return found")


def test_rotation_leaves_two_valid_for_a_while() -> None:
    old, other = create("ada", ["predict"], seconds=1000, now=100.0), create("bob", ["admin"], now=100.0)
    both, new = rotate([old.key, other.key], "ada", overlap=50, now=200.0)
    valid_then = {key.id for key in both if key.is_valid(249.0)}
    valid_later = {key.id for key in both if key.is_valid(251.0)}
    assert valid_then == {old.key.id, new.key.id, other.key.id}
    assert valid_later == {new.key.id, other.key.id}
    assert (new.key.scopes, new.key.expires) == (("predict",), 1200.0)


def test_rotation_never_lengthens_a_life() -> None:
    old = create("ada", ["predict"], seconds=10, now=100.0)
    both, _ = rotate([old.key], "ada", overlap=1000, now=105.0)
    assert both[0].expires == 110.0


def test_revoking_takes_all_of_a_name_or_one_by_its_id() -> None:
    a, b, c = (create(name, ["predict"]).key for name in ("ada", "ada", "bob"))
    assert revoke([a, b, c], "ada") == (c,)
    assert revoke([a, b, c], b.id) == (a, c)
    with pytest.raises(InputError, match=r"no such key\n  got: 'eve'\n  next: known: ada, bob"):
        revoke([a, b, c], "eve")


def test_an_expired_key_is_not_rotated() -> None:
    with pytest.raises(InputError, match="no such key"):
        rotate([create("ada", ["predict"], seconds=1, now=1.0).key], "ada", overlap=1, now=10.0)


@pytest.mark.parametrize(
    ("name", "scopes", "seconds", "message"),
    [
        ("", ["predict"], None, "the name of a key"),
        ("a\nb", ["predict"], None, "the name of a key"),
        ("a", [], None, "a key has scopes"),
        (
            "a",
            ["root"],
            None,
            r"scopes\n  got: \['root'\]\n  next: known: predict, outcomes, admin",
        ),
        ("a", ["predict"], 0, "some time from now"),
        ("a", ["predict"], -5, "some time from now"),
    ],
)
def test_what_no_key_can_be(name: str, scopes: list[Scope], seconds: float | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        create(name, scopes, seconds=seconds)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    kept = [create("ada", ["predict"]).key, Key("bob", "0" * 64, ("admin",), 1.0, 2.0)]
    write(path, kept)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read(path) == tuple(kept)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"keys":[{"name":"a"}]}', b'{"keys":[],"format":2}', b'{"more":1}', b"\xff",
     b'{"keys":[{"name":"a","sha256":"00","scopes":["predict"],"created":1}]}',
     b'{"keys":[{"name":"a","sha256":"%s","scopes":["root"],"created":1}]}' % (b"0" * 64)],
)  # fmt: skip
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(ServeError, match="the file of the API keys cannot be used"):
        read(path)


def test_a_file_that_anybody_may_write_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "keys.json", [])
    (tmp_path / "keys.json").chmod(0o666)
    with pytest.raises(ServeError, match="anybody on this machine may write it"):
        read(tmp_path / "keys.json")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="interlock keys create"):
        read(tmp_path / "keys.json")
