"""Claims, reviews and harms, judged again from their rows.

What a review may be, who may hear an appeal, and what a claim's weight was at the
instant of an allocation: each is asked again of the same rules as in the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from typing import Any, TypeVar

from gateway.fund.rounds.round import reference
from gateway.kernel.errors import GatewayError, InvalidValue
from gateway.reciprocity.appeal import assert_may_hear
from gateway.reciprocity.contribution import NOBODY, Claim, Kind
from gateway.reciprocity.harm import UNITS_MAX, HarmKind, Outcome
from gateway.reciprocity.review import Review, Verdict, assert_may_review
from gateway.reciprocity.standing import Judged
from gateway.reciprocity.valueflows import ACTIONS
from gateway.transparency import claim_kinds as kinds
from gateway.transparency import unpaid_share
from gateway.transparency.rows import Row
from gateway.transparency.unpaid_share import Split

W = TypeVar("W", bound=StrEnum)

SOMEBODY = "somebody"
UNSEEN = "only committed to"


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that must not be."""

    number: int
    name: str
    why: str


@dataclass(slots=True)
class ClaimBooks:
    """What was read of claims, and what each allocation said of their weights.

    Attributes:
        claims: By id.
        reviews: Claim to its reviews and their places.
        reversals: Review to the claim it reversed.
        appealed: Entry to the place of its appeal, and who made it.
        harms: By id, whose and by whom.
        ruled: Place, harm and by whom.
        divided: Allocations that weigh accepted unpaid work.
        left_out: Allocation to whom it left out.
        rounds: First runs.
        known_us: Instants from which on rows say more; see `since_us`.
        instants: Review, harm or appealed entry to when it was made.
    """

    claims: dict[str, Claim] = field(default_factory=dict)
    reviews: dict[str, list[tuple[int, Review]]] = field(default_factory=dict)
    reversals: dict[str, str] = field(default_factory=dict)
    appealed: dict[str, tuple[int, str]] = field(default_factory=dict)
    harms: dict[str, tuple[str, str]] = field(default_factory=dict)
    ruled: list[tuple[int, str, str]] = field(default_factory=list)
    divided: list[tuple[int, Row]] = field(default_factory=list)
    left_out: dict[str, tuple[int, Row]] = field(default_factory=dict)
    rounds: list[tuple[int, Row]] = field(default_factory=list)
    known_us: list[int] = field(default_factory=list)
    instants: dict[str, int] = field(default_factory=dict)

    def take(self, row: Row, number: int) -> None:
        """Take a row in.

        Raises:
            InvalidValue: it is not what its kind can be.
        """
        body = row.body
        match row.kind:
            case kinds.CLAIM:
                self.claims[row.key] = _claim(row, body)
            case kinds.REVIEW:
                review = _review(row, body)
                if review.verdict is Verdict.REVERSE:
                    self.reversals[review.id] = review.claim_id
                self.instants[review.id] = row.at_us
                self.reviews.setdefault(review.claim_id, []).append((number, review))
            case kinds.APPEAL:
                if body["about"] in self.appealed:
                    raise InvalidValue("it was appealed before")
                self.appealed[body["about"]] = number, body["party"]
                self.instants[f"{kinds.APPEAL} {body['about']}"] = row.at_us
            case kinds.HARM:
                _word(HarmKind, body["harm"], "kind of harm")
                if not 1 <= body["units"] <= UNITS_MAX or body["by"] == body["party"]:
                    raise InvalidValue("a harm has units, and is entered by another")
                self.instants[row.key] = row.at_us
                self.harms[row.key] = body["party"], body["by"]
            case kinds.RULING:
                _word(Outcome, body["outcome"], "outcome")
                self.ruled.append((number, body["harm"], body["by"]))
                self.instants[f"{kinds.RULING} {body['harm']}"] = row.at_us

    def divide(self, row: Row, number: int) -> None:
        """Remember an allocation of the labour reserve, for its weights."""
        self.divided.append((number, row))

    def leave_out(self, row: Row, number: int) -> None:
        """Remember whom an allocation left out.

        Raises:
            InvalidValue: it is under another name, or names somebody twice.
        """
        body = row.body
        if row.key != "/".join((body["run"], body["source"], body["currency"])):
            raise InvalidValue("it is under another name than its allocation")
        if body["parties"] != sorted({*body["parties"]}):
            raise InvalidValue("who is left out stands there once each, in order")
        self.left_out[row.key] = number, row

    def shares_off(self, splits: Sequence[Split]) -> Iterator[tuple[int, str]]:
        """Splits that took another labour share than the work known then gives."""
        reviews = [one for told in self.reviews.values() for _, one in told]
        yield from unpaid_share.off(splits, self.claims, reviews)

    @property
    def unchecked(self) -> Mapping[str, int]:
        """What of allocations could not be made again, as the rows are older."""
        count = len(self.divided)
        return {
            "allocations_without_claims": 0 if self._knows_work else count,
            "allocations_without_left_out": 0 if self.left_out else count,
        }

    @property
    def _knows_work(self) -> bool:
        """Was work logged when these rows were? Who leaves it all out is found so."""
        return bool(self.claims or self.left_out)

    def give_voice(self, row: Row, number: int) -> None:
        """Remember a round, for the credit of its people; run again it is the same."""
        if row.body["number"] == 1:
            self.rounds.append((number, row))

    def bad(self) -> Iterator[Bad]:
        """Rows that must not be."""
        yield from self._bad_reviews()
        yield from self._bad_appeals()
        yield from self._bad_order()
        yield from self._bad_divisions()
        yield from self._bad_rounds()

    def _bad_reviews(self) -> Iterator[Bad]:
        appealed = frozenset(self.appealed)
        for claim_id, rows in self.reviews.items():
            rows.sort(key=lambda each: (each[1].reviewed_us, each[1].id))
            earlier: list[Review] = []
            for number, review in rows:
                name = f"{kinds.REVIEW} {review.id}"
                claim = self.claims.get(claim_id)
                if claim is None:
                    yield Bad(number, name, f"there is no claim {claim_id}")
                    break
                try:
                    assert_may_review(review, claim)
                    assert_may_hear(review, earlier, appealed=appealed)
                except GatewayError as fault:
                    yield Bad(number, name, fault.detail)
                earlier.append(review)

    def _bad_appeals(self) -> Iterator[Bad]:
        for about, (number, _) in self.appealed.items():
            if about not in self.reversals and about not in self.harms:
                yield Bad(number, kinds.APPEAL, f"nothing called {about} stands there")
        for number, harm_id, by in self.ruled:
            concerned = self.harms.get(harm_id, ())
            if not concerned or harm_id not in self.appealed or by in concerned:
                name = f"{kinds.RULING} {harm_id}"
                yield Bad(
                    number, name, "a harm is ruled on after an appeal, by another"
                )

    def _bad_order(self) -> Iterator[Bad]:
        """Appeals before what they are about, and rulings and hearings before these."""
        at_us = self.instants
        for about, (number, _) in self.appealed.items():
            asked_us = at_us[f"{kinds.APPEAL} {about}"]
            if asked_us < at_us.get(about, asked_us):
                yield Bad(number, kinds.APPEAL, "it came before what it is about")
            claim = self.reversals.get(about)
            for place, review in self.reviews.get(claim or "", ()):
                if at_us[about] < review.reviewed_us < asked_us:
                    name = f"{kinds.REVIEW} {review.id}"
                    yield Bad(place, name, "it was heard before anybody appealed")
        for number, harm, _ in self.ruled:
            asked = at_us.get(f"{kinds.APPEAL} {harm}", 0)
            if at_us[f"{kinds.RULING} {harm}"] < asked:
                name = f"{kinds.RULING} {harm}"
                yield Bad(number, name, "it was ruled on before anybody appealed")

    def contributors(self, at_us: int) -> int | None:
        """How many parties had vested work; None where work was not logged."""
        return len(self._vested_at(at_us)) if self._knows_work else None

    def _bad_divisions(self) -> Iterator[Bad]:
        """Allocations of the labour reserve by other weights, or to too few."""
        left_out = dict(self.left_out)
        for number, row in self.divided if self._knows_work else ():
            right = self._vested_at(row.at_us, is_unpaid=True)
            named = dict(row.body["weights"])
            _, told = left_out.pop(row.key, (0, None))
            if told is None and self.since_us <= row.at_us:
                yield Bad(number, row.name, "it does not say whom it left out")
            elif told is not None and told.at_us != row.at_us:
                yield Bad(number, row.name, "whom it left out is of another day")
            out = frozenset(told.body["parties"] if told else ())
            must = {*right} - out if told else self._must_take(row, right)
            for who in sorted(out):
                if who in named or not right[who]:
                    why = f"{who} is said to be left out, accepted unpaid work "
                    yield Bad(number, row.name, f"{why}{right[who]}")
            for who in sorted({*named, *must}):
                if right[who] != named.get(who, 0):
                    said = f"weighs {named[who]}" if who in named else "is left out"
                    why = f"{who} {said}, accepted unpaid work {right[who]}"
                    yield Bad(number, row.name, why)
                    break
        for number, row in left_out.values():
            yield Bad(number, row.name, "there is no such allocation")

    @property
    def since_us(self) -> float:
        """From when on every allocation says whom it left out, and every split when it
        was booked.
        """
        told = (row.at_us for _, row in self.left_out.values())
        return min((*told, *self.known_us), default=inf)

    def _must_take(self, row: Row, unpaid: Mapping[str, int]) -> frozenset[str]:
        """Who must stand in an allocation of a round: all its people who may take."""
        people = next(
            (
                told.body["people"]
                for _, told in self.rounds
                if reference(told.body["round"]) == row.body["run"]
            ),
            (),
        )
        return frozenset(
            who for who, _, _, may_take in people if may_take and unpaid.get(who)
        )

    def _bad_rounds(self) -> Iterator[Bad]:
        for number, row in self.rounds:
            right = self._vested_at(row.at_us)
            people = {who: each for who, *each in row.body["people"]}
            for who in sorted({*people, *right}):
                _, held, may_take = people.get(who, (0, 0, 0))
                if right[who] != held or (may_take and not held):
                    said = f"has credit of {held}" if who in people else "is left out"
                    why = f"{who} {said}, accepted work {right[who]}"
                    yield Bad(number, row.name, why)
                    break

    def _vested_at(self, at_us: int, *, is_unpaid: bool = False) -> Counter[str]:
        """Vested weight by who gave it, at an instant; or what nobody paid for."""
        weights: Counter[str] = Counter()
        for claim in self.claims.values():
            if claim.claimed_us <= at_us and claim.is_unpaid >= is_unpaid:
                reviews = [
                    review
                    for _, review in self.reviews.get(claim.id, ())
                    if review.reviewed_us <= at_us
                ]
                if Judged(claim, reviews).is_vested(at_us=at_us):
                    weights[claim.party_id] += claim.weight_hundredths
        return weights


def _claim(row: Row, body: Mapping[str, Any]) -> Claim:
    kind = _word(Kind, body["work"], "kind of work")
    if body["action"] != ACTIONS[kind].value:
        detail = f"{kind.value} is {ACTIONS[kind].value}, not {body['action']!r}"
        raise InvalidValue(detail)
    return Claim(
        id=row.key,
        party_id=body["party"],
        kind=kind,
        title=UNSEEN,
        evidence=UNSEEN,
        weight_hundredths=body["weight_hundredths"],
        claimed_us=row.at_us,
        paid_by=NOBODY if body["is_unpaid"] else SOMEBODY,
        done_us=body["done_us"],
    )


def _review(row: Row, body: Mapping[str, Any]) -> Review:
    return Review(
        id=row.key,
        claim_id=body["claim"],
        reviewer_id=body["reviewer"],
        verdict=_word(Verdict, body["verdict"], "verdict"),
        reviewed_us=row.at_us,
        reason=UNSEEN,
    )


def _word(words: type[W], said: str, what: str) -> W:
    try:
        return words(said)
    except ValueError:
        detail = f"there is no {what} {said!r}"
        raise InvalidValue(detail) from None
