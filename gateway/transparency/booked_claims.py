"""What claims and what followed them say, as rows.

Who worked and who reviewed stand as commitments; weights and verdicts are open. Words
that may name somebody (what was done, where it can be seen, a reason) are committed to
under a salt of the one they are about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.billing.canonical import digest_of
from gateway.fund.ports import Books
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.harm import Harm, Ruling
from gateway.reciprocity.review import Review
from gateway.reciprocity.valueflows import ACTIONS
from gateway.transparency import claim_kinds as kinds
from gateway.transparency.booked import Called, opening
from gateway.transparency.rows import Row


@dataclass(frozen=True, slots=True)
class Hidden:
    """What stands in the place of people and their words.

    Attributes:
        called: From a party's id to the commitment that stands for it.
        salt: From a party's id to the salt of what is said about its work.
    """

    called: Called
    salt: Callable[[str], str]


def claim_rows(books: Books, hidden: Hidden) -> Iterator[Row]:
    """Everything the books say of claims and harms."""
    for judged in books.contributions.all():
        yield claim_row(judged.claim, hidden)
        for review in judged.reviews:
            yield review_row(review, judged.claim, hidden)
    for appeal in books.contributions.appeals():
        yield appeal_row(appeal, hidden)
    for harmed in books.harms.all():
        yield harm_row(harmed.harm, hidden)
        if harmed.ruling is not None:
            yield ruling_row(harmed.ruling, harmed.harm, hidden)


def claim_row(claim: Claim, hidden: Hidden) -> Row:
    """A claim."""
    words = (claim.title, claim.evidence, claim.paid_by, claim.origin)
    body = {
        "party": hidden.called(claim.party_id),
        "work": claim.kind.value,
        "action": ACTIONS[claim.kind].value,
        "weight_hundredths": claim.weight_hundredths,
        "is_unpaid": claim.is_unpaid,
        "done_us": claim.done_us,
        "commitment": _committed(hidden.salt(claim.party_id), *words),
    }
    return Row(kinds.CLAIM, claim.id, claim.claimed_us, body)


def review_row(review: Review, claim: Claim, hidden: Hidden) -> Row:
    """A review of a claim."""
    body = {
        "claim": claim.id,
        "reviewer": hidden.called(review.reviewer_id),
        "verdict": review.verdict.value,
        "commitment": _committed(hidden.salt(claim.party_id), review.reason),
    }
    return Row(kinds.REVIEW, review.id, review.reviewed_us, body)


def appeal_row(appeal: Appeal, hidden: Hidden) -> Row:
    """An appeal against a reversal or a harm."""
    body = {
        "about": appeal.about,
        "party": hidden.called(appeal.party_id),
        "commitment": _committed(hidden.salt(appeal.party_id), appeal.reason),
    }
    return Row(kinds.APPEAL, appeal.id, appeal.appealed_us, body)


def harm_row(harm: Harm, hidden: Hidden) -> Row:
    """A harm entry."""
    body = {
        "party": hidden.called(harm.party_id),
        "harm": harm.kind.value,
        "units": harm.units,
        "by": hidden.called(harm.by),
        "commitment": _committed(hidden.salt(harm.party_id), harm.evidence),
    }
    return Row(kinds.HARM, harm.id, harm.harmed_us, body)


def ruling_row(ruling: Ruling, harm: Harm, hidden: Hidden) -> Row:
    """What came of an appeal against a harm."""
    body = {
        "harm": harm.id,
        "outcome": ruling.outcome.value,
        "by": hidden.called(ruling.by),
        "commitment": _committed(hidden.salt(harm.party_id), ruling.reason),
    }
    return Row(kinds.RULING, harm.id, ruling.ruled_us, body)


def _committed(salt: str, *words: str) -> str:
    return opening(salt, digest_of(words))
