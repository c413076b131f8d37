"""gateway.services.parties: added, described, exported, erased."""

from __future__ import annotations

import json

import pytest

from gateway.identity.pepper import Pepper, Peppers
from gateway.identity.secret import Secret
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.services.keys import Keys
from gateway.services.parties import Parties
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance


@pytest.fixture
def store() -> FakeIdentityStore:
    return FakeIdentityStore()


@pytest.fixture
def parties(store: FakeIdentityStore) -> Parties:
    return Parties(
        store, store, clock=HandClock(), ids=CountingIds(), chance=SeededChance()
    )


@pytest.fixture
def keys(store: FakeIdentityStore) -> Keys:
    return Keys(
        store,
        store,
        peppers=Peppers(Pepper.of(Secret("p" * 32))),
        clock=HandClock(),
        ids=CountingIds(),
        chance=SeededChance(),
    )


def test_what_a_party_says_of_itself_is_claimed(parties: Parties) -> None:
    party = parties.add("Ada", attributes={"entity": "coop-worker", "staff": "12"})

    assert party.level_of("entity") is Level.CLAIMED
    assert party.attributes["staff"].value == 12
    assert parties.show(party.id) == parties.show("ada") == party


def test_a_machine_check_verifies_and_a_steward_vouches(parties: Parties) -> None:
    parties.add("Ada", attributes={"entity": "company"})

    parties.set_attribute("Ada", "country", "AT", source="vies")
    party = parties.set_attribute("Ada", "entity", "nonprofit", source="steward")

    assert party.level_of("country") is Level.VERIFIED
    assert party.level_of("entity") is Level.VOUCHED
    assert party.level_of("surplus") is Level.UNKNOWN


def test_a_mutual_is_a_party_we_know(parties: Parties) -> None:
    mutual = parties.add("Mutuelle", attributes={"entity": "coop-other"})
    parties.add("Ada")

    party = parties.set_attribute("Ada", "paid_through", "mutuelle", source="steward")

    assert party.attributes["paid_through"].value == mutual.id
    with pytest.raises(NotFound, match="did you mean 'Mutuelle'"):
        parties.set_attribute("Ada", "paid_through", "Mutuele", source="steward")


def test_a_later_claim_does_not_unsay_a_voucher(parties: Parties) -> None:
    parties.add("Ada", attributes={"entity": "company"}, source="steward")

    with pytest.raises(Conflict, match="ask the steward"):
        parties.set_attribute("Ada", "entity", "nonprofit", source="self-declared")
    same = parties.set_attribute("Ada", "entity", "company", source="self-declared")

    assert same.level_of("entity") is Level.VOUCHED
    assert len(parties.export("Ada")["history"]) == 1


def test_a_steward_withdraws_and_the_history_remembers(parties: Parties) -> None:
    parties.add("Ada", attributes={"entity": "company"}, source="vies")

    party = parties.set_attribute(
        "Ada", "entity", "company", source="steward", level=Level.UNKNOWN, by="Bea"
    )

    assert party.level_of("entity") is Level.UNKNOWN
    history = parties.export("Ada")["history"]
    assert [(one["level"], one["by"]) for one in history] == [
        ("verified", ""),
        ("unknown", "Bea"),
    ]


def test_a_public_name_is_withdrawn_and_stands_nowhere_any_more(
    parties: Parties,
) -> None:
    parties.add("Ada", attributes={"entity": "person"}, source="steward")
    for name in ("Ada L.", "A. Lovelace"):
        parties.set_attribute("Ada", "public_name", name, source="steward")

    party = parties.withdraw("Ada", "public_name")

    assert set(party.attributes) == {"entity"}
    told = json.dumps(parties.export("Ada"))
    assert "Ada L." not in told
    assert "Lovelace" not in told
    levels = [one["level"] for one in parties.export("Ada")["history"]]
    assert levels == ["vouched", "vouched", "vouched", "unknown"]
    named = parties.set_attribute("Ada", "public_name", "Ada", source="steward")
    assert named.attributes["public_name"].value == "Ada", "asked for again"


def test_what_is_no_name_stays_in_the_history_when_it_is_withdrawn(
    parties: Parties,
) -> None:
    ada = parties.add("Ada", attributes={"entity": "company"}, source="vies")

    party = parties.withdraw("Ada", "entity", by="Bea")

    assert not party.attributes
    assert [(one["value"], one["by"]) for one in parties.export("Ada")["history"]] == [
        ("company", ""),
        ("company", "Bea"),
    ]
    with pytest.raises(NotFound, match="entity is not said of Ada; there is nothing"):
        parties.withdraw("Ada", "entity")
    parties.erase("Ada")
    with pytest.raises(Conflict, match="was erased"):
        parties.withdraw(ada.id, "entity")


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("entity", "coop_worker", "did you mean 'coop-worker'"),
        ("entity", "cooperative", "known: company, coop-other"),
        ("enitty", "company", "did you mean 'entity'"),
        ("country", "XX", "unknown country"),
        ("staff", "many", "whole number"),
    ],
)
def test_a_typing_error_never_becomes_a_fact(
    parties: Parties, attribute: str, value: str, message: str
) -> None:
    with pytest.raises(InvalidValue, match=message):
        parties.add("Ada", attributes={attribute: value})

    assert parties.list() == ()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_is_one_plain_line(parties: Parties, name: str) -> None:
    with pytest.raises(InvalidValue):
        parties.add(name)


