"""gateway.reciprocity.harm and appeal: what is held against somebody can be heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.evidence import Level
from gateway.reciprocity.appeal import Appeal, assert_may_hear
from gateway.reciprocity.harm import (
    UNIT_OF,
    Harm,
    Harmed,
    HarmKind,
    Outcome,
    Ruling,
    assert_organisation,
)
from gateway.reciprocity.review import Review, Verdict

HARM = Harm(
    "hrm_1", "pty_1", HarmKind.LOAD, units=9, evidence="log", by="pty_9", harmed_us=1
)
APPEAL = Appeal("apc_1", "hrm_1", "pty_1", reason="Not ours.", appealed_us=2)


def a_party(entity: str, level: Level = Level.VOUCHED) -> Party:
    known = {"entity": Attribute(entity, level, "steward")}
    return Party("pty_1", "Somebody", known)


@pytest.mark.parametrize("entity", ["person", "informal", "unknown"])
def test_harm_is_never_entered_about_who_may_be_a_person(entity: str) -> None:
    with pytest.raises(InvalidValue, match="never entered about a person"):
        assert_organisation(a_party(entity))


def test_nor_about_who_only_says_to_be_an_organisation() -> None:
    for stranger in (a_party("company", Level.CLAIMED), Party("pty_1", "Somebody")):
        with pytest.raises(InvalidValue):
            assert_organisation(stranger)
    assert_organisation(a_party("company", Level.VERIFIED))


def test_every_kind_of_harm_has_a_unit() -> None:
    assert set(UNIT_OF) == set(HarmKind)


@pytest.mark.parametrize(
    "change", [{"units": 0}, {"evidence": " "}, {"by": "pty_1"}], ids=str
)
def test_a_harm_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        replace(HARM, **change)  # type: ignore[arg-type]


def test_a_harm_stands_until_it_is_withdrawn() -> None:
    ruling = Ruling("hrm_1", Outcome.UPHELD, "pty_8", reason="Seen.", ruled_us=3)
    withdrawn = replace(ruling, outcome=Outcome.WITHDRAWN)

    told = [
        Harmed(HARM),
        Harmed(HARM, APPEAL),
        Harmed(HARM, APPEAL, ruling),
        Harmed(HARM, APPEAL, withdrawn),
    ]

    states = [(each.state, each.counts) for each in told]
    assert states == [
        ("entered", True),
        ("appealed", True),
        ("upheld", True),
        ("withdrawn", False),
    ]


def test_an_appeal_and_a_ruling_say_why() -> None:
    with pytest.raises(InvalidValue):
        replace(APPEAL, reason=" ")
    with pytest.raises(InvalidValue):
        Ruling("hrm_1", Outcome.UPHELD, "pty_8", reason="", ruled_us=3)


REVERSAL = Review("rev_1", "ctb_1", "pty_2", Verdict.REVERSE, 1, "No.")
HEARING = Review("rev_2", "ctb_1", "pty_3", Verdict.ACCEPT, 2)


def test_a_reversal_is_heard_on_appeal_by_another() -> None:
    assert_may_hear(HEARING, [REVERSAL], appealed=frozenset({"rev_1"}))
    assert_may_hear(HEARING, [], appealed=frozenset())

    with pytest.raises(Conflict, match="its claimant may appeal"):
        assert_may_hear(HEARING, [REVERSAL], appealed=frozenset({"rev_0"}))
    own = replace(HEARING, reviewer_id="pty_2")
    with pytest.raises(InvalidValue, match="does not hear the appeal"):
        assert_may_hear(own, [REVERSAL], appealed=frozenset({"rev_1"}))


def test_who_reversed_it_first_does_not_hear_it_later_either() -> None:
    upheld = replace(REVERSAL, id="rev_2", reviewer_id="pty_3")
    first = replace(HEARING, id="rev_3", reviewer_id="pty_2")

    with pytest.raises(InvalidValue):
        assert_may_hear(first, [REVERSAL, upheld], appealed=frozenset({"rev_2"}))
