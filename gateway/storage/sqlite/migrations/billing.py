"""Tables of billing: runs, rated usage, documents, payments, and the chain.

Everything is append-only but an invoice, which leaves the state of a draft once:
finalised with the next number of its series, or voided.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only, never_deleted
from gateway.storage.sqlite.migrations.rated_terms import RATED_TERMS

migrations = Migrations("billing")

RUNS = (
    """
CREATE TABLE billing_run (
  id TEXT PRIMARY KEY,
  period_start_us INTEGER NOT NULL,
  period_end_us INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  cut_us INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'statement')),
  events INTEGER NOT NULL CHECK (events >= 0),
  usage_sha256 TEXT NOT NULL CHECK (length(usage_sha256) = 64),
  UNIQUE (period_start_us, period_end_us, number),
  CHECK (period_end_us > period_start_us)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE rated_event (
  event_id TEXT PRIMARY KEY REFERENCES usage_event (id),
  run_id TEXT NOT NULL REFERENCES billing_run DEFERRABLE INITIALLY DEFERRED,
  units INTEGER NOT NULL CHECK (units >= 0),
  excluded TEXT,
  CHECK ((excluded IS NULL) = (units > 0))
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE rated_line (
  run_id TEXT NOT NULL REFERENCES billing_run,
  position INTEGER NOT NULL CHECK (position > 0),
  owner_id TEXT NOT NULL,
  tariff TEXT NOT NULL,
  span_start_us INTEGER NOT NULL,
  span_end_us INTEGER NOT NULL,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  party_id TEXT NOT NULL,
  collection TEXT NOT NULL,
  month_start_us INTEGER NOT NULL,
  month_end_us INTEGER NOT NULL,
  tariff_version INTEGER NOT NULL,
  bracket INTEGER NOT NULL CHECK (bracket >= 0),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  metered TEXT NOT NULL,
  per_units INTEGER NOT NULL CHECK (per_units > 0),
  price_micros INTEGER NOT NULL CHECK (price_micros >= 0),
  currency TEXT NOT NULL,
  net_minor INTEGER NOT NULL CHECK (net_minor >= 0),
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX rated_event_run ON rated_event (run_id, event_id)",
    """
CREATE INDEX rated_line_ladder
ON rated_line (owner_id, tariff, span_start_us, span_end_us)
""",
    *append_only("billing_run", "a billing run"),
    *append_only("rated_event", "rated usage"),
    *append_only("rated_line", "rated usage"),
)

SERIES = (
    """
CREATE TABLE number_series (
  series TEXT PRIMARY KEY,
  next INTEGER NOT NULL CHECK (next > 0)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER number_series_begins BEFORE INSERT ON number_series WHEN NEW.next <> 1
BEGIN SELECT RAISE(ABORT, 'a series begins with 1'); END
""",
    """
CREATE TRIGGER number_series_moves BEFORE UPDATE ON number_series
WHEN NEW.series <> OLD.series OR NEW.next <> OLD.next + 1 OR NOT EXISTS (
  SELECT 1 FROM invoice WHERE series = OLD.series AND series_number = OLD.next
  UNION ALL
  SELECT 1 FROM credit_note WHERE series = OLD.series AND series_number = OLD.next)
BEGIN SELECT RAISE(ABORT, 'a series moves only with a document'); END
""",
    never_deleted("number_series", "a series of numbers"),
)

INVOICES = (
    """
CREATE TABLE invoice (
  id TEXT PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES billing_run,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  party_id TEXT NOT NULL,
  buyer_name TEXT NOT NULL,
  buyer_country TEXT NOT NULL,
  buyer_vat_id TEXT NOT NULL,
  seller_name TEXT NOT NULL,
  seller_country TEXT NOT NULL,
  seller_vat_id TEXT NOT NULL,
  seller_address TEXT NOT NULL,
  period_start_us INTEGER NOT NULL,
  period_end_us INTEGER NOT NULL,
  currency TEXT NOT NULL,
  tax_reason TEXT NOT NULL,
  tax_reason_code TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft', 'finalised', 'void')),
  created_us INTEGER NOT NULL,
  series TEXT REFERENCES number_series,
  series_number INTEGER,
  number TEXT UNIQUE,
  issued_us INTEGER,
  due_us INTEGER,
  net_minor INTEGER,
  tax_minor INTEGER,
  gross_minor INTEGER,
  document TEXT,
  document_sha256 TEXT CHECK (length(document_sha256) = 64),
  UNIQUE (run_id, agreement_id, currency),
  UNIQUE (series, series_number),
  CHECK ((status = 'finalised') = (number IS NOT NULL)),
  CHECK ((number IS NULL) = (series IS NULL)),
  CHECK ((number IS NULL) = (series_number IS NULL)),
  CHECK ((number IS NULL) = (issued_us IS NULL)),
  CHECK ((number IS NULL) = (due_us IS NULL)),
  CHECK ((number IS NULL) = (document IS NULL)),
  CHECK ((number IS NULL) = (document_sha256 IS NULL)),
  CHECK (number IS NULL OR gross_minor IS net_minor + tax_minor)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE invoice_line (
  invoice_id TEXT NOT NULL REFERENCES invoice,
  position INTEGER NOT NULL CHECK (position > 0),
  kind TEXT NOT NULL CHECK (kind IN ('usage', 'waiver')),
  text TEXT NOT NULL,
  collection TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  bracket INTEGER NOT NULL,
  quantity INTEGER NOT NULL,
  unit TEXT NOT NULL,
  price_micros INTEGER NOT NULL,
  base_quantity INTEGER NOT NULL CHECK (base_quantity > 0),
  net_minor INTEGER NOT NULL,
  category TEXT NOT NULL,
  rate_bp INTEGER NOT NULL CHECK (rate_bp >= 0),
  month_start_us INTEGER NOT NULL,
  month_end_us INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE invoice_tax (
  invoice_id TEXT NOT NULL REFERENCES invoice,
  category TEXT NOT NULL,
  rate_bp INTEGER NOT NULL,
  basis_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, category, rate_bp)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER invoice_begins BEFORE INSERT ON invoice WHEN NEW.status <> 'draft'
BEGIN SELECT RAISE(ABORT, 'an invoice starts as a draft'); END
""",
    """
CREATE TRIGGER invoice_is_immutable BEFORE UPDATE ON invoice
WHEN OLD.status <> 'draft' OR NEW.status = 'draft'
  OR NEW.id <> OLD.id OR NEW.run_id <> OLD.run_id
  OR NEW.agreement_id <> OLD.agreement_id OR NEW.party_id <> OLD.party_id
  OR NEW.buyer_name <> OLD.buyer_name OR NEW.buyer_country <> OLD.buyer_country
  OR NEW.buyer_vat_id <> OLD.buyer_vat_id OR NEW.seller_name <> OLD.seller_name
  OR NEW.seller_country <> OLD.seller_country
  OR NEW.seller_vat_id <> OLD.seller_vat_id
  OR NEW.seller_address <> OLD.seller_address
  OR NEW.period_start_us <> OLD.period_start_us
  OR NEW.period_end_us <> OLD.period_end_us OR NEW.currency <> OLD.currency
  OR NEW.tax_reason <> OLD.tax_reason
  OR NEW.tax_reason_code <> OLD.tax_reason_code OR NEW.created_us <> OLD.created_us
BEGIN SELECT RAISE(ABORT, 'an invoice is finalised or voided once'); END
""",
    """
CREATE TRIGGER invoice_adds_up BEFORE UPDATE OF status ON invoice
WHEN NEW.status = 'finalised' AND (
  NEW.series_number IS NOT
    (SELECT next FROM number_series WHERE series = NEW.series)
  OR NEW.net_minor IS NOT
    (SELECT sum(net_minor) FROM invoice_line WHERE invoice_id = NEW.id)
  OR NEW.tax_minor IS NOT
    (SELECT sum(tax_minor) FROM invoice_tax WHERE invoice_id = NEW.id)
  OR NEW.net_minor IS NOT
    (SELECT sum(basis_minor) FROM invoice_tax WHERE invoice_id = NEW.id))
BEGIN
  SELECT RAISE(ABORT, 'lines do not add up, or the number is not the next');
END
""",
    """
CREATE TRIGGER invoice_takes_number AFTER UPDATE OF status ON invoice
WHEN NEW.status = 'finalised'
BEGIN UPDATE number_series SET next = next + 1 WHERE series = NEW.series; END
""",
    never_deleted("invoice", "an invoice"),
)


def _only_in_draft(table: str) -> tuple[str, ...]:
    draft = "(SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'draft'"
    return (
        f"""
CREATE TRIGGER {table}_only_in_draft BEFORE INSERT ON {table} WHEN {draft}
BEGIN SELECT RAISE(ABORT, 'a finalised invoice never changes'); END
""",
        *append_only(table, "a part of an invoice"),
    )


NOTES = (
    """
CREATE TABLE credit_note (
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoice,
  reason TEXT NOT NULL,
  currency TEXT NOT NULL,
  series TEXT NOT NULL REFERENCES number_series,
  series_number INTEGER NOT NULL,
  number TEXT NOT NULL UNIQUE,
  issued_us INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  document TEXT NOT NULL,
  document_sha256 TEXT NOT NULL CHECK (length(document_sha256) = 64),
  UNIQUE (series, series_number)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE credit_line (
  note_id TEXT NOT NULL REFERENCES credit_note DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  category TEXT NOT NULL,
  rate_bp INTEGER NOT NULL,
  PRIMARY KEY (note_id, position)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE credit_tax (
  note_id TEXT NOT NULL REFERENCES credit_note DEFERRABLE INITIALLY DEFERRED,
  category TEXT NOT NULL,
  rate_bp INTEGER NOT NULL,
  basis_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  PRIMARY KEY (note_id, category, rate_bp)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TRIGGER credit_note_fits BEFORE INSERT ON credit_note
WHEN NEW.series_number IS NOT
    (SELECT next FROM number_series WHERE series = NEW.series)
  OR (SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'finalised'
  OR NEW.net_minor IS NOT
    (SELECT sum(net_minor) FROM credit_line WHERE note_id = NEW.id)
  OR NEW.tax_minor IS NOT
    (SELECT sum(tax_minor) FROM credit_tax WHERE note_id = NEW.id)
  OR NEW.net_minor + coalesce(
      (SELECT sum(net_minor) FROM credit_note WHERE invoice_id = NEW.invoice_id), 0)
    > (SELECT net_minor FROM invoice WHERE id = NEW.invoice_id)
BEGIN
  SELECT RAISE(ABORT, 'a credit note fits its invoice and has the next number');
END
""",
    """
CREATE TRIGGER credit_note_takes_number AFTER INSERT ON credit_note
BEGIN UPDATE number_series SET next = next + 1 WHERE series = NEW.series; END
""",
    """
CREATE TRIGGER credit_line_comes_first BEFORE INSERT ON credit_line
WHEN EXISTS (SELECT 1 FROM credit_note WHERE id = NEW.note_id)
BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END
""",
    """
CREATE TRIGGER credit_tax_comes_first BEFORE INSERT ON credit_tax
WHEN EXISTS (SELECT 1 FROM credit_note WHERE id = NEW.note_id)
BEGIN SELECT RAISE(ABORT, 'an issued credit note never changes'); END
""",
    *append_only("credit_note", "a credit note"),
    *append_only("credit_line", "a credit note"),
    *append_only("credit_tax", "a credit note"),
)

PAYMENTS = (
    """
CREATE TABLE payment (
  id TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  reference TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  fee_minor INTEGER NOT NULL CHECK (fee_minor BETWEEN 0 AND amount_minor),
  received_us INTEGER NOT NULL,
  UNIQUE (provider, reference)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE payment_share (
  payment_id TEXT NOT NULL REFERENCES payment,
  invoice_id TEXT NOT NULL REFERENCES invoice,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  PRIMARY KEY (payment_id, invoice_id)
) STRICT, WITHOUT ROWID
""",
    "CREATE INDEX payment_share_invoice ON payment_share (invoice_id, payment_id)",
    """
CREATE TRIGGER payment_share_fits BEFORE INSERT ON payment_share
WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) IS NOT 'finalised'
  OR NEW.amount_minor + coalesce(
      (SELECT sum(amount_minor) FROM payment_share
       WHERE payment_id = NEW.payment_id), 0)
    > (SELECT amount_minor FROM payment WHERE id = NEW.payment_id)
BEGIN SELECT RAISE(ABORT, 'a payment is given once, and to finalised invoices'); END
""",
    *append_only("payment", "a payment"),
    *append_only("payment_share", "a payment"),
)

CHAIN = (
    """
CREATE TABLE audit_link (
  position INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  ref TEXT NOT NULL,
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  previous TEXT NOT NULL CHECK (length(previous) = 64),
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
  UNIQUE (kind, ref)
) STRICT
""",
    """
CREATE TRIGGER audit_link_follows BEFORE INSERT ON audit_link
WHEN NEW.position IS NOT
    (SELECT coalesce(max(position), 0) + 1 FROM audit_link)
  OR (NEW.position > 1 AND NEW.previous IS NOT
    (SELECT hash FROM audit_link WHERE position = NEW.position - 1))
BEGIN SELECT RAISE(ABORT, 'a link follows the last one'); END
""",
    *append_only("audit_link", "the chain"),
)


@migrations()
def m001_runs_documents_payments(db: Database) -> None:
    """Make the tables, their indexes and their guards."""
    for statement in (
        *RUNS,
        SERIES[0],
        *INVOICES,
        *_only_in_draft("invoice_line"),
        *_only_in_draft("invoice_tax"),
        *NOTES,
        *SERIES[1:],
        *PAYMENTS,
        *CHAIN,
    ):
        db.execute(statement)


@migrations()
def m002_usage_rated_by_its_terms(db: Database) -> None:
    """Say once for many events which run took them up."""
    for statement in RATED_TERMS:
        db.execute(statement)
