"""Whatever is booked is a happening that strangers know."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.transparency.happenings import HAPPENINGS

SERVICES = Path(__file__).parents[2] / "gateway" / "services"
BOOKS = "from gateway.services.bookkeeping import"
KIND = re.compile(r'\bkind="([a-z-]+)"')
IN_STEPS = re.compile(r'\(\s*"([a-z]+(?:-[a-z]+)+)",\s*[a-z_]+\(')
NAMED = re.compile(
    r'^(?:BORNE|KIND|PASSED_ON|TAKEN_BACK|[A-Z_]+_BORNE) = "(.+)"', re.MULTILINE
)
BY_BANK = re.compile(r'\bkey="([a-z-]+)"')


def test_every_kind_of_entry_that_services_book_is_known() -> None:
    texts = [path.read_text("utf-8") for path in sorted(SERVICES.glob("*.py"))]
    booking = [text for text in texts if BOOKS in text]
    kinds = {kind for text in booking for kind in KIND.findall(text)}
    bank = (SERVICES / "bank_desk.py").read_text("utf-8")
    kinds |= {kind for text in texts for kind in NAMED.findall(text)}
    kinds |= {kind for text in booking for kind in IN_STEPS.findall(text)}
    kinds |= {f"bank-{key}" for key in BY_BANK.findall(bank)}
    assert kinds >= {"payment", "payout", "bank-arrived", "top-up-borne"}
    assert kinds <= {*HAPPENINGS}
