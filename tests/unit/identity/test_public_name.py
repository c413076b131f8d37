"""Who is named in public: the proven, and whoever asked for it; nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.identity.party import Attribute, Party
from gateway.identity.public_name import Shown, Who, shown
from gateway.kernel.evidence import Level


def a_party(entity: str, level: Level, *, public_name: str = "") -> Party:
    said = {"entity": Attribute(entity, level, "test")}
    if public_name:
        said["public_name"] = Attribute(public_name, Level.VOUCHED, "steward")
    return Party("pty_1", "Mapworks SAS", said)


@pytest.mark.parametrize("level", [Level.VERIFIED, Level.VOUCHED])
def test_an_organisation_is_named_when_it_is_proven(level: Level) -> None:
    found = shown(a_party("company", level))

    assert found == Shown(Who.ORGANISATION, "Mapworks SAS", "company")


def test_what_only_calls_itself_so_is_not_named() -> None:
    claimed = a_party("company", Level.CLAIMED, public_name="OpenAI")

    assert shown(claimed) == Shown(Who.UNPROVEN)


@pytest.mark.parametrize("entity", ["person", "informal", "unknown"])
@pytest.mark.parametrize("level", [Level.CLAIMED, Level.VERIFIED])
def test_a_person_is_never_named_unasked(entity: str, level: Level) -> None:
    assert shown(a_party(entity, level)) == Shown(Who.PEOPLE)


def test_a_person_is_named_as_they_asked_to_be() -> None:
    asked = a_party("person", Level.CLAIMED, public_name="Amina B.")

    assert shown(asked) == Shown(Who.PERSON, "Amina B.")


@pytest.mark.parametrize("entity", ["person", "company"])
def test_whoever_was_erased_is_counted_and_not_named(entity: str) -> None:
    gone = replace(a_party(entity, Level.VERIFIED, public_name="A"), erased_us=1)

    assert shown(gone) == Shown(Who.PEOPLE)


def test_who_is_not_known_any_more_is_counted() -> None:
    assert shown(None) == Shown(Who.PEOPLE)


def test_a_party_nobody_described_is_treated_as_a_person() -> None:
    assert shown(Party("pty_1", "Somebody")) == Shown(Who.PEOPLE)
