"""Carrying forward: small amounts wait, and none is lost or billed twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.carrying import Carried, CarryTerms
from gateway.billing.invoice import LineKind, Status
from gateway.billing.span_charge import ChargedFor, SpanCharge
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period, month
from gateway.licensing.agreement import Settling
from gateway.services.drafting import Drafting
from gateway.services.tracing import events_behind
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    SELF,
    Office,
    a_party,
    an_agreement,
    an_event,
    top_up,
)

TERMS = CarryTerms({"EUR": 1_000})
OCTOBER = month(2026, 10)
MONTHS = [month(2026, number) for number in range(1, 13)]


def an_office(now: Period = OCTOBER) -> Office:
    office = Office(
        MemoryBooks(),
        a_party(1),
        a_party(2),
        carry=TERMS,
        now_us=now.end_us + 1_000_000,
    )
    office.agree(an_agreement(1), an_agreement(2))
    return office


def used(
    office: Office, number: int, size: int, *, when: Period, party: int = 1
) -> None:
    event = an_event(number, size=size, party=party, occurred_us=when.start_us)
    office.memory.add_events(event)


def test_what_is_too_little_waits_and_goes_on_the_next_invoice() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)  # 1,000 free, then 2.00
    first = office.billing.run(OCTOBER)
    assert first.invoices == ()
    assert [each.net_minor for each in first.carried] == [200]
    assert office.audit.run().ok

    used(office, 2, 5_000, when=NOVEMBER)
    office.at(NOVEMBER)
    second = office.billing.run(NOVEMBER)

    (invoice,) = second.invoices
    assert (invoice.net_minor, second.carried) == (1_200, ())
    assert {line.month for line in invoice.lines} == {OCTOBER, NOVEMBER}
    assert office.audit.run().ok


def test_the_end_of_the_year_bills_what_waits() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    office.billing.run(OCTOBER)
    office.at(NOVEMBER)
    assert len(office.billing.run(NOVEMBER).carried) == 1
    office.at(DECEMBER)

    (invoice,) = office.billing.run(DECEMBER).invoices

    assert (invoice.status, invoice.net_minor) == (Status.FINALISED, 200)
    assert office.audit.run().ok


def test_a_year_that_is_not_over_bills_nothing_small() -> None:
    office = an_office(NOVEMBER)
    used(office, 1, 2_000, when=DECEMBER)
    office.clock.forward(s=60)

    assert len(office.billing.run(DECEMBER).carried) == 1


def test_the_end_of_an_agreement_bills_what_waits() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    office.billing.run(OCTOBER)
    office.books.agreements.end("agr_1", at_us=NOVEMBER.start_us)
    office.at(NOVEMBER)

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert invoice.net_minor == 200


def test_one_agreement_never_waits_for_another() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER, party=1)
    used(office, 2, 9_000, when=OCTOBER, party=2)

    report = office.billing.run(OCTOBER)

    assert [each.agreement_id for each in report.invoices] == ["agr_2"]
    assert [each.agreement_id for each in report.carried] == ["agr_1"]


def test_what_was_paid_ahead_never_waits() -> None:
    office = Office(MemoryBooks(), a_party(), carry=TERMS)
    office.agree(replace(an_agreement(), settling=Settling.PREPAID))
    top_up(office, 5_000)
    office.memory.add_events(an_event(size=2_000))

    (invoice,) = office.billing.run(NOVEMBER).invoices

    assert invoice.net_minor == 200


def test_a_currency_without_a_minimum_is_never_carried() -> None:
    terms = CarryTerms({"USD": 1_000})

    def carries(net_minor: int, currency: str) -> bool:
        end_us = NOVEMBER.end_us
        return terms.carries(
            net_minor,
            currency,
            agreement=an_agreement(),
            period=NOVEMBER,
            at_us=end_us,
        )

    assert not carries(1, "EUR")
    assert carries(999, "USD")
    assert not carries(1_000, "USD")


def test_a_draft_that_is_voided_takes_what_was_carried_with_it() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    office.billing.run(OCTOBER)
    used(office, 2, 5_000, when=NOVEMBER)
    office.at(NOVEMBER)
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices

    office.invoices.void(draft.id)

    report = office.audit.run()
    assert (report.ok, report.rated_not_invoiced) == (True, {"EUR": 1_200})


def test_the_audit_finds_what_is_carried_and_was_never_rated() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    office.billing.run(OCTOBER)
    (key,) = office.memory.carried.rows
    office.memory.carried.rows[key] = Carried(*key, net_minor=199)

    assert office.audit.run().findings["rated_is_invoiced"]


def test_nothing_is_not_carried() -> None:
    with pytest.raises(InvalidValue):
        Carried("run_1", "agr_1", "EUR", 0)


sizes = st.lists(
    st.tuples(st.integers(0, 11), st.integers(1, 2), st.integers(0, 6_000)),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(usage=sizes, below=st.sampled_from([0, 500, 3_000]), twice=st.booleans())
def test_over_a_year_everything_rated_is_billed_exactly_once(
    usage: list[tuple[int, int, int]], *, below: int, twice: bool
) -> None:
    office = Office(
        MemoryBooks(),
        a_party(1),
        a_party(2),
        seller=SELF,
        carry=CarryTerms({"EUR": below}),
        now_us=MONTHS[0].start_us,
    )
    office.agree(an_agreement(1), an_agreement(2))
    for number, (at, party, size) in enumerate(usage):
        used(office, number, size, when=MONTHS[at], party=party)
    for span in MONTHS:
        if twice:
            office.clock.forward(s=86_400)
            office.billing.run(span)
        office.at(span)
        office.billing.run(span)
        assert office.audit.run().ok

    rated: Counter[str] = Counter()
    for run in office.books.ratings.runs():
        for line in office.books.ratings.lines_of(run.id):
            rated[line.share.agreement_id] += line.net_minor
    billed: Counter[str] = Counter()
    for invoice in office.books.invoices.all():
        lines = [one for one in invoice.lines if one.kind is LineKind.USAGE]
        billed[invoice.agreement_id] += sum(one.net_minor for one in lines)
    assert +billed == +rated
    assert office.books.carried.waiting() == ()


def test_a_minimum_that_was_agreed_on_is_billed_with_what_waits() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    office.billing.run(OCTOBER)
    (run,) = office.books.ratings.runs()
    charge = SpanCharge(
        charged_for=ChargedFor.MINIMUM,
        agreement_id="agr_1",
        party_id="pty_1",
        tariff="ai-2026",
        tariff_version=1,
        span=NOVEMBER,
        currency="EUR",
        basis_minor=0,
        due_minor=50,
        net_minor=50,
    )
    later = replace(run, id="run_9", period=NOVEMBER)
    office.books.ratings.add_run(later, ())
    drafting = Drafting(SELF, office.parties, office.ids, TERMS)

    drafting.draft(office.books, later, (), charges=[charge])

    (draft,) = office.books.invoices.all()
    assert [line.net_minor for line in draft.lines] == [0, 200, 50]
    assert office.books.carried.waiting() == ()


def test_an_invoice_leads_back_to_the_events_that_waited_for_it() -> None:
    office = an_office()
    used(office, 1, 2_000, when=OCTOBER)
    used(office, 3, 9_000, when=OCTOBER, party=2)
    office.billing.run(OCTOBER)
    used(office, 2, 5_000, when=NOVEMBER)
    office.at(NOVEMBER)
    (invoice,) = office.billing.run(NOVEMBER).invoices

    found = [event.id for event in events_behind(office.books, invoice)]

    assert found == ["req_0001", "req_0002"]
