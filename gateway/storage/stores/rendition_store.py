"""What was written of issued documents, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from gateway.billing.paper import Rendition
from gateway.storage.database import Database

ADD = """
INSERT INTO rendition (document_id, pdf, cii, ubl, signature, pdf_sha256, cii_sha256,
  ubl_sha256, sha256)
VALUES (:document_id, :pdf, :cii, :ubl, :signature, :pdf_sha256, :cii_sha256,
  :ubl_sha256, :sha256)
"""


class StoredRenditions:
    """`gateway.billing.ports.RenditionStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, document_id: str, rendition: Rendition) -> None:
        """Keep what was written of an issued document; see the port."""
        params = {
            "document_id": document_id,
            "pdf": rendition.pdf,
            "cii": rendition.cii,
            "ubl": rendition.ubl,
            "signature": rendition.signature,
            "pdf_sha256": hashlib.sha256(rendition.pdf).hexdigest(),
            "cii_sha256": hashlib.sha256(rendition.cii).hexdigest(),
            "ubl_sha256": hashlib.sha256(rendition.ubl).hexdigest(),
            "sha256": rendition.sha256,
        }
        with self._db.transaction() as tx:
            tx.run(ADD, params)

    def find(self, document_id: str) -> Rendition | None:
        """What was written of a document; None where nothing was."""
        row = self._db.row(
            "SELECT pdf, cii, ubl, signature FROM rendition WHERE document_id = :id",
            {"id": document_id},
        )
        if row is None:
            return None
        return Rendition(
            bytes(row["pdf"]), bytes(row["cii"]), bytes(row["ubl"]), row["signature"]
        )

    def kept(self) -> Mapping[str, str]:
        """The digest kept beside every rendition, by document id."""
        rows = self._db.rows(
            "SELECT document_id, sha256 FROM rendition ORDER BY document_id"
        )
        return {row["document_id"]: row["sha256"] for row in rows}
