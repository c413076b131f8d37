"""Figures for the public pages: they add up to the books, and name nobody unasked."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.public_ports import Taken
from gateway.identity.party import Attribute, Party
from gateway.identity.public_name import Shown, Who
from gateway.kernel.clock import iso
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.metering.effort import Effort, Measured
from gateway.reciprocity.contribution import Kind
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
    work = Contributions(
        office.books.contributions,
        parties=office.parties,
        clock=office.clock,
        ids=office.ids,
    )
    claim = work.claim(
        "pty_3", Kind.CARE, title="Cooked", evidence="minutes", weight_hundredths=150
    )
    work.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")
    office.fund.allocate("first", "EUR")
    return office


class Measuring:
    """Effort as a store has it, by the start of a month."""

    def __init__(self, **by_month: Effort) -> None:
        self._by_month = by_month

    def add(self, node: str, effort: Effort, *, at_us: int) -> None:
        raise AssertionError("the pages only read")

    def measured(self, span: Period) -> Measured:
        found = self._by_month.get(f"m{iso(span.start_us)[:7].replace('-', '_')}")
        return Measured(found or Effort(), 1 if found else 0)


def books_of(
    office: Office, *, sells: bool = True, effort: Measuring | None = None
) -> PublicBooks:
    beside = Neighbours(office.parties, effort or Measuring(), lambda: None)
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
    assert (first.gate, first.recipients) == ("equal-split", 1)
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
    office.fund.allocate("second", "EUR", amount_minor=1)
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
