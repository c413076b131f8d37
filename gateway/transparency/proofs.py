"""Proofs that a row is in the log, and that a log only grew (RFC 6962 §2.1.1–2).

A proof is a list of hashes. To make one takes the hashes of all leaves; to check one
takes the proof and the roots. Checking follows RFC 9162 §2.1.3.2 and §2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.kernel.errors import InvalidValue
from gateway.transparency.merkle import Peaks, node_hash

Hashes = Sequence[bytes]


def root_of(leaves: Hashes) -> bytes:
    """The root over leaves."""
    peaks = Peaks()
    for leaf in leaves:
        peaks.append(leaf)
    return peaks.root()


def inclusion_proof(leaves: Hashes, index: int) -> list[bytes]:
    """The way from a leaf to the root, from below.

    Args:
        leaves: The hash of every leaf.
        index: Which leaf, from 0.

    Raises:
        InvalidValue: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        detail = f"a log of {len(leaves)} rows has no row {index}"
        raise InvalidValue(detail)
    proof: list[bytes] = []
    while len(leaves) > 1:
        split = _split(len(leaves))
        left, right = leaves[:split], leaves[split:]
        is_left = index < split
        proof.append(root_of(right if is_left else left))
        leaves = left if is_left else right
        index -= 0 if is_left else split
    return proof[::-1]


def consistency_proof(leaves: Hashes, old_size: int) -> list[bytes]:
    """That the first *old_size* leaves are still the first of all, from below.

    Raises:
        InvalidValue: the older log is empty, or the longer one.
    """
    if not 0 < old_size <= len(leaves):
        detail = f"a log of {len(leaves)} rows did not grow from {old_size}"
        raise InvalidValue(detail)
    proof: list[bytes] = []
    is_whole = True
    while old_size < len(leaves):
        split = _split(len(leaves))
        left, right = leaves[:split], leaves[split:]
        if old_size <= split:
            proof.append(root_of(right))
            leaves = left
        else:
            proof.append(root_of(left))
            leaves, old_size, is_whole = right, old_size - split, False
    if not is_whole:
        proof.append(root_of(leaves))
    return proof[::-1]


def assert_included(
    leaf: bytes, proof: Hashes, *, index: int, size: int, root: bytes
) -> None:
    """Refuse a leaf that a proof does not lead to the root from.

    Args:
        leaf: Its hash.
        proof: From below.
        index: Its place, from 0.
        size: How many leaves the log has.
        root: Its root.

    Raises:
        InvalidValue: it is not in the log at that place.
    """
    detail = f"the proof does not lead from row {index} to the root"
    if not 0 <= index < size:
        raise InvalidValue(detail)
    reached = leaf
    for each, is_left in _sides(proof, index, size - 1, detail=detail):
        reached = node_hash(each, reached) if is_left else node_hash(reached, each)
    if reached != root:
        raise InvalidValue(detail)


def assert_grown(old: tuple[int, bytes], new: tuple[int, bytes], proof: Hashes) -> None:
    """Refuse a log that is no longer version of another.

    Args:
        old: Size and root before.
        new: Size and root now.
        proof: From below.

    Raises:
        InvalidValue: what was logged before was changed, or the proof is none.
    """
    (old_size, old_root), (new_size, new_root) = old, new
    detail = f"the log of {new_size} rows is not the one of {old_size}, grown"
    if not 0 < old_size <= new_size:
        raise InvalidValue(detail)
    if old_size == new_size:
        if proof or old_root != new_root:
            raise InvalidValue(detail)
        return
    path = list(proof)
    if not old_size & (old_size - 1):
        path.insert(0, old_root)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = now = path[0] if path else b""
    for each, is_left in _sides(path[1:], place, last, detail=detail):
        now = node_hash(each, now) if is_left else node_hash(now, each)
        before = node_hash(each, before) if is_left else before
    if (before, now) != (old_root, new_root):
        raise InvalidValue(detail)


def _sides(
    proof: Hashes, place: int, last: int, *, detail: str
) -> Iterator[tuple[bytes, bool]]:
    """Each hash of a proof, and whether it stands to the left of what was reached."""
    for each in proof:
        if not last:
            raise InvalidValue(detail)
        is_left = bool(place & 1) or place == last
        yield each, is_left
        while is_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    if last:
        raise InvalidValue(detail)


def _split(size: int) -> int:
    """The largest power of two below *size*."""
    return 1 << (size - 1).bit_length() - 1
