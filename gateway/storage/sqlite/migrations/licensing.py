"""Tables of licensing: published tariffs, agreements, and the offers behind them."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted

migrations = Migrations("licensing")

TARIFF_VERSION = """
CREATE TABLE tariff_version (
  tariff TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  currency TEXT NOT NULL,
  body_json TEXT NOT NULL,
  body_sha256 TEXT NOT NULL CHECK (length(body_sha256) = 64),
  published_us INTEGER NOT NULL,
  PRIMARY KEY (tariff, version)
) STRICT, WITHOUT ROWID
"""

AGREEMENT = """
CREATE TABLE agreement (
  id TEXT PRIMARY KEY,
  party_id TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  currency TEXT NOT NULL,
  settling TEXT NOT NULL CHECK (settling IN ('prepaid', 'invoiced', 'test')),
  uses_json TEXT NOT NULL,
  commercial TEXT NOT NULL,
  collections_json TEXT NOT NULL,
  starts_us INTEGER NOT NULL,
  ends_us INTEGER,
  cap_minor INTEGER CHECK (cap_minor >= 0),
  terms_sha256 TEXT NOT NULL,
  FOREIGN KEY (tariff, tariff_version) REFERENCES tariff_version
) STRICT, WITHOUT ROWID
"""

ACCEPTED_OFFER = """
CREATE TABLE accepted_offer (
  agreement_id TEXT PRIMARY KEY REFERENCES agreement,
  offer_id TEXT NOT NULL,
  document TEXT NOT NULL,
  accepted_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""

AGREEMENT_ENDS_ONCE = """
CREATE TRIGGER agreement_ends_once BEFORE UPDATE ON agreement
WHEN OLD.ends_us IS NOT NULL OR NEW.ends_us IS NULL
  OR NEW.id <> OLD.id OR NEW.party_id <> OLD.party_id OR NEW.tariff <> OLD.tariff
  OR NEW.tariff_version <> OLD.tariff_version OR NEW.currency <> OLD.currency
  OR NEW.settling <> OLD.settling OR NEW.uses_json <> OLD.uses_json
  OR NEW.commercial <> OLD.commercial
  OR NEW.collections_json <> OLD.collections_json OR NEW.starts_us <> OLD.starts_us
  OR NEW.cap_minor IS NOT OLD.cap_minor OR NEW.terms_sha256 <> OLD.terms_sha256
BEGIN SELECT RAISE(ABORT, 'an agreement ends once and else never changes'); END
"""


@migrations()
def m001_tariffs_and_agreements(db: Database) -> None:
    """Make the tables and their guards."""
    for table in (TARIFF_VERSION, AGREEMENT, ACCEPTED_OFFER):
        db.execute(table)
    db.execute("CREATE INDEX agreement_party ON agreement (party_id, starts_us)")
    for guard in (
        *append_only("tariff_version", "a published tariff"),
        *append_only("accepted_offer", "an accepted offer"),
        never_deleted("agreement", "an agreement"),
        AGREEMENT_ENDS_ONCE,
    ):
        db.execute(guard)


@migrations()
def m002_idempotency_keys(db: Database) -> None:
    """An accepted offer knows the digest of the key it was accepted with."""
    db.execute(
        "ALTER TABLE accepted_offer ADD COLUMN key_sha256 TEXT NOT NULL DEFAULT ''"
    )
    db.execute(
        "CREATE UNIQUE INDEX accepted_offer_key ON accepted_offer (key_sha256)"
        " WHERE key_sha256 <> ''"
    )
