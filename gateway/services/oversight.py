"""Oversight of claims after the fact: samples for review, appeals, and what stays."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.barter import Barter
from gateway.billing.in_kind import InKind
from gateway.billing.invoice import Status
from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.reciprocity.appeal import Appeal, reversal_in_force
from gateway.reciprocity.review import vested_us
from gateway.reciprocity.rotation import is_their_turn
from gateway.reciprocity.sampling import COUNT_MAX, Draw, drawn
from gateway.reciprocity.standing import WINDOW_US, Judged
from gateway.services.known_party import known_party
from gateway.services.turns_of_reviewers import accepted_of, owner_of

SAMPLE_COUNT = 5


@dataclass(frozen=True, slots=True)
class Stays:
    """What rested on a claim and cannot be taken back by reversing it.

    Attributes:
        what: `invoice`, `draft` or `allocation`.
        ref: The invoice's number or id, or the run's name.
        amount_minor: How much of it rests on the claim; None where it is not known
            claim by claim.
        currency: ISO 4217.
    """

    what: str
    ref: str
    amount_minor: int | None
    currency: str


class Oversight:
    """What maintainers and claimants do about claims that were made."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def sample(
        self, reviewer_id: str, *, seed: str = "", count: int = SAMPLE_COUNT
    ) -> Draw:
        """Draw claims for a maintainer to review.

        From claims of the last 12 months that nobody reviewed; none of the reviewer's
        own, of a party of the same owner, or of one whose turn it is not.

        Args:
            reviewer_id: Who draws.
            seed: What it is for: a round that was opened, or today, this month or this
                year in UTC; today where it is empty. The same reviewer gets the same
                sample for the same seed, however often.
            count: How many claims.

        Raises:
            InvalidValue: the count cannot be, or the seed is of one's own choosing.
            NotFound: no such reviewer.
        """
        reviewer = known_party(self._parties, reviewer_id)
        now_us = self._clock.now_us()
        seed = seed.strip() or iso(now_us)[:10]
        if not 1 <= count <= COUNT_MAX:
            detail = f"a sample has 1 to {COUNT_MAX} claims"
            raise InvalidValue(detail)
        with self._books.together() as books:
            before = books.draws.find(seed, reviewer_id)
            if before is not None:
                return before
            _assert_not_chosen(books, seed, today=iso(now_us)[:10])
            weights = self._drawable(books, reviewer, at_us=now_us)
            chosen = drawn(weights, seed=f"{seed}\n{reviewer_id}", count=count)
            draw = Draw(
                seed,
                reviewer_id,
                chosen,
                of=len(weights),
                weight_hundredths=sum(weights.values()),
                drawn_us=now_us,
            )
            books.draws.add(draw)
        return draw

    def appeal(self, claim_id: str, *, by: str, reason: str) -> Appeal:
        """Appeal the reversal of one's claim.

        Raises:
            Conflict: it is not reversed, or the reversal was appealed before.
            NotFound: no such claim or party.
            InvalidValue: no reason, or it is somebody else's claim.
        """
        party = known_party(self._parties, by)
        with self._books.together() as books:
            judged = books.contributions.find(claim_id)
            if judged is None:
                detail = f"there is no claim {claim_id}"
                raise NotFound(detail)
            is_own = owner_of(self._parties, judged.claim.party_id) in {
                party.id,
                party.beneficial_owner_id,
            }
            if not is_own:
                detail = f"claim {claim_id} is somebody else's; its claimant appeals"
                raise InvalidValue(detail)
            reversal = reversal_in_force(judged.claim, judged.reviews)
            assert_not_appealed(books, reversal.id)
            appeal = Appeal(
                self._ids.new("apc"),
                reversal.id,
                party.id,
                reason=reason,
                appealed_us=self._clock.now_us(),
            )
            books.contributions.add_appeal(appeal)
        return appeal

    def stays(self, claim_id: str) -> tuple[Stays, ...]:
        """What was given for a claim and stays booked when it is reversed.

        Standing, voice and any offset that is not used yet are gone with the
        reversal: they are counted from claims that stand.
        """
        with self._books.reading() as books:
            judged = books.contributions.find(claim_id)
            if judged is None:
                return ()
            return (*_settled(books, claim_id), *_allocated(books, judged))

    def _drawable(self, books: Books, reviewer: Party, *, at_us: int) -> dict[str, int]:
        turns: dict[str, bool] = {}
        weights: dict[str, int] = {}
        for each in books.contributions.all():
            if each.reviews or each.claim.claimed_us <= at_us - WINDOW_US:
                continue
            owner_id = owner_of(self._parties, each.claim.party_id)
            if owner_id not in turns:
                accepted = accepted_of(
                    books.contributions,
                    self._parties,
                    reviewer.id,
                    owner_id=owner_id,
                    at_us=at_us,
                )
                is_other = owner_id not in {reviewer.id, reviewer.beneficial_owner_id}
                turns[owner_id] = is_other and is_their_turn(accepted)
            if turns[owner_id]:
                weights[each.claim.id] = each.claim.weight_hundredths
        return weights


def _assert_not_chosen(books: Books, seed: str, *, today: str) -> None:
    """Refuse a seed that a reviewer may try out until the right claims come.

    Raises:
        InvalidValue: it is neither a round nor a span that today is in.
    """
    spans = {today, today[:7], today[:4]}
    if seed not in spans and books.rounds.find(seed) is None:
        detail = (
            f"{seed!r} is no round, and not today: whoever chooses the seed chooses the"
            f" claims; say a round, {today}, {today[:7]} or {today[:4]}"
        )
        raise InvalidValue(detail)


def assert_not_appealed(books: Books, about: str) -> None:
    """Refuse a second appeal against one entry.

    Raises:
        Conflict: it was appealed.
    """
    if any(each.about == about for each in books.contributions.appeals()):
        detail = f"{about} was appealed before; another maintainer hears it"
        raise Conflict(detail)


def _settled(books: Books, claim_id: str) -> list[Stays]:
    found: list[Stays] = []
    settled: tuple[InKind | Barter, ...] = (
        *books.in_kind.of_claim(claim_id),
        *books.barters.of_claim(claim_id),
    )
    for each in settled:
        invoice = books.invoices.find(each.invoice_id)
        if invoice is None or invoice.status is Status.VOID:
            continue
        is_draft = invoice.status is Status.DRAFT
        what, ref = ("draft", invoice.id) if is_draft else ("invoice", invoice.number)
        found.append(Stays(what, ref, each.net_minor, invoice.currency))
    return found


def _allocated(books: Books, judged: Judged) -> list[Stays]:
    """Runs in which the claim had a part of its party's weight."""
    standing = [one for one in judged.reviews if one.verdict.value == "accept"]
    vested = vested_us(judged.claim, standing)
    if vested is None or not judged.claim.is_unpaid:
        return []
    reversed_us = judged.reviews[-1].reviewed_us if judged.reviews else None
    return [
        Stays("allocation", each.key, None, each.amount.currency)
        for each in books.allocations.all()
        if judged.claim.party_id in dict(each.weights)
        and vested <= each.at_us < vested + WINDOW_US
        and (reversed_us is None or each.at_us < reversed_us)
    ]
