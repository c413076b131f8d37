"""Claims of work and their reviews, in tables."""

from __future__ import annotations

from dataclasses import asdict

from gateway.kernel.errors import NotFound
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.standing import Judged
from gateway.storage.database import Database, Row


class StoredContributions:
    """`gateway.reciprocity.ports.ContributionStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_claim(self, claim: Claim) -> None:
        """Keep a claim; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO contribution_claim (id, party_id, kind, title, evidence,"
                " weight_hundredths, paid_by, claimed_us) VALUES (:id, :party_id,"
                " :kind, :title, :evidence, :weight_hundredths, :paid_by,"
                " :claimed_us)",
                {**asdict(claim), "kind": claim.kind.value},
            )

    def add_review(self, review: Review) -> None:
        """Keep a review; see the port."""
        with self._db.transaction() as tx:
            claim = tx.row(
                "SELECT id FROM contribution_claim WHERE id = :id",
                {"id": review.claim_id},
            )
            if claim is None:
                detail = f"there is no claim {review.claim_id}"
                raise NotFound(detail)
            tx.run(
                "INSERT INTO contribution_review (id, claim_id, reviewer_id, verdict,"
                " reason, reviewed_us) VALUES (:id, :claim_id, :reviewer_id,"
                " :verdict, :reason, :reviewed_us)",
                {**asdict(review), "verdict": review.verdict.value},
            )

    def find(self, claim_id: str) -> Judged | None:
        """A claim with its reviews."""
        sql = "SELECT * FROM contribution_claim WHERE id = :id"
        row = self._db.row(sql, {"id": claim_id})
        if row is None:
            return None
        reviews = self._db.rows(
            "SELECT * FROM contribution_review WHERE claim_id = :id"
            " ORDER BY reviewed_us, id",
            {"id": claim_id},
        )
        return Judged(_claim(row), tuple(_review(each) for each in reviews))

    def of_party(self, party_id: str) -> tuple[Judged, ...]:
        """A party's claims with their reviews, by id."""
        whose = {"party_id": party_id}
        claims = self._db.rows(
            "SELECT * FROM contribution_claim WHERE party_id = :party_id ORDER BY id",
            whose,
        )
        reviews: dict[str, list[Review]] = {}
        for row in self._db.rows(
            "SELECT * FROM contribution_review WHERE claim_id IN"
            " (SELECT id FROM contribution_claim WHERE party_id = :party_id)"
            " ORDER BY reviewed_us, id",
            whose,
        ):
            reviews.setdefault(row["claim_id"], []).append(_review(row))
        return tuple(
            Judged(_claim(row), tuple(reviews.get(row["id"], ()))) for row in claims
        )

    def all(self) -> tuple[Judged, ...]:
        """Every claim with its reviews, by id."""
        reviews: dict[str, list[Review]] = {}
        for row in self._db.rows(
            "SELECT * FROM contribution_review ORDER BY reviewed_us, id"
        ):
            reviews.setdefault(row["claim_id"], []).append(_review(row))
        rows = self._db.rows("SELECT * FROM contribution_claim ORDER BY id")
        return tuple(
            Judged(_claim(row), tuple(reviews.get(row["id"], ()))) for row in rows
        )


def _claim(row: Row) -> Claim:
    return Claim(**{**row, "kind": Kind(row["kind"])})


def _review(row: Row) -> Review:
    return Review(**{**row, "verdict": Verdict(row["verdict"])})
