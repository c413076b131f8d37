"""What the books say of a party: standing, offsets, openness, share and notice."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from gateway.classification.behaviour import Share
from gateway.fund.voting.decision import Decision
from gateway.fund.voting.decision import Kind as Deciding
from gateway.kernel.clock import US_PER_DAY, US_PER_S
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.metering.taken import Taken, is_very_large, shares
from gateway.metering.usage_event import UsageEvent
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.need import Answering, Equivalence, Need, Needs
from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import OSAID_PARTS, Finding, Openness, Shown, State
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.spending import Counted, Rate, account_of
from gateway.services.giving import STOCK_US, Giving
from gateway.services.large_takers import EVENT, LargeTakers, Telling
from gateway.services.need_desk import NeedDesk
from gateway.services.offsets import Offsets, Worth
from gateway.services.openness_desk import OpennessDesk
from gateway.services.standings import Standings
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.fakes.outbox import FakeOutbox, FakeWebhooks
from tests.fakes.standing import FakeStandingUse

RATE = Rate(Counted.BYTES, 1_000)
TABLE = Equivalence(
    "commons", 1, {"hour": Fraction(1), "correction": Fraction(1, 4)}, {"EUR": 2_000}
)
NEEDS = Needs(
    {
        "names": Need("names", {"en": "Names corrected"}, "correction", wanted=10),
        "scans": Need("scans", {"en": "Pages scanned"}, "hour"),
    },
    (TABLE,),
)


class Commons:
    """Books with two parties of one owner and a third, and the desks on them."""

    def __init__(self, needs: Needs = NEEDS, *, now_us: int = AFTER_NOVEMBER) -> None:
        parties = (a_party(1), a_party(2, owner_id="pty_1"), a_party(3), a_party(9))
        self.office = Office(MemoryBooks(), *parties, now_us=now_us)
        self.books, self.clock = self.office.memory, self.office.clock
        self.books.agreements.add(an_agreement())
        self.use = FakeStandingUse(self.books.events)
        self.worth = Worth(lambda: needs, {"EUR": 1_000})
        self.standings = Standings(self.books, self.use, clock=self.clock)
        self.giving = self.fresh()
        self.need_desk = NeedDesk(
            self.books, self.worth, needs=lambda: needs, clock=self.clock
        )
        self.openness = OpennessDesk(
            self.books,
            parties=self.office.parties,
            clock=self.clock,
            ids=self.office.ids,
        )

    def fresh(self) -> Giving:
        return Giving(
            self.books,
            self.office.parties,
            self.standings,
            Offsets(self.worth),
            self.use,
            self.clock,
        )

    def work(
        self,
        name: str = "ctb_1",
        *,
        party: int = 1,
        need: str = "",
        paid_by: str = "none",
        weight: int = 200,
    ) -> None:
        now_us = self.clock.now_us()
        claim = Claim(
            id=name,
            party_id=f"pty_{party}",
            kind=Kind.RECORDS,
            title="Scanned 1742",
            evidence="https://archive.example/1742",
            weight_hundredths=weight,
            claimed_us=now_us,
            paid_by=paid_by,
        )
        self.books.contributions.add_claim(claim)
        if need:
            self.books.needs.add(Answering(name, need, "hour", "2"))
        accepted = Review(
            f"rev_{name}", name, "pty_9", verdict=Verdict.ACCEPT, reviewed_us=now_us
        )
        self.books.contributions.add_review(accepted)

    def take(self, number: int, kilobytes: int, **changes: Any) -> UsageEvent:
        event = replace(
            an_event(number, size=kilobytes * 1_000),
            agreement_id=account_of("pty_1"),
            tariff=RATE.name,
            occurred_us=self.clock.now_us(),
            **changes,
        )
        self.books.add_events(event)
        return event

    def ratify(self, table: Equivalence = TABLE, *, digest: str = "") -> None:
        self.books.decisions.add(
            Decision(
                "dec_1",
                Deciding.RATIFY_EQUIVALENCE,
                table.subject,
                digest or table.digest,
                "vot_1",
                yes=3,
                no=0,
                abstain=0,
                entitled=3,
                quorum_bp=5_000,
                decided_us=1,
            )
        )


def test_use_spends_standing_once_however_often_it_is_handed_in() -> None:
    commons = Commons()
    commons.work()

    before = commons.giving.given("pty_1").standing
    taken = commons.take(1, 1)
    commons.books.add_events(taken)
    after = [commons.standings.left("pty_1") for _ in range(2)]
    commons.take(2, 1, is_repeat=True)

    assert before == 2
    assert after == [100, 100]
    assert commons.standings.left("pty_1") == 100
    assert commons.standings.spent_lately("pty_1") == 100
    # Whoever starts anew reads the same from the events.
    again = Standings(commons.books, commons.use, clock=commons.clock)
    assert again.left("pty_1") == 100


def test_standing_ends_with_leaving_and_begins_anew_with_new_work() -> None:
    commons = Commons()
    commons.work()
    commons.take(1, 1)
    commons.clock.forward(s=2 * 86_400)
    commons.books.departures.note("pty_1", at_us=commons.clock.now_us())
    assert commons.standings.left("pty_1") == 0
    assert commons.giving.given("pty_1").standing == 0

    commons.clock.forward(s=2 * 86_400)
    commons.work("ctb_2")
    assert commons.standings.left("pty_1") == 200, "old use burdens no new work"


def test_a_store_that_was_put_back_is_read_from_its_beginning() -> None:
    commons = Commons()
    commons.work()
    for number in range(3):
        commons.take(number, 1)
    assert commons.standings.left("pty_1") == 0

    for number in (1, 2):
        del commons.books.events[f"req_{number:04d}"]

    assert commons.standings.left("pty_1") == 100


def test_what_one_party_used_up_is_no_loss_to_another() -> None:
    commons = Commons()
    commons.work("ctb_1", party=1)
    commons.work("ctb_3", party=3)
    commons.take(1, 5)

    assert commons.giving.given("pty_1").standing == 0
    assert commons.giving.given("pty_3").standing == 2


def test_an_hour_is_spent_once_as_standing_or_in_kind() -> None:
    commons = Commons()
    commons.ratify()
    commons.work("ctb_1", need="scans", paid_by="Company 1")

    given = commons.giving.given("pty_1")

    assert (given.standing, given.has_offset) == (0, True)
    assert commons.giving.given("pty_2").has_offset is True  # of the same owner
    assert commons.giving.given("pty_3").has_offset is False
    commons.work("ctb_2", need="scans")  # unpaid: no offset, but standing
    assert commons.giving.given("pty_1").standing == 2


@pytest.mark.parametrize("digest", ["", "f" * 64], ids=["its text", "another text"])
def test_a_table_counts_once_its_very_text_is_ratified(digest: str) -> None:
    commons = Commons()
    commons.work("ctb_1", need="scans", paid_by="Company 1")
    assert commons.giving.given("pty_1").has_offset is False

    commons.ratify(digest=digest)

    assert commons.giving.given("pty_1").has_offset is (digest == "")
    (view,) = commons.need_desk.tables()
    assert view.counts is (digest == "")


def test_without_any_table_an_hour_settles_what_the_settings_say() -> None:
    commons = Commons(Needs(NEEDS.items))
    commons.work("ctb_1", need="scans", paid_by="Company 1")

    assert commons.giving.given("pty_1").has_offset is True
    with pytest.raises(InvalidValue):
        commons.need_desk.weigh("names", quantity=Fraction(4), hundredths=None)


def test_work_for_a_need_weighs_by_the_table_up_to_what_is_wanted() -> None:
    commons = Commons()
    with pytest.raises(Conflict, match="ratified"):
        commons.need_desk.weigh("names", quantity=Fraction(4), hundredths=None)
    commons.ratify()

    weighed = commons.need_desk.weigh("names", quantity=Fraction(8), hundredths=None)
    commons.work("ctb_1", weight=weighed.weight_hundredths)
    commons.need_desk.answer("ctb_1", weighed)

    assert weighed.weight_hundredths == 200
    assert [view.left for view in commons.need_desk.list()] == [2, None]
    with pytest.raises(Conflict, match="2 are still wanted"):
        commons.need_desk.weigh("names", quantity=Fraction(3), hundredths=None)
    with pytest.raises(InvalidValue, match="quantity"):
        commons.need_desk.weigh("names", quantity=None, hundredths=100)
    assert commons.need_desk.weigh("scans", quantity=None, hundredths=5).table == ""


def shown() -> list[Shown]:
    return [Shown(part, f"https://models.example/{part}") for part in OSAID_PARTS]


def proved(commons: Commons) -> str:
    view = commons.openness.prove(
        "agr_1",
        Openness.OSAID,
        model="https://models.example/m",
        evidence=shown(),
        until_us=commons.clock.now_us() + 90 * US_PER_DAY,
    )
    assert view.state is State.WAITING
    return view.proved.proof.id


def test_openness_holds_from_acceptance_to_withdrawal_and_not_by_oneself() -> None:
    commons = Commons()
    proof_id = proved(commons)
    for own in ("pty_1", "pty_2"):
        with pytest.raises(InvalidValue):
            commons.openness.review(proof_id, Finding.ACCEPT, reviewer_id=own)
    promised = commons.giving.given("pty_1").opened

    commons.openness.review(proof_id, Finding.ACCEPT, reviewer_id="pty_9")
    accepted = commons.giving.given("pty_1").opened
    commons.openness.review(
        proof_id, Finding.WITHDRAW, reviewer_id="pty_9", reason="the weights are gone"
    )

    assert not promised
    assert accepted == {"agr_1"}
    assert commons.giving.given("pty_1").opened == frozenset()
    with pytest.raises(Conflict):
        commons.openness.review(
            proof_id, Finding.WITHDRAW, reviewer_id="pty_9", reason="again"
        )
    with pytest.raises(NotFound):
        commons.openness.review("opn_9", Finding.ACCEPT, reviewer_id="pty_9")


@pytest.mark.parametrize(
    ("findings", "less"),
    [((), 0), ((Finding.ACCEPT,), 700), ((Finding.ACCEPT, Finding.WITHDRAW), 0)],
    ids=["promised", "accepted", "withdrawn"],
)
def test_the_rebate_is_on_proof_and_never_on_promise(
    findings: tuple[Finding, ...], less: int
) -> None:
    commons = Commons(now_us=IN_NOVEMBER)
    commons.books.tariffs.publish(a_tariff(openness_percent=70), at_us=1)
    commons.books.add_events(an_event(size=6_000))
    proof_id = proved(commons)
    for finding in findings:
        commons.openness.review(
            proof_id, finding, reviewer_id="pty_9", reason="looked at it"
        )
    commons.clock.forward(s=(AFTER_NOVEMBER - IN_NOVEMBER) // US_PER_S)

    (draft,) = commons.office.billing.run(NOVEMBER, drafts_only=True).invoices

    assert draft.net_minor == 1_000 - less


def test_shares_are_of_owners_so_splitting_one_changes_none() -> None:
    taken = [Taken("pty_1", 300), Taken("pty_2", 100), Taken("pty_3", 600)]

    whole = shares([Taken("pty_1", 400), Taken("pty_3", 600)], str)
    found = shares(taken, lambda one: "pty_1" if one == "pty_2" else one)
    assert found == whole == {"pty_1": Share(400, 2), "pty_3": Share(600, 2)}
    assert is_very_large(Share(201, 10))
    assert not is_very_large(Share(201, 9))
    assert not is_very_large(Share(200, 10))


def test_shares_are_added_up_again_once_they_are_old() -> None:
    commons = Commons()
    commons.take(1, 1)
    commons.clock.forward(s=1)
    assert commons.giving.given("pty_1").share == Share(1_000, 1)

    commons.take(2, 3, party_id="pty_3")
    kept = commons.giving.given("pty_1").share
    commons.clock.forward(s=STOCK_US // US_PER_S + 1)

    assert kept == Share(1_000, 1)
    assert commons.giving.given("pty_1").share == Share(250, 2)


def takers(commons: Commons, *, count: int) -> tuple[LargeTakers, FakeOutbox]:
    outbox = FakeOutbox()
    found = {"pty_1": Share(300, count)}
    telling = Telling(
        commons.office.parties, FakeWebhooks(), outbox, writes_letters=True
    )
    desk = LargeTakers(
        commons.books,
        lambda: found,
        telling,
        clock=commons.clock,
        ids=commons.office.ids,
    )
    return desk, outbox


def test_a_very_large_taker_is_told_once_and_it_counts_from_that_day() -> None:
    commons = Commons()
    desk, _ = takers(commons, count=12)
    party = commons.office.parties.find_party("pty_2")
    assert party is not None

    notice = desk.announce(party, by="Ines")
    days = [commons.giving.given(f"pty_{number}").notice_days for number in (1, 2, 3)]
    commons.clock.forward(s=30 * 86_400)

    assert (notice.owner_id, notice.permille, notice.takers) == ("pty_1", 300, 12)
    assert days == [0, 0, None]
    assert commons.giving.given("pty_1").notice_days == 30
    with pytest.raises(Conflict):
        desk.announce(party, by="Ines")
    desk.lift(party, by="Ines")
    assert commons.giving.given("pty_1").notice_days is None
    with pytest.raises(Conflict):
        desk.lift(party, by="Ines")


def test_who_takes_little_or_among_few_is_not_announced() -> None:
    commons = Commons()
    desk, outbox = takers(commons, count=9)
    party = commons.office.parties.find_party("pty_1")
    assert party is not None

    with pytest.raises(InvalidValue):
        desk.announce(party, by="Ines")
    assert commons.books.notices.all() == ()
    assert outbox.listed() == []
    assert [one.is_very_large for one in desk.list()] == [False]


def test_whoever_was_told_stays_on_the_list_though_it_took_nothing() -> None:
    commons = Commons()
    desk, _ = takers(commons, count=12)
    commons.books.notices.add(Notice("ntc_1", "pty_3", 250, 11, "Ines", told_us=1))

    assert [one.owner_id for one in desk.list()] == ["pty_1", "pty_3"]
    assert EVENT == "taker.announced"
