"""CII and UBL: every kind of paper passes schema, rules and arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.billing.paper import Paper, Payee
from gateway.documents.cii import cii
from gateway.documents.markup import name_of, parsed, text_at
from gateway.documents.press import Press, xml_faults
from gateway.documents.shipped import rule_sets
from gateway.documents.ubl import ubl
from gateway.kernel.errors import InvalidValue
from tests.fakes.papers import PAPERS, a_credit, a_line, a_paper

GOLDEN = Path(__file__).parent / "golden"
BOTH = pytest.mark.parametrize("write", [cii, ubl], ids=["CII", "UBL"])


@pytest.mark.parametrize("paper", PAPERS.values(), ids=PAPERS)
def test_every_kind_of_paper_passes_whole(paper: Paper) -> None:
    as_cii, as_ubl = Press().checked(paper)

    assert name_of(parsed(as_cii)) == "rsm:CrossIndustryInvoice"
    assert name_of(parsed(as_ubl)) in {"inv:Invoice", "crn:CreditNote"}


@pytest.mark.parametrize(
    ("name", "paper", "write"),
    [
        ("invoice.cii.xml", a_paper(), cii),
        ("invoice.ubl.xml", a_paper(), ubl),
        ("credit-note.cii.xml", a_credit(), cii),
        ("credit-note.ubl.xml", a_credit(), ubl),
    ],
    ids=["invoice CII", "invoice UBL", "credit note CII", "credit note UBL"],
)
def test_what_is_written_changes_only_on_purpose(
    name: str, paper: Paper, write: Callable[[Paper], bytes]
) -> None:
    assert write(paper).decode() == (GOLDEN / name).read_text(encoding="utf-8")


def test_a_price_below_a_cent_is_never_rounded() -> None:
    root = parsed(cii(PAPERS["micro-price"]))

    assert text_at(root, ".//ram:ChargeAmount") == "0.00005"
    assert text_at(root, ".//ram:BasisQuantity") == "1"


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        (a_paper(), b"58"),
        (PAPERS["dollars"], b"30"),
        (a_paper(payee=Payee()), b"1"),
    ],
    ids=["euros", "dollars", "no account"],
)
def test_sepa_carries_euros_alone(paper: Paper, code: bytes) -> None:
    assert b"<ram:TypeCode>%s</ram:TypeCode>" % code in cii(paper)
    assert b"<cbc:PaymentMeansCode>%s<" % code in ubl(paper)
    Press().checked(paper)


def test_outside_the_scope_no_vat_id_stands() -> None:
    abroad = replace(PAPERS["outside the scope"], seller=a_paper().seller)

    assert b"FR40303265045" in cii(a_paper())
    assert b"FR40303265045" not in cii(abroad)
    assert b"FR40303265045" not in ubl(abroad)


# What others would have to see, planted in what was written.
MUTATIONS = {
    "grand total": (b"GrandTotalAmount>2.10<", b"GrandTotalAmount>2.11<", "BR-CO-15"),
    "UBL total": (
        b'TaxInclusiveAmount currencyID="EUR">2.10<',
        b'TaxInclusiveAmount currencyID="EUR">2.11<',
        "BR-CO-15",
    ),
    "a line": (b"LineTotalAmount>1.75<", b"LineTotalAmount>1.76<", "net is 1.76"),
    "three decimals": (
        b"DuePayableAmount>2.10<",
        b"DuePayableAmount>2.100<",
        "more decimals than EUR",
    ),
    "no country": (
        b"<ram:CountryID>DE</ram:CountryID>",
        b"",
        "CountryID",
    ),
    "another currency": (
        b"InvoiceCurrencyCode>EUR<",
        b"InvoiceCurrencyCode>USD<",
        "currency is USD, not EUR",
    ),
    "no lines": (b"IncludedSupplyChainTradeLineItem", b"Another", "not expected"),
}


@pytest.mark.parametrize(
    ("there", "instead", "said"), MUTATIONS.values(), ids=MUTATIONS
)
def test_a_document_that_says_otherwise_is_found_out(
    there: bytes, instead: bytes, said: str
) -> None:
    paper = a_paper()
    (content,) = (each for each in (cii(paper), ubl(paper)) if there in each)

    assert list(xml_faults(paper, content)) == []
    faults = list(xml_faults(paper, content.replace(there, instead)))

    assert any(said in fault for fault in faults), faults


@BOTH
def test_the_same_paper_gives_the_same_bytes(write: Callable[[Paper], bytes]) -> None:
    assert write(a_paper()) == write(a_paper())
    assert write(a_paper()) != write(a_paper(a_line(net_minor=176)))


@BOTH
def test_hostile_names_stay_text(write: Callable[[Paper], bytes]) -> None:
    named = '</ram:Name><!-- & "quoted" -->'
    paper = a_paper(buyer=replace(a_paper().buyer, name=named))

    content = write(paper)

    assert list(xml_faults(paper, content)) == []
    assert b"<!--" not in content


@pytest.mark.parametrize(
    "content",
    [b"", b"no XML", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ids=["nothing", "no XML", "an entity"],
)
def test_what_is_no_plain_xml_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidValue):
        parsed(content)


def test_the_rules_that_are_shipped_are_there() -> None:
    for one in rule_sets().values():
        assert one.schema.is_file()
        assert one.rules.is_file()