def test_a_name_is_taken_once(parties: Parties) -> None:
    parties.add("Ada")

    with pytest.raises(Conflict):
        parties.add("ADA")
    with pytest.raises(NotFound, match="did you mean 'Ada'"):
        parties.show("Adda")
    with pytest.raises(NotFound, match="party list"):
        parties.show("zzz")


def test_a_test_company_is_vouched_and_made_once(parties: Parties) -> None:
    first = parties.add_test_company("Robots Ltd")
    second = parties.add_test_company("robots ltd")

    assert first == second
    assert first.attributes["entity"].value == "company"
    assert first.level_of("entity") is Level.VOUCHED


def test_subsidiaries_share_the_owner_at_the_top(parties: Parties) -> None:
    top = parties.add("Top")
    middle = parties.add("Middle")
    low = parties.add("Low", attributes={"controlled_by": "middle"}, source="register")
    assert low.beneficial_owner_id == middle.id

    parties.set_attribute("Middle", "controlled_by", top.id, source="steward")

    assert parties.show("Low").beneficial_owner_id == top.id
    assert parties.show("Middle").beneficial_owner_id == top.id
    assert parties.show("Top").beneficial_owner_id == top.id


def held_by(parties: Parties, controller: str, *, count: int) -> set[str]:
    """The beneficial owners of so many companies of one controller."""
    return {
        parties.add(
            f"Company {n}", attributes={"controlled_by": controller}, source="register"
        ).beneficial_owner_id
        for n in range(count)
    }


def test_companies_of_a_controller_nobody_added_share_one_owner(
    parties: Parties,
) -> None:
    owners = held_by(parties, "Globex Holding", count=5)
    owners |= {
        parties.add(
            "Company X",
            attributes={"controlled_by": "  GLOBEX  holding"},
            source="steward",
        ).beneficial_owner_id
    }

    assert len(owners) == 1
    assert parties.add("Other").beneficial_owner_id not in owners
    other = {"controlled_by": "Initech"}
    initech = parties.add("Inited", attributes=other, source="register")
    assert initech.beneficial_owner_id not in owners


def test_a_controller_that_is_added_later_is_linked_and_moves_nobody(
    parties: Parties,
) -> None:
    (owner,) = held_by(parties, "Globex Holding", count=3)

    globex = parties.add("globex holding")
    (late,) = {
        parties.add(
            "Late", attributes={"controlled_by": "Globex Holding"}, source="register"
        ).beneficial_owner_id
    }

    assert globex.beneficial_owner_id == late == owner
    assert parties.show("Company 1").beneficial_owner_id == owner


def test_control_that_is_only_claimed_binds_nobody(parties: Parties) -> None:
    claimed = parties.add("Ada", attributes={"controlled_by": "Globex Holding"})
    globex = parties.add("Globex Holding")

    assert claimed.beneficial_owner_id == claimed.id
    assert globex.beneficial_owner_id == globex.id


def test_erasing_a_company_keeps_its_owner(parties: Parties) -> None:
    (owner,) = held_by(parties, "Globex Holding", count=2)

    parties.erase("Company 0")
    parties.add("Globex Holding", attributes={"entity": "company"})
    parties.erase("Globex Holding")
    late = {"controlled_by": "Globex Holding"}
    parties.add("Late", attributes=late, source="register")

    assert {one.beneficial_owner_id for one in parties.list()} == {owner}


def test_a_circle_of_owners_is_refused_and_nothing_is_kept(parties: Parties) -> None:
    parties.add("A")
    parties.add("B", attributes={"controlled_by": "A"}, source="register")

    with pytest.raises(Conflict, match="control itself"):
        parties.set_attribute("A", "controlled_by", "B", source="register")

    assert parties.show("A").level_of("controlled_by") is Level.UNKNOWN


def test_an_export_is_everything_as_json_and_no_secret(
    parties: Parties, keys: Keys
) -> None:
    party = parties.add("Ada", attributes={"email": "ada@example.org"})
    issued = keys.issue(party.id, label="crawler")

    document = json.dumps(parties.export("Ada"))

    assert '"schema": "copyfair.party/1"' in document
    assert "ada@example.org" in document
    assert issued.key.fingerprint in json.loads(document)["keys"][0]["fingerprint"]
    assert issued.secret.reveal() not in document
    assert issued.key.hash not in document


def test_an_erased_person_is_gone_and_the_id_stays(
    parties: Parties, keys: Keys, store: FakeIdentityStore
) -> None:
    party = parties.add(
        "Ada", attributes={"entity": "person", "email": "ada@a.example"}
    )
    issued = keys.issue(party.id)

    erased = parties.erase("Ada")

    assert erased.party.id == party.id
    assert (erased.keys_revoked, erased.values_erased) == (1, 2)
    assert not erased.kept_name
    assert keys.show(issued.key.id).revoked_us is not None
    document = json.dumps(parties.export(party.id))
    assert "Ada" not in document
    assert "a.example" not in document
    with pytest.raises(NotFound):
        parties.show("Ada")
    with pytest.raises(Conflict, match="erased"):
        parties.set_attribute(party.id, "entity", "person", source="steward")


def test_an_erased_organisation_keeps_what_bookkeeping_needs(parties: Parties) -> None:
    described = {"entity": "company", "email": "ada@a.example", "country": "AT"}
    parties.add("Robots Ltd", attributes=described)

    erased = parties.erase("Robots Ltd")

    assert erased.kept_name
    assert set(erased.party.attributes) == {"entity", "country"}
    assert "a.example" not in json.dumps(parties.export("Robots Ltd"))
