"""A commons whose members work, give voice and are paid, around one set of books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.billing.bank import Direction, Movement
from gateway.fund.accounts import LABOUR_RESERVE, ROUNDS, STRIPE, payable
from gateway.fund.bookings import apportioned
from gateway.fund.gift_bookings import donated
from gateway.fund.payout_order import PayoutFile
from gateway.fund.payout_ports import Payee
from gateway.fund.rounds.inputs import BY_CREDITS
from gateway.fund.rounds.terms import Terms
from gateway.fund.waterfall import FundTerms
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.services.bookkeeping import book
from gateway.services.open_books import OpenBooks
from gateway.services.payouts import Payouts
from gateway.services.round_run import RoundRuns
from gateway.services.rounds import Opening, Rounds
from gateway.storage.books import StoredBooks
from gateway.transparency.recompute import Recomputed, recomputed
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import Office
from tests.fakes.log import MemoryBatches, MemoryLog

IBAN = "FR7630006000011234567890189"
REVIEWER = "pty_reviewer"


def a_member(number: int, *, owner: str = "", iban: str = IBAN) -> Party:
    """A person with an account."""
    told = {"iban": Attribute(iban, Level.VOUCHED, "steward")} if iban else {}
    return Party(f"pty_{number}", f"Member {number}", told, owner_id=owner)


class Salts:
    """A salt for everybody."""

    def salt_of(self, party_id: str) -> str:
        if not party_id.startswith("pty_"):
            raise NotFound(party_id)
        return f"salt of {party_id}"


class PlainPen:
    """Writes who is paid how much, and nothing around it."""

    def write(self, made: PayoutFile, accounts: Mapping[str, Payee]) -> bytes:
        lines = [
            f"{one.end_to_end} {accounts[one.contributor_id].iban} {one.amount}"
            for one in made.orders
        ]
        return "\n".join(lines).encode()


class Drawer:
    """Where files are laid down and named."""

    def __init__(self) -> None:
        self.laid: list[bytes] = []
        self.named: list[bytes] = []

    def lay_down(self, content: bytes) -> None:
        self.laid.append(content)

    def name(self) -> None:
        self.named.append(self.laid[-1])


class Commons:
    """Members numbered from 1, and everything that is done with their fund."""

    def __init__(
        self,
        books: MemoryBooks | StoredBooks,
        *members: Party,
        count: int = 8,
        terms: FundTerms | None = None,
    ) -> None:
        people = members or tuple(map(a_member, range(1, count + 1)))
        terms = terms or FundTerms()
        self.office = Office(books, *people, terms=terms)
        self.books, self.clock = books, self.office.clock
        self.parties, self.fund = self.office.parties, self.office.fund
        self.drawer, self.log = Drawer(), MemoryLog()
        self.rounds = Rounds(
            books, fund=self.fund, parties=self.parties, terms=terms, clock=self.clock
        )
        self.runs = RoundRuns(
            books,
            fund=self.fund,
            parties=self.parties,
            terms=terms,
            clock=self.clock,
            ids=self.office.ids,
        )
        self.payouts = Payouts(
            books,
            parties=self.parties,
            terms=terms,
            pen=PlainPen(),
            clock=self.clock,
            ids=self.office.ids,
        )
        self.open_books = OpenBooks(
            books,
            self.log,
            usage=MemoryBatches(),
            salts=Salts(),
            policy_version=lambda: "f00d",
            clock=self.clock,
            ids=self.office.ids,
        )

    def member(self, number: int) -> Party:
        return self.parties.known[f"pty_{number}"]

    def erase(self, number: int) -> None:
        """Put nothing in the place of what names a member."""
        gone = replace(self.member(number), name="sha256:0", attributes={}, erased_us=1)
        self.parties.known[gone.id] = gone

    def work(
        self, number: int, hundredths: int = 1_000, *, paid_by: str = "none"
    ) -> str:
        """Accepted work of a member; the claim's id."""
        now_us = self.clock.now_us()
        claim = Claim(
            id=self.office.ids.new("ctb"),
            party_id=f"pty_{number}",
            kind=Kind.RECORDS,
            title="Names",
            evidence="https://archive.example/1",
            weight_hundredths=hundredths,
            paid_by=paid_by,
            claimed_us=now_us,
        )
        self.books.contributions.add_claim(claim)
        self._review(claim.id, Verdict.ACCEPT)
        return claim.id

    def reverse(self, claim_id: str) -> None:
        """A maintainer reverses accepted work."""
        self.clock.forward(s=1)
        self._review(claim_id, Verdict.REVERSE)

    def earn(self, minor: int, *, labour: int = 0, solidarity: int = 0) -> None:
        """Pots of a donation, from before it was kept what splits rested on."""
        pots = {ROUNDS: minor, LABOUR_RESERVE: labour, "equity:solidarity": solidarity}
        filled = {pot: units for pot, units in pots.items() if units}
        with self.books.together() as books:
            ref = self.office.ids.new("test")
            for kind, postings in (
                ("donation", donated(sum(filled.values()), from_=STRIPE)),
                ("waterfall", apportioned(filled)),
            ):
                book(
                    books,
                    self.office.ids,
                    postings,
                    key=f"{kind}:{ref}",
                    kind=kind,
                    ref=ref,
                    currency="EUR",
                    at_us=self.clock.now_us(),
                )

    def open(
        self,
        rule: str = "proportional",
        *,
        name: str = "autumn",
        pool: int | None = None,
        purse: str = BY_CREDITS,
        vote_id: str = "",
        weights_by: str = "",
    ) -> str:
        """A round, and its name."""
        opening = Opening(
            name=name,
            currency="EUR",
            pool_minor=pool,
            terms=Terms(rule),
            purse=purse,
            vote_id=vote_id,
            weights_by=weights_by,
        )
        return self.rounds.open(opening).round.name

    def voice(
        self, giver: int, taker: int, hundredths: int, *, option: str = ""
    ) -> None:
        """Voice in the round of autumn."""
        pair = self.member(giver), self.member(taker)
        self.rounds.voice("autumn", *pair, hundredths=hundredths, option=option)

    def everybody_speaks(self, count: int = 8) -> None:
        """Everybody worked, and gives voice to the two after them."""
        for number in range(1, count + 1):
            self.work(number)
        for number in range(1, count + 1):
            for step in (1, 2):
                self.voice(number, (number + step - 1) % count + 1, 100 * step)

    def owed(self, number: int) -> int:
        """What the fund owes a member, minor units."""
        return -self.books.journal.balance(payable(f"pty_{number}"), "EUR")

    def recomputed(self) -> Recomputed:
        """What a stranger comes to."""
        self.open_books.grow()
        return recomputed(self.log.lines())

    def bank(
        self, end_to_end: str, minor: int, *, number: int = 1, is_in: bool = False
    ) -> None:
        """A statement reports a movement."""
        movement = Movement(
            account="DE02120300000000202051",
            reference=f"bank-{number}",
            amount=Money(minor, "EUR"),
            direction=Direction.IN if is_in else Direction.OUT,
            booked_us=self.clock.now_us(),
            end_to_end=end_to_end,
        )
        self.office.bank_desk.take_in([movement])

    def _review(self, claim_id: str, verdict: Verdict) -> None:
        review = Review(
            id=self.office.ids.new("rev"),
            claim_id=claim_id,
            reviewer_id=REVIEWER,
            verdict=verdict,
            reason="looked at",
            reviewed_us=self.clock.now_us(),
        )
        self.books.contributions.add_review(review)
