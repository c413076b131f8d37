"""Claims of work and their reviews, in tables."""

from __future__ import annotations

from dataclasses import asdict

from gateway.kernel.errors import NotFound
from gateway.reciprocity.appeal import Appeal
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
                " weight_hundredths, paid_by, claimed_us, done_us, origin) VALUES (:id,"
                " :party_id, :kind, :title, :evidence, :weight_hundredths, :paid_by,"
                " :claimed_us, :done_us, :origin)",
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

    def origins(self) -> frozenset[str]:
        """The origins of all claims that have one."""
        sql = "SELECT origin FROM contribution_claim WHERE origin <> ''"
        return frozenset(row["origin"] for row in self._db.rows(sql))

    def add_appeal(self, appeal: Appeal) -> None:
        """Keep an appeal; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO contribution_appeal (id, about, party_id, reason,"
                " appealed_us) VALUES (:id, :about, :party_id, :reason, :appealed_us)",
                asdict(appeal),
            )

    def appeals(self) -> tuple[Appeal, ...]:
        """Every appeal, oldest first."""
        sql = "SELECT * FROM contribution_appeal ORDER BY appealed_us, id"
        return tuple(Appeal(**row) for row in self._db.rows(sql))

    def accepted_by(self, reviewer_id: str, *, since_us: int) -> tuple[str, ...]:
        """Whose claims a reviewer accepted; see the port."""
        rows = self._db.rows(
            "SELECT claim.party_id FROM contribution_review AS review"
            " JOIN contribution_claim AS claim ON claim.id = review.claim_id"
            " WHERE review.reviewer_id = :reviewer_id AND review.verdict = 'accept'"
            " AND review.reviewed_us > :since_us ORDER BY claim.party_id",
            {"reviewer_id": reviewer_id, "since_us": since_us},
        )
        return tuple(row["party_id"] for row in rows)

    def reviewers(self, *, since_us: int) -> tuple[str, ...]:
        """Everybody who reviewed since an instant, by id."""
        rows = self._db.rows(
            "SELECT DISTINCT reviewer_id FROM contribution_review"
            " WHERE reviewed_us > :since_us ORDER BY reviewer_id",
            {"since_us": since_us},
        )
        return tuple(row["reviewer_id"] for row in rows)


def _claim(row: Row) -> Claim:
    return Claim(**{**row, "kind": Kind(row["kind"])})


def _review(row: Row) -> Review:
    return Review(**{**row, "verdict": Verdict(row["verdict"])})
