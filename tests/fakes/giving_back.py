"""Needs, openness and notices in memory; held to the same contracts as the stores."""

from __future__ import annotations

from gateway.kernel.errors import Conflict, NotFound
from gateway.reciprocity.need import Answering
from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import OpennessProof, OpennessReview, Proved
from gateway.reciprocity.ports import ContributionStore


class FakeNeeds:
    def __init__(self, contributions: ContributionStore) -> None:
        self._contributions = contributions
        self.rows: dict[str, Answering] = {}

    def add(self, answering: Answering) -> None:
        is_claimed = self._contributions.find(answering.claim_id) is not None
        if answering.claim_id in self.rows or not is_claimed:
            raise Conflict("it answers one already, or is not there")
        self.rows[answering.claim_id] = answering

    def of_claim(self, claim_id: str) -> Answering | None:
        return self.rows.get(claim_id)

    def of_party(self, party_id: str) -> tuple[Answering, ...]:
        own = {each.claim.id for each in self._contributions.of_party(party_id)}
        return tuple(each for each in self.all() if each.claim_id in own)

    def all(self) -> tuple[Answering, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


class FakeOpenness:
    def __init__(self) -> None:
        self.proofs: dict[str, OpennessProof] = {}
        self.reviews: dict[str, OpennessReview] = {}

    def add_proof(self, proof: OpennessProof) -> None:
        if proof.id in self.proofs:
            raise Conflict("the id is taken")
        self.proofs[proof.id] = proof

    def add_review(self, review: OpennessReview) -> None:
        proof = self.proofs.get(review.proof_id)
        if proof is None:
            raise NotFound("no such proof")
        if review.id in self.reviews or proof.party_id == review.reviewer_id:
            raise Conflict("not this review")
        self.reviews[review.id] = review

    def find(self, proof_id: str) -> Proved | None:
        proof = self.proofs.get(proof_id)
        if proof is None:
            return None
        own = [each for each in self.reviews.values() if each.proof_id == proof_id]
        own.sort(key=lambda each: (each.reviewed_us, each.id))
        return Proved(proof, tuple(own))

    def of_party(self, party_id: str) -> tuple[Proved, ...]:
        return tuple(each for each in self.all() if each.proof.party_id == party_id)

    def of_agreement(self, agreement_id: str) -> tuple[Proved, ...]:
        return tuple(
            each for each in self.all() if each.proof.agreement_id == agreement_id
        )

    def all(self) -> tuple[Proved, ...]:
        found = (self.find(proof_id) for proof_id in sorted(self.proofs))
        return tuple(each for each in found if each)


class FakeNotices:
    def __init__(self) -> None:
        self.rows: dict[str, Notice] = {}

    def add(self, notice: Notice) -> None:
        if notice.id in self.rows:
            raise Conflict("the id is taken")
        self.rows[notice.id] = notice

    def of_owner(self, owner_id: str) -> tuple[Notice, ...]:
        return tuple(each for each in self.all() if each.owner_id == owner_id)

    def all(self) -> tuple[Notice, ...]:
        rows = self.rows.values()
        return tuple(sorted(rows, key=lambda each: (each.told_us, each.id)))
