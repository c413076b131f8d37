"""Nonces that were used, kept until their signature expires.

Only the nonce of a signature that verified is kept, so nobody fills this without a key
of their own, and each key fills its own share alone. Nothing is ever thrown out before
its time: where a share is full, that key's next signature *cannot be checked*, and
nobody else's is touched. Keys of operators we know have places of their own.
"""

from __future__ import annotations

from hashlib import blake2b
from heapq import heappop, heappush

from gateway.kernel.once import Once, unshared

NONCES_PER_KEY_MAX = 20_000
KEYS_MAX = 512
DIGEST_BYTES = 12


class Nonces:
    """What was used, by key."""

    def __init__(
        self,
        *,
        per_key_max: int = NONCES_PER_KEY_MAX,
        keys_max: int = KEYS_MAX,
        elsewhere: tuple[Once, Once] = (unshared, unshared),
    ) -> None:
        """Nothing was used yet.

        Args:
            per_key_max: So many of one key at once.
            keys_max: So many keys, of known operators and of others each.
            elsewhere: Asked last, about known operators and about others: what other
                processes took.
        """
        self._per_key_max = per_key_max
        self._keys_max = keys_max
        self._elsewhere = elsewhere
        # Known operators, then everybody else.
        self._books: tuple[dict[str, _Used], dict[str, _Used]] = ({}, {})

    def use(
        self, owner: str, nonce: str, *, expires_s: int, now_s: int, is_known: bool
    ) -> bool | None:
        """Take a nonce: True when it is fresh, False when it was used.

        Args:
            owner: Whose key, with its thumbprint.
            nonce: As signed.
            expires_s: When its signature ends.
            now_s: Now, seconds.
            is_known: The key's operator is one the catalogue knows.

        Returns:
            None where that owner's share is full, so that nobody can tell.
        """
        place = 0 if is_known else 1
        book = self._books[place]
        used = book.get(owner)
        if used is None:
            if len(book) >= self._keys_max and not self._forget_idle(book, now_s):
                return None
            used = book[owner] = _Used()
        used.end_before(now_s)
        digest = blake2b(nonce.encode(), digest_size=DIGEST_BYTES).digest()
        if digest in used.digests:
            return False
        if len(used.digests) >= self._per_key_max:
            return None
        named = f"{owner}\0{nonce}".encode()
        fresh = self._elsewhere[place](named, until_s=expires_s, now_s=now_s)
        if not fresh:
            return fresh
        used.digests.add(digest)
        heappush(used.ends, (expires_s, digest))
        return True

    def _forget_idle(self, book: dict[str, _Used], now_s: int) -> bool:
        """Forget owners none of whose signatures still hold; was there one?"""
        for used in book.values():
            used.end_before(now_s)
        idle = [owner for owner, used in book.items() if not used.digests]
        for owner in idle:
            del book[owner]
        return bool(idle)


class _Used:
    """What one key used."""

    __slots__ = ("digests", "ends")

    def __init__(self) -> None:
        self.digests: set[bytes] = set()
        self.ends: list[tuple[int, bytes]] = []

    def end_before(self, now_s: int) -> None:
        while self.ends and self.ends[0][0] <= now_s:
            self.digests.discard(heappop(self.ends)[1])
