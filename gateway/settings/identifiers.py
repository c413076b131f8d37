"""Numbers with check digits in gateway.yaml; looked at where `[invoices]` is installed.

Without it their form is looked at here, and their check digits when the first
document is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType

from gateway.kernel.errors import InvalidValue

IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
VAT_ID = re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}")
VATEX = re.compile(r"VATEX-[A-Z]{2}-[0-9A-Z-]{1,20}")


def iban(text: str) -> str:
    """`FR76 3000 6000 0112 3456 7890 189`; spaces do not count.

    Raises:
        InvalidValue: its form or its check digits are wrong.
    """
    compact = _shaped(text, IBAN, "an IBAN such as FR7630006000011234567890189")
    return _checked(compact, "checked_iban")


def bic(text: str) -> str:
    """`AGRIFRPP`.

    Raises:
        InvalidValue: its form is wrong.
    """
    return _checked(_shaped(text, BIC, "a BIC such as AGRIFRPP"), "checked_bic")


def vat_id(text: str) -> str:
    """`FR40303265045`, with the country's letters.

    Raises:
        InvalidValue: its form or its check digits are wrong.
    """
    compact = _shaped(text, VAT_ID, "a VAT id such as FR40303265045")
    return _checked(compact, "checked_vat_id")


def vatex(text: str) -> str:
    """`VATEX-FR-FRANCHISE`: the code of a reason, from the list of the CEF.

    Raises:
        InvalidValue: its form is wrong.
    """
    return _shaped(text, VATEX, "a code such as VATEX-FR-FRANCHISE")


def _shaped(text: str, shape: re.Pattern[str], example: str) -> str:
    compact = "".join(text.split()).upper()
    if not shape.fullmatch(compact):
        detail = f"{example}, not {text!r}"
        raise InvalidValue(detail)
    return compact


def _checked(text: str, name: str) -> str:
    checks = _checks()
    if checks is None:
        return text
    check: Callable[[str], str] = getattr(checks, name)
    return check(text)


def _checks() -> ModuleType | None:
    try:
        from gateway.documents import identifiers  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        return None
    return identifiers
