"""What was proved open, what was found, and who was told: rows, and a second look.

Reasons stay out: they are free text and may name people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.fund.ports import Books
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.openness import PARTS, TERM_MAX_US, Finding
from gateway.transparency import openness_kinds as kinds
from gateway.transparency.rows import Row

Called = Callable[[str], str]
"""From a party's id to the commitment that stands for it."""


def openness_rows(books: Books, called: Called) -> Iterator[Row]:
    """Every row about proofs of openness and notices."""
    for each in books.openness.all():
        proof = each.proof
        shown = [[one.part, one.sha256 or one.where] for one in proof.evidence]
        body = {
            "agreement": proof.agreement_id,
            "party": called(proof.party_id),
            "model": proof.model,
            "class": proof.openness.value,
            "evidence": shown,
            "until_us": proof.until_us,
        }
        yield Row(kinds.OPENNESS_PROOF, proof.id, proof.shown_us, body)
        for review in each.reviews:
            found = {
                "proof": review.proof_id,
                "by": called(review.reviewer_id),
                "finding": review.finding.value,
            }
            yield Row(kinds.OPENNESS_REVIEW, review.id, review.reviewed_us, found)
    for notice in books.notices.all():
        told = {
            "owner": called(notice.owner_id),
            "permille": notice.permille,
            "takers": notice.takers,
            "is_lifted": notice.is_lifted,
        }
        yield Row(kinds.TAKER_NOTICE, notice.id, notice.told_us, told)


@dataclass(slots=True)
class SecondLook:
    """Looks at the rows again, in their order."""

    _parties: dict[str, str] = field(default_factory=dict)
    _accepted: set[str] = field(default_factory=set)
    _told: set[str] = field(default_factory=set)

    def take(self, row: Row) -> None:
        """Look at one row.

        Raises:
            InvalidValue: it is about nothing that was logged before, somebody found
                something of their own, or what never held was withdrawn.
        """
        if row.kind == kinds.OPENNESS_PROOF:
            _assert_proof(row)
            self._parties[row.key] = row.body["party"]
        elif row.kind == kinds.OPENNESS_REVIEW:
            self._review(row)
        else:
            self._notice(row)

    def _review(self, row: Row) -> None:
        proof = row.body["proof"]
        if proof not in self._parties:
            raise InvalidValue("it is of a proof that was never logged")
        if self._parties[proof] == row.body["by"]:
            raise InvalidValue("a party looked at its own proof")
        if row.body["finding"] not in {each.value for each in Finding}:
            detail = f"nobody finds {row.body['finding']!r}"
            raise InvalidValue(detail)
        if row.body["finding"] == Finding.ACCEPT.value:
            self._accepted.add(proof)
        elif row.body["finding"] == Finding.WITHDRAW.value:
            if proof not in self._accepted:
                raise InvalidValue("a proof that never held was withdrawn")
            self._accepted.discard(proof)

    def _notice(self, row: Row) -> None:
        owner = row.body["owner"]
        if not row.body["is_lifted"]:
            self._told.add(owner)
        elif owner in self._told:
            self._told.discard(owner)
        else:
            raise InvalidValue("a notice was taken back that never stood")


def _assert_proof(row: Row) -> None:
    """Refuse a proof that shows less than its class asks for, or holds too long.

    Raises:
        InvalidValue: it does.
    """
    body = row.body
    parts = {each.value: asked for each, asked in PARTS.items()}.get(body["class"])
    if parts is None or not {*parts} <= {part for part, _ in body["evidence"]}:
        detail = f"it does not show what {body['class']!r} asks for"
        raise InvalidValue(detail)
    if not row.at_us < body["until_us"] <= row.at_us + TERM_MAX_US:
        raise InvalidValue("it holds for two years at most, and not before it is shown")
