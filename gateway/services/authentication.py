"""Authentication: from a credential in a request to the principal behind it.

A valid credential proves who, never what. A running server remembers holders
(`gateway.services.principal_cache`) and polls the store's epoch four times a
second, so a revocation takes effect within a second. Where nobody polls, each
request that finds the epoch older than that asks the store itself.

Whatever must be checked, by cryptography or by the store, is counted for the network it
comes from before it is checked (`gateway.services.checks`). What was found to hold is
remembered apart from what was not, so a flood of made-up keys pushes nobody out.

While the store does not answer, a holder seen in the last five minutes is still
known; for anybody else the answer is "not now", never "your key is bad".
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from gateway.identity.api_key import spelling_fault
from gateway.identity.pepper import Peppers, hashed
from gateway.identity.ports import (
    CredentialReader,
    Found,
    KeyDirectory,
    TokenVerifier,
)
from gateway.identity.presented import Form, LicenceClaims, Presented
from gateway.identity.principal import (
    ANONYMOUS,
    CredentialFault,
    Delayed,
    Identified,
    Principal,
    Refused,
)
from gateway.identity.refusal import refused
from gateway.identity.secret import Secret
from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.errors import Unavailable
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request
from gateway.services.checks import CredentialChecks
from gateway.services.principal_cache import HOLDERS_MAX, UNKNOWN_MAX, PrincipalCache

POLL_MS = 250
TRIES_MAX = 3
TOKENS_MAX = 4_096
NS_PER_MS = 1_000_000
BAD_FOR_NS = 60 * NS_PER_S
"""How long a token is refused without another look; what is wrong with it stays."""
DIGEST_BYTES = 32
HOLDER = "holder"
"""Beside header fields: the digest of their key, and who was found to hold it."""
NOT_YET = CredentialFault.TOKEN_NOT_YET_VALID

T = TypeVar("T")

Seen = tuple[int, str, tuple[str, ...], str]
"""What was found by identity, scheme, fields, and the agreement a token names."""


class RunBlocking(Protocol):
    """Runs a call that blocks somewhere it does no harm: `asyncio.to_thread`."""

    def __call__(self, call: Callable[[], T], /) -> Awaitable[T]:
        """What *call* returns."""


class Authentication:
    """Identifies requests; one per server process."""

    def __init__(
        self,
        directory: KeyDirectory,
        tokens: TokenVerifier,
        *,
        read: CredentialReader,
        peppers: Peppers,
        clock: Clock,
        run_blocking: RunBlocking,
        cache: PrincipalCache | None = None,
        checks: CredentialChecks | None = None,
    ) -> None:
        self._directory = directory
        self._tokens = tokens
        self._read = read
        self._peppers = peppers
        self._clock = clock
        self._run_blocking = run_blocking
        self._cache = PrincipalCache() if cache is None else cache
        self._ask_again_ns = 0  # a store that does not answer is left alone a while
        self._claims: OrderedDict[bytes, LicenceClaims] = OrderedDict()
        self._bad_tokens: Lately[bytes, tuple[CredentialFault, int]]
        self._bad_tokens = Lately(UNKNOWN_MAX)
        # From a digest of a key to what the cache knows it by.
        self._holders: Lately[bytes, str] = Lately(HOLDERS_MAX)
        self._strangers: Lately[bytes, str] = Lately(UNKNOWN_MAX)
        self._principals: Lately[Seen, tuple[Found, Principal]] = Lately(HOLDERS_MAX)
        self._asking: dict[bytes, asyncio.Event] = {}
        self._checks = checks

    async def identify(self, asked: Request) -> Identified:
        """The principal, nobody in particular, or a credential that fails.

        Raises:
            Unavailable: the store does not answer, and the holder is not
                remembered.
        """
        presented = self._read(asked.headers)
        if presented is None:
            return ANONYMOUS
        if presented.is_ambiguous:
            return refused(CredentialFault.AMBIGUOUS, presented)
        if presented.form is Form.KEY:
            return await self._by_key(presented, asked.client_ip)
        return await self._by_token(presented, asked.client_ip)

    def at_once(self, asked: Request, *, now_ns: int) -> Identified | None:
        """As `identify`, where nobody has to be asked; None where somebody may.

        Nobody in particular, or a key that is known: nearly every request. Whether the
        key still holds is looked at each time, as `identify` does.
        """
        presented = self._read(asked.headers)
        if presented is None:
            return ANONYMOUS
        if presented.form is not Form.KEY or presented.is_ambiguous:
            return None
        seen = asked.headers.memo.get(HOLDER)
        if seen is None:
            seen = digest_of(presented.secret), None, None
        digest: bytes
        principal: Principal
        digest, found_then, principal = seen
        if digest in self._asking:
            return None
        handle = self._holders.get(digest)
        found = None if handle is None else self._cache.fresh(handle, now_ns=now_ns)
        if found is None or found.held is None:
            return None
        key = found.held.key
        if found is found_then and key.expires_us is None and key.revoked_us is None:
            return principal
        judged = self._judged(found, presented)
        if isinstance(judged, Principal):
            asked.headers.memo[HOLDER] = (digest, found, judged)
        return judged

    def forget_tokens(self) -> None:
        """Judge every token anew: the signing keys are others now."""
        self._claims.clear()
        self._bad_tokens.forget()

    @property
    def epoch(self) -> int:
        """The newest epoch of the store that was seen."""
        return self._cache.epoch

    async def revoked(self, key_ids: frozenset[str]) -> frozenset[str]:
        """Which of some keys are revoked or gone, as the store says now.

        Raises:
            Unavailable: the store does not answer.
        """

        def look_up() -> frozenset[str]:
            held = {
                key_id: self._directory.find_by_id(key_id).held for key_id in key_ids
            }
            return frozenset(
                key_id
                for key_id, each in held.items()
                if each is None or each.key.revoked_us is not None
            )

        return await self._run_blocking(look_up)

    async def refresh_epoch(self) -> None:
        """Ask the store for its epoch; the server calls this every `POLL_MS`.

        Raises:
            Unavailable: the store does not answer; what is remembered stays.
        """
        asked_ns = self._clock.ticks_ns()
        epoch = await self._run_blocking(self._directory.epoch)
        now_ns = self._clock.ticks_ns()
        self._cache.see_epoch(epoch, asked_ns=asked_ns, now_ns=now_ns)

    async def _by_key(
        self, presented: Presented, client_ip: str
    ) -> Principal | Refused | Delayed:
        digest = digest_of(presented.secret)
        while (asking := self._asking.get(digest)) is not None:
            # Somebody asks about the same key: whatever they learn is remembered,
            # and read below under the same rules as any other memory.
            await asking.wait()
        handle = self._holders.get(digest)
        if handle is None:
            return await self._by_new_key(presented, client_ip, digest)
        found = self._cache.fresh(handle, now_ns=self._clock.ticks_ns())
        if found is None:
            found = await self._found(handle, self._look_up(presented.secret))
        return self._judged(found, presented)

    async def _by_new_key(
        self, presented: Presented, client_ip: str, digest: bytes
    ) -> Principal | Refused | Delayed:
        """A key that is not known to hold: it is counted before it is looked at."""
        handle = self._strangers.get(digest)
        if handle is not None:
            known = self._cache.fresh(handle, now_ns=self._clock.ticks_ns())
            if known is not None:
                return self._judged(known, presented)
        fault = spelling_fault(presented.secret)
        if fault is not None:
            return refused(fault, presented)
        # A store that is left alone for a while is not asked, so nothing is counted:
        # an outage is never told as somebody's haste.
        is_asked = self._clock.ticks_ns() >= self._ask_again_ns
        if is_asked and (delayed := self._delayed(presented, client_ip)) is not None:
            return delayed
        handle = hashed(presented.secret, self._peppers.current)
        self._asking[digest] = asyncio.Event()
        try:
            found = await self._found(handle, self._look_up(presented.secret))
            shelf = self._strangers if found.held is None else self._holders
            shelf.keep(digest, handle)
        finally:
            self._asking.pop(digest).set()
        return self._judged(found, presented)

    def _look_up(self, key: Secret) -> Callable[[], Found]:
        return lambda: self._directory.find_by_hash(self._peppers.hashes(key))

    async def _by_token(
        self, presented: Presented, client_ip: str
    ) -> Principal | Refused | Delayed:
        claims = self._verified(presented, client_ip)
        if isinstance(claims, Delayed):
            return claims
        if isinstance(claims, CredentialFault):
            return refused(claims, presented)
        found = await self._found(
            claims.key_id, lambda: self._directory.find_by_id(claims.key_id)
        )
        judged = self._judged(found, presented, claims.agreement_id)
        if isinstance(judged, Refused):
            return judged
        if judged.party.id != claims.party_id:
            return refused(CredentialFault.KEY_UNKNOWN, presented)
        return judged

    def _verified(
        self, presented: Presented, client_ip: str
    ) -> LicenceClaims | CredentialFault | Delayed:
        """Signatures are checked once per token; dates, every time."""
        digest = digest_of(presented.secret)
        remembered = self._claims.get(digest)
        if remembered is not None:
            self._claims.move_to_end(digest)
            fault = self._tokens.fault_at(remembered, self._clock.now_us())
            return remembered if fault is None else fault
        now_ns = self._clock.ticks_ns()
        bad = self._bad_tokens.get(digest)
        if bad is not None and now_ns < bad[1]:
            return bad[0]
        if (delayed := self._delayed(presented, client_ip)) is not None:
            return delayed
        claims = self._tokens.verify(presented.secret)
        if isinstance(claims, LicenceClaims):
            self._claims[digest] = claims
            while len(self._claims) > TOKENS_MAX:
                self._claims.popitem(last=False)
        elif claims is not NOT_YET:
            self._bad_tokens.keep(digest, (claims, now_ns + BAD_FOR_NS))
        return claims

    def _delayed(self, presented: Presented, client_ip: str) -> Delayed | None:
        """The answer where a network had too much checked; else it is counted."""
        if self._checks is None:
            return None
        wait_s = self._checks.wait_s(client_ip)
        if not wait_s:
            return None
        terms = self._checks.terms
        return Delayed(
            wait_s, terms.cost, terms.window_s, presented.scheme, presented.fields
        )

    async def _found(self, handle: str, look_up: Callable[[], Found]) -> Found:
        """What is known under a handle: remembered, or asked for."""
        for _ in range(TRIES_MAX):
            asked_ns = self._clock.ticks_ns()
            known = self._cache.fresh(handle, now_ns=asked_ns)
            if known is not None:
                return known
            if asked_ns < self._ask_again_ns:
                return self._found_in_outage(handle)
            try:
                found = await self._run_blocking(look_up)
            except Unavailable:
                self._ask_again_ns = self._clock.ticks_ns() + POLL_MS * NS_PER_MS
                return self._found_in_outage(handle)
            now_ns = self._clock.ticks_ns()
            if self._cache.fill(handle, found, asked_ns=asked_ns, now_ns=now_ns):
                return found
        detail = "keys are changing faster than we can read them; try again"
        raise Unavailable(detail, retry_after_s=1)

    def _found_in_outage(self, handle: str) -> Found:
        """The remembered holder, while the store does not answer."""
        now_ns = self._clock.ticks_ns()
        held = self._cache.held_in_outage(handle, now_ns=now_ns)
        if held is None:
            detail = "we cannot check your key just now; it may well be fine"
            raise Unavailable(detail, retry_after_s=5)
        return Found(self._cache.epoch, held)

    def _judged(
        self, found: Found, presented: Presented, agreement_id: str = ""
    ) -> Principal | Refused:
        held = found.held
        if held is None:
            return refused(CredentialFault.KEY_UNKNOWN, presented)
        fault = held.key.fault_at(self._clock.now_us())
        if fault is not None:
            return refused(fault, presented)
        # One object for the same finding, so that facts about it are found again.
        seen = (id(found), presented.scheme, presented.fields, agreement_id)
        kept = self._principals.get(seen)
        if kept is None:
            principal = Principal(
                party=held.party,
                key_id=held.key.id,
                is_test=held.key.is_test,
                scheme=presented.scheme,
                fields=presented.fields,
                agreement_id=agreement_id,
            )
            kept = self._principals.keep(seen, (found, principal))
        return kept[1]


def digest_of(secret: Secret) -> bytes:
    """What a credential is remembered by, so that its text is not."""
    text = secret.reveal().encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=DIGEST_BYTES).digest()
