"""Tables of identity: parties, what was said about them, their keys, the epoch.

What was said is never changed or removed; erasing a value for good is the one
exception, and it cannot be done twice. A revoked key stays revoked.
"""

from __future__ import annotations

from sqlite_utils import Migrations
from sqlite_utils.db import Database

migrations = Migrations("identity")

TABLES = (
    """
    CREATE TABLE party (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_folded TEXT NOT NULL UNIQUE,
        name_salt TEXT NOT NULL,
        owner_id TEXT NOT NULL,
        created_us INTEGER NOT NULL,
        erased_us INTEGER
    ) STRICT
    """,
    "CREATE INDEX party_owner ON party (owner_id)",
    """
    CREATE TABLE party_attribute (
        party_id TEXT NOT NULL REFERENCES party (id),
        number INTEGER NOT NULL,
        attribute TEXT NOT NULL,
        value TEXT NOT NULL,
        level INTEGER NOT NULL,
        source TEXT NOT NULL,
        stated_by TEXT NOT NULL,
        stated_us INTEGER NOT NULL,
        salt TEXT NOT NULL,
        is_erased INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (party_id, number)
    ) STRICT
    """,
    """
    CREATE TABLE api_key (
        id TEXT PRIMARY KEY,
        party_id TEXT NOT NULL REFERENCES party (id),
        label TEXT NOT NULL,
        hash TEXT NOT NULL UNIQUE,
        pepper_id TEXT NOT NULL,
        last4 TEXT NOT NULL,
        is_test INTEGER NOT NULL,
        created_us INTEGER NOT NULL,
        expires_us INTEGER,
        revoked_us INTEGER,
        replaced_by TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX api_key_party ON api_key (party_id, label)",
    """
    CREATE TABLE store_epoch (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        epoch INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO store_epoch (only, epoch) VALUES (1, 1)",
)

GUARDS = (
    """
    CREATE TRIGGER party_is_kept BEFORE DELETE ON party
    BEGIN SELECT RAISE(ABORT, 'a party is erased, never removed'); END
    """,
    """
    CREATE TRIGGER party_erased_for_good BEFORE UPDATE ON party
    WHEN OLD.erased_us IS NOT NULL
        AND (NEW.erased_us IS NOT OLD.erased_us OR NEW.name <> OLD.name)
    BEGIN SELECT RAISE(ABORT, 'an erased party stays erased'); END
    """,
    """
    CREATE TRIGGER party_attribute_is_kept BEFORE DELETE ON party_attribute
    BEGIN SELECT RAISE(ABORT, 'what was said about a party is never removed'); END
    """,
    """
    CREATE TRIGGER party_attribute_only_erased BEFORE UPDATE ON party_attribute
    WHEN NOT (
        OLD.is_erased = 0 AND NEW.is_erased = 1 AND NEW.salt = ''
        AND NEW.party_id = OLD.party_id AND NEW.number = OLD.number
        AND NEW.attribute = OLD.attribute AND NEW.level = OLD.level
        AND NEW.source = OLD.source AND NEW.stated_us = OLD.stated_us
    )
    BEGIN SELECT RAISE(ABORT, 'what was said about a party is never changed'); END
    """,
    """
    CREATE TRIGGER api_key_is_kept BEFORE DELETE ON api_key
    BEGIN SELECT RAISE(ABORT, 'a key is revoked, never removed'); END
    """,
    """
    CREATE TRIGGER api_key_stays_what_it_is BEFORE UPDATE ON api_key
    WHEN NEW.id <> OLD.id OR NEW.party_id <> OLD.party_id OR NEW.hash <> OLD.hash
        OR NEW.is_test <> OLD.is_test OR NEW.created_us <> OLD.created_us
        OR (OLD.revoked_us IS NOT NULL AND NEW.revoked_us IS NOT OLD.revoked_us)
    BEGIN SELECT RAISE(ABORT, 'a key stays what it is, and revoked'); END
    """,
    """
    CREATE TRIGGER store_epoch_only_rises BEFORE UPDATE ON store_epoch
    WHEN NEW.epoch <= OLD.epoch
    BEGIN SELECT RAISE(ABORT, 'the epoch of the store only rises'); END
    """,
)


@migrations()
def parties_and_keys(db: Database) -> None:
    """Parties, statements, keys, epoch."""
    for statement in (*TABLES, *GUARDS):
        db.execute(statement)
