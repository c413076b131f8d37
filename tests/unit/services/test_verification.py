"""Verification: where the answer may stand, and what silence means."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.evidence import Level
from gateway.resolver.public_suffixes import PublicSuffixes
from gateway.services.parties import Parties
from gateway.services.verification import Texts, Verification, Via
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance

DOMAIN = "mapworks.example"
NOTHING: Mapping[str, str] = {}


def answering(told: Mapping[str, str] | None) -> Texts:
    """Texts by name; None where nobody answers."""

    async def texts(name: str) -> tuple[str, ...]:
        if told is None:
            raise Unavailable("nobody answers")
        return (told[name],) if name in told else ()

    return texts


@pytest.fixture
def parties() -> Parties:
    store = FakeIdentityStore()
    made = Parties(
        store, store, clock=HandClock(), ids=CountingIds(), chance=SeededChance()
    )
    made.add("Mapworks", attributes={"entity": "company"})
    return made


def desk(
    parties: Parties,
    records: Mapping[str, str] | None = NOTHING,
    page: Mapping[str, str] | None = NOTHING,
) -> Verification:
    return Verification(
        parties,
        secret=b"ours",
        records=answering(records),
        page=answering(page),
        registered=PublicSuffixes(),
    )


@pytest.mark.parametrize("silent", [False, True])
async def test_a_file_is_enough_also_where_no_name_server_answers(
    parties: Parties, *, silent: bool
) -> None:
    asked = desk(parties).challenge("Mapworks", DOMAIN)
    page = {asked.page: f"# ours\n{asked.answer}\n"}
    found = await desk(parties, None if silent else NOTHING, page).verify(
        "Mapworks", DOMAIN
    )

    assert (found.via, found.is_entity_proven) == (Via.WEB, True)
    assert found.party.level_of("entity") is Level.VERIFIED


async def test_what_stands_nowhere_proves_nothing(parties: Parties) -> None:
    found = await desk(parties, NOTHING, None).verify("Mapworks", DOMAIN)

    assert (found.via, found.is_entity_proven) == (None, False)
    assert found.party.level_of("entity") is Level.CLAIMED


async def test_an_outage_on_both_sides_is_no_answer(parties: Parties) -> None:
    with pytest.raises(Unavailable, match="nobody answers"):
        await desk(parties, None, None).verify("Mapworks", DOMAIN)


async def test_what_a_steward_vouched_for_is_not_lowered(parties: Parties) -> None:
    parties.set_attribute("Mapworks", "entity", "company", source="steward")
    asked = desk(parties).challenge("Mapworks", DOMAIN)
    found = await desk(parties, {asked.record: asked.answer}).verify("Mapworks", DOMAIN)

    assert found.via is Via.DNS
    assert found.party.level_of("entity") is Level.VOUCHED


@pytest.mark.parametrize("suffix", ["co.uk", "github.io", "xn--55qx5d.cn", "foo.ck"])
def test_nobody_proves_a_suffix_below_which_strangers_register(
    parties: Parties, suffix: str
) -> None:
    with pytest.raises(InvalidValue, match="public suffix"):
        desk(parties).challenge("Mapworks", suffix)

    below = desk(parties).challenge("Mapworks", f"maps.{suffix}")
    assert below.domain == f"maps.{suffix}"
