"""What every store of the books promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.billing.bank import Direction, Movement, UsedFor
from gateway.billing.bank import Use as MoneyUse
from gateway.billing.barter import Barter, Taxed
from gateway.billing.carrying import Carried
from gateway.billing.chain import Sealed, next_link
from gateway.billing.credit_note import NamedNote, credit
from gateway.billing.dispute import Dispute, Outcome, Resolution
from gateway.billing.in_kind import InKind, reduction_line
from gateway.billing.invoice import Invoice, Status, usage_line
from gateway.billing.paper import Rendition
from gateway.billing.ports import Run, RunKind, UpTo
from gateway.billing.rating import RatedLine, rate
from gateway.billing.reminder import Reminder
from gateway.billing.settlement import Payment, PaymentShare
from gateway.billing.taking import Passed, Summed
from gateway.billing.tally import Context, Excluded
from gateway.billing.tax import Buyer, Treatment
from gateway.fund.accounts import BANK, RESERVE, prepaid
from gateway.fund.basis import Basis, Booking
from gateway.fund.given_back import GivenBack, Place
from gateway.fund.journal import Entry, Posting, reversal
from gateway.fund.payer_rule import PayerBasis, Receipt
from gateway.fund.payout import Allocation
from gateway.fund.waterfall import Shares
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.kernel.use import Use
from gateway.licensing.ports import AcceptedOffer
from gateway.metering.usage_event import UsageEvent
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.standing import Judged
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    IN_NOVEMBER,
    NOVEMBER,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
    put_events,
)
from tests.fakes.taken import passed, tallied, usage_terms

AnyBooks = MemoryBooks | StoredBooks
PAPERS = Rendition(b"%PDF-\x00\xff", b"<cii/>", b"<ubl/>", "a..b")
EVENTS = (
    an_event(1, size=5_000),
    an_event(2, size=6_000),
    an_event(3, size=0),
    an_event(4, size=1_000, occurred_us=DECEMBER.start_us),
)


@pytest.fixture(params=["memory", "sqlite"])
def books(request: pytest.FixtureRequest) -> Iterator[AnyBooks]:
    if request.param == "memory":
        memory = MemoryBooks()
        memory.add_events(*EVENTS)
        yield begun(memory)
        return
    db = open_sqlite(":memory:")
    put_events(db, *EVENTS)
    yield begun(StoredBooks(db))
    db.close()


def begun(books: AnyBooks) -> AnyBooks:
    books.tariffs.publish(a_tariff(), at_us=1)
    books.agreements.add(an_agreement())
    return books


def rated_lines(*events: UsageEvent) -> tuple[RatedLine, ...]:
    context = Context(an_agreement(), a_party(), a_tariff())
    units = tallied((event, context) for event in events)
    return rate(units, tariffs={("ai-2026", 1): a_tariff()}, reached={})


def a_run(number: int = 1) -> Run:
    return Run(
        id=f"run_{number}",
        period=NOVEMBER,
        number=number,
        cut_us=NOVEMBER.end_us,
        kind=RunKind.INVOICE,
        events=3,
        usage_sha256="a" * 64,
    )


def billed(books: AnyBooks) -> AnyBooks:
    with books.together() as within:
        upto = UpTo(within.usage.last_seq(), NOVEMBER.end_us)
        first, _, third = within.usage.waiting(upto)
        taken = [
            Summed(first[1], None, 2, 11_000),
            Summed(third[1], Excluded.NOT_BILLABLE, 1, 0),
        ]
        within.ratings.add_taken("run_1", taken, upto)
        within.ratings.add_run(a_run(), rated_lines(*EVENTS[:2]))
    return books


def a_draft(number: int = 1) -> Invoice:
    taxed = Treatment("S", 1_900)
    lines = rated_lines(*EVENTS[:2])
    return Invoice(
        id=f"inv_{number}",
        run_id=f"run_{number}",
        agreement_id="agr_1",
        buyer=Buyer("pty_1", "Company 1", "DE"),
        period=NOVEMBER,
        currency="EUR",
        lines=tuple(
            usage_line(position, line, taxed)
            for position, line in enumerate(lines, start=1)
        ),
        created_us=IN_NOVEMBER,
    )


def drafted(books: AnyBooks, number: int = 1) -> Invoice:
    draft = a_draft(number)
    books.invoices.add_draft(draft)
    return draft


def finalised(books: AnyBooks) -> Invoice:
    draft = drafted(billed(books))
    invoice = draft.finalised("INV-2026-0001", issued_us=5, due_us=9)
    books.invoices.finalise(invoice)
    return invoice


def an_entry(
    number: int = 1, *, key: str = "", at_us: int = 10, minor: int = 5
) -> Entry:
    return Entry(
        id=f"ent_{number}",
        key=key or f"key-{number}",
        kind="top-up",
        ref="agr_1",
        currency="EUR",
        postings=(Posting(BANK, minor), Posting(prepaid("agr_1"), -minor)),
        effective_us=at_us,
    )


def a_claim(number: int = 1) -> Claim:
    return Claim(
        id=f"ctb_{number}",
        party_id="pty_1",
        kind=Kind.CARE,
        title="Cooked",
        evidence="minutes",
        weight_hundredths=150,
        claimed_us=number,
    )


# Papers


def test_papers_read_as_they_were_written(books: AnyBooks) -> None:
    invoice = finalised(books)
    books.renditions.add(invoice.id, PAPERS)

    assert books.renditions.find(invoice.id) == PAPERS
    assert books.renditions.kept() == {invoice.id: PAPERS.sha256}
    assert books.renditions.find("inv_9") is None


def test_papers_are_written_once(books: AnyBooks) -> None:
    invoice = finalised(books)
    books.renditions.add(invoice.id, PAPERS)

    with pytest.raises(Conflict):
        books.renditions.add(invoice.id, replace(PAPERS, pdf=b"another"))
    assert books.renditions.find(invoice.id) == PAPERS


def test_a_draft_has_no_papers(books: AnyBooks) -> None:
    draft = drafted(billed(books))

    with pytest.raises(Conflict):
        books.renditions.add(draft.id, PAPERS)
    assert books.renditions.kept() == {}


# Tariffs and agreements


def test_a_published_tariff_reads_as_it_was_published(books: AnyBooks) -> None:
    assert books.tariffs.find("ai-2026", 1) == a_tariff()
    assert books.tariffs.find("ai-2026", 2) is None
    assert books.tariffs.all() == (a_tariff(),)


def test_publishing_the_same_again_changes_nothing(books: AnyBooks) -> None:
    assert not books.tariffs.publish(a_tariff(), at_us=2)
    assert books.tariffs.publish(a_tariff(2), at_us=2)


def test_a_published_version_never_changes(books: AnyBooks) -> None:
    with pytest.raises(Conflict):
        books.tariffs.publish(a_tariff(brackets=((None, 1),)), at_us=2)
    assert books.tariffs.find("ai-2026", 1) == a_tariff()


def test_an_agreement_reads_as_it_was_accepted(books: AnyBooks) -> None:
    agreement = replace(
        an_agreement(2, party=1),
        uses=frozenset({Use.TRAIN, Use.RAG}),
        collections=frozenset({"registers"}),
        cap_minor=500,
        starts_us=7,
        terms_sha256="b" * 64,
    )
    offer = AcceptedOffer("agr_2", "off_1", '{"a":1}', 7)

    books.agreements.add(agreement, offer)

    assert books.agreements.find("agr_2") == agreement
    assert books.agreements.offer_of("agr_2") == offer
    assert books.agreements.offer_of("agr_1") is None
    assert [one.id for one in books.agreements.agreements_of("pty_1")] == [
        "agr_1",
        "agr_2",
    ]
    assert len(books.agreements.all()) == 2
    assert books.agreements.agreements_of("pty_9") == ()


def test_an_idempotency_key_leads_to_one_accepted_offer(books: AnyBooks) -> None:
    keyed = AcceptedOffer("agr_2", "off_1", "{}", 7, "c" * 64)
    books.agreements.add(an_agreement(2), keyed)
    books.agreements.add(an_agreement(3), AcceptedOffer("agr_3", "off_1", "{}", 7))
    books.agreements.add(an_agreement(4), AcceptedOffer("agr_4", "off_1", "{}", 7))

    with pytest.raises(Conflict):
        books.agreements.add(an_agreement(5), replace(keyed, agreement_id="agr_5"))

    assert books.agreements.offer_with_key("c" * 64) == keyed
    assert books.agreements.offer_with_key("d" * 64) is None
    assert books.agreements.offer_with_key("") is None
    assert books.agreements.find("agr_5") is None


def test_an_id_is_taken_once(books: AnyBooks) -> None:
    with pytest.raises(Conflict):
        books.agreements.add(an_agreement())


def test_an_agreement_ends_once(books: AnyBooks) -> None:
    books.agreements.end("agr_1", at_us=9)

    ended = books.agreements.find("agr_1")
    assert ended
    assert ended.ends_us == 9
    with pytest.raises(Conflict):
        books.agreements.end("agr_1", at_us=10)
    with pytest.raises(NotFound):
        books.agreements.end("agr_9", at_us=10)


# Usage and rating


def passed_as(books: AnyBooks, found: Iterable[Passed]) -> list[UsageEvent]:
    """Events that look like these, as far as billing reads them."""
    return [
        next(
            event
            for event in EVENTS
            if passed(event, each[1]) == each
            and books.usage.terms(each[1]) == usage_terms(event)
        )
        for each in found
    ]


def test_waiting_usage_comes_by_id_with_its_terms(books: AnyBooks) -> None:
    upto = UpTo(books.usage.last_seq(), NOVEMBER.end_us)

    waiting = books.usage.waiting(upto)

    assert passed_as(books, waiting) == list(EVENTS[:3])
    with pytest.raises(NotFound):
        books.usage.terms(99)


def test_what_a_run_took_up_waits_no_longer(books: AnyBooks) -> None:
    billed(books)

    waiting = books.usage.waiting(UpTo(books.usage.last_seq(), DECEMBER.end_us))
    assert passed_as(books, waiting) == list(EVENTS[3:])
    taken = books.usage.taken_by("run_1")
    assert passed_as(books, taken) == list(EVENTS[:3])
    assert books.usage.intents().open == 0


def test_a_run_reads_as_it_was_kept(books: AnyBooks) -> None:
    billed(books)

    assert books.ratings.runs() == (a_run(),)
    assert books.ratings.lines_of("run_1") == rated_lines(*EVENTS[:2])
    assert books.ratings.lines_of("run_9") == ()
    assert sum(books.ratings.reached().values()) == 11_000
    assert books.ratings.reached(kind=RunKind.INVOICE) == books.ratings.reached()
    assert books.ratings.reached(kind=RunKind.STATEMENT) == {}


def test_every_event_is_counted_once(books: AnyBooks) -> None:
    counts = billed(books).ratings.usage()

    assert (counts.events, counts.rated, counts.unrated) == (4, 2, 1)
    assert counts.excluded == {"not-billable": 1}
    assert (counts.units_rated, counts.units_on_lines) == (11_000, 11_000)
    assert counts.duplicates == 0


def test_no_event_is_taken_up_twice(books: AnyBooks) -> None:
    billed(books)

    again = books.ratings.sums_of("run_1")
    upto = UpTo(books.usage.last_seq(), NOVEMBER.end_us)

    with pytest.raises(Conflict):
        books.ratings.add_taken("run_2", again, upto)


def test_a_period_has_one_run_of_each_number(books: AnyBooks) -> None:
    billed(books)

    with pytest.raises(Conflict):
        books.ratings.add_run(replace(a_run(), id="run_2"), ())


# Invoices and credit notes


def test_a_draft_reads_as_it_was_made(books: AnyBooks) -> None:
    draft = drafted(billed(books))

    assert books.invoices.find("inv_1") == draft
    assert books.invoices.find("inv_9") is None
    assert books.invoices.all(status=Status.FINALISED) == ()
    assert books.invoices.issued() == {}


def test_a_run_makes_one_draft_per_agreement(books: AnyBooks) -> None:
    drafted(billed(books))

    with pytest.raises(Conflict):
        books.invoices.add_draft(replace(a_draft(), id="inv_2"))


def test_a_finalised_invoice_is_found_by_its_number(books: AnyBooks) -> None:
    invoice = finalised(books)

    assert books.invoices.find("INV-2026-0001") == invoice
    assert books.invoices.find("inv_1") == invoice
    assert books.invoices.of_buyer(invoice.buyer.party_id) == (invoice,)
    assert books.invoices.of_buyer("pty_9") == ()
    kept = books.invoices.issued()["inv_1"]
    assert kept.document == invoice.document
    assert (kept.net_minor, kept.tax_minor) == (invoice.net_minor, invoice.tax_minor)
    assert books.invoices.next_number("INV-2026-") == 2
    assert books.invoices.series() == {"INV-2026-": 2}


def test_a_number_is_the_next_or_it_is_refused(books: AnyBooks) -> None:
    draft = drafted(billed(books))

    with pytest.raises(Conflict):
        books.invoices.finalise(draft.finalised("INV-2026-0002", issued_us=5, due_us=9))
    assert books.invoices.next_number("INV-2026-") == 1
    assert books.invoices.find("inv_1") == draft


def test_a_finalised_invoice_is_finalised_and_voided_no_more(books: AnyBooks) -> None:
    invoice = finalised(books)

    with pytest.raises(Conflict):
        books.invoices.finalise(replace(invoice, number="INV-2026-0002"))
    with pytest.raises(Conflict):
        books.invoices.void("inv_1")
    with pytest.raises(Conflict):
        books.invoices.add_line("inv_1", replace(invoice.lines[-1], position=4))
    assert books.invoices.find("inv_1") == invoice


def test_a_line_joins_a_draft(books: AnyBooks) -> None:
    draft = drafted(billed(books))
    line = replace(draft.lines[-1], position=len(draft.lines) + 1)

    books.invoices.add_line("inv_1", line)

    assert books.invoices.find("inv_1") == draft.with_line(line)


def test_a_voided_draft_stays_void(books: AnyBooks) -> None:
    draft = drafted(billed(books))

    books.invoices.void("inv_1")

    assert books.invoices.find("inv_1") == draft.voided()
    with pytest.raises(Conflict):
        books.invoices.finalise(draft.finalised("INV-2026-0001", issued_us=5, due_us=9))


def test_a_credit_note_reads_as_it_was_issued(books: AnyBooks) -> None:
    invoice = finalised(books)
    note = credit(invoice, [], note_id="crn_1", reason="ours", wanted={2: 7})
    note = note.issued("CN-2026-0001", 6)

    books.invoices.add_note(note)

    assert books.invoices.notes_on("inv_1") == (note,)
    assert books.invoices.notes() == (note,)
    assert books.invoices.issued()["crn_1"].document == note.document


def test_a_name_leads_to_one_credit_note(books: AnyBooks) -> None:
    invoice = finalised(books)
    note = credit(invoice, [], note_id="crn_1", reason="ours", wanted={2: 7})
    books.invoices.add_note(note.issued("CN-2026-0001", 6))
    named = NamedNote("TICKET-12", "crn_1", "a" * 64)
    assert books.invoices.named_note("TICKET-12") is None

    books.invoices.name_note(named)

    assert books.invoices.named_note("TICKET-12") == named
    with pytest.raises(Conflict):
        books.invoices.name_note(replace(named, asked_sha256="b" * 64))
    with pytest.raises(Conflict):
        books.invoices.name_note(replace(named, reference="T-13", note_id="crn_9"))


def test_more_than_was_invoiced_is_never_credited(books: AnyBooks) -> None:
    invoice = finalised(books)
    whole = credit(invoice, [], note_id="crn_1", reason="ours")
    books.invoices.add_note(whole.issued("CN-2026-0001", 6))

    with pytest.raises(Conflict):
        books.invoices.add_note(replace(whole, id="crn_2").issued("CN-2026-0002", 7))
    with pytest.raises(Conflict):
        books.invoices.add_note(replace(whole, id="crn_3").issued("CN-2026-0009", 7))


# Payments, chain, journal, allocations, contributions


def test_a_payment_reads_as_it_was_recorded(books: AnyBooks) -> None:
    finalised(books)
    payment = Payment(
        "pay_1",
        "bank",
        "RF-1",
        currency="EUR",
        amount_minor=50,
        received_us=9,
        fee_minor=1,
    )
    share = PaymentShare("pay_1", "inv_1", 50)

    books.payments.add(payment, [share])

    assert books.payments.find("bank", "RF-1") == payment
    assert books.payments.find("card", "RF-1") is None
    assert books.payments.shares_of("pay_1") == (share,)
    assert books.payments.shares_on("inv_1") == (share,)
    assert books.payments.all() == (payment,)
    with pytest.raises(Conflict):
        books.payments.add(replace(payment, id="pay_2"), [])


def test_a_movement_reads_as_the_bank_told_it(books: AnyBooks) -> None:
    movement = Movement(
        id="mov_1",
        account="DE75512108001245126199",
        reference="B1",
        amount=Money(50, "EUR"),
        direction=Direction.IN,
        is_reversal=True,
        booked_us=9,
        end_to_end="E2E",
        creditor_reference="RF18539007547034",
        text="for November",
        name="Mapworks",
        counterpart="FR7630006000011234567890189",
    )
    earlier = replace(movement, id="mov_2", reference="B2", booked_us=8)

    books.bank.add(movement)
    books.bank.add(earlier)

    assert books.bank.find("mov_1") == movement
    assert books.bank.find("mov_9") is None
    assert books.bank.named(movement.account, "B1") == movement
    assert books.bank.named("another", "B1") is None
    assert books.bank.all() == (earlier, movement)
    with pytest.raises(Conflict):
        books.bank.add(replace(movement, id="mov_3"))


def test_what_came_in_is_used_once(books: AnyBooks) -> None:
    moved = Movement("acc", "B1", Money(50, "EUR"), Direction.IN, 9, id="mov_1")
    books.bank.add(moved)
    out = replace(moved, id="mov_2", reference="B2", direction=Direction.OUT)
    books.bank.add(out)
    first = MoneyUse("mov_1", UsedFor.PAYMENT, "pay_1", 30)
    second = MoneyUse("mov_1", UsedFor.RETURNED, "mov_2", 20)

    books.bank.use(first)
    with pytest.raises(Conflict):
        books.bank.use(replace(second, amount_minor=21))
    with pytest.raises(Conflict):
        books.bank.use(replace(first, amount_minor=1))
    with pytest.raises(Conflict):
        books.bank.use(MoneyUse("mov_2", UsedFor.PAYMENT, "pay_2", 1))
    books.bank.use(second)

    assert books.bank.is_used(UsedFor.PAYMENT, "pay_1")
    assert not books.bank.is_used(UsedFor.BY_HAND, "pay_1")
    assert not books.bank.is_used(UsedFor.PAYMENT, "mov_2")
    assert books.bank.uses_of("mov_1") == (first, second)
    assert books.bank.uses_of("mov_2") == ()


def test_the_chain_grows_at_its_end(books: AnyBooks) -> None:
    first = next_link(None, Sealed.POSTING, ref="ent_1", digest="d" * 64)
    second = next_link(first, Sealed.POSTING, ref="ent_2", digest="d" * 64)
    assert books.chain.last() is None

    books.chain.append(first)
    books.chain.append(second)

    assert books.chain.links() == (first, second)
    assert books.chain.last() == second
    for wrong in (second, replace(second, index=3, ref="x", hash="e" * 64)):
        with pytest.raises(Conflict):
            books.chain.append(wrong)


def test_a_ref_is_sealed_once(books: AnyBooks) -> None:
    first = next_link(None, Sealed.POSTING, ref="ent_1", digest="d" * 64)
    books.chain.append(first)

    with pytest.raises(Conflict):
        books.chain.append(
            next_link(first, Sealed.POSTING, ref="ent_1", digest="e" * 64)
        )


def test_an_entry_reads_as_it_was_booked(books: AnyBooks) -> None:
    late, early = an_entry(1, at_us=20), an_entry(2, at_us=10)
    books.journal.post(late)
    books.journal.post(early)

    assert books.journal.find("key-1") == late
    assert books.journal.find("key-9") is None
    assert books.journal.entries() == (early, late)
    assert books.journal.of_ref("agr_1") == (early, late)
    assert books.journal.of_ref("agr_9") == ()
    assert books.journal.balance(BANK, "EUR") == 10
    assert books.journal.balance(BANK, "USD") == 0
    assert dict(books.journal.balances()) == {
        (BANK, "EUR"): 10,
        (prepaid("agr_1"), "EUR"): -10,
    }


def test_a_key_is_booked_once(books: AnyBooks) -> None:
    books.journal.post(an_entry(1))

    with pytest.raises(Conflict):
        books.journal.post(an_entry(2, key="key-1"))


def test_an_entry_is_reversed_once_and_mirrored(books: AnyBooks) -> None:
    entry = an_entry()
    books.journal.post(entry)
    undone = reversal(entry, entry_id="ent_2", effective_us=11)

    with pytest.raises(InvalidValue):
        books.journal.post(
            replace(undone, postings=(Posting(BANK, -1), Posting(RESERVE, 1)))
        )
    with pytest.raises(NotFound):
        books.journal.post(replace(undone, reverses="ent_9"))
    books.journal.post(undone)

    assert dict(books.journal.balances()) == {}
    with pytest.raises(Conflict):
        books.journal.post(replace(undone, id="ent_3", key="again"))


def test_an_allocation_is_made_once(books: AnyBooks) -> None:
    allocation = Allocation(
        key="2026-11",
        source="equity:labour_reserve",
        amount=Money(5, "EUR"),
        weights=(("pty_1", 100), ("pty_2", 150)),
        shares=(("pty_1", 2), ("pty_2", 3)),
        at_us=9,
    )
    told = replace(allocation, key="2026-12", left_out=("pty_3", "pty_4"))

    books.allocations.add(allocation)
    books.allocations.add(told)

    assert books.allocations.all() == (allocation, told)
    with pytest.raises(Conflict):
        books.allocations.add(allocation)


def a_basis(entry_id: str, room_minor: int | None = None) -> Basis:
    return Basis(entry_id, 100, Shares(), unpaid_bp=7, reserve_room_minor=room_minor)


def test_what_a_split_rested_on_is_kept_with_its_entry(books: AnyBooks) -> None:
    for number in (1, 2):
        books.journal.post(an_entry(number))
    kept = a_basis("ent_1"), a_basis("ent_2", room_minor=5)
    for each in kept:
        books.bases.add(each)
    assert books.bases.all() == kept
    for refused in (kept[0], a_basis("ent_3")):
        with pytest.raises(Conflict), books.together() as within:
            within.bases.add(refused)


def a_payer_basis(number: int, owner: str, *, month: int = 24_000) -> Basis:
    payer = PayerBasis(
        owner,
        number=number,
        month=month,
        paid_minor=900,
        income_minor=1_000,
        payers=5,
        endowed_minor=540,
    )
    return replace(a_basis(f"ent_{number}"), payer=payer)


def test_who_paid_what_is_added_up_by_owner_and_month(books: AnyBooks) -> None:
    for number in (1, 2, 3):
        books.journal.post(an_entry(number))
    kept = (
        a_payer_basis(1, "pty_1"),
        a_payer_basis(2, "pty_1"),
        a_payer_basis(3, "owner:abc", month=24_012),
    )
    for each in kept:
        books.bases.add(each)

    assert books.bases.all() == kept
    assert books.bases.receipts("EUR", months=range(23_999, 24_012)) == (
        Receipt("pty_1", 24_000, net_minor=200, endowed_minor=120),
    )
    assert books.bases.receipts("CHF", months=range(23_999, 24_012)) == ()
    assert (books.bases.last_number("EUR"), books.bases.last_number("CHF")) == (3, 0)
    books.journal.post(an_entry(4))
    with pytest.raises(Conflict), books.together() as within:
        within.bases.add(replace(a_payer_basis(5, "pty_1"), entry_id="ent_4"))


def test_a_split_says_when_it_was_booked_and_what_came_before(
    books: AnyBooks,
) -> None:
    for number in (1, 2, 3):
        books.journal.post(replace(an_entry(number), kind="waterfall"))
    books.bases.add(a_basis("ent_1"))
    assert books.bases.last_booking("EUR") == Booking(0, unnumbered=3)
    kept = a_payer_basis(1, "pty_1"), a_payer_basis(2, "pty_1")
    for number, each in zip((2, 3), kept, strict=True):
        booking = Booking(100 - number, unnumbered=1)
        books.bases.add(replace(each, entry_id=f"ent_{number}", booking=booking))
    assert [each.booking for each in books.bases.all()] == [
        *(None, Booking(98, unnumbered=1), Booking(97, unnumbered=1)),
    ]
    assert books.bases.last_booking("EUR") == Booking(98, unnumbered=1)
    assert books.bases.last_booking("CHF") == Booking(0, unnumbered=0)


def test_what_went_back_counts_for_its_payer_no_more(books: AnyBooks) -> None:
    for number in (1, 2):
        books.journal.post(an_entry(number))
        books.bases.add(a_payer_basis(number, "pty_1", month=24_000 + number))
    for number in (3, 4, 5):
        books.journal.post(replace(an_entry(number), kind="given-back"))
    assert books.bases.next_place("EUR") == Place(1, after=2, unnumbered=3)
    parts = Receipt("pty_1", 24_002, 100, 60), Receipt("pty_1", 24_001, 40, 24)
    kept = (
        GivenBack("ent_3", "pty_1", 150, Place(1, 2, 2), parts),
        GivenBack("ent_4", "", 9, Place(2, 2, 2)),
    )
    for each in kept:
        books.bases.give_back(each)
    assert books.bases.given_back() == kept
    assert books.bases.receipts("EUR", months=range(24_000, 24_003)) == (
        Receipt("pty_1", 24_001, 60, 36),
    )
    assert books.bases.next_place("EUR").number == 3
    assert books.bases.next_place("CHF") == Place(1, 0, 0)
    assert [books.bases.owner_of(f"ent_{n}") for n in (1, 3)] == ["pty_1", None]
    for refused in (
        kept[0],
        GivenBack("ent_5", "", 9, Place(4, 2, 2)),
        GivenBack("ent_9", "", 9, Place(3, 2, 2)),
    ):
        with pytest.raises(Conflict), books.together() as within:
            within.bases.give_back(refused)


def test_a_party_left_when_it_did_so_last(books: AnyBooks) -> None:
    departures = books.departures
    assert departures.last("pty_1") is None
    for at_us in (5, 9, 9, 7):
        departures.note("pty_1", at_us=at_us)
    assert departures.last("pty_1") == 9
    assert departures.last("pty_2") is None


def test_a_claim_comes_with_its_reviews_oldest_first(books: AnyBooks) -> None:
    claim = a_claim()
    books.contributions.add_claim(claim)
    books.contributions.add_claim(a_claim(2))
    later = Review("rev_1", "ctb_1", "pty_2", verdict=Verdict.ACCEPT, reviewed_us=20)
    sooner = replace(later, id="rev_2", verdict=Verdict.REVERSE, reviewed_us=10)

    books.contributions.add_review(later)
    books.contributions.add_review(sooner)

    assert books.contributions.find("ctb_1") == Judged(claim, (sooner, later))
    assert books.contributions.find("ctb_9") is None
    assert [each.claim.id for each in books.contributions.all()] == ["ctb_1", "ctb_2"]


def test_what_must_not_be_claimed_or_reviewed_is_refused(books: AnyBooks) -> None:
    books.contributions.add_claim(a_claim())
    review = Review("rev_1", "ctb_1", "pty_2", verdict=Verdict.ACCEPT, reviewed_us=20)
    books.contributions.add_review(review)

    with pytest.raises(Conflict):
        books.contributions.add_claim(a_claim())
    with pytest.raises(Conflict):
        books.contributions.add_review(review)
    with pytest.raises(Conflict):
        books.contributions.add_review(replace(review, id="r", reviewer_id="pty_1"))
    with pytest.raises(NotFound):
        books.contributions.add_review(replace(review, id="r", claim_id="ctb_9"))


# Together


def stop(books: AnyBooks) -> None:
    with books.together() as within:
        within.journal.post(an_entry())
        within.contributions.add_claim(a_claim())
        assert within.journal.find("key-1")
        raise NotFound("something else went wrong")


def test_what_fails_together_leaves_nothing(books: AnyBooks) -> None:
    with pytest.raises(NotFound):
        stop(books)

    assert books.journal.entries() == ()
    assert books.contributions.all() == ()


def test_what_happens_together_lasts_together(books: AnyBooks) -> None:
    with books.together() as within:
        within.journal.post(an_entry())
        within.contributions.add_claim(a_claim())

    assert len(books.journal.entries()) == 1
    assert len(books.contributions.all()) == 1


def test_a_reading_sees_what_stands(books: AnyBooks) -> None:
    books.journal.post(an_entry())

    with books.reading() as seen:
        assert len(seen.journal.entries()) == 1
        with seen.reading() as again:
            assert len(again.journal.entries()) == 1


def test_a_reading_within_a_transaction_sees_what_it_wrote(books: AnyBooks) -> None:
    with books.together() as within:
        within.journal.post(an_entry())
        with within.reading() as seen:
            assert len(seen.journal.entries()) == 1


def test_a_reading_holds_still_and_stops_no_writer(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    books = StoredBooks(db)

    with books.reading() as seen:
        assert seen.journal.entries() == ()
        books.journal.post(an_entry())
        assert (len(seen.journal.entries()), len(books.journal.entries())) == (0, 1)

    assert len(books.journal.entries()) == 1
    with books.reading() as seen, pytest.raises(InvalidValue, match="only reads"):
        seen.journal.post(an_entry(2))
    db.close()


def test_a_reading_waits_for_no_writer(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    another = open_sqlite(tmp_path / "store.db")
    books = StoredBooks(db)

    with another.transaction(), books.reading() as seen:
        assert seen.journal.entries() == ()
        assert list(seen.usage.taken_by("run_1")) == []

    db.close()
    another.close()


# Disputes and reminders


def a_dispute(number: int = 1, *positions: int) -> Dispute:
    return Dispute(
        f"dsp_{number}",
        "inv_1",
        positions or (1, 2),
        by="Company 1",
        reason="Blocked.",
        opened_us=10,
    )


REJECTED = Resolution(Outcome.REJECTED, "host", "You were not.", 20)


def test_disputes_read_as_they_were_opened_and_ended(books: AnyBooks) -> None:
    invoice = finalised(books)
    books.disputes.add(a_dispute())
    assert books.disputes.find("dsp_1") == a_dispute()

    books.disputes.resolve("dsp_1", REJECTED)
    books.disputes.add(a_dispute(2, 2))

    ended = a_dispute().resolved(REJECTED)
    assert books.disputes.on(invoice.id) == (ended, a_dispute(2, 2))
    assert books.disputes.all() == (ended, a_dispute(2, 2))
    assert books.disputes.find("dsp_9") is None
    assert books.disputes.on("inv_9") == ()


def test_an_upheld_dispute_names_its_note(books: AnyBooks) -> None:
    invoice = finalised(books)
    books.disputes.add(a_dispute(1, 2))
    note = credit(invoice, [], note_id="crn_1", reason="Right.", wanted={2: 5})
    books.invoices.add_note(note.issued("CN-2026-0001", 20))
    upheld = Resolution(Outcome.UPHELD, "host", "Right.", 20, "crn_1")

    books.disputes.resolve("dsp_1", upheld)

    assert books.disputes.find("dsp_1") == a_dispute(1, 2).resolved(upheld)


def test_a_line_is_in_one_dispute_at_a_time(books: AnyBooks) -> None:
    finalised(books)
    books.disputes.add(a_dispute(1, 1))

    for refused in (a_dispute(2, 1), a_dispute(1, 2), a_dispute(3, 99)):
        with pytest.raises(Conflict):
            books.disputes.add(refused)
    assert books.disputes.all() == (a_dispute(1, 1),)


def test_a_dispute_ends_once_and_later_than_it_began(books: AnyBooks) -> None:
    finalised(books)
    books.disputes.add(a_dispute())

    with pytest.raises(Conflict):
        books.disputes.resolve("dsp_1", replace(REJECTED, at_us=9))
    with pytest.raises(Conflict):
        books.disputes.resolve("dsp_9", REJECTED)
    books.disputes.resolve("dsp_1", REJECTED)
    with pytest.raises(Conflict):
        books.disputes.resolve("dsp_1", REJECTED)


def test_a_draft_is_neither_disputed_nor_reminded_of(books: AnyBooks) -> None:
    drafted(billed(books))

    with pytest.raises(Conflict):
        books.disputes.add(a_dispute())
    with pytest.raises(Conflict):
        books.reminders.add(a_reminder())


def a_reminder(level: int = 1) -> Reminder:
    return Reminder(
        "inv_1",
        level,
        is_last=level == 2,
        overdue_minor=500,
        days=7,
        to="pay@company.example",
        language="fr",
        subject="Rappel",
        text="Reste dû.\n",
        decided_us=30,
    )


def test_reminders_go_one_after_the_other_each_once(books: AnyBooks) -> None:
    invoice = finalised(books)
    with pytest.raises(Conflict):
        books.reminders.add(a_reminder(2))
    books.reminders.add(a_reminder(1))
    with pytest.raises(Conflict):
        books.reminders.add(a_reminder(1))
    books.reminders.add(a_reminder(2))

    books.reminders.mark_sent(invoice.id, 1, at_us=31)

    sent = replace(a_reminder(1), sent_us=31)
    assert books.reminders.on(invoice.id) == (sent, a_reminder(2))
    assert books.reminders.all() == (sent, a_reminder(2))
    assert books.reminders.on("inv_9") == ()
    for level in (1, 3):
        with pytest.raises(Conflict):
            books.reminders.mark_sent(invoice.id, level, at_us=32)


# What is carried


def test_what_is_carried_waits_for_one_later_draft(books: AnyBooks) -> None:
    billed(books)
    net = sum(line.net_minor for line in rated_lines(*EVENTS[:2]))
    carried = Carried("run_1", "agr_1", "EUR", net)
    for refused in (replace(carried, net_minor=1), replace(carried, run_id="run_9")):
        with pytest.raises(Conflict):
            books.carried.add(refused)
    books.carried.add(carried)
    with pytest.raises(Conflict):
        books.carried.add(carried)
    assert books.carried.waiting() == books.carried.all() == (carried,)

    books.ratings.add_run(a_run(2), ())
    drafted(books, 2)
    with pytest.raises(Conflict):
        books.carried.bill(carried, "inv_9")
    books.carried.bill(carried, "inv_2")

    assert books.carried.waiting() == ()
    assert books.carried.all() == (replace(carried, invoice_id="inv_2"),)
    with pytest.raises(Conflict):
        books.carried.bill(carried, "inv_2")


def test_what_stands_on_a_draft_is_not_carried(books: AnyBooks) -> None:
    draft = drafted(billed(books))

    with pytest.raises(Conflict):
        books.carried.add(Carried("run_1", "agr_1", "EUR", draft.net_minor))
    assert books.carried.all() == ()


# What is settled in kind


def test_what_a_contribution_settled_stands_on_a_line(books: AnyBooks) -> None:
    draft = drafted(billed(books))
    line = reduction_line(draft, 100, text="Scanned 1742 (ctb_1)")
    books.invoices.add_line(draft.id, line)
    settled = InKind(draft.id, line.position, "ctb_1", 100, by="host", at_us=7)
    for refused in (
        replace(settled, net_minor=99),
        replace(settled, position=1),
        replace(settled, invoice_id="inv_9"),
    ):
        with pytest.raises(Conflict):
            books.in_kind.add(refused)

    books.in_kind.add(settled)

    assert books.invoices.find(draft.id) == draft.with_line(line)
    assert books.in_kind.of_claim("ctb_1") == books.in_kind.all() == (settled,)
    assert books.in_kind.of_claim("ctb_9") == ()
    with pytest.raises(Conflict):
        books.in_kind.add(settled)


# What is set off in barter


def test_what_is_set_off_is_kept_on_a_draft_one_after_another(books: AnyBooks) -> None:
    plain = drafted(billed(books))
    reverse = Taxed(
        "AE", 0, "Reverse charge", "VATEX-EU-AE", 1_900, is_deductible=False
    )
    first = Barter(
        "inv_2", 1, "ctb_1", "Scanned 1742", "F-77", 100, reverse, by="host", at_us=7
    )
    with pytest.raises(Conflict):  # its agreement says nothing of barter
        books.barters.add(replace(first, invoice_id=plain.id))
    agreed = replace(an_agreement(9, party=1), is_barter=True)
    books.agreements.add(agreed)
    assert books.agreements.find("agr_9") == agreed
    books.ratings.add_run(a_run(2), ())
    draft = replace(plain, id="inv_2", run_id="run_2", agreement_id="agr_9")
    books.invoices.add_draft(draft)
    second = replace(
        first, position=2, claim_id="ctb_2", number="", taxed=Taxed("S", 1_900)
    )
    for refused in (second, replace(first, invoice_id="inv_9")):
        with pytest.raises(Conflict):
            books.barters.add(refused)

    books.barters.add(first)
    books.barters.add(second)

    assert books.barters.on("inv_2") == books.barters.all() == (first, second)
    assert books.barters.of_claim("ctb_1") == (first,)
    assert books.barters.on("inv_1") == books.barters.of_claim("ctb_9") == ()
    with pytest.raises(Conflict):
        books.barters.add(first)
    books.invoices.void("inv_2")
    with pytest.raises(Conflict):
        books.barters.add(replace(first, position=3))
