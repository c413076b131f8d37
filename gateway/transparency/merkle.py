"""Merkle trees as RFC 6962 §2.1 hashes them, grown from the left.

A leaf and an inner node are hashed under different prefixes, so neither passes for
the other. A tree of n leaves splits at the largest power of two below n.
"""

from __future__ import annotations

import hashlib

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its content."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node: SHA-256 of 0x01 and its two halves."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Peaks:
    """A growing tree, kept as the roots of its full parts: log n hashes, no leaf."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self._peaks: list[bytes] = []
        self.size = 0

    def append(self, leaf: bytes) -> None:
        """Add a leaf at the right.

        Args:
            leaf: Its hash.
        """
        carry = self.size
        while carry & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            carry >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over every leaf so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root
