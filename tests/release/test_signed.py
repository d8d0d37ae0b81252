import json
from pathlib import Path

from interlock.release.manifest import FILES, File, Manifest, encode, sha256
from interlock.release.signed import signed_releases


def begin(root: Path, name: str, *times: str, model: bytes = b"") -> Path:
    folder = root / name
    (folder / "signatures").mkdir(parents=True)
    files = {each: File(0, sha256(model if each == "model.onnx" else b"")) for each in FILES}
    (folder / "manifest.json").write_bytes(encode(Manifest(name, "binary", "sha256:1", files)))
    for place, time in enumerate(times):
        (folder / "signatures" / f"role{place}.json").write_text(json.dumps({"time": time, "role": "x"}))
    return folder


def test_the_last_signature_orders_them_and_unsigned_ones_are_left_out(tmp_path: Path) -> None:
    early = begin(tmp_path, "early", "2024-01-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00")
    late = begin(tmp_path, "late", "2024-02-01T00:00:00+00:00")
    begin(tmp_path, "unsigned")
    assert signed_releases(tmp_path) == (early, late)


def test_releases_of_the_same_model_are_left_out(tmp_path: Path) -> None:
    other = begin(tmp_path, "other", "2024-01-01T00:00:00+00:00", model=b"another")
    begin(tmp_path, "same", "2024-02-01T00:00:00+00:00", model=b"mine")
    assert signed_releases(tmp_path, but=f"sha256:{sha256(b'mine')}") == (other,)


def test_what_is_damaged_or_not_there_counts_for_nothing(tmp_path: Path) -> None:
    folder = begin(tmp_path, "damaged", "2024-01-01T00:00:00+00:00")
    (folder / "manifest.json").write_text("{")
    begin(tmp_path, "odd", "2024-01-01T00:00:00+00:00")
    (tmp_path / "odd" / "signatures" / "role0.json").write_text("nothing")
    assert signed_releases(tmp_path) == ()
    assert signed_releases(tmp_path / "nowhere") == ()
