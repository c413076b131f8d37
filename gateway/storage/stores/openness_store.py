"""Proofs of openness and what was found, in tables that only grow."""

from __future__ import annotations

from collections import defaultdict

from gateway.kernel.errors import NotFound
from gateway.reciprocity.openness import (
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Proved,
    Shown,
)
from gateway.storage.database import Database, Params, Row

EVERY: Params = {}
CHOSEN = "SELECT id FROM openness_proof"


class StoredOpenness:
    """`gateway.reciprocity.giving_ports.OpennessStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add_proof(self, proof: OpennessProof) -> None:
        """Keep a proof; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO openness_proof (id, agreement_id, party_id, model,"
                " openness, shown_us, until_us) VALUES (:id, :agreement_id, :party_id,"
                " :model, :openness, :shown_us, :until_us)",
                {
                    "id": proof.id,
                    "agreement_id": proof.agreement_id,
                    "party_id": proof.party_id,
                    "model": proof.model,
                    "openness": proof.openness.value,
                    "shown_us": proof.shown_us,
                    "until_us": proof.until_us,
                },
            )
            for position, each in enumerate(proof.evidence, start=1):
                tx.run(
                    "INSERT INTO openness_evidence (proof_id, position, part,"
                    " shown_at, sha256) VALUES (:id, :position, :part, :shown_at,"
                    " :sha256)",
                    {
                        "id": proof.id,
                        "position": position,
                        "part": each.part,
                        "shown_at": each.where,
                        "sha256": each.sha256,
                    },
                )

    def add_review(self, review: OpennessReview) -> None:
        """Keep what was found; see the port."""
        with self._db.transaction() as tx:
            known = {"id": review.proof_id}
            if tx.row(f"{CHOSEN} WHERE id = :id", known) is None:
                detail = f"there is no proof {review.proof_id}"
                raise NotFound(detail)
            tx.run(
                "INSERT INTO openness_review (id, proof_id, reviewer_id, finding,"
                " reason, reviewed_us) VALUES (:id, :proof_id, :reviewer_id, :finding,"
                " :reason, :reviewed_us)",
                {
                    "id": review.id,
                    "proof_id": review.proof_id,
                    "reviewer_id": review.reviewer_id,
                    "finding": review.finding.value,
                    "reason": review.reason,
                    "reviewed_us": review.reviewed_us,
                },
            )

    def find(self, proof_id: str) -> Proved | None:
        """A proof with its reviews."""
        found = self._proved(f"{CHOSEN} WHERE id = :id", {"id": proof_id})
        return found[0] if found else None

    def of_party(self, party_id: str) -> tuple[Proved, ...]:
        """A party's proofs with their reviews, by id."""
        return self._proved(f"{CHOSEN} WHERE party_id = :id", {"id": party_id})

    def of_agreement(self, agreement_id: str) -> tuple[Proved, ...]:
        """The proofs for an agreement with their reviews, by id."""
        return self._proved(f"{CHOSEN} WHERE agreement_id = :id", {"id": agreement_id})

    def all(self) -> tuple[Proved, ...]:
        """Every proof with its reviews, by id."""
        return self._proved(CHOSEN, EVERY)

    def _proved(self, chosen: str, params: Params) -> tuple[Proved, ...]:
        proofs = self._db.rows(
            f"SELECT * FROM openness_proof WHERE id IN ({chosen}) ORDER BY id",  # noqa: S608 - SQL of ours
            params,
        )
        if not proofs:
            return ()
        shown: dict[str, list[Shown]] = defaultdict(list)
        for row in self._db.rows(
            f"SELECT * FROM openness_evidence WHERE proof_id IN ({chosen})"  # noqa: S608 - SQL of ours
            " ORDER BY proof_id, position",
            params,
        ):
            piece = Shown(row["part"], row["shown_at"], row["sha256"])
            shown[row["proof_id"]].append(piece)
        reviews: dict[str, list[OpennessReview]] = defaultdict(list)
        for row in self._db.rows(
            f"SELECT * FROM openness_review WHERE proof_id IN ({chosen})"  # noqa: S608 - SQL of ours
            " ORDER BY reviewed_us, id",
            params,
        ):
            reviews[row["proof_id"]].append(_review(row))
        return tuple(
            Proved(_proof(row, tuple(shown[row["id"]])), tuple(reviews[row["id"]]))
            for row in proofs
        )


def _proof(row: Row, evidence: tuple[Shown, ...]) -> OpennessProof:
    return OpennessProof(
        **{**row, "openness": Openness(row["openness"]), "evidence": evidence}
    )


def _review(row: Row) -> OpennessReview:
    return OpennessReview(**{**row, "finding": Finding(row["finding"])})
