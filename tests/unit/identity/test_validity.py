"""What a machine verified counts for a while; what a person vouches for stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.identity.party import Attribute
from gateway.identity.statement import EXPIRED, Statement, changes, said
from gateway.identity.validity import VALID_DAYS, proven
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import Conflict
from gateway.kernel.evidence import Level


def stated(number: int, source: str, level: Level, at_us: int = 0) -> Statement:
    return Statement(
        "pty_1", number, "entity", "company", level, source, by="", stated_us=at_us
    )


@pytest.mark.parametrize("source", sorted(VALID_DAYS))
def test_a_proof_holds_for_as_long_as_its_kind(source: str) -> None:
    (found,) = proven([stated(1, source, Level.VERIFIED, 7)], VALID_DAYS)

    assert found.ends_us == 7 + VALID_DAYS[source] * US_PER_DAY


def test_what_is_vouched_for_or_claimed_never_ends() -> None:
    vouched = [stated(1, "vies", Level.VERIFIED), stated(2, "steward", Level.VOUCHED)]
    claimed = [stated(1, "self-declared", Level.CLAIMED)]

    assert proven(vouched, VALID_DAYS) == ()
    assert proven(claimed, VALID_DAYS) == ()
    assert proven([stated(1, "vies", Level.VERIFIED)], {"vies": 0}) == ()


def test_control_by_another_never_lapses() -> None:
    """Its end would give two that belong together two sets of low brackets."""
    control = replace(
        stated(1, "register", Level.VERIFIED), attribute="controlled_by", value="pty_2"
    )

    assert proven([control], VALID_DAYS) == ()


def test_the_newest_look_counts() -> None:
    (found,) = proven(
        [stated(2, "vies", Level.VERIFIED, 50), stated(1, "vies", Level.VERIFIED)],
        VALID_DAYS,
    )

    assert (found.number, found.stated_us) == (2, 50)


def test_a_lapse_lowers_what_was_verified_and_nothing_else() -> None:
    lapsed = said("entity", "company", source=EXPIRED)
    verified = Attribute("company", Level.VERIFIED, "vies")
    vouched = Attribute("company", Level.VOUCHED, "steward")

    assert changes("entity", verified, lapsed)
    assert not changes("entity", vouched, lapsed)
    with pytest.raises(Conflict):
        changes("entity", verified, said("entity", "nonprofit", source=EXPIRED))
