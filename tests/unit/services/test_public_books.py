"""Figures for the public pages: they add up to the books, and name nobody unasked."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.gift import Gift
from gateway.fund.public_ports import Taken
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.tally import Method, Tally
from gateway.fund.voting.vote import Matter, Option, Vote
from gateway.fund.waterfall import FundTerms
from gateway.identity.party import Attribute, Party
from gateway.identity.public_name import Shown, Who
from gateway.kernel.clock import iso
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.metering.effort import OF_NO_CLASS, ByClass, Effort, Measured
from gateway.metering.footprint import EnergyModel
from gateway.portal.addresses import has_one_page
from gateway.reciprocity.contribution import Kind as Work
from gateway.reciprocity.review import Verdict
from gateway.services.collection_income import collection_income
from gateway.services.contributions import Contributions
from gateway.services.public_books.figures import PPM, PublicFigures, ppm
from gateway.services.public_books.give_take import (
    Moved,
    concentration_row,
    give_take_rows,
)
from gateway.services.public_books.reading import Neighbours, PublicBooks
from gateway.services.public_books.votes import decision_rows, tally_rows
from gateway.services.round_run import RoundRuns
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import NOVEMBER, Office, a_party, an_agreement, an_event

AMINA = Party(
    "pty_3",
    "Amina Benali",
    {
        "entity": Attribute("person", Level.CLAIMED, "test"),
        "public_name": Attribute("Amina B.", Level.VOUCHED, "steward"),
    },
)
CLAIMED = a_party(2, level=Level.CLAIMED)


def lived_in() -> Office:
    office = Office(MemoryBooks(), a_party(1), CLAIMED, AMINA)
    office.agree(an_agreement(1), an_agreement(2))
    office.memory.add_events(
        an_event(1, size=6_000),
        an_event(2, size=4_000, collection="maps"),
        an_event(3, size=9_000, party=2),
    )
    for invoice in office.billing.run(NOVEMBER).invoices:
        gross = Money(invoice.gross_minor, "EUR")
        office.payments.record(gross, [invoice.number], reference=invoice.number)
    accepted(office, "pty_3")
    office.fund.allocate("first", "EUR")
    return office


def accepted(office: Office, party_id: str) -> None:
    """Some work, accepted by another."""
    work = Contributions(
        office.books.contributions,
        parties=office.parties,
        clock=office.clock,
        ids=office.ids,
    )
    claim = work.claim(
        party_id, Work.CARE, title="Cooked", evidence="minutes", weight_hundredths=150
    )
    work.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")


class Measuring:
    """Effort as a store has it, by the start of a month."""

    def __init__(self, **by_month: Effort) -> None:
        self._by_month = by_month
        self.classes: ByClass = {}

    def add(
        self,
        node: str,
        effort: Effort,
        *,
        at_us: int,
        by_class: ByClass = OF_NO_CLASS,
    ) -> None:
        raise AssertionError("the pages only read")

    def by_class(self, span: Period) -> ByClass:
        return self.classes

    def measured(self, span: Period) -> Measured:
        found = self._by_month.get(f"m{iso(span.start_us)[:7].replace('-', '_')}")
        return Measured(found or Effort(), 1 if found else 0)


def books_of(
    office: Office, *, sells: bool = True, effort: Measuring | None = None
) -> PublicBooks:
    beside = Neighbours(
        office.parties, effort or Measuring(), EnergyModel(), lambda: None
    )
    return PublicBooks(office.books, beside, sells=sells, clock=office.clock)


def figures(office: Office, *, sells: bool = True) -> PublicFigures:
    return books_of(office, sells=sells).figures()


def test_income_is_told_as_the_steward_s_own_report_tells_it() -> None:
    office = lived_in()

    told: Counter[str] = Counter()
    for row in figures(office).income:
        told[row.collection] += row.received_minor
    own: Counter[str] = Counter()
    for each in collection_income(office.books):
        own[each.collection] += each.received_minor

    assert told == own
    assert {row.payer for row in figures(office).income} == {"company", ""}


def test_the_pots_get_what_came_in_and_the_contributor_what_the_round_gave() -> None:
    seen = figures(lived_in())

    pots = {each.pot: each for each in seen.pots}
    came = sum(each.received_minor for each in seen.income)
    poured = sum(
        each.received_minor for each in seen.pots if each.pot != "contributors"
    )
    (first,) = seen.rounds
    assert poured == came
    assert first.labour_minor == pots["labour_reserve"].spent_minor
    assert (first.gate, first.recipients) == ("none", 1)
    assert [(each.who, each.name) for each in seen.shares] == [(Who.PERSON, "Amina B.")]
    assert seen.shares[0].allocated_minor == pots["contributors"].held_minor


def test_who_took_and_gave_stands_side_by_side() -> None:
    rows = figures(lived_in()).give_take

    assert [(each.who, each.name) for each in rows] == [
        (Who.ORGANISATION, "Company 1"),
        (Who.PERSON, "Amina B."),
        (Who.UNPROVEN, ""),
    ]
    assert sum(each.taken_ppm for each in rows) == pytest.approx(PPM, abs=2)
    assert rows[0].body_bytes == 10_000
    assert rows[1].work_ppm == PPM
    assert rows[1].give_take_thousandths is None


def test_nobody_is_named_who_is_not_proven_and_did_not_ask() -> None:
    told = repr(figures(lived_in()))

    assert "Company 2" not in told
    assert "Benali" not in told
    assert "pty_" not in told


def test_where_nobody_sells_there_are_no_figures_of_money() -> None:
    seen = figures(lived_in(), sells=False)

    assert (seen.income, seen.pots, seen.rounds, seen.shares) == ((), (), (), ())
    assert seen.lately_thousandths == 0
    assert {each.given_minor for each in seen.give_take} == {0}
    assert {each.of for each in seen.concentration} == {"takers"}


def test_a_commons_that_holds_nothing_has_no_figures() -> None:
    seen = figures(Office(MemoryBooks(), a_party()))

    assert (seen.income, seen.pots, seen.rounds, seen.give_take) == ((), (), (), ())


def test_nothing_is_added_up_again_while_nothing_changes() -> None:
    office = lived_in()
    books = books_of(office)
    first = books.figures()

    office.clock.forward(s=60)
    assert books.figures(first) is first
    office.clock.forward(s=600)
    assert books.figures(first) is not first
    accepted(office, "pty_3")
    assert books.figures(first) is not first


def test_one_owner_with_two_parties_is_one_hand() -> None:
    office = Office(MemoryBooks(), a_party(1), a_party(2, owner_id="pty_1"), a_party(3))
    office.agree(an_agreement(1), an_agreement(2), an_agreement(3))
    office.memory.add_events(
        an_event(1, size=4_000),
        an_event(2, size=2_000, party=2),
        an_event(3, size=4_000, party=3),
    )

    (takers,) = figures(office).concentration

    assert (takers.of, takers.parties, takers.top_share_ppm) == ("takers", 2, 600_000)


def test_what_serving_took_is_told_month_by_month() -> None:
    office = Office(MemoryBooks(), a_party())
    effort = Measuring(
        m2026_11=Effort(3_000_000, 5_000, 40), m2026_02=Effort(1_000, 1, 1)
    )

    seen = books_of(office, effort=effort).figures()

    assert [(one.month, one.requests, one.cpu_ms) for one in seen.footprint] == [
        ("2026-11", 40, 3_000),
        ("2026-02", 1, 1),
    ]
    model = EnergyModel()
    energy = model.energy_mwh(cpu_us=3_000_000, body_bytes=5_000)
    assert seen.footprint[0].energy_mwh == energy
    assert seen.energy_model == model
    assert seen.footprint_classes == ()


def test_what_serving_took_is_told_by_class_and_by_who_may_be_named() -> None:
    office = lived_in()
    effort = Measuring(m2025_12=Effort(3_000_000, 30_000, 30))
    effort.classes = {
        "person": Effort(0, 9_000, 20),
        "commercial": Effort(0, 19_000, 3),
    }

    seen = books_of(office, effort=effort).figures()

    told = [(one.klass, one.requests, one.cpu_ms) for one in seen.footprint_classes]
    assert told == [("person", 20, 2_000), ("commercial", 3, 300), ("", 7, 700)]
    takers = [
        (one.who, one.name, one.requests, one.body_bytes, one.cpu_ms)
        for one in seen.footprint_takers
    ]
    assert takers == [
        (Who.ORGANISATION, a_party(1).name, 2, 10_000, 200),
        (Who.UNPROVEN, "", 1, 9_000, 100),
    ]


def test_of_one_alone_no_concentration_is_told() -> None:
    assert concentration_row("takers", {"a": 5}) is None
    assert concentration_row("takers", {"a": 5, "b": 0}) is None


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(0, 10**5)),
        min_size=1,
    )
)
def test_nothing_is_lost_between_parties_and_rows(
    moved: dict[str, tuple[int, int, int]],
) -> None:
    taken = {who: Taken(who, 1, size) for who, (size, _, _) in moved.items()}
    given_ = Counter({(who, "EUR"): minor for who, (_, minor, _) in moved.items()})
    work = {who: hundredths for who, (_, _, hundredths) in moved.items()}

    def named(who: str) -> Shown:
        return Shown(Who.ORGANISATION, who) if who < "d" else Shown(Who.PEOPLE)

    rows = give_take_rows(Moved(taken, given_, work), named)

    assert sum(row.body_bytes for row in rows) == sum(it[0] for it in moved.values())
    assert sum(row.given_minor for row in rows) == sum(it[1] for it in moved.values())
    assert sum(row.work_hundredths for row in rows) == sum(
        it[2] for it in moved.values()
    )
    assert not {row.name for row in rows} & {"d", "e", "f"}


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, 333_333), (2, 3, 666_667), (1, 1, PPM), (0, 5, 0), (0, 0, 0)],
)
def test_shares_are_rounded_half_up(part: int, whole: int, expected: int) -> None:
    assert ppm(part, whole) == expected


def test_a_museum_with_a_little_income_has_one_page_and_one_equal_split() -> None:
    office = Office(MemoryBooks(), a_party(1), a_party(2), AMINA, a_party(4))
    office.agree()
    office.memory.add_events(an_event(size=12_500))  # 300.00 a year, about
    (invoice,) = office.billing.run(NOVEMBER).invoices
    gross = Money(invoice.gross_minor, "EUR")
    office.payments.record(gross, [invoice.number], reference="RF-1")
    for party_id in ("pty_3", "pty_4"):
        accepted(office, party_id)
    runs = RoundRuns(
        office.books,
        fund=office.fund,
        parties=office.parties,
        terms=FundTerms(),
        clock=office.clock,
        ids=office.ids,
    )
    runs.yearly("2026", "EUR")

    seen = figures(office)

    (split,) = seen.rounds
    assert (split.name, split.rule, split.gate) == ("2026", "equal", "equal-split")
    assert split.pool_minor + split.labour_minor > 0
    assert "gets the same" in split.value_equation
    assert sum(each.allocated_minor for each in seen.shares) == (
        split.pool_minor + split.labour_minor
    )
    assert has_one_page(seen)


def test_a_round_that_paid_only_unpaid_work_counts_who_got_it() -> None:
    office = Office(MemoryBooks(), a_party(1), a_party(2), AMINA, a_party(4))
    office.agree()
    for party_id in ("pty_3", "pty_4"):
        accepted(office, party_id)  # all work is unpaid: all income is for it
    office.memory.add_events(an_event(size=12_500))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    gross = Money(invoice.gross_minor, "EUR")
    office.payments.record(gross, [invoice.number], reference="RF-1")
    runs = RoundRuns(
        office.books,
        fund=office.fund,
        parties=office.parties,
        terms=FundTerms(),
        clock=office.clock,
        ids=office.ids,
    )
    runs.yearly("2026", "EUR")

    (split,) = figures(office).rounds

    assert split.pool_minor == 0
    assert split.labour_minor > 0
    assert split.recipients == 2


def test_whoever_takes_in_more_has_pages() -> None:
    office = Office(MemoryBooks(), a_party(1))
    office.agree()
    office.memory.add_events(an_event(size=60_000_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    gross = Money(invoice.gross_minor, "EUR")
    office.payments.record(gross, [invoice.number], reference="RF-1")

    seen = figures(office)

    assert seen.lately_thousandths == invoice.net_minor * 10
    assert not has_one_page(seen)


def test_a_decision_about_somebody_names_nobody() -> None:
    vote = a_vote("Shall Amina Benali join?", Matter(Kind.ADMIT_MEMBER, "pty_3"))
    decision = a_decision(vote, Kind.ADMIT_MEMBER, "pty_3")
    asked = a_vote("Open on Sundays?", Matter(Kind.RESOLVE, "sundays"), number=2)
    resolved = a_decision(asked, Kind.RESOLVE, "sundays", number=2)

    rows = decision_rows((decision, resolved), {vote.id: vote, asked.id: asked})

    told = {(row.about, row.title, row.outcome) for row in rows}
    assert told == {
        ("admit-member", "", "accepted"),
        ("resolve", "Open on Sundays?", "accepted"),
    }
    assert "Benali" not in repr(rows)


def test_a_tally_tells_titles_and_shares_the_newest_first() -> None:
    vote = replace(
        a_vote("What first?", None),
        options=(Option("maps", "Old maps"), Option("films", "Films")),
        credits=9,
    )
    tally = Tally(vote.id, Method.QUADRATIC, (("maps", 1), ("films", 3)), 6, 9, 5)

    rows = tally_rows((tally,), {vote.id: vote})

    assert [(row.option, row.share_ppm) for row in rows] == [
        ("Films", 750_000),
        ("Old maps", 250_000),
    ]


def a_vote(title: str, matter: Matter | None, *, number: int = 1) -> Vote:
    return Vote(
        id=f"vot_{number}",
        title=title,
        matter=matter,
        options=tuple(Option(each, each) for each in ("yes", "no", "abstain")),
        credits=1,
        quorum_bp=2_500,
        opened_us=1,
        closes_us=5,
    )


def a_decision(vote: Vote, kind: Kind, subject: str, *, number: int = 1) -> Decision:
    return Decision(
        id=f"dec_{number}",
        kind=kind,
        subject=subject,
        digest="",
        vote_id=vote.id,
        yes=5,
        no=1,
        abstain=0,
        entitled=8,
        quorum_bp=2_500,
        decided_us=number,
    )


def given_to(office: Office, minor: int, *, to: str = "", by: str = "") -> None:
    gift = Gift(
        f"{'gif' if to else 'don'}_{minor}",
        to,
        by,
        amount=Money(minor, "EUR"),
        reference=f"B-{minor}",
        memo="",
        received_us=office.clock.now_us(),
    )
    office.books.gifts.add(gift)


def test_a_donation_is_income_and_its_giver_gave() -> None:
    office = Office(MemoryBooks(), a_party(1), CLAIMED, AMINA)
    given_to(office, 120_000)
    given_to(office, 80_000, by="pty_1")

    seen = figures(office)

    assert {(row.payer, row.received_minor) for row in seen.income} == {
        ("", 120_000),
        ("company", 80_000),
    }
    assert {(row.name, row.given_minor) for row in seen.give_take} == {
        (a_party(1).name, 80_000)
    }
    assert seen.lately_thousandths == 2_000_000
    assert figures(office, sells=False).income == seen.income, "a donation wakes them"


def test_a_gift_to_somebody_by_name_is_nobody_s_income() -> None:
    office = Office(MemoryBooks(), a_party(1), CLAIMED, AMINA)
    given_to(office, 80_000, by="pty_1", to="pty_3")

    assert figures(office).income == ()
    assert not figures(office, sells=False).sells
    assert figures(office).give_take == ()
