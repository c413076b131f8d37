"""IBAN, BIC and VAT ids: form and check digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.billing.paper import Payee
from gateway.documents.identifiers import (
    checked_bic,
    checked_iban,
    checked_vat_id,
    identifier_faults,
)
from gateway.kernel.errors import InvalidValue
from tests.fakes.papers import IBAN, SELLER, a_paper

Check = Callable[[str], str]


@pytest.mark.parametrize(
    ("check", "text", "compact"),
    [
        (checked_iban, "FR76 3000 6000 0112 3456 7890 189", IBAN),
        (checked_bic, "agrifrpp", "AGRIFRPP"),
        (checked_vat_id, "de 136 695 976", "DE136695976"),
        (checked_vat_id, "EL094259216", "EL094259216"),
        (checked_vat_id, "US12", "US12"),
    ],
    ids=["IBAN", "BIC", "German VAT id", "Greek VAT id", "not of the EU"],
)
def test_what_is_right_is_kept_compact(check: Check, text: str, compact: str) -> None:
    assert check(text) == compact


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (checked_iban, "FR7630006000011234567890188"),
        (checked_iban, "FR76"),
        (checked_bic, "AGRI"),
        (checked_vat_id, "DE136695977"),
        (checked_vat_id, "FR4030326504"),
    ],
    ids=["a digit off", "too short", "no BIC", "a VAT digit off", "a VAT digit less"],
)
def test_a_wrong_digit_is_refused(check: Check, text: str) -> None:
    with pytest.raises(InvalidValue, match=text):
        check(text)


def test_a_paper_with_wrong_numbers_names_each() -> None:
    wrong = a_paper(
        seller=replace(SELLER, vat_id="FR40303265046"),
        payee=Payee("FR7630006000011234567890188", "AGRI"),
    )

    assert len(list(identifier_faults(wrong))) == 3
    assert list(identifier_faults(a_paper())) == []
