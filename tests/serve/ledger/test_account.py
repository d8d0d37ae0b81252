from __future__ import annotations

import struct
import zlib
from pathlib import Path

from tests.serve.ledger.folders import damage, write

from interlock.serve.ledger import account, verify
from interlock.serve.ledger.format import FRAME
from interlock.serve.ledger.removal import remove
from interlock.serve.ledger.segment import segments


def wrong(folder: Path) -> list[str]:
    return [each for writer in verify(folder) for each in writer.wrong]


def test_an_untouched_ledger_adds_up_writer_by_writer(tmp_path: Path) -> None:
    for start in (0, 100):
        write(tmp_path, range(start, start + 30))
    found = verify(tmp_path)
    assert [each.state for each in found] == ["closed", "closed"]
    assert [each.account.found for each in found] == [30, 30]
    assert wrong(tmp_path) == []
    assert (account(tmp_path).outcomes, account(tmp_path).missing) == (60, 0)


def test_a_missing_segment_is_noticed_by_its_number(tmp_path: Path) -> None:
    writer = write(tmp_path, range(60))
    middle = segments(tmp_path)[2]
    middle.path.unlink()
    (said,) = wrong(tmp_path)
    assert said.startswith(f"segment 2 of {writer} is missing, with ")
    lost = int(said.split()[-3])
    assert account(tmp_path).missing == lost > 0


def test_missing_first_and_last_segments_are_noticed(tmp_path: Path) -> None:
    first, last = tmp_path / "first", tmp_path / "last"
    writer = write(first, range(60))
    segments(first)[0].path.unlink()
    assert wrong(first)[0].startswith(f"segment 0 of {writer} is missing")
    writer = write(last, range(60))
    segments(last)[-1].path.unlink()
    assert wrong(last) == [
        f"the end of {writer} is missing: no closing block, and its counter {writer}.live is gone"
    ]


def test_an_edited_block_is_noticed_by_its_checksum(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    segment = segments(tmp_path)[1]
    damage(segment)
    said = wrong(tmp_path)
    assert said[0].endswith(f"of {segment.name} was changed: its checksum is wrong")
    assert account(tmp_path).missing > 0


def test_a_block_cut_out_with_care_is_noticed_by_the_counts(tmp_path: Path) -> None:
    """The checksums are right: whoever did this knows the format."""
    write(tmp_path, range(60))
    segment = segments(tmp_path)[0]
    content = segment.path.read_bytes()
    second = FRAME.size + FRAME.unpack_from(content, 0)[3]
    third = second + FRAME.size + FRAME.unpack_from(content, second)[3]
    segment.path.write_bytes(content[:second] + content[third:])
    assert any("its counts say" in each for each in wrong(tmp_path))


def test_counts_that_do_not_add_up_are_noticed(tmp_path: Path) -> None:
    write(tmp_path, range(3))
    (segment,) = segments(tmp_path)
    content = segment.path.read_bytes()
    at = content.rindex(b"ILB1")
    _, _, *rest = FRAME.unpack_from(content, at)
    rest[2] += 1  # received
    checked = FRAME.pack(b"ILB1", 0, *rest)[8:]
    payload = content[at + FRAME.size :]
    edited = struct.pack("<4sI", b"ILB1", zlib.crc32(payload, zlib.crc32(checked))) + checked + payload
    segment.path.write_bytes(content[:at] + edited)
    assert any("do not add up" in each for each in wrong(tmp_path))
    assert not account(tmp_path).balanced


def test_a_torn_tail_at_the_end_is_no_fault_and_in_between_it_is(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    inner, last = segments(tmp_path)[1], segments(tmp_path)[-1]
    last.path.write_bytes(last.path.read_bytes()[:-30])
    assert [each for each in wrong(tmp_path) if "half a block" in each] == []
    inner.path.write_bytes(inner.path.read_bytes()[:-30])
    assert [each for each in wrong(tmp_path) if "half a block" in each] == [
        f"{inner.name} ends in half a block, and is not the writer's last"
    ]


def test_a_removed_segment_with_its_note_adds_up(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    for segment in segments(tmp_path)[:2]:
        assert remove(segment, "keep_days")
    found = account(tmp_path)
    assert wrong(tmp_path) == []
    assert found.logged == 60
    assert found.removed > 0
    assert (found.removed + found.found, found.missing) == (60, 0)
    for segment in segments(tmp_path):
        remove(segment, "quota")
    assert (account(tmp_path).removed, account(tmp_path).writers, wrong(tmp_path)) == (60, 1, [])


def test_a_crash_between_note_and_removal_counts_nothing_twice(tmp_path: Path) -> None:
    write(tmp_path, range(60))
    segment = segments(tmp_path)[0]
    content = segment.path.read_bytes()
    remove(segment, "quota")
    segment.path.write_bytes(content)
    found = account(tmp_path)
    assert (found.found, found.removed, found.missing) == (60, 0, 0)
