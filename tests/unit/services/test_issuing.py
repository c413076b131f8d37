"""No number is drawn for papers that are wrong; what is right is written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from gateway.billing.invoice import Invoice, Status
from gateway.billing.paper import Letterhead, Paper, PaperLine, Payee, Rendition
from gateway.documents.cii import cii
from gateway.documents.press import Press
from gateway.documents.ubl import ubl
from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
)
from gateway.licensing.agreement import Settling
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    SELF,
    SMALL,
    Office,
    PlainPress,
    a_party,
    an_agreement,
    an_event,
    top_up,
)

Plant = Callable[[Paper], Paper]
SELLER = replace(SELF, vat_id="DE136695976")
HEAD = Letterhead(iban="FR7630006000011234567890189", bic="AGRIFRPP")
ABROAD = a_party(country="FR", vat_id="FR40303265045")


@dataclass(frozen=True, slots=True)
class Careless:
    """The real press, fed with papers in which somebody made a mistake."""

    plant: Plant
    press: Press

    def render(self, paper: Paper) -> Rendition:
        return self.press.render(self.plant(paper))


def an_office(*, party_abroad: bool = False, small: bool = False) -> Office:
    """An office with a draft of 10.00 net, and the real press."""
    office = Office(
        MemoryBooks(),
        ABROAD if party_abroad else a_party(),
        seller=SMALL if small else SELLER,
        letterhead=replace(HEAD, tax_id="12/345/67890") if small else HEAD,
        press=Press(),
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    return office


def drafted(office: Office) -> Invoice:
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    return draft


def line(paper: Paper, **told: object) -> Paper:
    """The paper with its last line changed, and everything else left."""
    changed: PaperLine = replace(paper.lines[-1], **told)  # type: ignore[arg-type]
    return replace(paper, lines=(*paper.lines[:-1], changed))


def tax(paper: Paper, **told: object) -> Paper:
    return replace(paper, taxes=(replace(paper.taxes[0], **told),))  # type: ignore[arg-type]


def consistent(paper: Paper, more: int) -> Paper:
    """A line that is not its price, in totals that add up all the same."""
    wrong = line(paper, net_minor=paper.lines[-1].net_minor + more)
    wrong = tax(wrong, basis_minor=paper.taxes[0].basis_minor + more)
    net, gross = paper.net_minor + more, paper.gross_minor + more
    return replace(wrong, net_minor=net, gross_minor=gross, due_minor=gross)


def _in(paper: Paper, category: str) -> Paper:
    moved = (replace(each, category=category, rate_bp=0) for each in paper.lines)
    return tax(replace(paper, lines=tuple(moved)), rate_bp=0)


def uncountried(paper: Paper) -> Paper:
    return replace(paper, buyer=replace(paper.buyer, country=""))


# What went wrong, and the words in which it is refused.
PLANTED: dict[str, tuple[Plant, str]] = {
    "the net total": (
        lambda paper: replace(paper, net_minor=paper.net_minor + 1),
        "the net total is not the sum of the lines",
    ),
    "the VAT total": (
        lambda paper: replace(paper, tax_minor=paper.tax_minor - 1),
        "the VAT total is not the sum of its categories",
    ),
    "the total": (
        lambda paper: replace(paper, gross_minor=paper.gross_minor + 1),
        "the total is not net and VAT together",
    ),
    "what is left to pay": (
        lambda paper: replace(paper, due_minor=paper.due_minor - 1),
        "what is left to pay is not the total less what was paid",
    ),
    "a line that is not its unit price": (
        lambda paper: consistent(paper, 1),
        "is not its quantity times its price",
    ),
    "a unit price that is not its line": (
        lambda paper: line(paper, price_micros=paper.lines[-1].price_micros + 1_000),
        "is not its quantity times its price",
    ),
    "a price below zero": (
        lambda paper: line(paper, price_micros=-2_000_000, quantity=-5_000),
        "has a price below zero",
    ),
    "a price for nothing": (
        lambda paper: line(paper, base_quantity=0),
        "has a price for no quantity",
    ),
    "the sum of a VAT category": (
        lambda paper: tax(paper, basis_minor=paper.taxes[0].basis_minor + 1),
        "the VAT categories are not those of the lines, summed",
    ),
    "the VAT of a category": (
        lambda paper: tax(paper, tax_minor=paper.taxes[0].tax_minor + 1),
        "VAT category S is not its rate of its basis",
    ),
    "no country of the buyer": (uncountried, "the buyer's country is missing"),
    "no number of the seller": (
        lambda paper: replace(paper, seller=replace(paper.seller, vat_id="")),
        "neither a VAT id nor a tax number",
    ),
    "a currency of three decimals": (
        lambda paper: replace(paper, currency="KWD"),
        "KWD has 3 decimals",
    ),
    "a digit of the IBAN": (
        lambda paper: replace(paper, payee=Payee("FR7630006000011234567890188")),
        "is no IBAN",
    ),
    "a VAT category that does not exist": (
        lambda paper: tax(_in(paper, "X"), category="X"),
        "Value of 'ram:CategoryCode' is not allowed",
    ),
    "no day on which to pay": (
        lambda paper: replace(paper, due_us=None),
        "an invoice says when it is due",
    ),
    "no name of the buyer": (
        lambda paper: replace(paper, buyer=replace(paper.buyer, name="")),
        "BR-07",
    ),
    "no lines": (
        lambda paper: replace(paper, lines=()),
        "a document has at least one line",
    ),
}


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def draft(office: Office) -> Invoice:
    return drafted(office)


@pytest.mark.parametrize(("plant", "words"), PLANTED.values(), ids=PLANTED)
def test_a_mistake_is_caught_before_a_number_is_drawn(
    plant: Plant, words: str, office: Office, draft: Invoice
) -> None:
    office.press = Careless(plant, Press())

    with pytest.raises(InvalidValue) as refused:
        office.invoices.finalise(draft.id)

    assert words in refused.value.detail
    assert office.books.invoices.series() == {}
    assert office.invoices.show(draft.id).invoice == draft
    assert office.audit.run().ok


def test_the_same_draft_without_a_mistake_gets_the_first_number() -> None:
    office = an_office()
    draft = drafted(office)

    invoice = office.invoices.finalise(draft.id)

    assert invoice.number == "INV-2026-0001"
    assert office.invoices.papers("INV-2026-0001").pdf.startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lambda paper: tax(paper, reason=""), "does not say why"),
        (
            lambda paper: replace(paper, buyer=replace(paper.buyer, vat_id="")),
            "reverse charge needs the buyer's VAT id",
        ),
    ],
    ids=["no reason", "no VAT id of the buyer"],
)
def test_reverse_charge_has_its_reason_and_its_buyer(plant: Plant, words: str) -> None:
    office = an_office(party_abroad=True)
    draft = drafted(office)
    office.press = Careless(plant, Press())

    with pytest.raises(InvalidValue, match=words):
        office.invoices.finalise(draft.id)
    assert office.books.invoices.series() == {}

    office.press = Press()
    assert office.invoices.finalise(draft.id).number == "INV-2026-0001"


def test_a_small_business_says_why_it_charges_no_vat() -> None:
    office = an_office(small=True)
    draft = drafted(office)
    office.press = Careless(lambda paper: tax(paper, reason=""), Press())

    with pytest.raises(InvalidValue, match="does not say why"):
        office.invoices.finalise(draft.id)

    office.press = Press()
    assert office.invoices.finalise(draft.id).number == "INV-2026-0001"


WRITERS = {
    "CII with another total": (
        Press(writers=(lambda one: cii(one).replace(b"11.90", b"11.91"), ubl)),
        "CII document 1: gross is 11.91, not 11.90",
    ),
    "CII with a third decimal": (
        Press(writers=(lambda one: cii(one).replace(b"11.90", b"11.900"), ubl)),
        "has more decimals than EUR",
    ),
    "UBL without a line": (
        Press(
            writers=(
                cii,
                lambda one: ubl(one).replace(b"cac:InvoiceLine", b"cac:Delivery"),
            )
        ),
        "the UBL has 0 times line",
    ),
    "UBL that forgot its profile": (
        Press(
            writers=(
                cii,
                lambda one: ubl(one).replace(b"CustomizationID", b"UBLVersionID"),
            )
        ),
        "BR-01",
    ),
}


@pytest.mark.parametrize(("press", "words"), WRITERS.values(), ids=WRITERS)
def test_a_mistake_of_the_writing_is_caught_as_well(
    press: Press, words: str, office: Office, draft: Invoice
) -> None:
    office.press = press

    with pytest.raises(InvalidValue) as refused:
        office.invoices.finalise(draft.id)

    assert words in refused.value.detail
    assert office.books.invoices.series() == {}


def test_a_run_holds_back_what_is_wrong_and_issues_the_rest() -> None:
    office = Office(
        MemoryBooks(), a_party(1), a_party(2, country=""), seller=SELLER, press=Press()
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    office.books.agreements.add(an_agreement(2))
    office.memory.add_events(an_event(2, size=6_000, party=2))

    report = office.billing.run(NOVEMBER)

    held = {one.id for one in report.invoices if one.status is Status.DRAFT}
    assert set(report.held) == held
    (why,) = report.held.values()
    assert "the buyer's country is missing" in why
    assert office.books.invoices.series() == {"INV-2026-": 2}


def test_without_a_press_nothing_is_issued_and_nothing_is_lost() -> None:
    office = an_office()

    def missing(paper: Paper) -> Rendition:
        raise Misconfigured("pip install 'copyfair-gateway[invoices]'")

    office.press = type("Absent", (), {"render": staticmethod(missing)})()
    report = office.billing.run(NOVEMBER)

    assert list(report.held.values()) == ["pip install 'copyfair-gateway[invoices]'"]
    assert office.books.invoices.series() == {}

    office.press = Press()
    assert office.billing.run(NOVEMBER).held == {}
    assert office.books.invoices.series() == {"INV-2026-": 2}


@dataclass(slots=True)
class Overtaken:
    """While it writes, another draws the number it counts on."""

    office: Office
    others: list[str]

    def render(self, paper: Paper) -> Rendition:
        if self.others:
            name = self.others.pop()
            self.office.press = PlainPress()
            self.office.invoices.finalise(name)
            self.office.press = self
        return PlainPress().render(paper)


def two_drafts() -> tuple[Office, list[str]]:
    office = Office(MemoryBooks(), a_party())
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    (first,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    office.memory.add_events(an_event(2, size=6_000, occurred_us=DECEMBER.start_us))
    office.at(DECEMBER)
    (second,) = office.billing.run(DECEMBER, drafts_only=True).invoices
    return office, [first.id, second.id]


def test_a_number_that_another_drew_meanwhile_is_written_anew() -> None:
    office, (first, second) = two_drafts()
    office.press = Overtaken(office, [second])

    invoice = office.invoices.finalise(first)

    assert office.invoices.show(second).invoice.number.endswith("-0001")
    assert invoice.number.endswith("-0002")
    assert invoice.number.encode() in office.invoices.papers(invoice.number).cii
    assert office.audit.run().ok


def test_a_draft_that_another_finalised_meanwhile_is_not_issued_twice() -> None:
    office, (first, _) = two_drafts()
    office.press = Overtaken(office, [first])

    with pytest.raises(Conflict):
        office.invoices.finalise(first)

    assert len(office.books.renditions.kept()) == 1
    assert office.audit.run().ok


class Crashed(BaseException):
    """What no handler catches."""


def test_a_crash_after_writing_leaves_a_draft_and_the_same_bytes_come_again() -> None:
    office = an_office()
    draft = drafted(office)
    written: list[Rendition] = []

    def crashing(paper: Paper) -> Rendition:
        written.append(Press().render(paper))
        raise Crashed

    office.press = type("Crashing", (), {"render": staticmethod(crashing)})()
    with pytest.raises(Crashed):
        office.invoices.finalise(draft.id)
    assert office.books.invoices.series() == {}

    office.press = Press()
    invoice = office.invoices.finalise(draft.id)

    assert office.invoices.papers(invoice.number) == written[0]
    assert office.audit.run().ok


def test_a_draft_from_before_the_seller_had_a_number_gets_it() -> None:
    office = Office(
        MemoryBooks(),
        a_party(),
        seller=replace(SELF, vat_id=""),
        press=Press(),
        letterhead=replace(HEAD, vat_id="DE136695976"),
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))

    assert office.billing.run(NOVEMBER).held == {}


def test_a_credit_note_has_its_papers_too() -> None:
    office = an_office()
    invoice = office.invoices.finalise(drafted(office).id)

    note = office.invoices.credit(invoice.id, reason="The files were damaged.")

    papers = office.invoices.papers(note.number)
    assert b"INV-2026-0001" in papers.cii
    assert b"CreditNote" in papers.ubl
    assert office.audit.run().ok


def test_a_credit_note_with_a_mistake_draws_no_number() -> None:
    office = an_office()
    invoice = office.invoices.finalise(drafted(office).id)
    office.press = Careless(lambda paper: replace(paper, corrects=None), Press())

    with pytest.raises(InvalidValue, match="names the invoice it corrects"):
        office.invoices.credit(invoice.id, reason="Damaged.")

    assert set(office.books.invoices.series()) == {"INV-2026-"}


@dataclass(slots=True)
class Busy:
    """Somebody credits a cent each time it writes."""

    office: Office
    name: str

    def render(self, paper: Paper) -> Rendition:
        self.office.press = PlainPress()
        self.office.invoices.credit(self.name, reason="A cent.", wanted={2: 1})
        self.office.press = self
        return PlainPress().render(paper)


def test_who_is_overtaken_again_and_again_is_told_to_try_again() -> None:
    office = an_office()
    invoice = office.invoices.finalise(drafted(office).id)
    office.press = Busy(office, invoice.id)

    with pytest.raises(Unavailable):
        office.invoices.credit(invoice.id, reason="All of it.")
    assert office.audit.run().ok


def test_what_was_drawn_from_a_prepaid_balance_stands_on_the_paper() -> None:
    office = Office(MemoryBooks(), a_party(), seller=SELLER, press=Press())
    office.agree(an_agreement(settling=Settling.PREPAID))
    top_up(office, 600)
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices

    papers = office.invoices.papers(invoice.number)

    assert b"<ram:TotalPrepaidAmount>6.00<" in papers.cii
    assert b"<ram:DuePayableAmount>0.00<" in papers.cii


@pytest.mark.parametrize(
    ("name", "kind"),
    [("INV-2026-0009", NotFound), ("CN-2026-0001", NotFound)],
    ids=["no such invoice", "no such note"],
)
def test_what_was_never_issued_has_no_papers(
    name: str, kind: type[Exception], office: Office
) -> None:
    with pytest.raises(kind):
        office.invoices.papers(name)


def test_a_draft_has_no_papers(office: Office, draft: Invoice) -> None:
    with pytest.raises(Conflict, match="not finalised"):
        office.invoices.papers(draft.id)
