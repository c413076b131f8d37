"""The store itself refuses what must never happen, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.billing.bank import Direction, Movement
from gateway.billing.barter import Barter, Taxed
from gateway.billing.card import Heard
from gateway.billing.carrying import CarryTerms
from gateway.billing.checkout import Checkout
from gateway.billing.in_kind import InKind, reduction_line
from gateway.billing.reminder import Reminder
from gateway.fund.gift import Gift
from gateway.kernel.errors import Conflict
from gateway.kernel.money import Money
from gateway.kernel.period import month
from gateway.metering.intent import Intent
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.correction import Correction, Decided
from gateway.reciprocity.harm import Harm, HarmKind, Outcome, Ruling
from gateway.reciprocity.review import Review, Verdict
from gateway.reciprocity.sampling import Draw
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    put_events,
)
from tests.fakes.statement_desk import StatementDesk

AUGUST, SEPTEMBER, OCTOBER = month(2026, 8), month(2026, 9), month(2026, 10)
FORBIDDEN = {
    "change a statement": "UPDATE usage_statement SET jws = 'x'",
    "delete a statement": "DELETE FROM usage_statement",
    "replace a statement": "INSERT OR REPLACE INTO usage_statement"
    " SELECT * FROM usage_statement",
    "forget what passed": "DELETE FROM wire_count",
    "shrink what passed": "UPDATE wire_count SET body_bytes = 0",
    "move what passed": "UPDATE wire_count SET agreement_id = 'agr_2'",
    "change a tariff": "UPDATE tariff_version SET body_json = '{}'",
    "delete a tariff": "DELETE FROM tariff_version",
    "change an agreement's price": "UPDATE agreement SET tariff_version = 2",
    "change an agreement's party": "UPDATE agreement SET party_id = 'pty_2'",
    "delete an agreement": "DELETE FROM agreement",
    "an agreement on no tariff": "INSERT INTO agreement SELECT 'agr_9', party_id,"
    " 'none', 1, currency, settling, uses_json, commercial, collections_json,"
    " starts_us, ends_us, cap_minor, terms_sha256, 0 FROM agreement"
    " LIMIT 1",
    "change a run": "UPDATE billing_run SET cut_us = 0",
    "delete a run": "DELETE FROM billing_run",
    "change what was rated": "UPDATE rated_line SET net_minor = 0",
    "delete what was rated": "DELETE FROM rated_line",
    "rate usage twice": "INSERT INTO rated_terms SELECT terms_id, 'run_9', excluded,"
    " events, units, upto_seq, before_us FROM rated_terms",
    "rate what never was": "INSERT INTO rated_terms SELECT 99, run_id, excluded,"
    " events, units, upto_seq, before_us FROM rated_terms",
    "forget what was rated": "DELETE FROM rated_terms",
    "rate something else": "UPDATE rated_terms SET units = 1",
    "replace what was rated": "INSERT OR "
    "REPLACE INTO rated_terms SELECT * FROM rated_terms",
    "back to draft": "UPDATE invoice SET status = 'draft', number = NULL",
    "change who is invoiced": "UPDATE invoice SET buyer_name = 'Somebody else'",
    "change a total": "UPDATE invoice SET net_minor = 1, gross_minor = 1",
    "void a finalised invoice": "UPDATE invoice SET status = 'void'",
    "delete an invoice": "DELETE FROM invoice",
    "replace an invoice": "INSERT OR REPLACE INTO invoice SELECT * FROM invoice",
    "an invoice that starts finalised": "INSERT INTO invoice SELECT 'inv_9', run_id,"
    " agreement_id, party_id, buyer_name, buyer_country, buyer_vat_id, seller_name,"
    " seller_country, seller_vat_id, seller_address, period_start_us, period_end_us,"
    " 'USD', tax_reason, tax_reason_code, status, created_us, series, 2,"
    " 'INV-2026-0002', issued_us, due_us, net_minor, tax_minor, gross_minor, document,"
    " document_sha256 FROM invoice",
    "change a line": "UPDATE invoice_line SET net_minor = 1",
    "add a line": "INSERT INTO invoice_line SELECT invoice_id, 99, kind, text,"
    " collection, tariff, tariff_version, bracket, quantity, unit, price_micros,"
    " base_quantity, net_minor, category, rate_bp, month_start_us, month_end_us"
    " FROM invoice_line LIMIT 1",
    "delete a line": "DELETE FROM invoice_line",
    "change a tax": "UPDATE invoice_tax SET tax_minor = 0",
    "delete a tax": "DELETE FROM invoice_tax",
    "skip a number": "UPDATE number_series SET next = next + 1",
    "take a number back": "UPDATE number_series SET next = next - 1",
    "rename a series": "UPDATE number_series SET series = 'X'",
    "delete a series": "DELETE FROM number_series",
    "begin a series late": "INSERT INTO number_series VALUES ('INV-2030-', 5)",
    "change a credit note": "UPDATE credit_note SET net_minor = 1",
    "delete a credit note": "DELETE FROM credit_note",
    "credit without lines": "INSERT INTO credit_note SELECT 'crn_9', invoice_id,"
    " reason, currency, series, 2, 'CN-2026-0002', issued_us, net_minor, tax_minor,"
    " document, document_sha256 FROM credit_note",
    "add to a credit note": "INSERT INTO credit_line SELECT note_id, 99, net_minor,"
    " category, rate_bp FROM credit_line",
    "write papers anew": "UPDATE rendition SET pdf = x'00'",
    "throw papers away": "DELETE FROM rendition",
    "replace papers": "INSERT OR REPLACE INTO rendition SELECT * FROM rendition",
    "papers of what was never issued": "INSERT INTO rendition SELECT 'inv_9', pdf,"
    " cii, ubl, signature, pdf_sha256, cii_sha256, ubl_sha256, sha256 FROM rendition"
    " LIMIT 1",
    "change what was settled in kind": "UPDATE in_kind SET net_minor = 1",
    "forget what was settled in kind": "DELETE FROM in_kind",
    "settle in kind without a line": "INSERT INTO in_kind SELECT invoice_id, 1,"
    " claim_id, net_minor, said_by, at_us FROM in_kind",
    "change what was set off": "UPDATE barter SET net_minor = 1",
    "forget what was set off": "DELETE FROM barter",
    "set off out of order": "INSERT INTO barter SELECT invoice_id, 3,"
    " claim_id, title, number, net_minor, category, rate_bp, reason, reason_code,"
    " owed_bp, is_deductible, said_by, at_us FROM barter",
    "make an agreement barter": "UPDATE agreement SET is_barter = 1 - is_barter",
    "barter what is prepaid": "INSERT INTO agreement (id, party_id, tariff,"
    " tariff_version, currency, settling, uses_json, commercial, collections_json,"
    " starts_us, terms_sha256, is_barter) SELECT 'agr_9', party_id, tariff,"
    " tariff_version, currency, 'prepaid', uses_json, commercial, collections_json,"
    " starts_us, terms_sha256, 1 FROM agreement LIMIT 1",
    "change what is carried": "UPDATE carried SET net_minor = 1",
    "forget what is carried": "DELETE FROM carried",
    "carry what stands on a draft": "INSERT INTO carried SELECT run_id, agreement_id,"
    " currency, net_minor FROM invoice WHERE net_minor > 0 LIMIT 1",
    "change a dispute": "UPDATE dispute SET reason = 'x'",
    "delete a dispute": "DELETE FROM dispute",
    "dispute another line afterwards": "INSERT INTO dispute_line SELECT dispute_id,"
    " invoice_id, 1 FROM dispute_line",
    "change how a dispute ended": "UPDATE dispute_end SET outcome = 'upheld'",
    "end a dispute twice": "INSERT INTO dispute_end SELECT * FROM dispute_end",
    "delete how a dispute ended": "DELETE FROM dispute_end",
    "dispute what was never issued": "INSERT INTO dispute SELECT 'dsp_9', 'inv_9',"
    " said_by, reason, opened_us FROM dispute",
    "change a reminder": "UPDATE reminder SET text = ''",
    "delete a reminder": "DELETE FROM reminder",
    "remind twice at one level": "INSERT INTO reminder SELECT * FROM reminder",
    "send what was never decided on": "INSERT INTO reminder_sent SELECT invoice_id,"
    " 9, decided_us FROM reminder",
    "change a payment": "UPDATE payment SET amount_minor = 1",
    "delete a payment": "DELETE FROM payment",
    "record a payment twice": "INSERT INTO payment SELECT 'pay_9', provider,"
    " reference, currency, amount_minor, fee_minor, received_us FROM payment",
    "give a payment twice": "UPDATE payment_share SET amount_minor = 1",
    "take a payment back": "DELETE FROM payment_share",
    "change a movement": "UPDATE bank_movement SET amount_minor = 1",
    "delete a movement": "DELETE FROM bank_movement",
    "take in a movement twice": "INSERT INTO bank_movement SELECT 'mov_9', account,"
    " reference, currency, amount_minor, direction, is_reversal, booked_us,"
    " end_to_end, creditor_reference, text, name, counterpart, 0 FROM bank_movement",
    "change what money was for": "UPDATE bank_use SET ref = 'x'",
    "forget what money was for": "DELETE FROM bank_use",
    "use money twice": "INSERT INTO bank_use SELECT movement_id, 9, used_for, 'x',"
    " amount_minor FROM bank_use",
    "change what was taken back": "UPDATE bank_taken_back SET amount_minor = 1",
    "forget what was taken back": "DELETE FROM bank_taken_back",
    "change a checkout": "UPDATE checkout SET amount_minor = 1",
    "forget a checkout": "DELETE FROM checkout",
    "change what was heard of a checkout": "UPDATE checkout_step SET state = 'paid'",
    "forget what was heard of a checkout": "DELETE FROM checkout_step",
    "hear an event twice": "INSERT INTO provider_event SELECT * FROM provider_event",
    "forget an event": "DELETE FROM provider_event",
    "change a link": "UPDATE audit_link SET digest = hash",
    "delete a link": "DELETE FROM audit_link",
    "add a link beside": "INSERT INTO audit_link SELECT 1000, kind, 'x', digest,"
    " hash, previous FROM audit_link WHERE position = 1",
    "change an entry": "UPDATE journal_entry SET kind = 'gift'",
    "unseal an entry": "UPDATE journal_entry SET is_sealed = 0",
    "delete an entry": "DELETE FROM journal_entry",
    "an entry that starts sealed": "INSERT INTO journal_entry VALUES ('ent_9', 'k',"
    " 'x', 'y', 'EUR', 1, NULL, 1)",
    "change a posting": "UPDATE posting SET amount_minor = 1",
    "delete a posting": "DELETE FROM posting",
    "add a posting": "INSERT INTO posting SELECT entry_id, 99, account, 1"
    " FROM posting LIMIT 1",
    "a posting of nothing": "INSERT INTO posting VALUES ('ent_9', 1, 'x', 0)",
    "change a claim": "UPDATE contribution_claim SET weight_hundredths = 9999",
    "delete a claim": "DELETE FROM contribution_claim",
    "change a review": "UPDATE contribution_review SET verdict = 'accept'",
    "delete a review": "DELETE FROM contribution_review",
    "review one's own": "INSERT INTO contribution_review SELECT 'rev_9', id, party_id,"
    " 'accept', '', 1 FROM contribution_claim",
    "claim one origin twice": "INSERT INTO contribution_claim SELECT id || each.n,"
    " party_id, kind, title, evidence, weight_hundredths, paid_by, claimed_us, done_us,"
    " 'git:a' FROM contribution_claim, (SELECT 1 AS n UNION SELECT 2) AS each",
    "change an appeal of a claim": "UPDATE contribution_appeal SET reason = 'x'",
    "delete an appeal of a claim": "DELETE FROM contribution_appeal",
    "appeal twice": "INSERT INTO contribution_appeal SELECT 'apc_9', about, party_id,"
    " reason, 2 FROM contribution_appeal",
    "change a draw": "UPDATE review_draw SET claim_ids_json = '[]'",
    "delete a draw": "DELETE FROM review_draw",
    "draw again": "INSERT INTO review_draw SELECT * FROM review_draw",
    "change a harm": "UPDATE harm SET units = 2",
    "delete a harm": "DELETE FROM harm",
    "a harm by oneself": "INSERT INTO harm SELECT 'hrm_9', party_id, kind, units,"
    " evidence, party_id, 1 FROM harm",
    "change a ruling": "UPDATE harm_ruling SET outcome = 'withdrawn'",
    "delete a ruling": "DELETE FROM harm_ruling",
    "rule where nobody appealed": "INSERT INTO harm_ruling VALUES ('hrm_2', 'upheld',"
    " 'pty_7', 'x', 1)",
    "change a correction": "UPDATE correction SET text = 'y'",
    "rename who corrected": "UPDATE correction SET name = 'Eve'",
    "change where to answer": "UPDATE correction SET contact = 'eve@example.org'",
    "delete a correction": "DELETE FROM correction",
    "decide twice": "INSERT INTO correction_decision VALUES ('cor_1', '', 'no', 2)",
    "delete what was decided": "DELETE FROM correction_decision",
    "change a gift": "UPDATE gift SET to_party_id = 'pty_2'",
    "delete a gift": "DELETE FROM gift",
    "one gift twice": "INSERT INTO gift SELECT 'gif_9', to_party_id, from_party_id,"
    " currency, amount_minor, reference, memo, 2 FROM gift",
    "change an allocation": "UPDATE allocation SET amount_minor = 1",
    "delete an allocation's share": "DELETE FROM allocation_share",
    "change a departure": "UPDATE departure SET left_us = 0",
    "delete a departure": "DELETE FROM departure",
    "change who paid": "UPDATE waterfall_payer SET owner_id = 'pty_9'",
    "delete who paid": "DELETE FROM waterfall_payer",
    "change when a split was booked": "UPDATE waterfall_booking SET booked_us = 1",
    "delete when a split was booked": "DELETE FROM waterfall_booking",
    "change whose income went back": "UPDATE income_given_back SET owner_id = ''",
    "forget whose income went back": "DELETE FROM income_given_back",
    "change from which month": "UPDATE income_given_back_part SET month = 1",
    "forget from which month": "DELETE FROM income_given_back_part",
    "change who was left out": "UPDATE allocation_left_out SET party_ids = '[]'",
    "delete who was left out": "DELETE FROM allocation_left_out",
    "leave a receipt out": "INSERT INTO waterfall_payer SELECT 'ent_9', currency,"
    " number + 2, owner_id, month, paid_minor, income_minor, payers, endowed_minor,"
    " limit_bp, set_apart_minor FROM waterfall_payer",
}
NEVER_SEALED = {
    "one posting alone": (("asset:bank", 5),),
    "off by one": (("asset:bank", 5), ("equity:rounds", -4)),
    "labour reserve to the operator": (
        ("equity:labour_reserve", 5),
        ("liability:operator_fee", -5),
    ),
    "labour reserve to the bank": (("equity:labour_reserve", 5), ("asset:bank", -5)),
    "a gift to the operator": (
        ("liability:gift:pty_1", 5),
        ("liability:operator_fee", -5),
    ),
    "a gift that is shared out": (
        ("asset:bank", 5),
        ("liability:gift:pty_1", -4),
        ("equity:rounds", -1),
    ),
    "labour reserve in part": (
        ("equity:labour_reserve", 5),
        ("liability:payable:pty_1", -4),
        ("equity:reserve", -1),
    ),
    "endowment to the bank": (("equity:endowment", 5), ("asset:bank", -5)),
    "endowment in part": (
        ("equity:endowment", 5),
        ("equity:reserve", -4),
        ("equity:rounds", -1),
    ),
}


def lived_around_claims(books: StoredBooks) -> None:
    """Everything that surrounds claims has happened once."""
    books.draws.add(Draw("s", "pty_1", ("ctb_1",), 1, 100, 1))
    books.harms.add(Harm("hrm_1", "pty_8", HarmKind.LOAD, 1, "log", "pty_9", 1))
    books.contributions.add_appeal(Appeal("apc_2", "hrm_1", "pty_8", "No.", 1))
    books.harms.rule(Ruling("hrm_1", Outcome.UPHELD, "pty_7", "Seen.", 1))
    books.harms.add(Harm("hrm_2", "pty_8", HarmKind.LOAD, 1, "log", "pty_9", 1))
    books.corrections.keep(
        Correction("cor_1", "https://a.example", "/1", "x", "Ada", "a@b.example", 1)
    )
    books.corrections.decide(Decided("cor_1", "ctb_1", "", 1))
    books.gifts.add(Gift("gif_1", "pty_1", "", Money(5, "EUR"), "B", "", 1))


@pytest.fixture(scope="module")
def db() -> Iterator[SqliteDatabase]:
    """Books in which everything has happened once."""
    db = open_sqlite(":memory:")
    books = StoredBooks(db)
    office = Office(books, a_party())
    office.agree()
    books.departures.note("pty_1", at_us=1)
    put_events(db, an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    office.payments.record(Money(500, "EUR"), [invoice.number], reference="RF-1")
    moved = Movement("acc", "B1", Money(600, "EUR"), Direction.IN, 9)
    office.bank_desk.take_in([replace(moved, text=invoice.number)])
    card = replace(moved, account="stripe", reference="pi_1", text=invoice.number)
    back = replace(
        card, reference="re_1", direction=Direction.OUT, end_to_end="pi_1", text=""
    )
    office.bank_desk.take_in([card, back])
    books.checkouts.add(Checkout("chk_1", invoice.number, Money(5, "EUR"), 1, 9))
    books.checkouts.hear(Heard("stripe", "evt_1", "ping", "a" * 64, None), at_us=2)
    office.invoices.credit(invoice.number, reason="ours", wanted={2: 10})
    put_events(db, an_event(99, size=6_000, occurred_us=OCTOBER.start_us))
    carrying = CarryTerms({"EUR": 10**9})
    Office(books, a_party(), ids=office.ids, carry=carrying).billing.run(OCTOBER)
    put_events(db, an_event(98, size=6_000, occurred_us=SEPTEMBER.start_us))
    (draft,) = office.billing.run(SEPTEMBER, drafts_only=True).invoices
    line = reduction_line(draft, 1, text="Scanned 1742 (ctb_1)")
    books.invoices.add_line(draft.id, line)
    books.in_kind.add(InKind(draft.id, line.position, "ctb_1", 1, by="host", at_us=1))
    books.agreements.add(replace(an_agreement(2, party=1), is_barter=True))
    put_events(db, an_event(97, size=6_000, agreement=2, occurred_us=AUGUST.start_us))
    (open_,) = office.billing.run(AUGUST, drafts_only=True).invoices
    books.barters.add(
        Barter(open_.id, 1, "ctb_1", "Scans", "", 1, Taxed("S", 1_900), "host", 1)
    )
    disputed = office.disputes.open(invoice.number, by="x", reason="y", positions=[2])
    office.disputes.reject(disputed.id, by="host", reason="z")
    books.reminders.add(
        Reminder(
            invoice.id,
            1,
            is_last=False,
            overdue_minor=1,
            days=1,
            to="a@b.example",
            language="en",
            subject="s",
            text="t",
            decided_us=1,
        )
    )
    books.contributions.add_claim(
        Claim(
            id="ctb_1",
            party_id="pty_2",
            kind=Kind.CARE,
            title="Cooked",
            evidence="minutes",
            weight_hundredths=100,
            claimed_us=office.clock.now_us(),
        )
    )
    review = Review(
        "rev_1",
        "ctb_1",
        "pty_1",
        verdict=Verdict.ACCEPT,
        reviewed_us=office.clock.now_us(),
    )
    books.contributions.add_review(review)
    books.contributions.add_review(
        Review(
            "rev_2",
            "ctb_1",
            "pty_1",
            verdict=Verdict.REVERSE,
            reviewed_us=office.clock.now_us() + 1,
        )
    )
    books.contributions.add_appeal(Appeal("apc_1", "rev_2", "pty_2", "It moved.", 1))
    books.contributions.add_review(
        Review(
            "rev_3",
            "ctb_1",
            "pty_3",
            verdict=Verdict.ACCEPT,
            reviewed_us=office.clock.now_us() + 2,
        )
    )
    office.clock.forward(s=1)
    office.fund.allocate("2026-11", "EUR")
    lived_around_claims(books)
    passed = an_event(2, size=50)
    usage = SqlUsageStore(db)
    usage.open_intents([Intent(passed.id, "agr_1", 0, 1, "node-1", "boot-1")])
    usage.settle_events([passed], recorded_us=1)
    StatementDesk(books).statements.issue(NOVEMBER)
    yield db
    db.close()


def run(db: SqliteDatabase, *statements: str) -> None:
    with db.transaction() as tx:
        for statement in statements:
            tx.run(statement)


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_store_refuses_to(db: SqliteDatabase, statement: str) -> None:
    with pytest.raises(Conflict):
        run(db, statement)


@pytest.mark.parametrize("postings", NEVER_SEALED.values(), ids=NEVER_SEALED)
def test_the_store_never_seals(
    db: SqliteDatabase, postings: tuple[tuple[str, int], ...]
) -> None:
    begun = "INSERT INTO journal_entry VALUES ('ent_8','k8','x','y','EUR',1,NULL,0)"
    posted = [
        f"INSERT INTO posting VALUES ('ent_8', {n}, '{account}', {minor})"  # noqa: S608 - constants of the table above
        for n, (account, minor) in enumerate(postings, start=1)
    ]
    sealed = "UPDATE journal_entry SET is_sealed = 1 WHERE id = 'ent_8'"

    with pytest.raises(Conflict):
        run(db, begun, *posted, sealed)


def test_a_balanced_neighbour_is_sealed(db: SqliteDatabase) -> None:
    run(
        db,
        "INSERT INTO journal_entry VALUES ('ent_7','k7','x','y','EUR',1,NULL,0)",
        "INSERT INTO posting VALUES ('ent_7', 1, 'asset:bank', 5)",
        "INSERT INTO posting VALUES ('ent_7', 2, 'equity:rounds', -5)",
        "UPDATE journal_entry SET is_sealed = 1 WHERE id = 'ent_7'",
    )

    row = db.row("SELECT is_sealed FROM journal_entry WHERE id = 'ent_7'")
    assert row == {"is_sealed": 1}
