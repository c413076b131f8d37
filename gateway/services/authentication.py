"""Authentication: from a credential in a request to the principal behind it.

A valid credential proves who, never what. A running server remembers holders
(`gateway.services.principal_cache`) and polls the store's epoch four times a
second, so a revocation takes effect within a second. Where nobody polls, each
request that finds the epoch older than that asks the store itself.

While the store does not answer, a holder seen in the last five minutes is still
known; for anybody else the answer is "not now", never "your key is bad".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
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
    Identified,
    Principal,
    Refused,
)
from gateway.identity.refusal import refused
from gateway.identity.secret import Secret
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Request
from gateway.services.principal_cache import PrincipalCache

POLL_MS = 250
TRIES_MAX = 3
TOKENS_MAX = 4_096
NS_PER_MS = 1_000_000

T = TypeVar("T")


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
    ) -> None:
        self._directory = directory
        self._tokens = tokens
        self._read = read
        self._peppers = peppers
        self._clock = clock
        self._run_blocking = run_blocking
        self._cache = PrincipalCache() if cache is None else cache
        self._ask_again_ns = 0  # a store that does not answer is left alone a while
        self._claims: OrderedDict[Secret, LicenceClaims] = OrderedDict()

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
            return await self._by_key(presented)
        return await self._by_token(presented)

    def forget_tokens(self) -> None:
        """Judge every token anew: the signing keys are others now."""
        self._claims.clear()

    async def refresh_epoch(self) -> None:
        """Ask the store for its epoch; the server calls this every `POLL_MS`.

        Raises:
            Unavailable: the store does not answer; what is remembered stays.
        """
        asked_ns = self._clock.ticks_ns()
        epoch = await self._run_blocking(self._directory.epoch)
        now_ns = self._clock.ticks_ns()
        self._cache.see_epoch(epoch, asked_ns=asked_ns, now_ns=now_ns)

    async def _by_key(self, presented: Presented) -> Principal | Refused:
        fault = spelling_fault(presented.secret)
        if fault is not None:
            return refused(fault, presented)
        key = presented.secret
        found = await self._found(
            hashed(key, self._peppers.current),
            lambda: self._directory.find_by_hash(self._peppers.hashes(key)),
        )
        return self._judged(found, presented)

    async def _by_token(self, presented: Presented) -> Principal | Refused:
        claims = self._verified(presented.secret)
        if isinstance(claims, CredentialFault):
            return refused(claims, presented)
        found = await self._found(
            claims.key_id, lambda: self._directory.find_by_id(claims.key_id)
        )
        judged = self._judged(found, presented)
        if isinstance(judged, Refused):
            return judged
        if judged.party.id != claims.party_id:
            return refused(CredentialFault.KEY_UNKNOWN, presented)
        return replace(judged, agreement_id=claims.agreement_id)

    def _verified(self, token: Secret) -> LicenceClaims | CredentialFault:
        """Signatures are checked once per token; dates, every time."""
        remembered = self._claims.get(token)
        if remembered is not None:
            self._claims.move_to_end(token)
            fault = self._tokens.fault_at(remembered, self._clock.now_us())
            return remembered if fault is None else fault
        claims = self._tokens.verify(token)
        if isinstance(claims, LicenceClaims):
            self._claims[token] = claims
            while len(self._claims) > TOKENS_MAX:
                self._claims.popitem(last=False)
        return claims

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

    def _judged(self, found: Found, presented: Presented) -> Principal | Refused:
        held = found.held
        if held is None:
            return refused(CredentialFault.KEY_UNKNOWN, presented)
        fault = held.key.fault_at(self._clock.now_us())
        if fault is not None:
            return refused(fault, presented)
        return Principal(
            party=held.party,
            key_id=held.key.id,
            is_test=held.key.is_test,
            scheme=presented.scheme,
            fields=presented.fields,
        )
