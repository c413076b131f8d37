"""Parties and keys in the store.

Whatever changes something that exists raises the epoch in the same transaction:
a server that compares epochs cannot keep trusting what was revoked. New parties
and new keys change nothing that anybody could have cached, so they do not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateway.identity.api_key import ApiKey
from gateway.identity.erasure import Erasure
from gateway.identity.party import Attribute, Party, folded
from gateway.identity.ports import NO_OWNERS, Found, Held
from gateway.identity.statement import Statement, current
from gateway.kernel.errors import Conflict, NotFound
from gateway.storage.database import Database, Reader, Row, Transaction
from gateway.storage.stores.identity_rows import (
    key_from,
    key_params,
    party_from,
    statement_from,
    statement_params,
)

INSERT_PARTY = """
    INSERT INTO party
        (id, name, name_folded, name_salt, owner_id, created_us, erased_us)
    VALUES
        (:id, :name, :name_folded, :name_salt, :owner_id, :created_us, NULL)
"""
INSERT_STATEMENT = """
    INSERT INTO party_attribute
        (party_id, number, attribute, value, level, source, stated_by, stated_us,
         salt, is_erased)
    VALUES
        (:party_id, :number, :attribute, :value, :level, :source, :stated_by,
         :stated_us, :salt, :is_erased)
"""
INSERT_KEY = """
    INSERT INTO api_key
        (id, party_id, label, hash, pepper_id, last4, is_test, created_us,
         expires_us, revoked_us, replaced_by)
    VALUES
        (:id, :party_id, :label, :hash, :pepper_id, :last4, :is_test, :created_us,
         :expires_us, :revoked_us, :replaced_by)
"""
PARTIES_OF_OWNER = """
    SELECT * FROM party
    WHERE (owner_id = :owner_id AND owner_id <> '')
        OR (id = :owner_id AND owner_id = '')
    ORDER BY id
"""
ERASE_STATEMENT = """
    UPDATE party_attribute SET value = :value, stated_by = '', salt = '', is_erased = 1
    WHERE party_id = :party_id AND number = :number AND is_erased = 0
"""
ERASE_NAME = """
    UPDATE party SET name = :name, name_folded = :name, name_salt = ''
    WHERE id = :party_id AND name_salt <> ''
"""
COUNT_LIVE = """
    SELECT count(*) AS live FROM api_key
    WHERE party_id = :party_id AND label = :label AND revoked_us IS NULL
        AND (expires_us IS NULL OR expires_us > :at_us)
