"""gateway.identity.ownership: control is looked through, known by name or by id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.ownership import owner_key, owners
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import Conflict
from gateway.kernel.evidence import Level

LEVELS = st.sampled_from([Level.VERIFIED, Level.VOUCHED])
SPELLINGS = st.sampled_from(["Globex Holding", "GLOBEX HOLDING", " globex   Holding "])


def a_party(
    number: int, controller: str = "", *, level: Level = Level.VERIFIED, name: str = ""
) -> Party:
    control = {"controlled_by": Attribute(controller, level, "register")}
    return Party(
        f"pty_{number}", name or f"Company {number}", control if controller else {}
    )


def top_of(parties: list[Party]) -> dict[str, str]:
    found = owners(parties)
    return {one.id: found[one.id] or one.id for one in parties}


@given(
    said=st.lists(st.tuples(SPELLINGS, LEVELS), min_size=2, max_size=10),
    is_known=st.booleans(),
    by_id=st.integers(0, 10),
)
def test_splitting_under_one_controller_never_gives_a_second_owner(
    said: list[tuple[str, Level]], by_id: int, *, is_known: bool
) -> None:
    parties = [
        a_party(n, "pty_99" if is_known and n < by_id else name, level=level)
        for n, (name, level) in enumerate(said)
    ]
    if is_known:
        parties.append(a_party(99, name="Globex Holding"))

    assert len(set(top_of(parties).values())) == 1


def test_a_chain_through_names_ends_at_the_unknown_top() -> None:
    parties = [
        a_party(1, "Middle"),
        a_party(2, "Globex Holding", name="Middle"),
        a_party(3, "pty_2"),
    ]

    assert set(top_of(parties).values()) == {owner_key("globex holding")}


def test_the_key_of_an_unknown_owner_does_not_spell_its_name() -> None:
    key = owner_key("Jane Doe")

    assert key.startswith("owner:")
    assert "jane" not in key


def test_a_party_that_names_itself_is_controlled_by_nobody() -> None:
    assert owners([a_party(1, "company  1"), a_party(2)]) == {"pty_1": "", "pty_2": ""}


def test_parties_that_name_each_other_go_in_a_circle() -> None:
    parties = [a_party(1, "Two", name="One"), a_party(2, "one", name="Two")]

    with pytest.raises(Conflict, match="correct controlled_by"):
        owners(parties)
