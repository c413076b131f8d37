"""gateway.services.span_charges: minimums and royalties reach an invoice once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.invoice import Invoice, LineKind, Status
from gateway.billing.span_charge import ChargedFor
from gateway.billing.tax import Seller
from gateway.fund.accounts import INCOME
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.kernel.period import Period, month, year_of
from gateway.licensing.agreement import Settling
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Minimum, Tariff
from gateway.services.collection_income import collection_income
from gateway.services.declarations import Declared
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    SELF,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)

JANUARY = month(2027, 1)
YEAR = year_of(IN_NOVEMBER)
MONTHLY = Minimum(BracketsOver.MONTH, 10_000)
ROYALTIES = Royalties(
    BracketsOver.YEAR, (RoyaltyBracket(100_000, 0), RoyaltyBracket(None, 100))
)
USE, MINIMUM, ROYALTY = LineKind.USAGE, LineKind.MINIMUM, LineKind.ROYALTY


def an_office(
    *events: int,
    tariff: Tariff | None = None,
    seller: Seller = SELF,
    settling: Settling = Settling.INVOICED,
) -> Office:
    office = Office(MemoryBooks(), a_party(), seller=seller)
    office.books.tariffs.publish(tariff or a_tariff(minimum=MONTHLY), at_us=1)
    agreement = replace(an_agreement(settling=settling), starts_us=NOVEMBER.start_us)
    office.books.agreements.add(agreement)
    numbered = enumerate(events, start=1)
    office.memory.add_events(*(an_event(n, size=size) for n, size in numbered))
    return office


def nets(invoice: Invoice, kind: LineKind) -> int:
    return sum(line.net_minor for line in invoice.lines if line.kind is kind)


def of_period(office: Office, period: Period) -> list[Invoice]:
    office.at(period)
    return [*office.billing.run(period).invoices]


def declare(office: Office, minor: int, *, span: Period = YEAR) -> None:
    told = Declared(
        Money(minor, "EUR"), span, "signed letter", date(2026, 12, 1), "A. Treasurer"
    )
    office.declarations.declare("agr_1", told)


def test_what_use_leaves_open_of_a_minimum_is_a_line_of_its_own() -> None:
    office = an_office(5_000)

    (invoice,) = of_period(office, NOVEMBER)

    assert (nets(invoice, USE), nets(invoice, MINIMUM)) == (800, 9_200)
    assert invoice.net_minor == 10_000
    assert invoice.status is Status.FINALISED
    assert office.audit.run().ok


def test_use_above_the_minimum_owes_nothing_more() -> None:
    office = an_office(40_000)

    (invoice,) = of_period(office, NOVEMBER)

    assert nets(invoice, MINIMUM) == 0
    assert invoice.net_minor == 13_800


def test_the_same_period_again_charges_no_minimum_twice() -> None:
    office = an_office(5_000)
    first = of_period(office, NOVEMBER)

    again = office.billing.run(NOVEMBER)

    assert [*again.invoices] == first
    assert len(office.books.charges.all()) == 1


def test_a_month_without_use_owes_the_minimum_once_it_was_used() -> None:
    office = an_office(5_000)
    of_period(office, NOVEMBER)

    (invoice,) = of_period(office, DECEMBER)

    assert [line.kind for line in invoice.lines] == [MINIMUM]
    assert invoice.net_minor == 10_000
    assert office.audit.run().ok


def test_who_only_accepted_an_offer_owes_no_minimum() -> None:
    office = an_office()

    assert of_period(office, NOVEMBER) == []


def test_late_use_lowers_what_made_up_for_it() -> None:
    office = an_office(5_000)
    of_period(office, NOVEMBER)
    office.memory.add_events(an_event(8, size=5_000))

    (december,) = of_period(office, DECEMBER)

    late = nets(december, USE)
    assert late > 0
    by_span = {line.month: line.net_minor for line in december.lines[-2:]}
    assert by_span == {NOVEMBER: -late, DECEMBER: 10_000}
    assert office.audit.run().ok


def test_a_minimum_rests_where_use_is_priced_at_zero() -> None:
    office = an_office()
    office.memory.add_events(an_event(1, size=5_000, priced_at_zero=True))

    assert of_period(office, NOVEMBER) == []
    assert of_period(office, DECEMBER) == []


def test_a_test_agreement_owes_no_minimum() -> None:
    office = an_office(5_000, settling=Settling.TEST)

    assert of_period(office, NOVEMBER) == []


def test_without_a_seller_nobody_owes_a_minimum() -> None:
    office = an_office(5_000, seller=Seller())

    assert of_period(office, NOVEMBER) == []
    assert office.books.charges.all() == ()


def test_a_minimum_of_a_year_waits_for_its_end() -> None:
    yearly = Minimum(BracketsOver.YEAR, 100_000)
    office = an_office(5_000, tariff=a_tariff(minimum=yearly))
    (november,) = of_period(office, NOVEMBER)

    (december,) = of_period(office, DECEMBER)

    assert nets(november, MINIMUM) == 0
    # 61 of 365 days were agreed, and 8.00 of them used.
    assert nets(december, MINIMUM) == 16_712 - 800


def test_a_month_under_way_owes_no_minimum_yet() -> None:
    early = Office(MemoryBooks(), a_party(), now_us=IN_NOVEMBER)
    early.books.tariffs.publish(a_tariff(minimum=MONTHLY), at_us=1)
    early.books.agreements.add(an_agreement())
    early.memory.add_events(an_event(1, size=5_000))

    (invoice,) = early.billing.run(NOVEMBER).invoices

    assert nets(invoice, MINIMUM) == 0


def test_a_declared_turnover_is_a_line_that_names_its_basis() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    of_period(office, NOVEMBER)
    office.at(DECEMBER)
    declare(office, 1_100_000)

    (invoice,) = office.billing.run(DECEMBER).invoices

    assert nets(invoice, ROYALTY) == 10_000
    assert "basis: declared turnover" in invoice.lines[-1].text
    assert office.audit.run().ok


def test_what_nobody_declared_is_a_reminder_and_no_figure() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    of_period(office, NOVEMBER)
    office.at(DECEMBER)

    report = office.billing.run(DECEMBER)

    assert report.invoices == ()
    assert [(each.agreement_id, each.span) for each in report.undeclared] == [
        ("agr_1", YEAR)
    ]
    declare(office, 0)
    assert office.billing.run(DECEMBER).undeclared == ()


def test_a_corrected_turnover_charges_the_difference() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    office.at(DECEMBER)
    declare(office, 1_100_000)
    office.billing.run(DECEMBER)
    declare(office, 1_300_000)

    (invoice,) = of_period(office, JANUARY)

    assert nets(invoice, ROYALTY) == 2_000
    assert office.audit.run().ok


def test_what_cannot_be_given_back_at_once_waits_for_the_next_invoice() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    office.at(DECEMBER)
    declare(office, 1_100_000)
    office.billing.run(DECEMBER)
    declare(office, 100_000)
    assert of_period(office, JANUARY) == []
    february = month(2027, 2)
    late = an_event(9, size=200_000, occurred_us=february.start_us)
    office.memory.add_events(late)

    (invoice,) = of_period(office, february)

    assert nets(invoice, ROYALTY) == -10_000
    assert sum(step.net_minor for step in office.books.charges.all()) == 0
    assert office.audit.run().ok


def test_the_same_declaration_again_changes_nothing() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    office.at(DECEMBER)
    declare(office, 1_100_000)
    declare(office, 1_100_000)

    assert len(office.books.declarations.all()) == 1


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"span": NOVEMBER}, "declared for each year"),
        ({"span": year_of(JANUARY.start_us)}, "not over"),
        ({"span": year_of(0)}, "not in force"),
        ({"turnover": Money(1, "USD")}, "is in EUR"),
        ({"on": date(2030, 1, 1)}, "lies ahead"),
    ],
)
def test_a_declaration_that_cannot_be_right_is_refused(
    told: dict[str, Any], why: str
) -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    office.at(DECEMBER)
    sound = Declared(
        Money(1, "EUR"), YEAR, evidence="letter", on=date(2026, 12, 1), by="A."
    )

    with pytest.raises(InvalidValue, match=why):
        office.declarations.declare("agr_1", replace(sound, **told))


def test_a_proof_that_lapses_leaves_the_royalties_of_years_that_are_over() -> None:
    office = an_office(5_000, tariff=a_tariff(royalties=ROYALTIES))
    office.at(DECEMBER)
    declare(office, 1_100_000)
    office.billing.run(DECEMBER)
    charged = office.books.charges.charged(ChargedFor.ROYALTY)
    lapsed = a_party(level=Level.CLAIMED)
    office.parties.restate(lapsed, at_us=office.clock.now_us())
    office.at(JANUARY)

    office.billing.run(JANUARY)

    assert sum(charged.values()) == 10_000
    assert office.books.charges.charged(ChargedFor.ROYALTY) == charged


def test_a_tariff_without_royalties_asks_for_no_turnover() -> None:
    office = an_office(5_000)
    office.at(DECEMBER)

    with pytest.raises(Conflict, match="asks for no turnover"):
        declare(office, 1)


def test_an_agreement_nobody_knows_declares_nothing() -> None:
    office = Office(MemoryBooks(), a_party())

    with pytest.raises(NotFound):
        declare(office, 1)


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 60_000), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=5, max_size=5),
    st.randoms(use_true_random=False),
)
def test_however_usage_arrives_a_month_costs_the_larger_of_use_and_minimum(
    sizes: Sequence[int], are_late: Sequence[bool], order: Random
) -> None:
    """Late or in time, in any order, run once or twice: the same total."""
    office = an_office()
    numbered = [*enumerate(sizes, start=1)]
    order.shuffle(numbered)
    late = [an_event(n, size=size) for n, size in numbered if are_late[n - 1]]
    in_time = [an_event(n, size=size) for n, size in numbered if not are_late[n - 1]]
    office.memory.add_events(*in_time)
    of_period(office, NOVEMBER)
    office.billing.run(NOVEMBER)
    office.memory.add_events(*late)
    of_period(office, DECEMBER)
    of_period(office, DECEMBER)

    used = office.books.ratings.nets().get(("agr_1", NOVEMBER), 0)
    charged = [*office.books.charges.all()]
    made_up = sum(step.net_minor for step in charged if step.span == NOVEMBER)
    assert used + made_up == max(used, MONTHLY.minor)
    assert office.audit.run().ok


@pytest.mark.parametrize("shares", [(), (("letters", 2), ("registers", 1))])
def test_every_cent_of_income_is_for_one_collection(
    shares: tuple[tuple[str, int], ...],
) -> None:
    office = an_office(9_000, tariff=replace(a_tariff(minimum=MONTHLY), shares=shares))
    office.memory.add_events(an_event(7, size=7_000, collection="letters"))
    (invoice,) = of_period(office, NOVEMBER)
    paid = Money(5_001, "EUR")
    office.payments.record(paid, [invoice.number], reference="b1")

    found = collection_income(office.books)

    assert {each.collection for each in found} == {"letters", "registers"}
    assert sum(each.charged_minor for each in found) == invoice.net_minor
    income = -office.books.journal.balance(INCOME, "EUR")
    assert sum(each.received_minor for each in found) == income > 0
    if shares:
        assert found[0].charged_minor == 6_667
    office.invoices.credit(invoice.number, reason="All of it.")
    left = collection_income(office.books)
    assert sum(each.charged_minor for each in left) == 0
