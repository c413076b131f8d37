"""The books of a commons to which everything has happened, as rows."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from gateway.fund.payout import Payout
from gateway.fund.rounds.division import Outcome as Paid
from gateway.fund.rounds.terms import Terms
from gateway.identity.party import Attribute, Party
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.metering.footprint import EnergyModel, Footprint
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.harm import HarmKind, Outcome
from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import (
    OSAID_PARTS,
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Shown,
)
from gateway.reciprocity.review import Review, Verdict
from gateway.services.gifts import Gifts, Told
from gateway.services.harms import Harms
from gateway.services.open_books import OpenBooks
from gateway.services.rounds import Opening
from gateway.services.stewards import Stewards
from gateway.transparency.booked import footprint_row
from gateway.transparency.ports import UsageBatch
from gateway.transparency.rows import Row
from tests.fakes.books import MemoryBooks
from tests.fakes.commons import Commons, Salts, a_member
from tests.fakes.ledger import NOVEMBER, an_agreement, an_event
from tests.fakes.log import MemoryBatches
from tests.unit.transparency.test_voted_round import Voting

DAY_S = US_PER_DAY // 1_000_000
BATCH = UsageBatch("agr_1", 20_000, 2, 10, 9, 2, "a" * 64)


def a_buyer(number: int) -> Party:
    """An organisation that takes, and owns nobody who works."""
    told = {"entity": Attribute("company", Level.VERIFIED, "test")}
    told["country"] = Attribute("DE", Level.VERIFIED, "test")
    return Party(f"pty_{number}", f"Company {number}", told)


class Whole:
    """A commons of eight people, and customers numbered from 11."""

    def __init__(self) -> None:
        people = [*map(a_member, range(1, 9)), *map(a_buyer, range(11, 18))]
        self.commons = Commons(MemoryBooks(), *people)
        self.office, self.books = self.commons.office, self.commons.books
        self.batches = MemoryBatches(BATCH)
        self.open_books = OpenBooks(
            self.books,
            self.commons.log,
            usage=self.batches,
            salts=Salts(),
            policy_version=lambda: "f00d",
            clock=self.office.clock,
            ids=self.office.ids,
        )
        parties, clock, ids = self.office.parties, self.office.clock, self.office.ids
        self.harms = Harms(self.books, parties=parties, clock=clock, ids=ids)
        self.stewards = Stewards(self.books, parties=parties, clock=clock, ids=ids)
        self.gifts = Gifts(
            self.books,
            receipts=self.office.fund_receipts,
            parties=parties,
            clock=clock,
            ids=ids,
        )
        self.voting = Voting(self.commons)

    def later(self, days: int = 1) -> None:
        self.office.clock.forward(s=days * DAY_S)

    def work_and_doubt(self) -> None:
        """Everybody works; one claim is reversed, appealed and heard."""
        claims = [
            self.commons.work(number, 1_000, paid_by="none" if number < 4 else "a firm")
            for number in range(1, 9)
        ]
        self.later()
        self.commons.reverse(claims[5])
        judged = self.books.contributions.find(claims[5])
        assert judged is not None
        last = judged.reviews[-1]
        self.later()
        now_us = self.office.clock.now_us()
        contributions = self.books.contributions
        contributions.add_appeal(
            Appeal("apc_1", last.id, "pty_6", "It was mine", now_us)
        )
        self.later()
        contributions.add_review(
            Review(
                "rev_heard",
                claims[5],
                "pty_1",
                verdict=Verdict.ACCEPT,
                reviewed_us=self.office.clock.now_us(),
            )
        )

    def harm(self) -> None:
        """Two organisations are entered; one is heard."""
        first, second = (
            self.harms.enter(
                f"pty_{number}", HarmKind.LOAD, units, evidence="seen", by="pty_1"
            ).harm.id
            for number, units in ((11, 40), (12, 7))
        )
        assert first != second
        self.later()
        self.harms.appeal(second, by="pty_12", reason="It was not us")
        self.later()
        self.harms.rule(second, Outcome.WITHDRAWN, by="pty_2", reason="True")

    def sell(self) -> None:
        """Use is billed, paid in parts, and something is credited."""
        events = [
            an_event(number, size=6_000 * number, party=10 + number)
            for number in (1, 2)
        ]
        self.office.memory.add_events(*events)
        first, second = self.office.billing.run(NOVEMBER).invoices
        for amount, invoice in ((700, first), (second.gross_minor, second)):
            self.later()
            money, numbers = Money(amount, "EUR"), [invoice.number]
            self.office.payments.record(money, numbers, reference=f"SEPA-{amount}")
        self.later(3)
        self.office.invoices.credit(second.number, reason="much", wanted={2: 300})

    def give(self) -> None:
        """Five give to the commons, one of them much; one gives to somebody."""
        for number, amount in ((13, 500), (14, 600), (15, 700), (13, 60_000)):
            self.later()
            told = Told(f"don-{number}-{amount}", from_party_id=f"pty_{number}")
            self.gifts.donate(Money(amount, "EUR"), told)
        gift = self.gifts.give(Money(900, "EUR"), Told("for-3"), to_party_id="pty_3")
        self.later()
        self.gifts.pass_on(gift.id, reference="SEPA-gift")

    def steer(self) -> None:
        """A steward's term, a vote, a round that fails, and one by decision."""
        self.stewards.begin("registers", "pty_8", "pty_7", days=365)
        self.later()
        self.stewards.check_in("pty_8")
        vote_id = self.voting.priorities(by="pty_8")
        self.later()
        self.commons.open(pool=1_500)
        self.later(3)
        for number in range(2, 9):
            self.commons.voice(number, number - 1, 40, option="records")
            self.commons.voice(number, 1, 800, option="care")
            if number > 2:
                self.commons.voice(number, number - 1, 60, option="care")
        self.later(2)
        self.commons.runs.run("autumn")
        decision = self.voting.decide("round:autumn", by="pty_8")
        self.later()
        capped = Terms("proportional", cap_share=Fraction(1, 5))
        again = self.commons.runs.again("autumn", capped, decision).run
        assert again.outcome is Paid.PAID, again
        self.commons.rounds.open(Opening("winter", "EUR", 700, Terms("balanced")))
        self.later()
        for giver in range(1, 8):
            pair = self.commons.member(giver), self.commons.member(giver % 7 + 1)
            self.commons.rounds.voice("winter", *pair, hundredths=100 * giver)
        self.later()
        self.commons.runs.run("winter")
        assert vote_id

    def prove(self) -> None:
        """A proof of openness is found good and withdrawn; somebody takes much."""
        now_us = self.office.clock.now_us()
        parts = tuple(Shown(part, "file", "a" * 64) for part in OSAID_PARTS)
        where = "https://models.example/m"
        proof = OpennessProof(
            *("opn_1", "agr_11", "pty_11", where, Openness.OSAID),
            evidence=parts,
            shown_us=now_us,
            until_us=now_us + 9,
        )
        self.books.openness.add_proof(proof)
        for after, finding in ((1, Finding.ACCEPT), (2, Finding.WITHDRAW)):
            review = OpennessReview(
                *(f"rev_open_{after}", "opn_1", "pty_8", finding, now_us + after),
                reason="looked",
            )
            self.books.openness.add_review(review)
        told = Notice("ntc_1", "pty_11", 300, 12, "Ines", told_us=now_us)
        self.books.notices.add(told)
        lifted = replace(told, id="ntc_2", told_us=now_us + 1, is_lifted=True)
        self.books.notices.add(lifted)


@cache
def whole() -> tuple[Row, ...]:
    """All of it, logged in two growths."""
    made = Whole()
    made.office.agree(*(an_agreement(number) for number in range(11, 18)))
    made.work_and_doubt()
    made.harm()
    made.sell()
    made.open_books.grow()
    made.give()
    made.office.fund.allocate("2026-12", "EUR", amount_minor=600)
    made.later()
    made.office.fund.pay_out(Payout("pty_2", Money(5, "EUR"), "SEPA-2", paid_us=9))
    made.steer()
    made.prove()
    made.batches.recorded.append(replace(BATCH, agreement_id="agr_12"))
    made.later()
    made.open_books.grow()
    model = EnergyModel()
    energy = model.energy_mwh(cpu_us=7_000_000, body_bytes=9_000_000)
    used = Footprint("registers", 40, 9_000_000, 7_000_000, energy)
    at_us = made.office.clock.now_us()
    last = footprint_row(used, model, month="2026-11", at_us=at_us)
    return (*made.commons.log.rows, last)
