"""Tables of documents: what was written of each, once."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("documents")

RENDITION = (
    """
CREATE TABLE rendition (
  document_id TEXT PRIMARY KEY,
  pdf BLOB NOT NULL,
  cii BLOB NOT NULL,
  ubl BLOB NOT NULL,
  signature TEXT NOT NULL,
  pdf_sha256 TEXT NOT NULL CHECK (length(pdf_sha256) = 64),
  cii_sha256 TEXT NOT NULL CHECK (length(cii_sha256) = 64),
  ubl_sha256 TEXT NOT NULL CHECK (length(ubl_sha256) = 64),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT
""",
    """
CREATE TRIGGER rendition_of_what_was_issued BEFORE INSERT ON rendition
WHEN NOT EXISTS (
  SELECT 1 FROM invoice WHERE id = NEW.document_id AND status = 'finalised'
  UNION ALL SELECT 1 FROM credit_note WHERE id = NEW.document_id)
BEGIN SELECT RAISE(ABORT, 'only an issued document is kept'); END
""",
    *append_only("rendition", "what was written"),
)


@migrations()
def m001_renditions(db: Database) -> None:
    """PDF and XML of each issued document, with their digests."""
    for statement in RENDITION:
        db.execute(statement)
