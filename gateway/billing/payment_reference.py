"""What a payer writes, so that the payment finds its invoice (ISO 11649)."""

from __future__ import annotations

import re

LETTERS_MAX = 21
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def payment_reference(number: str) -> str:
    """The creditor reference of a document: `RF36INV20260001` of `INV-2026-0001`.

    Two check digits catch a wrong letter and two letters that changed places.

    Source:
        ISO 11649 with the check digits of ISO 7064, MOD 97-10.
    """
    letters = re.sub(r"[^0-9A-Z]", "", number.upper())[-LETTERS_MAX:]
    spelled = "".join(str(ALPHABET.index(letter)) for letter in f"{letters}RF00")
    return f"RF{98 - int(spelled) % 97:02d}{letters}"
