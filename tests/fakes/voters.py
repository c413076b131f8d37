"""A commons whose people gave something, and may vote."""

from __future__ import annotations

from gateway.fund.voting.vote import Option
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import NotFound
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import VESTS_AFTER_US
from gateway.services.ballot_box import BallotBox
from gateway.services.stewards import Stewards
from gateway.services.votes import Votes, VoteTerms
from gateway.storage.books import StoredBooks
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.time_and_chance import CountingIds, HandClock, SeededChance

WEEK_S = 7 * 86_400
WEEK_US = 7 * US_PER_DAY
OPTIONS = (
    Option("records", "Mend records"),
    Option("care", "Care for people"),
    Option("mirrors", "Keep mirrors"),
)


class FakeSalts:
    """A salt for everybody who was not erased."""

    def __init__(self) -> None:
        self.erased: set[str] = set()

    def salt_of(self, party_id: str) -> str:
        if not party_id.startswith("pty_"):
            raise NotFound(party_id)
        return "" if party_id in self.erased else f"salt of {party_id}"


class Assembly:
    """People, what they gave, and the votes they hold."""

    def __init__(
        self,
        *parties: Party,
        books: MemoryBooks | StoredBooks | None = None,
        terms: VoteTerms | None = None,
        seed: int = 1,
    ) -> None:
        self.books = books or MemoryBooks()
        self.parties = FakeParties(*parties)
        self.clock, self.ids, self.salts = HandClock(), CountingIds(), FakeSalts()
        self.stewards = Stewards(
            self.books, parties=self.parties, clock=self.clock, ids=self.ids
        )
        self.votes = Votes(
            self.books,
            parties=self.parties,
            salts=self.salts,
            stewards=self.stewards,
            terms=terms or VoteTerms(),
            clock=self.clock,
            ids=self.ids,
        )
        self.box = BallotBox(
            self.books,
            parties=self.parties,
            salts=self.salts,
            stewards=self.stewards,
            clock=self.clock,
            chance=SeededChance(seed),
        )

    def gave(self, party_id: str, hundredths: int = 100) -> None:
        """Work that has vested by now."""
        claim = Claim(
            id=self.ids.new("ctb"),
            party_id=party_id,
            kind=Kind.CARE,
            title="Answered letters",
            evidence="letters 1 to 9",
            weight_hundredths=hundredths,
            claimed_us=self.clock.now_us() - VESTS_AFTER_US,
        )
        self.books.contributions.add_claim(claim)

    def ask(self, *, credits_each: int = 99, by: str = "") -> str:
        """Open a vote on what comes first; its id."""
        view = self.votes.open_priorities(
            "What comes first?",
            OPTIONS,
            credits_each=credits_each,
            lasts_us=WEEK_US,
            by=by,
        )
        return view.vote.id

    def week_later(self) -> None:
        self.clock.forward(s=WEEK_S)


def persons(count: int, *, owner_id: str = "") -> tuple[Party, ...]:
    """`pty_1`, `pty_2` …"""
    return tuple(
        Party(f"pty_{number}", f"Person {number}", owner_id=owner_id)
        for number in range(1, count + 1)
    )


def assembly(count: int, **told: object) -> Assembly:
    """As many people, each with an hour that has vested."""
    made = Assembly(*persons(count), **told)  # type: ignore[arg-type]
    for party in made.parties.all_parties():
        made.gave(party.id)
    return made
