"""What every `PartyStore` promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

import pytest

from gateway.identity.erasure import planned_erasure
from gateway.identity.party import Party
from gateway.identity.ports import KeyDirectory, KeyStore, PartyStore
from gateway.identity.statement import Statement
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.evidence import Level
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import PARTIES_OF_OWNER, IdentityStore
from tests.fakes.identity import FakeIdentityStore


class Store(PartyStore, KeyStore, KeyDirectory, Protocol):
    """All three."""


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield FakeIdentityStore()
        return
    db = open_sqlite(":memory:")
    yield IdentityStore(db)
    db.close()


def a_party(party_id: str = "pty_1", name: str = "Ada Archive") -> Party:
    return Party(party_id, name, created_us=5)


def a_statement(
    number: int = 1,
    attribute: str = "entity",
    value: str | int = "company",
    *,
    level: Level = Level.CLAIMED,
) -> Statement:
    return Statement(
        party_id="pty_1",
        number=number,
        attribute=attribute,
        value=value,
        level=level,
        source="self-declared",
        by="somebody",
        stated_us=7,
        salt=f"salt-{number}",
    )


def test_a_party_is_found_by_id_and_by_name(store: Store) -> None:
    store.add_party(a_party(), [a_statement()], salt="s")

    found = store.find_party("pty_1")

    assert found is not None
    assert found.name == "Ada Archive"
    assert found.attributes["entity"].value == "company"
    assert found == store.find_party_named("  ada  ARCHIVE ")
    assert store.find_party("pty_2") is None
    assert store.find_party_named("Ada") is None


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("Ada Archive", "ADA ARCHIVE"),
        ("Zo\u00e9", "Zoe\u0301"),
        ("Amina", "\uff21mina"),
    ],
    ids=["case", "accent beside its letter", "wide letter"],
)
def test_spellings_of_one_name_are_one_party(
    store: Store, name: str, again: str
) -> None:
    store.add_party(a_party(name=name), [], salt="s")

    with pytest.raises(Conflict, match="already"):
        store.add_party(a_party("pty_2", again), [], salt="s")

    assert [party.id for party in store.all_parties()] == ["pty_1"]
    found = store.find_party_named(again)
    assert found is not None
    assert found.id == "pty_1"


def test_the_newest_statement_counts_and_all_are_kept(store: Store) -> None:
    store.add_party(a_party(), [a_statement()], salt="s")

    store.add_statement(a_statement(2, value="nonprofit", level=Level.VERIFIED))

    found = store.find_party("pty_1")
    assert found is not None
    assert found.attributes["entity"].value == "nonprofit"
    assert found.level_of("entity") is Level.VERIFIED
    assert [one.value for one in store.statements_about("pty_1")] == [
        "company",
        "nonprofit",
    ]


def test_values_keep_their_type(store: Store) -> None:
    said = [a_statement(), a_statement(2, "staff", 12)]
    store.add_party(a_party(), said, salt="s")

    assert store.statements_about("pty_1") == tuple(said)
    assert store.all_parties()[0].attributes["staff"].value == 12


def test_two_who_speak_at_once_do_not_both_win(store: Store) -> None:
    store.add_party(a_party(), [a_statement()], salt="s")

    with pytest.raises(Conflict):
        store.add_statement(a_statement(1, value="nonprofit"))

    assert len(store.statements_about("pty_1")) == 1


def test_nothing_can_be_said_about_nobody(store: Store) -> None:
    with pytest.raises(NotFound):
        store.add_statement(a_statement())


def test_a_statement_raises_the_epoch_and_a_new_party_does_not(store: Store) -> None:
    before = store.epoch()
    store.add_party(a_party(), [], salt="s")
    after_party = store.epoch()
    store.add_statement(a_statement())

    assert after_party == before
    assert store.epoch() > after_party


def test_owners_change_in_one_step(store: Store) -> None:
    store.add_party(a_party(), [], salt="s")
    store.add_party(a_party("pty_2", "Bea"), [], salt="s")
    before = store.epoch()

    store.set_owners({"pty_1": "pty_2", "pty_2": ""})

    owned = store.find_party("pty_1")
    assert owned is not None
    assert owned.beneficial_owner_id == "pty_2"
    assert store.epoch() > before


def test_what_is_said_and_whose_it_makes_somebody_are_one_step(store: Store) -> None:
    store.add_party(a_party(), [], salt="s")
    store.add_party(a_party("pty_2", "Bea"), [], salt="s", owners={"pty_1": "pty_2"})

    with pytest.raises(NotFound):
        store.add_statement(
            replace(a_statement(), party_id="pty_9"), owners={"pty_1": ""}
        )
    owned = store.find_party("pty_1")
    assert owned is not None
    assert owned.beneficial_owner_id == "pty_2"

    store.add_statement(a_statement(), owners={"pty_1": "pty_3"})
    owned = store.find_party("pty_1")
    assert owned is not None
    assert owned.beneficial_owner_id == "pty_3"


def test_owners_that_stay_change_nothing(store: Store) -> None:
    store.add_party(a_party(), [], salt="s")
    before = store.epoch()

    store.set_owners({"pty_1": ""})

    assert store.epoch() == before


def test_an_erased_person_leaves_commitments_and_no_salt(store: Store) -> None:
    said = (a_statement(value="person"), a_statement(2, "email", "ada@example.org"))
    store.add_party(a_party(), said, salt="s")
    party = store.find_party("pty_1")
    assert party is not None

    store.erase_party(planned_erasure(party, said, salt="s", at_us=9))

    erased = store.find_party("pty_1")
    assert erased is not None
    assert erased.name.startswith("sha256:")
    assert erased.erased_us == 9
    assert not erased.attributes
    assert store.salt_of("pty_1") == ""
    for one in store.statements_about("pty_1"):
        assert one.is_erased
        assert str(one.value).startswith("sha256:")
        assert (one.salt, one.by) == ("", "")


def test_what_is_withdrawn_leaves_commitments_and_no_other_is_touched(
    store: Store,
) -> None:
    said = (a_statement(value="person"), a_statement(2, "public_name", "Ada L."))
    store.add_party(a_party(), said, salt="s")
    before = store.epoch()
    ends = replace(said[1], number=3, level=Level.UNKNOWN, salt="t")

    store.withdraw(ends, {2: "sha256:a", 3: "sha256:b"})

    kept, *gone = store.statements_about("pty_1")
    assert kept == said[0]
    assert [(one.value, one.salt, one.is_erased) for one in gone] == [
        ("sha256:a", "", True),
        ("sha256:b", "", True),
    ]
    party = store.find_party("pty_1")
    assert party is not None
    assert set(party.attributes) == {"entity"}
    assert store.epoch() > before
    with pytest.raises(Conflict):
        store.withdraw(ends, {})


def test_erasing_twice_is_erasing_once(store: Store) -> None:
    said = (a_statement(value="person"),)
    store.add_party(a_party(), said, salt="s")
    party = store.find_party("pty_1")
    assert party is not None
    store.erase_party(planned_erasure(party, said, salt="s", at_us=9))
    once = store.find_party("pty_1")
    assert once is not None

    again = planned_erasure(once, store.statements_about("pty_1"), salt="", at_us=10)
    store.erase_party(again)

    assert store.find_party("pty_1") == once


def test_nobody_has_no_salt(store: Store) -> None:
    with pytest.raises(NotFound):
        store.salt_of("pty_9")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM party_attribute",
        "UPDATE party_attribute SET value = '\"nonprofit\"'",
        "UPDATE party_attribute SET level = 3",
        "DELETE FROM party",
        "UPDATE store_epoch SET epoch = 0",
    ],
)
def test_sqlite_itself_refuses_to_rewrite_what_was_said(statement: str) -> None:
    db = open_sqlite(":memory:")
    IdentityStore(db).add_party(a_party(), [a_statement()], salt="s")

    with pytest.raises(Conflict), db.transaction() as tx:
        tx.run(statement)

    db.close()


def test_the_parties_of_one_owner_are_found_and_no_others(store: Store) -> None:
    for number, owner in enumerate(("", "pty_1", "owner:x", "owner:x", ""), start=1):
        party = replace(a_party(f"pty_{number}", f"Company {number}"), owner_id=owner)
        store.add_party(party, [], salt="s")
    store.add_statement(a_statement())

    def of(owner_id: str) -> list[str]:
        return [party.id for party in store.parties_of_owner(owner_id)]

    assert of("pty_1") == ["pty_1", "pty_2"]
    assert of("owner:x") == ["pty_3", "pty_4"]
    assert of("pty_5") == ["pty_5"]
    assert of("pty_2") == of("pty_9") == of("") == []
    first = store.parties_of_owner("pty_1")[0]
    assert first == store.find_party("pty_1")


def test_the_parties_of_an_owner_are_found_by_index() -> None:
    db = open_sqlite(":memory:")

    plan = db.rows(f"EXPLAIN QUERY PLAN {PARTIES_OF_OWNER}", {"owner_id": "pty_1"})
    db.close()

    assert not [step for step in plan if step["detail"].startswith("SCAN")]
