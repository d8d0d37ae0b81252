"""Hostile releases: paths, links, sizes, signatures and models; refused with words before anything is run."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import onnx
import pytest
from onnx import TensorProto, helper
from tests.fixtures_service import running

from interlock.errors import InterlockError, ReleaseError, SignatureError, TamperedError
from interlock.release import ROLES, Person, Release, check_signatures, create_key, load, load_key, sign
from interlock.release.manifest import MANIFEST, File, decode, encode, sha256


def copied(release: Release, folder: Path, name: str = "copy") -> Path:
    """A copy whose folder is not named by its digest, so that only its content speaks."""
    return Path(shutil.copytree(release.path, folder / name))


def forge(path: Path, name: str, content: bytes) -> Path:
    """Change a file as an attacker would, who writes the manifest anew."""
    (path / name).write_bytes(content)
    manifest = decode((path / MANIFEST).read_bytes())
    files = {**manifest.files, name: File(len(content), sha256(content))}
    (path / MANIFEST).write_bytes(encode(msgspec.structs.replace(manifest, files=files)))
    return path


def refused(path: Path, words: str) -> InterlockError:
    with pytest.raises(ReleaseError, match=words) as error:
        load(path)
    return error.value


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../x", "model.onnx\x00", "..", "~/.ssh/id_rsa"]
)
def test_a_manifest_can_name_no_other_place(release: Release, tmp_path: Path, name: str) -> None:
    path = copied(release, tmp_path)
    tree = json.loads((path / MANIFEST).read_bytes())
    tree.pop("digest")
    tree["files"][name] = tree["files"]["model.onnx"]
    manifest = msgspec.convert(tree, type(decode((path / MANIFEST).read_bytes())))
    (path / MANIFEST).write_bytes(encode(manifest))  # its digest is right
    refused(path, "the manifest of the release is changed")


LINKS: dict[str, Callable[[Path, Path], object]] = {
    "a link to a file": lambda place, other: place.symlink_to(other),
    "a link to nothing": lambda place, other: place.symlink_to("/nowhere"),
    "a device": lambda place, other: place.symlink_to("/dev/zero"),
    "a pipe": lambda place, other: os.mkfifo(place),
    "a folder": lambda place, other: place.mkdir(),
}


@pytest.mark.parametrize("make", LINKS.values(), ids=LINKS)
def test_only_ordinary_files_are_read(
    release: Release, tmp_path: Path, make: Callable[[Path, Path], object]
) -> None:
    path = copied(release, tmp_path)
    (path / "model.onnx").rename(tmp_path / "elsewhere")
    make(path / "model.onnx", tmp_path / "elsewhere")
    with pytest.raises(TamperedError):
        load(path)


def test_a_linked_folder_of_signatures_is_refused(release: Release, tmp_path: Path) -> None:
    path = copied(release, tmp_path)
    shutil.rmtree(path / "signatures", ignore_errors=True)
    (tmp_path / "others").mkdir()
    (path / "signatures").symlink_to(tmp_path / "others")
    refused(path, "a folder was added to the release")


def test_a_file_larger_than_a_release_is_not_read(release: Release, tmp_path: Path) -> None:
    path = copied(release, tmp_path)
    manifest = decode((path / MANIFEST).read_bytes())
    huge = {**manifest.files, "model.onnx": File(1 << 40, "0" * 64)}
    (path / MANIFEST).write_bytes(encode(msgspec.structs.replace(manifest, files=huge)))
    os.truncate(path / "model.onnx", 1 << 40)  # a hole, which costs its sender nothing
    refused(path, "the release is larger than a release can be")


def test_a_file_that_grew_is_not_read_to_its_end(release: Release, tmp_path: Path) -> None:
    path = copied(release, tmp_path)
    os.truncate(path / "golden.json", 1 << 40)
    refused(path, "a file of the release is changed")


def hostile(release: Release, change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string((release.path / "model.onnx").read_bytes())
    change(model)
    content: bytes = model.SerializeToString()
    return content


def add(*nodes: onnx.NodeProto) -> Callable[[onnx.ModelProto], object]:
    return lambda model: model.graph.node.extend(nodes)


def reaching_out(model: onnx.ModelProto) -> None:
    weight = model.graph.initializer.add(name="w", data_type=TensorProto.DOUBLE, dims=[8])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../../../etc/passwd")


def loop() -> onnx.NodeProto:
    yes = helper.make_node(
        "Constant", [], ["go"], value=helper.make_tensor("v", TensorProto.BOOL, [], [True])
    )
    body = helper.make_graph(
        [yes],
        "forever",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("c", TensorProto.BOOL, []),
        ],
        [helper.make_tensor_value_info("go", TensorProto.BOOL, [])],
    )
    return helper.make_node("Loop", ["", ""], [], body=body)


MODELS: dict[str, tuple[Callable[[onnx.ModelProto], object], str]] = {
    "another file": (reaching_out, "keeps its weights in another file"),
    "a huge tensor": (
        lambda model: model.graph.initializer.add(name="w", data_type=TensorProto.DOUBLE, dims=[1 << 40]),
        "states weights that it does not hold",
    ),
    "a huge size": (
        add(
            helper.make_node(
                "Constant", [], ["s"], value=helper.make_tensor("v", TensorProto.INT64, [1], [1 << 40])
            ),
            helper.make_node("ConstantOfShape", ["s"], ["big"]),
        ),
        "asks for a tensor that no row needs",
    ),
    "an operator of a stranger": (
        add(helper.make_node("Steal", ["numbers"], ["x"], domain="evil.example")),
        "needs operators that ONNX Runtime does not bring along",
    ),
    "a loop without end": (add(loop()), "holds a loop, which need not end"),
    "chance": (add(helper.make_node("RandomNormal", [], ["x"], shape=[1])), "answers by chance"),
}


@pytest.mark.parametrize(("change", "words"), MODELS.values(), ids=MODELS)
def test_a_hostile_model_is_refused_before_it_is_run(
    release: Release,
    tmp_path: Path,
    change: Callable[[onnx.ModelProto], object],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import onnxruntime

    def never(*_: object, **__: object) -> None:
        raise AssertionError("ONNX Runtime was given the file")

    path = forge(copied(release, tmp_path), "model.onnx", hostile(release, change))
    monkeypatch.setattr(onnxruntime, "InferenceSession", never)
    error = refused(path, words)
    assert error.where == "model.onnx"


def test_a_server_does_not_start_with_a_hostile_model(release: Release, tmp_path: Path) -> None:
    path = forge(copied(release, tmp_path), "model.onnx", hostile(release, reaching_out))
    with pytest.raises(RuntimeError, match="keeps its weights in another file"), running(path, tmp_path):
        pass


@pytest.fixture
def signed(release: Release, tmp_path: Path) -> tuple[Path, dict[str, Person]]:
    path, people = copied(release, tmp_path), {}
    for name, role in (("ada", "data_scientist"), ("bob", "ml_engineer")):
        public = create_key(tmp_path / f"{name}.pem")
        people[name] = msgspec.convert({"public_key": public, "roles": [role]}, Person)
        sign(path, people[name].roles[0], name, load_key(tmp_path / f"{name}.pem"))
    return path, people


def test_whole_signatures_pass(signed: tuple[Path, dict[str, Person]]) -> None:
    path, people = signed
    assert [each.person for each in check_signatures(load(path), people, required=ROLES)] == ["ada", "bob"]


def stripped(path: Path, tmp_path: Path) -> None:
    (path / "signatures" / "ml_engineer.json").unlink()


def swapped(path: Path, tmp_path: Path) -> None:
    one, other = (path / "signatures" / f"{role}.json" for role in ROLES)
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)


def doubled(path: Path, tmp_path: Path) -> None:
    shutil.copy(path / "signatures" / "data_scientist.json", path / "signatures" / "ml_engineer.json")


def renamed(path: Path, tmp_path: Path) -> None:
    place = path / "signatures" / "data_scientist.json"
    place.write_bytes(place.read_bytes().replace(b'"ada"', b'"bob"'))


def relabelled(path: Path, tmp_path: Path) -> None:
    place = path / "signatures" / "ml_engineer.json"
    shutil.copy(path / "signatures" / "data_scientist.json", place)
    place.write_bytes(place.read_bytes().replace(b"data_scientist", b"ml_engineer"))


def emptied(path: Path, tmp_path: Path) -> None:
    (path / "signatures" / "ml_engineer.json").write_bytes(b"{}")


@pytest.mark.parametrize("harm", [stripped, swapped, doubled, renamed, relabelled, emptied])
def test_signatures_cannot_be_stripped_swapped_or_made_up(
    signed: tuple[Path, dict[str, Person]], tmp_path: Path, harm: Callable[[Path, Path], None]
) -> None:
    path, people = signed
    harm(path, tmp_path)
    with pytest.raises(SignatureError):
        check_signatures(load(path), people, required=ROLES)


def test_a_signature_of_another_release_signs_nothing(
    signed: tuple[Path, dict[str, Person]], release: Release, tmp_path: Path
) -> None:
    """Also not of the same release with another card: what is signed is the digest of everything."""
    path, people = signed
    forge(path, "card.md", b"# A better card\n")
    with pytest.raises(SignatureError):
        check_signatures(load(path), people, required=ROLES)


def test_a_key_that_nobody_listed_signs_nothing(
    signed: tuple[Path, dict[str, Person]], tmp_path: Path
) -> None:
    path, people = signed
    create_key(tmp_path / "eve.pem")
    (path / "signatures" / "ml_engineer.json").unlink()
    sign(path, "ml_engineer", "bob", load_key(tmp_path / "eve.pem"))  # in bob's name, with a key of her own
    with pytest.raises(SignatureError):
        check_signatures(load(path), people, required=ROLES)
