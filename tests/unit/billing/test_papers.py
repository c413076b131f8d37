"""Papers: what an invoice and a credit note say, and that they add up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import creditor_reference
from gateway.billing.credit_note import CreditNote, credit
from gateway.billing.invoice import Invoice, InvoiceLine, LineKind
from gateway.billing.paper import Letterhead, Paper, PaperKind
from gateway.billing.paper_checks import faults_of
from gateway.billing.papers import Particulars, credit_paper, invoice_paper
from gateway.billing.tax import Buyer, treatment
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level
from gateway.kernel.period import month
from tests.fakes.ledger import SELF
from tests.fakes.papers import PAPERS

NOVEMBER = month(2026, 11)
HOME = treatment(SELF, Buyer("pty_1", "Company", "DE"))
ABROAD = treatment(SELF, Buyer("pty_1", "Company", "FR", "FR40303265045"))
HEAD = Letterhead(tax_id="12/345/67890", iban="FR7630006000011234567890189")


def a_line(position: int, units: int, *, price_micros: int, per: int) -> InvoiceLine:
    exact = 2 * units * price_micros + per * 10_000
    return InvoiceLine(
        position=position,
        kind=LineKind.USAGE,
        text="as drafted",
        collection="registers",
        tariff="ai-2026",
        tariff_version=3,
        bracket=1,
        quantity=units,
        unit="bytes",
        price_micros=price_micros,
        base_quantity=per,
        net_minor=exact // (2 * per * 10_000),
        category=HOME.category,
        rate_bp=HOME.rate_bp,
        month=NOVEMBER,
    )


def an_invoice(*lines: InvoiceLine) -> Invoice:
    draft = Invoice(
        id="inv_1",
        run_id="run_1",
        agreement_id="agr_1",
        buyer=Buyer("pty_1", "Company", "DE"),
        period=NOVEMBER,
        currency="EUR",
        lines=lines or (a_line(1, 89_760, price_micros=20_000, per=1_024),),
        seller_name="Archive Commons",
        seller_country="DE",
    )
    return draft.finalised("INV-2026-0001", issued_us=NOVEMBER.end_us, due_us=1)


def known(**said: str) -> Particulars:
    attributes = {
        name: Attribute(value, Level.CLAIMED, "self-declared")
        for name, value in said.items()
    }
    return Particulars(HEAD, Party("pty_1", "Company", attributes))


def a_note(invoice: Invoice, wanted: dict[int, int] | None = None) -> CreditNote:
    note = credit(invoice, [], note_id="crn_1", reason="Damaged.", wanted=wanted)
    return note.issued("CN-2026-0001", NOVEMBER.end_us)


lines = st.lists(
    st.tuples(
        st.integers(1, 10**12),
        st.integers(0, 10**8),
        st.sampled_from([1, 1_000, 2**30]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60)
@given(priced=lines)
def test_the_paper_of_every_invoice_adds_up(priced: list[tuple[int, int, int]]) -> None:
    invoice = an_invoice(
        *(
            a_line(position, units, price_micros=price, per=per)
            for position, (units, price, per) in enumerate(priced, start=1)
        )
    )

    assert faults_of(invoice_paper(invoice, known())) == ()


@settings(max_examples=60)
@given(first=st.integers(1, 174), paid=st.integers(0, 208))
def test_the_papers_of_all_credit_notes_add_up(first: int, paid: int) -> None:
    invoice = an_invoice()
    one = a_note(invoice, {1: first})
    rest = credit(invoice, [one], note_id="crn_2", reason="The rest.")
    rest = rest.issued("CN-2026-0002", NOVEMBER.end_us)
    papers = [credit_paper(note, invoice, known()) for note in (one, rest)]

    assert [faults_of(paper) for paper in papers] == [(), ()]
    assert sum(paper.gross_minor for paper in papers) == invoice.gross_minor
    assert faults_of(invoice_paper(invoice, known(), paid_minor=paid)) == ()


def test_a_credit_note_in_full_repeats_the_price() -> None:
    invoice = an_invoice()
    whole = credit_paper(a_note(invoice), invoice, known())
    part = credit_paper(a_note(invoice, {1: 100}), invoice, known())

    assert (whole.lines[0].quantity, whole.lines[0].base_quantity) == (89_760, 1_024)
    assert (part.lines[0].quantity, part.lines[0].price_micros) == (1, 1_000_000)
    assert whole.kind is PaperKind.CREDIT_NOTE
    assert whole.corrects is not None
    assert whole.corrects.number == "INV-2026-0001"


def test_a_buyer_reads_in_the_language_it_asked_for() -> None:
    french = invoice_paper(an_invoice(), known(language="fr"))
    other = invoice_paper(an_invoice(), known(language="de"))

    assert french.lines[0].text == (
        "Accès automatisé à registers, tarif ai-2026 version 3, tranche 2"
    )
    assert other.language == HEAD.language == "en"


def test_a_reason_is_given_in_the_paper_s_language() -> None:
    line = replace(an_invoice().lines[0], category="AE", rate_bp=0)
    invoice = replace(
        an_invoice(line), tax_reason=ABROAD.reason, tax_reason_code=ABROAD.reason_code
    )

    (tax,) = invoice_paper(invoice, known(language="fr")).taxes

    assert (tax.reason, tax.reason_code) == ("Autoliquidation", "VATEX-EU-AE")


def test_what_the_buyer_asked_to_read_stands_there() -> None:
    paper = invoice_paper(
        an_invoice(), known(purchase_order="PO-7", buyer_reference="B", city="Jena")
    )

    assert (paper.purchase_order, paper.buyer_reference) == ("PO-7", "B")
    assert paper.buyer.city == "Jena"


def test_a_country_that_is_only_said_finds_the_buyer_and_taxes_nobody() -> None:
    unknown = replace(an_invoice(), buyer=Buyer("pty_1", "Company"))

    assert invoice_paper(unknown, known(country="FR")).buyer.country == "FR"
    assert invoice_paper(an_invoice(), known(country="FR")).buyer.country == "DE"
    assert invoice_paper(unknown, known()).buyer.country == ""


def test_a_draft_has_no_paper() -> None:
    with pytest.raises(InvalidValue):
        invoice_paper(replace(an_invoice(), issued_us=None), known())


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_no_kind_of_paper_has_a_fault(paper: Paper) -> None:
    assert faults_of(paper) == ()


@pytest.mark.parametrize(
    ("number", "reference"),
    [
        ("INV-2026-0001", "RF16INV20260001"),
        ("539007547034", "RF18539007547034"),
    ],
    ids=["ours", "the standard's example"],
)
def test_a_reference_has_check_digits(number: str, reference: str) -> None:
    assert creditor_reference(number) == reference
