"""Samples that were drawn for review, in a table."""

from __future__ import annotations

import json

from gateway.reciprocity.sampling import Draw
from gateway.storage.database import Database, Row


class StoredDraws:
    """`gateway.reciprocity.ports.DrawStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, draw: Draw) -> None:
        """Keep a draw; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO review_draw (seed, reviewer_id, claim_ids_json,"
                " drawn_from, weight_hundredths, drawn_us) VALUES (:seed,"
                " :reviewer_id, :claim_ids_json, :drawn_from, :weight_hundredths,"
                " :drawn_us)",
                {
                    "seed": draw.seed,
                    "reviewer_id": draw.reviewer_id,
                    "claim_ids_json": json.dumps(draw.claim_ids),
                    "drawn_from": draw.of,
                    "weight_hundredths": draw.weight_hundredths,
                    "drawn_us": draw.drawn_us,
                },
            )

    def find(self, seed: str, reviewer_id: str) -> Draw | None:
        """What a reviewer drew for a seed."""
        row = self._db.row(
            "SELECT * FROM review_draw WHERE seed = :seed"
            " AND reviewer_id = :reviewer_id",
            {"seed": seed, "reviewer_id": reviewer_id},
        )
        return _draw(row) if row else None

    def all(self) -> tuple[Draw, ...]:
        """Every draw, oldest first."""
        sql = "SELECT * FROM review_draw ORDER BY drawn_us, seed, reviewer_id"
        return tuple(_draw(row) for row in self._db.rows(sql))


def _draw(row: Row) -> Draw:
    return Draw(
        row["seed"],
        row["reviewer_id"],
        tuple(json.loads(row["claim_ids_json"])),
        of=row["drawn_from"],
        weight_hundredths=row["weight_hundredths"],
        drawn_us=row["drawn_us"],
    )