"""


class IdentityStore:
    """`PartyStore`, `KeyStore` and `KeyDirectory` over a `Database`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # ── parties ──────────────────────────────────────────────────────────────

    def add_party(
        self,
        party: Party,
        statements: Sequence[Statement],
        *,
        salt: str,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        """Keep a new party and what is said about it."""
        with self._db.transaction() as tx:
            taken = tx.row(
                "SELECT id FROM party WHERE name_folded = :name OR id = :id",
                {"name": folded(party.name), "id": party.id},
            )
            if taken is not None:
                detail = f"there is a party named {party.name!r} already: {taken['id']}"
                raise Conflict(detail)
            tx.run(
                INSERT_PARTY,
                {
                    "id": party.id,
                    "name": party.name,
                    "name_folded": folded(party.name),
                    "name_salt": salt,
                    "owner_id": party.owner_id,
                    "created_us": party.created_us,
                },
            )
            tx.run_many(INSERT_STATEMENT, [statement_params(one) for one in statements])
            _set_owners(tx, owners)

    def find_party(self, party_id: str) -> Party | None:
        """The party, with the attributes that count now."""
        row = self._db.row("SELECT * FROM party WHERE id = :id", {"id": party_id})
        return None if row is None else self._party(row)

    def find_party_named(self, name: str) -> Party | None:
        """The party of that name, whatever the case and the spaces."""
        sql = "SELECT * FROM party WHERE name_folded = :name"
        row = self._db.row(sql, {"name": folded(name)})
        return None if row is None else self._party(row)

    def all_parties(self) -> tuple[Party, ...]:
        """Every party, in the order of their ids."""
        said: dict[str, list[Statement]] = {}
        for row in self._db.rows("SELECT * FROM party_attribute"):
            said.setdefault(row["party_id"], []).append(statement_from(row))
        parties = self._db.rows("SELECT * FROM party ORDER BY id")
        return tuple(
            party_from(row, current(said.get(row["id"], ()))) for row in parties
        )

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        """The parties of one beneficial owner, by id."""
        rows = self._db.rows(PARTIES_OF_OWNER, {"owner_id": owner_id})
        return tuple(self._party(row) for row in rows)

    def add_statement(
        self, statement: Statement, *, owners: Mapping[str, str] = NO_OWNERS
    ) -> None:
        """Keep what was said; its number must be free."""
        with self._db.transaction() as tx:
            _require_party(tx, statement.party_id)
            tx.run(INSERT_STATEMENT, statement_params(statement))
            _set_owners(tx, owners)
            _raise_epoch(tx)

    def withdraw(
        self,
        statement: Statement,
        values: Mapping[int, str],
        *,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        """Keep what withdraws, and put commitments in the place of what was said."""
        with self._db.transaction() as tx:
            _require_party(tx, statement.party_id)
            tx.run(INSERT_STATEMENT, statement_params(statement))
            _erase_statements(tx, statement.party_id, values)
            _set_owners(tx, owners)
            _raise_epoch(tx)

    def statements_about(self, party_id: str) -> tuple[Statement, ...]:
        """Everything ever said about a party, oldest first."""
        return _statements(self._db, party_id)

    def salt_of(self, party_id: str) -> str:
        """The salt of the commitment to the party's name; empty once erased."""
        return str(_require_party(self._db, party_id)["name_salt"])

    def set_owners(self, owners: Mapping[str, str]) -> None:
        """Give parties other beneficial owners, all in one step."""
        with self._db.transaction() as tx:
            _set_owners(tx, owners)

    def erase_party(self, erasure: Erasure) -> int:
        """Erase, and revoke every key of the party, in one step."""
        party = {"party_id": erasure.party_id, "at_us": erasure.erased_us}
        with self._db.transaction() as tx:
            _require_party(tx, erasure.party_id)
            _erase_statements(tx, erasure.party_id, erasure.values)
            if erasure.name is not None:
                tx.run(ERASE_NAME, {**party, "name": erasure.name})
            tx.run(
                "UPDATE party SET erased_us = :at_us "
                "WHERE id = :party_id AND erased_us IS NULL",
                party,
            )
            revoked = tx.run(
                "UPDATE api_key SET revoked_us = :at_us "
                "WHERE party_id = :party_id AND revoked_us IS NULL",
                party,
            )
            _raise_epoch(tx)
        return revoked

    # ── keys ─────────────────────────────────────────────────────────────────

    def add_key(self, key: ApiKey, *, live_max: int) -> None:
        """Keep a new key."""
        with self._db.transaction() as tx:
            _require_party(tx, key.party_id)
            _insert_key(tx, key, live_max)

    def replace_key(
        self, old_id: str, new: ApiKey, *, old_expires_us: int, live_max: int
    ) -> None:
        """Keep *new*, and let the old key expire, in one step."""
        with self._db.transaction() as tx:
            old = key_from(_require_key(tx, old_id))
            if old.replaced_by or not old.is_live_at(new.created_us):
                detail = f"key {old_id} is not the live one; rotate its replacement"
                raise Conflict(detail)
            expires_us = min(old_expires_us, old.expires_us or old_expires_us)
            tx.run(
                "UPDATE api_key SET expires_us = :expires_us, replaced_by = :new_id "
                "WHERE id = :id",
                {"expires_us": expires_us, "new_id": new.id, "id": old_id},
            )
            _insert_key(tx, new, live_max)
            _raise_epoch(tx)

    def find_key(self, key_id: str) -> ApiKey | None:
        """The key, live or not."""
        row = self._db.row("SELECT * FROM api_key WHERE id = :id", {"id": key_id})
        return None if row is None else key_from(row)

    def keys_of(self, party_id: str) -> tuple[ApiKey, ...]:
        """Every key of a party, oldest first."""
        sql = "SELECT * FROM api_key WHERE party_id = :id ORDER BY created_us, id"
        return tuple(key_from(row) for row in self._db.rows(sql, {"id": party_id}))

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""
        sql = "SELECT * FROM api_key ORDER BY created_us, id"
        return tuple(key_from(row) for row in self._db.rows(sql))

    def revoke_key(self, key_id: str, *, at_us: int) -> ApiKey:
        """Set the tombstone; a second time changes nothing."""
        with self._db.transaction() as tx:
            key = key_from(_require_key(tx, key_id))
            if key.revoked_us is not None:
                return key
            tx.run(
                "UPDATE api_key SET revoked_us = :at_us WHERE id = :id",
                {"at_us": at_us, "id": key_id},
            )
            _raise_epoch(tx)
            return replace(key, revoked_us=at_us)

    # ── who holds a key ──────────────────────────────────────────────────────

    def epoch(self) -> int:
        """How many times something that existed was changed."""
        row = self._db.row("SELECT epoch FROM store_epoch WHERE only = 1")
        return 0 if row is None else int(row["epoch"])

    def find_by_hash(self, hashes: Sequence[str]) -> Found:
        """The key stored under one of some hashes."""
        epoch = self.epoch()  # first: what is read later is at least as new
        sql = "SELECT * FROM api_key WHERE hash = :hash"
        for each in hashes:
            row = self._db.row(sql, {"hash": each})
            if row is not None:
                return Found(epoch, self._held(row))
        return Found(epoch, None)

    def find_by_id(self, key_id: str) -> Found:
        """The key of that id."""
        epoch = self.epoch()
        row = self._db.row("SELECT * FROM api_key WHERE id = :id", {"id": key_id})
        return Found(epoch, None if row is None else self._held(row))

    def _held(self, row: Row) -> Held:
        party = _require_party(self._db, row["party_id"])
        return Held(key_from(row), self._party(party))

    def _party(self, row: Row) -> Party:
        attributes: Mapping[str, Attribute] = current(_statements(self._db, row["id"]))
        return party_from(row, attributes)


def _statements(reader: Reader, party_id: str) -> tuple[Statement, ...]:
    sql = "SELECT * FROM party_attribute WHERE party_id = :id ORDER BY number"
    return tuple(statement_from(row) for row in reader.rows(sql, {"id": party_id}))


def _require_party(reader: Reader, party_id: str) -> Row:
    row = reader.row("SELECT * FROM party WHERE id = :id", {"id": party_id})
    if row is None:
        detail = f"there is no party {party_id}; see `copyfair party list`"
        raise NotFound(detail)
    return row


def _require_key(reader: Reader, key_id: str) -> Row:
    row = reader.row("SELECT * FROM api_key WHERE id = :id", {"id": key_id})
    if row is None:
        detail = f"there is no key {key_id}; see `copyfair key list`"
        raise NotFound(detail)
    return row


def _insert_key(tx: Transaction, key: ApiKey, live_max: int) -> None:
    counted = tx.row(
        COUNT_LIVE,
        {"party_id": key.party_id, "label": key.label, "at_us": key.created_us},
    )
    if counted is not None and counted["live"] >= live_max:
        detail = (
            f"{live_max} keys labelled {key.label!r} are live already; revoke one, or "
            "wait until the replaced one expires"
        )
        raise Conflict(detail)
    tx.run(INSERT_KEY, key_params(key))


def _erase_statements(
    tx: Transaction, party_id: str, values: Mapping[int, str]
) -> None:
    rows = [
        {"party_id": party_id, "number": number, "value": json.dumps(value)}
        for number, value in values.items()
    ]
    tx.run_many(ERASE_STATEMENT, rows)


def _set_owners(tx: Transaction, owners: Mapping[str, str]) -> None:
    sql = "UPDATE party SET owner_id = :owner WHERE id = :id AND owner_id <> :owner"
    many = [{"id": party, "owner": owner} for party, owner in owners.items()]
    if many and tx.run_many(sql, many):
        _raise_epoch(tx)


def _raise_epoch(tx: Transaction) -> None:
    tx.run("UPDATE store_epoch SET epoch = epoch + 1 WHERE only = 1")
