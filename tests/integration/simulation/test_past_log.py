"""Logs as they lie on disks: packed, rotated, torn; and read by several processes."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from gateway.access_logs.past_log import in_processes, past_logs
from gateway.kernel.errors import InvalidValue

LINE = (
    '192.0.2.7 - - [18/Dec/2024:{:02}:{:02}:00 +0000] "GET /{} HTTP/1.1" 200 1 "-" "x"'
)


def log(hours: range, *, every: int = 1) -> bytes:
    lines = [LINE.format(h, m, f"{h}-{m}") for h in hours for m in range(0, 60, every)]
    return "\n".join(lines).encode() + b"\n"


def targets(*paths: Path) -> list[str]:
    blocks = past_logs([str(path) for path in paths])
    return [target for block in blocks for target in block.past.targets]


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("packer", PACKERS)
def test_a_log_is_read_however_it_is_packed(packer: str, tmp_path: Path) -> None:
    packed = tmp_path / "access.log"
    packed.write_bytes(PACKERS[packer](log(range(3))))

    assert len(targets(packed)) == 180


def test_a_log_packed_in_pieces_is_read_to_its_end(tmp_path: Path) -> None:
    packed = tmp_path / "access.log.zst"
    pack = zstandard.ZstdCompressor().compress
    packed.write_bytes(pack(log(range(1))) + pack(log(range(1, 2))))

    assert len(targets(packed)) == 120


@pytest.mark.parametrize("packer", ["gz", "bz2", "xz", "zst"])
@pytest.mark.parametrize("share", [0.5, 0.99])
def test_a_packed_log_that_breaks_off_says_so(
    packer: str, share: float, tmp_path: Path
) -> None:
    packed = tmp_path / "access.log"
    whole = PACKERS[packer](log(range(20)))
    packed.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(InvalidValue, match="cannot be unpacked"):
        targets(packed)


def test_the_mark_before_a_text_of_windows_is_no_part_of_an_address(
    tmp_path: Path,
) -> None:
    marked = tmp_path / "access.log"
    marked.write_bytes(b"\xef\xbb\xbf" + log(range(1)))

    addresses = [each for block in past_logs([str(marked)]) for each in block.past[1]]

    assert set(addresses) == {"192.0.2.7"}


def test_files_that_overlap_come_out_in_the_order_of_time(tmp_path: Path) -> None:
    one, two, later = (tmp_path / name for name in ("one", "two", "later"))
    one.write_bytes(log(range(2), every=2))
    two.write_bytes(log(range(2), every=3))
    later.write_bytes(log(range(5, 6)))

    times = [
        at
        for block in past_logs([str(later), str(two), str(one)])
        for at in block.past.times_us
    ]

    assert times == sorted(times)
    assert len(times) == 60 + 40 + 60


def test_lines_without_an_end_and_empty_files_are_no_fault(tmp_path: Path) -> None:
    torn, empty = tmp_path / "torn", tmp_path / "empty"
    torn.write_bytes(log(range(1)).rstrip(b"\n"))
    empty.write_bytes(b"")

    assert len(targets(torn, empty)) == 60


def test_a_file_of_something_else_says_how_to_go_on(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("bread\nmilk\n")

    with pytest.raises(InvalidValue, match="give --format"):
        targets(other)


def test_a_line_longer_than_any_address_is_one_line_that_is_skipped(
    tmp_path: Path,
) -> None:
    long = tmp_path / "long"
    long.write_bytes(log(range(1)) + b"x" * 3_000_000 + b"\n" + log(range(1, 2)))

    blocks = list(past_logs([str(long)]))

    assert sum(block.lines for block in blocks) == 121
    assert sum(block.skipped for block in blocks) == 1


def test_what_comes_out_does_not_depend_on_how_many_took_part(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    file.write_bytes(log(range(24)) * 12)

    alone = list(past_logs([str(file)]))
    with in_processes(2) as parse_all:
        together = list(past_logs([str(file)], parse_all=parse_all))

    assert together == alone
