"""Published books, read from files that anybody may mirror.

    checkpoint            signed: origin, size, root
    books.json            which log this is, and the key it is signed with
    rows/000/000.jsonl    rows 0 to 999, one a line
    tile/0/000            hashes of rows 0 to 255; see `tiles`

Rows are believed when they give the signed root. Where they do not, the tiles say
which row is the first that is not what was logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from gateway.kernel.errors import InvalidValue
from gateway.transparency.checkpoint import Checkpoint
from gateway.transparency.merkle import Peaks, leaf_hash
from gateway.transparency.ports import PublishedFiles
from gateway.transparency.proofs import root_of
from gateway.transparency.recompute import BadRow, Recomputation, Recomputed
from gateway.transparency.rows import row_in
from gateway.transparency.tiles import THOUSAND, hashes_in, paths_of

CHECKPOINT = "checkpoint"
ABOUT = "books.json"
ROWS_PER_FILE = 1_000


def rows_path(number: int) -> str:
    """Where the rows of file *number* lie."""
    return f"rows/{number // THOUSAND:03d}/{number % THOUSAND:03d}.jsonl"


def published_lines(files: PublishedFiles, size: int) -> Iterator[bytes]:
    """Every row's line as it lies there, and one more where there are too many."""
    given = 0
    for number in range(size // ROWS_PER_FILE + 1):
        content = files.read(rows_path(number))
        if content is None:
            return
        for line in content.removesuffix(b"\n").split(b"\n"):
            yield line
            given += 1
            if given > size:
                return


def verify(
    files: PublishedFiles,
    head: Checkpoint,
    *,
    look: Callable[[int, str], None] | None = None,
) -> None:
    """Refuse rows that are not those whose root was signed.

    Args:
        files: The published books.
        head: Its checkpoint, whose signature was checked.
        look: Is shown each row's number and line; what it refuses is said only if the
            rows are those that were logged.

    Raises:
        BadRow: the first row that is not what was logged, or that *look* refused.
        Unavailable: a file cannot be had.
    """
    peaks, fault = Peaks(), None
    for number, line in enumerate(published_lines(files, head.size)):
        peaks.append(leaf_hash(line))
        if look is not None and fault is None:
            fault = _refused(look, number, line)
    if peaks.size != head.size or peaks.root() != head.root:
        raise first_bad_row(files, head)
    if fault is not None:
        raise fault


def recompute(files: PublishedFiles, head: Checkpoint) -> Recomputed:
    """The fund, from published files alone.

    Raises:
        BadRow: the first row that is not what was logged, or does not come to what it
            says.
        Unavailable: a file cannot be had.
    """
    books = Recomputation()
    verify(files, head, look=books.look)
    return books.result()


def first_bad_row(files: PublishedFiles, head: Checkpoint) -> BadRow:
    """Which row is the first that is not what was logged, as far as tiles tell."""
    logged = log_hashes(files, head)
    found = list(map(leaf_hash, published_lines(files, head.size)))
    differing = (
        number
        for number, (was, now) in enumerate(zip_longest(logged, found))
        if was != now
    )
    first = next(differing, None)
    if first is None:
        return BadRow("the rows and their hashes are not those that were signed")
    if root_of(logged) != head.root:
        detail = f"row {first} and its hash in the tiles do not fit: one was changed"
        return BadRow(detail, first)
    return BadRow(_what_happened(files, head, Differing(first, logged, found)), first)


def log_hashes(files: PublishedFiles, head: Checkpoint) -> list[bytes]:
    """The hash of every row, as the tiles have it.

    Raises:
        BadRow: a tile is missing or has another length.
    """
    hashes: list[bytes] = []
    for path, width in paths_of(head.size):
        tile = files.read(path)
        if tile is None or len(hashes_in(tile)) != width:
            detail = f"{path} is missing or cut, so no row after {len(hashes)} is sure"
            raise BadRow(detail, len(hashes))
        hashes += hashes_in(tile)
    return hashes


@dataclass(frozen=True, slots=True)
class Differing:
    """Where rows differ from what was logged.

    Attributes:
        first: The first number.
        logged: Hashes as they were logged.
        found: Hashes of what lies there.
    """

    first: int
    logged: list[bytes]
    found: list[bytes]


def _what_happened(files: PublishedFiles, head: Checkpoint, where: Differing) -> str:
    number, logged, found = where.first, where.logged, where.found
    if number >= len(logged):
        return f"row {number} was never logged; it stands after the last one"
    if number >= len(found):
        return f"row {number} is missing; it was the last or everything after it is"
    name = _name_of(files, head, number)
    stands = f"row {number} ({rows_path(number // ROWS_PER_FILE)}, line "
    stands += f"{number % ROWS_PER_FILE + 1}) is not what was logged: "
    next_logged = logged[number + 1 : number + 2]
    next_found = found[number + 1 : number + 2]
    is_next = next_logged == [found[number]]
    is_here_next = next_found == [logged[number]]
    if is_next and is_here_next:
        return f"{stands}it changed places with the next, {name}"
    if is_next:
        return f"{stands}it was taken out, {name} followed it"
    if is_here_next:
        return f"{stands}{name} was put in before it"
    return f"{stands}it says {name} now"


def _name_of(files: PublishedFiles, head: Checkpoint, number: int) -> str:
    for each, line in enumerate(published_lines(files, head.size)):
        if each == number:
            try:
                return row_in(line.decode()).name
            except (InvalidValue, UnicodeDecodeError):
                break
    return "nothing that can be read"


def _refused(
    look: Callable[[int, str], None], number: int, line: bytes
) -> BadRow | None:
    try:
        look(number, line.decode())
    except UnicodeDecodeError:
        return BadRow(f"row {number} is no text", number)
    except BadRow as fault:
        return fault
    return None
