"""Numbers with check digits: IBAN and VAT ids; the one module that knows stdnum.

Form and check digits are looked at, never whether the account or the firm exists.
"""

from __future__ import annotations

from collections.abc import Iterator

from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.eu import vat as vats
from stdnum.exceptions import ValidationError

from gateway.billing.paper import Paper
from gateway.kernel.errors import InvalidValue


def checked_iban(text: str) -> str:
    """An IBAN without spaces.

    Raises:
        InvalidValue: its form or its check digits are wrong.
    """
    try:
        return str(ibans.validate(text, check_country=False))
    except ValidationError as fault:
        detail = f"{text!r} is no IBAN: {_said(fault)}"
        raise InvalidValue(detail) from None


def checked_bic(text: str) -> str:
    """A BIC of 8 or 11 letters.

    Raises:
        InvalidValue: its form is wrong.
    """
    try:
        return str(bics.validate(text))
    except ValidationError as fault:
        detail = f"{text!r} is no BIC: {_said(fault)}"
        raise InvalidValue(detail) from None


def checked_vat_id(text: str) -> str:
    """A VAT id; of a member state of the EU with its own check digits.

    Raises:
        InvalidValue: its check digits or its form are wrong.
    """
    compact = "".join(text.split()).upper()
    if compact[:2].lower() not in {*vats.MEMBER_STATES, "el", "xi"}:
        return compact
    try:
        return str(vats.validate(compact))
    except ValidationError as fault:
        detail = f"{text!r} is no VAT id: {_said(fault)}"
        raise InvalidValue(detail) from None


def identifier_faults(paper: Paper) -> Iterator[str]:
    """What is wrong with the numbers on a paper."""
    for text, check in (
        (paper.payee.iban, checked_iban),
        (paper.payee.bic, checked_bic),
        (paper.seller.vat_id, checked_vat_id),
        (paper.buyer.vat_id, checked_vat_id),
    ):
        try:
            if text:
                check(text)
        except InvalidValue as fault:
            yield fault.detail


def _said(fault: ValidationError) -> str:
    return str(fault).rstrip(".").lower()
