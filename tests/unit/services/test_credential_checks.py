"""Credentials that must be checked are counted first; those that hold never wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from gateway.credentials.key_ring import KeyRing
from gateway.credentials.reader import Reader
from gateway.credentials.signing_key import SigningKey
from gateway.credentials.tokens import LicenceTokens
from gateway.identity.api_key import spelled
from gateway.identity.presented import LicenceClaims
from gateway.identity.principal import (
    CredentialFault,
    Delayed,
    Identified,
    Principal,
    Refused,
)
from gateway.identity.secret import Secret
from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Headers, Request
from gateway.services import authentication as authentication_module
from gateway.services.authentication import Authentication
from gateway.services.checks import CHECKS, CredentialChecks, network_of
from gateway.services.keys import Keys
from gateway.services.parties import Parties
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance
from tests.unit.services.test_authentication import ISSUER, PEPPERS

T = TypeVar("T")
HERE, NEXT_DOOR, ELSEWHERE = "198.51.100.7", "198.51.100.250", "203.0.113.7"
RING = KeyRing((SigningKey.made(),))


@dataclass
class CountedTokens:
    """The real tokens, and how many signatures were looked at."""

    tokens: LicenceTokens
    verified: int = 0

    def verify(self, token: Secret) -> LicenceClaims | CredentialFault:
        self.verified += 1
        return self.tokens.verify(token)

    def fault_at(self, claims: LicenceClaims, at_us: int) -> CredentialFault | None:
        return self.tokens.fault_at(claims, at_us)


@dataclass
class Gate:
    """A gateway with the limit that is shipped."""

    store: FakeIdentityStore = field(default_factory=FakeIdentityStore)
    clock: HandClock = field(default_factory=HandClock)
    pauses: int = 0

    def __post_init__(self) -> None:
        ids, chance = CountingIds(), SeededChance()
        parties = Parties(
            self.store, self.store, clock=self.clock, ids=ids, chance=chance
        )
        self.keys = Keys(
            self.store,
            self.store,
            peppers=PEPPERS,
            clock=self.clock,
            ids=ids,
            chance=chance,
        )
        self.issuing = LicenceTokens(RING, ISSUER, ISSUER, self.clock, ids)
        self.tokens = CountedTokens(self.issuing)
        self.party = parties.add_test_company("Robots Ltd")
        self.authentication = Authentication(
            self.store,
            self.tokens,
            read=Reader(ISSUER),
            peppers=PEPPERS,
            clock=self.clock,
            run_blocking=self.run,
            checks=CredentialChecks(clock=self.clock, key=bytes(32)),
        )

    async def run(self, call: Callable[[], T], /) -> T:
        answer = call()
        for _ in range(self.pauses):
            await asyncio.sleep(0)
        return answer

    async def shown(self, secret: Secret, client_ip: str = HERE) -> Identified:
        pairs = [("Authorization", f"License {secret.reveal()}")]
        return await self.authentication.identify(
            Request(
                id="req_1",
                method="GET",
                scheme="https",
                host="archive.example",
                authority="archive.example",
                target="/",
                path="/",
                headers=Headers(pairs),
                client_ip=client_ip,
            )
        )

    async def flood(self, number: int, client_ip: str = HERE) -> list[Identified]:
        """So many keys that are spelled well and that nobody issued."""
        return [
            await self.shown(spelled(10**6 + each, is_test=False), client_ip)
            for each in range(number)
        ]


async def test_a_network_has_a_hundred_unknown_keys_checked_and_then_waits() -> None:
    gate = Gate()

    answers = await gate.flood(CHECKS.burst + 50)

    assert all(isinstance(one, Refused) for one in answers[: CHECKS.burst])
    assert all(isinstance(one, Delayed) for one in answers[CHECKS.burst :])
    assert gate.store.asked == CHECKS.burst
    assert answers[-1] == Delayed(1, 20, 1, "license", ("authorization",))
    neighbour = await gate.shown(spelled(7, is_test=False), NEXT_DOOR)
    assert isinstance(neighbour, Delayed)


async def test_a_second_later_twenty_more_are_checked() -> None:
    gate = Gate()
    await gate.flood(CHECKS.burst)
    gate.clock.forward(s=1)

    answers = [await gate.shown(spelled(each, is_test=False)) for each in range(1, 31)]

    assert [isinstance(one, Delayed) for one in answers] == [False] * 20 + [True] * 10


async def test_others_are_checked_while_one_network_floods() -> None:
    gate = Gate()
    await gate.flood(CHECKS.burst + 1)

    issued = gate.keys.issue(gate.party.id)

    assert isinstance(await gate.shown(issued.secret, ELSEWHERE), Principal)
    assert isinstance(await gate.shown(issued.secret, HERE), Principal)


async def test_a_holder_who_is_known_never_waits_for_a_neighbours_flood() -> None:
    gate = Gate()
    issued = gate.keys.issue(gate.party.id)
    token = gate.issuing.issue(gate.party.id, issued.key.id, lifetime_s=600)
    await gate.shown(issued.secret)
    await gate.shown(token)
    await gate.flood(2_000)

    for _ in range(500):
        assert isinstance(await gate.shown(issued.secret), Principal)
        assert isinstance(await gate.shown(token), Principal)


async def test_a_holder_who_is_known_is_read_again_at_any_rate() -> None:
    """A change in the store makes every entry old; nobody waits because of that."""
    gate = Gate()
    issued = [gate.keys.issue(gate.party.id) for _ in range(4)]
    for each in issued:
        await gate.shown(each.secret)
    await gate.flood(CHECKS.burst)

    gate.keys.revoke(issued[0].key.id)
    await gate.authentication.refresh_epoch()

    first, *others = [await gate.shown(each.secret) for each in issued]
    assert isinstance(first, Refused)
    assert all(isinstance(one, Principal) for one in others)


async def test_a_bad_token_is_verified_once_and_then_remembered() -> None:
    gate = Gate()
    issued = gate.keys.issue(gate.party.id)
    good = gate.issuing.issue(gate.party.id, issued.key.id, lifetime_s=600).reveal()
    head, payload, signature = good.split(".")
    swapped = signature[1:-1][::-1]
    forged = Secret(f"{head}.{payload}.{signature[0]}{swapped}{signature[-1]}")

    answers = [await gate.shown(forged) for _ in range(1_000)]

    assert {type(one) for one in answers} == {Refused}
    assert gate.tokens.verified == 1


async def test_tokens_that_must_be_verified_are_counted_before() -> None:
    gate = Gate()

    answers = [
        await gate.shown(Secret(f"not.a.token{number}"))
        for number in range(CHECKS.burst + 10)
    ]

    assert isinstance(answers[0], Refused)
    assert isinstance(answers[-1], Delayed)
    assert gate.tokens.verified == CHECKS.burst


async def test_a_bad_token_is_looked_at_again_after_a_change_of_keys() -> None:
    gate = Gate()
    issued = gate.keys.issue(gate.party.id)
    new_ring = KeyRing((SigningKey.made(),))
    elsewhere = LicenceTokens(new_ring, ISSUER, ISSUER, gate.clock, CountingIds())
    token = elsewhere.issue(gate.party.id, issued.key.id, lifetime_s=600)
    assert isinstance(await gate.shown(token), Refused)

    gate.tokens.tokens = elsewhere
    assert isinstance(await gate.shown(token), Refused)
    gate.authentication.forget_tokens()

    assert isinstance(await gate.shown(token), Principal)


async def test_what_was_wrong_with_a_token_is_forgotten_after_a_minute() -> None:
    gate = Gate()
    bad = Secret("not.a.token")
    await gate.shown(bad)

    gate.clock.forward(s=61)
    await gate.shown(bad)

    assert gate.tokens.verified == 2


async def test_a_token_that_is_not_valid_yet_is_valid_when_its_time_comes() -> None:
    gate = Gate()
    issued = gate.keys.issue(gate.party.id)
    later = HandClock(gate.clock.now_us() + 600 * 1_000_000)
    ahead = LicenceTokens(RING, ISSUER, ISSUER, later, CountingIds())
    token = ahead.issue(gate.party.id, issued.key.id, lifetime_s=6_000)
    early = await gate.shown(token)
    assert isinstance(early, Refused)
    assert early.fault is CredentialFault.TOKEN_NOT_YET_VALID

    gate.clock.forward(s=600)

    assert isinstance(await gate.shown(token), Principal)


async def test_a_flood_of_bad_tokens_pushes_out_no_good_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(authentication_module, "UNKNOWN_MAX", 64)
    gate = Gate()
    issued = gate.keys.issue(gate.party.id)
    token = gate.issuing.issue(gate.party.id, issued.key.id, lifetime_s=9_000)
    await gate.shown(token)

    for number in range(1_000):
        gate.clock.forward(ms=50)
        await gate.shown(Secret(f"not.a.token{number}"), ELSEWHERE)
    verified = gate.tokens.verified
    await gate.authentication.refresh_epoch()

    assert isinstance(await gate.shown(token), Principal)
    assert gate.tokens.verified == verified == 1_001


async def test_two_thousand_at_once_with_one_new_key_are_one_question() -> None:
    gate = Gate(pauses=3)
    issued = gate.keys.issue(gate.party.id)

    answers = await asyncio.gather(*(gate.shown(issued.secret) for _ in range(2_000)))

    assert all(isinstance(one, Principal) for one in answers)
    assert gate.store.asked == 1


async def test_whoever_waits_for_a_question_that_fails_asks_themselves() -> None:
    gate = Gate(pauses=3)
    issued = gate.keys.issue(gate.party.id)
    first = asyncio.ensure_future(gate.shown(issued.secret))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(gate.shown(issued.secret))
    await asyncio.sleep(0)

    first.cancel()

    assert isinstance(await second, Principal)
    assert first.cancelled()


async def test_an_outage_is_an_outage_however_many_ask() -> None:
    gate = Gate()
    gate.store.is_down = True

    for number in range(CHECKS.burst * 3):
        with pytest.raises(Unavailable):
            await gate.shown(spelled(number + 1, is_test=False))


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no address", "unknown"),
    ],
)
def test_a_network_is_a_24_or_a_64(address: str, network: str) -> None:
    assert network_of(address) == network
