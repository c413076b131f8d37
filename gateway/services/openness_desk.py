"""Openness: a party lays a proof open, somebody else looks, and it may be withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.reciprocity.openness import (
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Proved,
    Shown,
    State,
)
from gateway.services.known_party import known_party

ALLOWED = {
    State.WAITING: frozenset({Finding.ACCEPT, Finding.REFUSE}),
    State.HOLDS: frozenset({Finding.WITHDRAW}),
    State.REFUSED: frozenset({Finding.ACCEPT}),  # an appeal that was heard
    State.WITHDRAWN: frozenset({Finding.ACCEPT}),
    State.ENDED: frozenset[Finding](),
}
"""What may be found next; a proof that is over is renewed by a new one."""


@dataclass(frozen=True, slots=True)
class ProofView:
    """A proof with its reviews, and where it stands now."""

    proved: Proved
    state: State


class OpennessDesk:
    """Everything that is done with proofs of openness."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def prove(
        self,
        agreement_id: str,
        openness: Openness,
        *,
        model: str,
        evidence: Sequence[Shown],
        until_us: int,
    ) -> ProofView:
        """Lay a proof open; until somebody accepts it, it is worth nothing.

        Args:
            agreement_id: The agreement whose use went into the model.
            openness: By which definition.
            model: The model's own page.
            evidence: At least one piece for each part.
            until_us: Until when it holds.

        Raises:
            NotFound: no such agreement.
            InvalidValue: a part is missing, or the end is none.
        """
        agreement = self._books.agreements.find(agreement_id)
        if agreement is None:
            detail = f"there is no agreement {agreement_id}; see `agreement list`"
            raise NotFound(detail)
        proof = OpennessProof(
            id=self._ids.new("opn"),
            agreement_id=agreement_id,
            party_id=agreement.party_id,
            model=model,
            openness=openness,
            evidence=tuple(evidence),
            shown_us=self._clock.now_us(),
            until_us=until_us,
        )
        self._books.openness.add_proof(proof)
        return self._view(Proved(proof))

    def review(
        self, proof_id: str, finding: Finding, *, reviewer_id: str, reason: str = ""
    ) -> ProofView:
        """Accept, refuse or withdraw a proof.

        Raises:
            NotFound: no such proof or reviewer.
            Conflict: it does not stand so that this could be found.
            InvalidValue: the reviewer is the party or of the same owner, or no reason
                is given.
        """
        reviewer = known_party(self._parties, reviewer_id)
        with self._books.together() as books:
            proved = books.openness.find(proof_id)
            if proved is None:
                detail = f"there is no proof {proof_id}; see `copyfair openness list`"
                raise NotFound(detail)
            self._assert_independent(reviewer, proved.proof)
            state = proved.state(at_us=self._clock.now_us())
            if finding not in ALLOWED[state]:
                known = "holds" if state is State.HOLDS else f"is {state}"
                detail = f"proof {proof_id} {known}: nobody can {finding} it now"
                raise Conflict(detail)
            books.openness.add_review(
                OpennessReview(
                    id=self._ids.new("rev"),
                    proof_id=proof_id,
                    reviewer_id=reviewer_id,
                    finding=finding,
                    reviewed_us=self._clock.now_us(),
                    reason=reason,
                )
            )
        found = self._books.openness.find(proof_id)
        return self._view(found or proved)

    def list(self, agreement_id: str = "") -> tuple[ProofView, ...]:
        """Every proof, or those of one agreement, by id."""
        store = self._books.openness
        found = store.of_agreement(agreement_id) if agreement_id else store.all()
        return tuple(map(self._view, found))

    def _view(self, proved: Proved) -> ProofView:
        return ProofView(proved, proved.state(at_us=self._clock.now_us()))

    def _assert_independent(self, reviewer: Party, proof: OpennessProof) -> None:
        whose = self._parties.find_party(proof.party_id)
        owner_id = whose.beneficial_owner_id if whose else proof.party_id
        if owner_id == reviewer.beneficial_owner_id:
            detail = (
                f"{reviewer.id} is the party that is to be proved open, or has the same"
                " owner; ask a steward"
            )
            raise InvalidValue(detail)
