"""What every `KeyStore` and `KeyDirectory` promises, in memory and in SQLite."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from gateway.identity.api_key import ApiKey
from gateway.identity.party import Party
from gateway.identity.ports import KeyDirectory, KeyStore, PartyStore
from gateway.identity.statement import Statement
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.evidence import Level
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import IdentityStore
from tests.fakes.identity import FakeIdentityStore


class Store(PartyStore, KeyStore, KeyDirectory, Protocol):
    """All three."""


def with_a_party(store: Store) -> Store:
    store.add_party(Party("pty_1", "Ada Archive"), [], salt="s")
    return store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "memory":
        yield with_a_party(FakeIdentityStore())
        return
    db = open_sqlite(":memory:")
    yield with_a_party(IdentityStore(db))
    db.close()


def a_key(
    number: int = 1,
    *,
    label: str = "crawler",
    created_us: int = 100,
    expires_us: int | None = None,
    party_id: str = "pty_1",
) -> ApiKey:
    return ApiKey(
        id=f"key_{number}",
        party_id=party_id,
        label=label,
        hash=f"hash-{number}",
        pepper_id="pep_1",
        last4="x7Qz",
        is_test=False,
        created_us=created_us,
        expires_us=expires_us,
    )


def test_a_key_is_found_by_its_hash_and_by_its_id(store: Store) -> None:
    store.add_key(a_key(), live_max=2)

    by_hash = store.find_by_hash(["another", "hash-1"])
    by_id = store.find_by_id("key_1")

    assert by_hash == by_id
    assert by_hash.held is not None
    assert by_hash.held.key == a_key()
    assert by_hash.held.party.name == "Ada Archive"
    assert by_hash.epoch == store.epoch()


def test_an_unknown_key_is_held_by_nobody(store: Store) -> None:
    assert store.find_by_hash(["hash-1"]).held is None
    assert store.find_by_id("key_1").held is None
    assert store.find_key("key_1") is None


def test_a_key_belongs_to_a_party(store: Store) -> None:
    with pytest.raises(NotFound):
        store.add_key(a_key(party_id="pty_9"), live_max=2)


def test_no_two_keys_share_a_hash(store: Store) -> None:
    store.add_key(a_key(), live_max=9)
    twin = ApiKey("key_2", "pty_1", "other", "hash-1", "pep_1", "abcd", False, 100)

    with pytest.raises(Conflict):
        store.add_key(twin, live_max=9)


def test_a_label_has_two_live_keys_at_most(store: Store) -> None:
    store.add_key(a_key(1), live_max=2)
    store.add_key(a_key(2), live_max=2)

    with pytest.raises(Conflict, match="2 keys labelled 'crawler'"):
        store.add_key(a_key(3), live_max=2)
    store.add_key(a_key(4, label="laptop"), live_max=2)

    assert [key.id for key in store.keys_of("pty_1")] == ["key_1", "key_2", "key_4"]


def test_expired_and_revoked_keys_leave_room(store: Store) -> None:
    store.add_key(a_key(1, expires_us=150), live_max=2)
    store.add_key(a_key(2), live_max=2)
    store.revoke_key("key_2", at_us=160)

    store.add_key(a_key(3, created_us=200), live_max=2)
    store.add_key(a_key(4, created_us=200), live_max=2)

    assert len(store.all_keys()) == 4


def test_revoking_leaves_a_tombstone_and_raises_the_epoch(store: Store) -> None:
    store.add_key(a_key(), live_max=2)
    before = store.epoch()

    store.revoke_key("key_1", at_us=200)
    store.revoke_key("key_1", at_us=300)

    found = store.find_by_hash(["hash-1"])
    assert found.held is not None
    assert found.held.key.revoked_us == 200
    assert found.epoch == before + 1


def test_what_is_not_there_cannot_be_revoked_or_replaced(store: Store) -> None:
    with pytest.raises(NotFound):
        store.revoke_key("key_9", at_us=1)
    with pytest.raises(NotFound):
        store.replace_key("key_9", a_key(), old_expires_us=1, live_max=2)


def test_a_replaced_key_ends_with_the_overlap(store: Store) -> None:
    store.add_key(a_key(1), live_max=2)
    before = store.epoch()

    new = a_key(2, created_us=200)
    store.replace_key("key_1", new, old_expires_us=500, live_max=2)

    old = store.find_key("key_1")
    assert old is not None
    assert (old.expires_us, old.replaced_by) == (500, "key_2")
    assert store.find_key("key_2") == new
    assert store.epoch() > before


def test_an_overlap_never_makes_a_key_live_longer(store: Store) -> None:
    store.add_key(a_key(1, expires_us=300), live_max=2)

    store.replace_key("key_1", a_key(2, created_us=200), old_expires_us=500, live_max=2)

    old = store.find_key("key_1")
    assert old is not None
    assert old.expires_us == 300


def test_only_the_live_key_is_replaced(store: Store) -> None:
    store.add_key(a_key(1), live_max=2)
    store.replace_key("key_1", a_key(2, created_us=200), old_expires_us=500, live_max=2)

    for old_id in ("key_1", "key_2"):
        with pytest.raises(Conflict):
            store.replace_key(
                old_id, a_key(3, created_us=300), old_expires_us=900, live_max=2
            )

    # key_2 was live, but a third key in the overlap of the first is one too many,
    # and a step that fails leaves nothing behind.
    second = store.find_key("key_2")
    assert second is not None
    assert (second.expires_us, second.replaced_by) == (None, "")
    assert store.find_key("key_3") is None


def test_a_revoked_key_is_not_replaced(store: Store) -> None:
    store.add_key(a_key(1), live_max=2)
    store.revoke_key("key_1", at_us=150)

    with pytest.raises(Conflict, match="not the live one"):
        store.replace_key(
            "key_1", a_key(2, created_us=200), old_expires_us=500, live_max=2
        )


def test_a_statement_about_the_holder_raises_the_epoch(store: Store) -> None:
    store.add_key(a_key(), live_max=2)
    before = store.find_by_hash(["hash-1"]).epoch

    store.add_statement(
        Statement(
            "pty_1", 1, "entity", "company", Level.VOUCHED, "steward", "", 1, "salt"
        )
    )

    found = store.find_by_hash(["hash-1"])
    assert found.epoch > before
    assert found.held is not None
    assert found.held.party.level_of("entity") is Level.VOUCHED


def test_a_revocation_survives_a_restart(tmp_path: Path) -> None:
    first = open_sqlite(tmp_path / "store.sqlite")
    store = with_a_party(IdentityStore(first))
    store.add_key(a_key(), live_max=2)
    store.revoke_key("key_1", at_us=200)
    first.close()

    second = open_sqlite(tmp_path / "store.sqlite")
    found = IdentityStore(second).find_by_hash(["hash-1"])
    second.close()

    assert found.held is not None
    assert found.held.key.revoked_us == 200


def test_of_many_who_issue_at_once_two_succeed(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.sqlite")
    store = with_a_party(IdentityStore(db))
    outcomes: list[bool] = []

    def issue(number: int) -> None:
        try:
            store.add_key(a_key(number), live_max=2)
        except Conflict:
            outcomes.append(False)
        else:
            outcomes.append(True)

    threads = [threading.Thread(target=issue, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()

    assert outcomes.count(True) == 2
    assert len(outcomes) == 8


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM api_key",
        "UPDATE api_key SET revoked_us = NULL",
        "UPDATE api_key SET revoked_us = 900",
        "UPDATE api_key SET party_id = 'pty_2'",
        "UPDATE api_key SET hash = 'another'",
        "UPDATE api_key SET is_test = 1",
    ],
)
def test_sqlite_itself_refuses_to_bring_a_key_back(statement: str) -> None:
    db = open_sqlite(":memory:")
    store = with_a_party(IdentityStore(db))
    store.add_key(a_key(), live_max=2)
    store.revoke_key("key_1", at_us=200)

    with pytest.raises(Conflict), db.transaction() as tx:
        tx.run(statement)

    db.close()
