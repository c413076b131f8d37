"""What every `CapStore` promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.identity.party import Party
from gateway.metering.cap_terms import CapTerms, Counted, Per, Strength
from gateway.metering.ports import CapChange, CapStore
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import IdentityStore
from tests.fakes.caps import FakeCaps
from tests.unit.services.agreed import A_TARIFF, an_agreement

CAP = CapTerms("agr_1", Counted.REQUESTS, Per.DAY, 100)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[CapStore]:
    if request.param == "memory":
        yield FakeCaps()
        return
    db = open_sqlite(":memory:")
    books = StoredBooks(db)
    IdentityStore(db).add_party(Party("pty_1", "Mapworks"), [], salt="s")
    books.tariffs.publish(A_TARIFF, at_us=1)
    for number in (1, 2):
        books.agreements.add(an_agreement(number))
    yield books.caps
    db.close()


def test_the_last_word_on_a_kind_holds(store: CapStore) -> None:
    store.put(CAP, at_us=1)
    store.put(replace(CAP, amount=50), at_us=2)

    assert store.caps_of("agr_1") == (CapChange(replace(CAP, amount=50), False, 2),)
    assert store.caps_of("agr_2") == ()


def test_kinds_stand_side_by_side(store: CapStore) -> None:
    kinds = [
        CAP,
        replace(CAP, per=Per.MONTH),
        replace(CAP, strength=Strength.SOFT),
        replace(CAP, key_id="key_1"),
        replace(CAP, counted=Counted.BYTES),
    ]
    for kind in kinds:
        store.put(kind, at_us=1)

    found = [each.terms for each in store.caps_of("agr_1")]

    assert len(found) == 5
    assert set(found) == set(kinds)


def test_a_lifted_cap_says_so_and_may_be_set_again(store: CapStore) -> None:
    store.put(CAP, at_us=1)
    store.lift(CAP, at_us=2)
    lifted = store.caps_of("agr_1")
    store.put(CAP, at_us=3)

    assert lifted == (CapChange(CAP, True, 2),)
    assert store.caps_of("agr_1") == (CapChange(CAP, False, 3),)


def test_changes_are_told_once_to_whoever_follows(store: CapStore) -> None:
    nothing = store.changed_after(0)
    store.put(CAP, at_us=1)
    store.put(replace(CAP, agreement_id="agr_2"), at_us=1)
    seq, whose = store.changed_after(nothing[0])

    assert nothing == (0, frozenset())
    assert whose == {"agr_1", "agr_2"}
    assert store.changed_after(seq) == (seq, frozenset())
    assert store.capped() == ("agr_1", "agr_2")
