"""What stores of needs, proofs, notices and spent standing promise, in both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.period import Period
from gateway.metering.taken import Taken
from gateway.metering.usage_event import UsageEvent
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.giving_ports import StandingUse
from gateway.reciprocity.need import Answering
from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import (
    OSAID_PARTS,
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Proved,
    Shown,
)
from gateway.reciprocity.spending import Counted, Rate, Spent, account_of
from gateway.reciprocity.standing import Judged
from gateway.storage.books import StoredBooks
from gateway.storage.database import Database
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.standing_store import StoredStandingUse
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import a_tariff, an_agreement, an_event
from tests.fakes.standing import FakeStandingUse

AnyBooks = MemoryBooks | StoredBooks
RATE = Rate(Counted.BYTES, 1_000).name
DAY = an_event().occurred_us // 86_400_000_000


class Stores:
    """Books, and how usage gets into them."""

    def __init__(
        self, books: AnyBooks, use: StandingUse, db: Database | None = None
    ) -> None:
        self.books = books
        self.use = use
        self.db = db
        books.tariffs.publish(a_tariff(), at_us=1)

    def take(self, *events: UsageEvent) -> None:
        if self.db is not None:
            usage = SqlUsageStore(self.db)
            for event in events:
                usage.record_event(event, recorded_us=event.occurred_us)
        elif isinstance(self.books, MemoryBooks):
            self.books.add_events(*events)


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        books = MemoryBooks()
        yield Stores(books, FakeStandingUse(books.events))
        return
    db = open_sqlite(":memory:")
    yield Stores(StoredBooks(db), StoredStandingUse(db), db)
    db.close()


def a_claim(number: int, *, party: int = 1) -> Claim:
    return Claim(
        f"ctb_{number}",
        f"pty_{party}",
        Kind.RECORDS,
        title="Scanned",
        evidence="there",
        weight_hundredths=100,
        claimed_us=number,
    )


def a_proof(number: int, *, party: int = 1) -> OpennessProof:
    pieces = [Shown(part, f"https://models.example/{part}") for part in OSAID_PARTS]
    return OpennessProof(
        f"opn_{number}",
        f"agr_{party}",
        f"pty_{party}",
        "https://models.example",
        Openness.OSAID,
        evidence=(*pieces, Shown("weights", "weights.sha256", "a" * 64)),
        shown_us=1,
        until_us=100,
    )


def test_a_claim_answers_one_need_and_a_party_finds_its_own(stores: Stores) -> None:
    books = stores.books
    for number, party in ((1, 1), (2, 2), (3, 1)):
        books.contributions.add_claim(a_claim(number, party=party))
    first, other, last = (
        Answering(f"ctb_{number}", "names", "correction", "5/2", "commons@1")
        for number in (1, 2, 3)
    )
    for each in (last, other, first):
        books.needs.add(each)

    assert books.needs.of_claim("ctb_1") == first
    assert books.needs.of_claim("ctb_9") is None
    assert books.needs.of_party("pty_1") == (first, last)
    assert books.needs.all() == (first, other, last)
    with pytest.raises(Conflict):
        books.needs.add(replace(first, need_id="scans"))
    with pytest.raises(Conflict):
        books.needs.add(replace(first, claim_id="ctb_9"))
    claims = [each.claim.id for each in books.contributions.of_party("pty_1")]
    assert claims == ["ctb_1", "ctb_3"]
    assert books.contributions.of_party("pty_2") == (Judged(a_claim(2, party=2)),)


def test_a_proof_is_found_with_its_evidence_and_what_was_found(stores: Stores) -> None:
    books = stores.books
    for party in (1, 2):
        books.agreements.add(an_agreement(party))
        books.openness.add_proof(a_proof(party, party=party))
    later = OpennessReview("rev_2", "opn_1", "pty_9", Finding.WITHDRAW, 9, "it is gone")
    sooner = OpennessReview("rev_1", "opn_1", "pty_9", Finding.ACCEPT, 5)
    for review in (later, sooner):
        books.openness.add_review(review)
    whole = Proved(a_proof(1), (sooner, later))
    other = Proved(a_proof(2, party=2))

    assert books.openness.find("opn_1") == whole
    assert books.openness.find("opn_9") is None
    assert books.openness.of_agreement("agr_1") == (whole,)
    assert books.openness.of_party("pty_2") == (other,)
    assert books.openness.all() == (whole, other)


def test_a_proof_is_kept_once_and_looked_at_by_others(stores: Stores) -> None:
    books = stores.books
    books.agreements.add(an_agreement())
    books.openness.add_proof(a_proof(1))
    review = OpennessReview("rev_1", "opn_1", "pty_9", Finding.ACCEPT, 5)
    books.openness.add_review(review)

    with pytest.raises(Conflict):
        books.openness.add_proof(a_proof(1))
    with pytest.raises(Conflict):
        books.openness.add_review(review)
    with pytest.raises(Conflict):
        books.openness.add_review(replace(review, id="rev_2", reviewer_id="pty_1"))
    with pytest.raises(NotFound):
        books.openness.add_review(replace(review, id="rev_2", proof_id="opn_9"))
    assert books.openness.all() == (Proved(a_proof(1), (review,)),)


def test_notices_of_an_owner_are_told_oldest_first(stores: Stores) -> None:
    notices = stores.books.notices
    told = Notice("ntc_1", "pty_1", 300, 12, "Ines", 20)
    first = Notice("ntc_2", "pty_1", 250, 11, "Ines", 10, is_lifted=True)
    other = Notice("ntc_3", "pty_2", 250, 11, "Ines", 15)
    for each in (told, first, other):
        notices.add(each)

    assert notices.of_owner("pty_1") == (first, told)
    assert notices.all() == (first, other, told)
    with pytest.raises(Conflict):
        notices.add(told)


def spending(number: int, size: int, *, party: int = 1, rate: str = RATE) -> UsageEvent:
    event = an_event(number, size=size, party=party)
    return replace(event, agreement_id=account_of(event.party_id), tariff=rate)


def test_what_standing_paid_for_is_added_up_from_a_place_on(stores: Stores) -> None:
    stores.take(
        spending(1, 5_000),
        spending(2, 6_000),
        spending(3, 7_000, party=2),
        an_event(4, size=9_000),
    )

    first = stores.use.since(0)
    stores.take(spending(5, 1_000), spending(5, 1_000), spending(6, 0))
    then = stores.use.since(first.up_to)

    assert first.spent == (
        ("pty_1", Spent(DAY, RATE, 2, 11_000)),
        ("pty_2", Spent(DAY, RATE, 1, 7_000)),
    )
    assert then.spent == (("pty_1", Spent(DAY, RATE, 1, 1_000)),)
    assert then.up_to == first.up_to + 2
    assert stores.use.since(then.up_to).spent == ()
    assert dict(stores.use.since(0).spent)["pty_1"] == Spent(DAY, RATE, 3, 12_000)


def test_the_same_version_again_spends_nothing_for_thirty_days() -> None:
    db = open_sqlite(":memory:")
    stores = Stores(StoredBooks(db), StoredStandingUse(db), db)
    again = [
        replace(spending(number, 4_000, party=party), object_sha256="b" * 64)
        for number, party in ((1, 1), (2, 1), (3, 2))
    ]
    stores.take(*again)

    assert stores.use.since(0).spent == (
        ("pty_1", Spent(DAY, RATE, 1, 4_000)),
        ("pty_2", Spent(DAY, RATE, 1, 4_000)),
    )
    db.close()


def test_what_everybody_took_is_told_by_party(stores: Stores) -> None:
    stores.take(spending(1, 5_000), an_event(2, size=6_000), an_event(3, party=2))
    at_us = an_event().occurred_us

    takings = stores.use.takings  # type: ignore[attr-defined]  # both ports in one
    assert takings(Period(at_us, at_us + 1)) == (
        Taken("pty_1", 11_000),
        Taken("pty_2", 1_000),
    )
    assert takings(Period(at_us + 1, at_us + 2)) == ()
