"""gateway.identity.erasure and ownership: persons go, books and brackets stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.erasure import commitment, planned_erasure
from gateway.identity.ownership import owner_key, owners
from gateway.identity.party import Attribute, Party
from gateway.identity.statement import Statement, current
from gateway.kernel.errors import Conflict
from gateway.kernel.evidence import Level


def statements(**values: str) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            "pty_1", n, name, value, Level.CLAIMED, "self-declared", "", n, f"s{n}"
        )
        for n, (name, value) in enumerate(values.items(), start=1)
    )


def a_party(said: tuple[Statement, ...]) -> Party:
    return Party("pty_1", "Ada", current(said))


@pytest.mark.parametrize("entity", ["person", "informal", "unknown", None])
def test_a_person_loses_name_and_everything_said(entity: str | None) -> None:
    described = {"email": "ada@example.org", "country": "AT"}
    said = statements(**described, **({"entity": entity} if entity else {}))

    erasure = planned_erasure(a_party(said), said, salt="s", at_us=9)

    assert erasure.name == commitment("s", "name", "Ada")
    assert set(erasure.values) == {one.number for one in said}


def test_an_organisation_keeps_its_name_and_loses_who_to_write_to() -> None:
    said = statements(email="ada@example.org", entity="company", country="AT")

    erasure = planned_erasure(a_party(said), said, salt="s", at_us=9)

    assert erasure.name is None
    assert set(erasure.values) == {1}


@given(salt=st.text(min_size=1), other=st.text(min_size=1), value=st.text())
def test_a_commitment_opens_with_its_salt_and_with_no_other(
    salt: str, other: str, value: str
) -> None:
    made = commitment(salt, "email", value)

    assert made == commitment(salt, "email", value)
    assert made != commitment(salt, "name", value)
    assert value not in made or len(value) < 8
    if salt.rstrip("\0") != other.rstrip("\0"):  # HMAC pads keys with zeros
        assert made != commitment(other, "email", value)


def controlled(party_id: str, by: str, level: Level = Level.VERIFIED) -> Party:
    return Party(
        party_id, party_id, {"controlled_by": Attribute(by, level, "register")}
    )


def test_owners_are_looked_for_up_to_the_top() -> None:
    family = [controlled("a", "b"), controlled("b", "c"), Party("c", "c")]

    assert owners(family) == {"a": "c", "b": "c", "c": ""}


def test_a_claim_to_be_owned_loads_nothing_on_a_stranger() -> None:
    family = [controlled("a", "b", Level.CLAIMED), Party("b", "b")]

    assert owners(family) == {"a": "", "b": ""}


def test_an_owner_we_do_not_know_is_an_owner_all_the_same() -> None:
    assert owners([controlled("a", "Big Holding")]) == {"a": owner_key("big holding")}


@pytest.mark.parametrize(
    "family",
    [
        [controlled("a", "a")],
        [controlled("a", "b"), controlled("b", "a")],
        [controlled("x", "a"), controlled("a", "b"), controlled("b", "a")],
    ],
)
def test_nobody_controls_themselves(family: list[Party]) -> None:
    with pytest.raises(Conflict, match="control itself"):
        owners(family)
