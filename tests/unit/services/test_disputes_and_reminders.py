"""Disputes and reminders at work: letters go once, and to nobody they must not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.arrears import Arrears
from gateway.billing.carrying import CarryTerms
from gateway.billing.dispute import Outcome
from gateway.billing.invoice import Invoice
from gateway.billing.paper import Letterhead
from gateway.billing.reminder import Reminder, ReminderTerms, Spared, due_level
from gateway.billing.settlement import PaidState
from gateway.fund.accounts import DEFERRED, RECEIVABLE, VAT
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound, Unavailable
from gateway.kernel.evidence import Level
from gateway.kernel.letter import Letter
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.mail.letter_folder import LetterFolder
from gateway.services.reminders import ReminderReport
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)

DAY_S = 86_400
TERMS = ReminderTerms((7, 21, 45), {"EUR": 2_000})
HEAD = Letterhead(iban="FR7630006000011234567890189", email="till@archive.example")


class Box:
    """A postbox that keeps what it gets, and can be full."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.is_full = False

    async def send(self, letter: Letter) -> None:
        if self.is_full:
            raise Unavailable("the box is full")
        self.letters.append(letter)


def reached(party: Party, language: str = "en") -> Party:
    said = {
        "email": Attribute("pay@mapworks.example", Level.CLAIMED, "self-declared"),
        "language": Attribute(language, Level.CLAIMED, "self-declared"),
    }
    return replace(party, attributes={**party.attributes, **said})


def invoiced(party: Party | None = None) -> tuple[Office, Invoice]:
    """An office with one invoice, two lines: 100 free bytes aside, 11.90 gross."""
    office = Office(MemoryBooks(), party or reached(a_party()), letterhead=HEAD)
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    (invoice,) = office.billing.run(NOVEMBER).invoices
    return office, invoice


def late(office: Office, days: int) -> None:
    office.clock.forward(s=days * DAY_S)


def remind(office: Office, box: Box, *, retries: bool = False) -> ReminderReport:
    return asyncio.run(office.reminders(TERMS).remind(box, retries=retries))


def spared(office: Office) -> Spared | None:
    (one,) = office.reminders(TERMS).considered()
    return one.spared


# Disputes


def test_a_dispute_suspends_its_lines_and_rejected_the_clock_goes_on() -> None:
    office, invoice = invoiced()
    made = office.disputes.open(invoice.number, by="Company 1", reason="Blocked.")
    late(office, 40)

    view = office.invoices.show(invoice.number)
    assert (view.paid_state, view.open_minor) == (PaidState.DISPUTED, 1_190)

    ended = office.disputes.reject(made.id, by="host", reason="You were not.")
    late(office, 29)
    assert office.invoices.show(invoice.number).paid_state is PaidState.OPEN
    late(office, 1)
    assert office.invoices.show(invoice.number).paid_state is PaidState.OVERDUE
    assert ended.resolution is not None
    assert (ended.resolution.by, ended.resolution.outcome) == (
        "host",
        Outcome.REJECTED,
    )


def test_an_upheld_dispute_is_a_credit_note_and_books_it() -> None:
    office, invoice = invoiced()
    charged = next(line for line in invoice.lines if line.net_minor)
    made = office.disputes.open(
        invoice.number, by="Company 1", reason="Blocked.", positions=[charged.position]
    )

    note = office.disputes.uphold(made.id, by="host", reason="You were right.")

    kept = office.disputes.show(made.id).resolution
    assert kept is not None
    assert (kept.outcome, kept.note_id) == (Outcome.UPHELD, note.id)
    assert note.reason == "You were right."
    assert note.net_minor == charged.net_minor
    balances = [
        office.books.journal.balance(account, "EUR")
        for account in (RECEIVABLE, DEFERRED, VAT)
    ]
    assert balances == [1_190 - note.gross_minor, note.net_minor - 1_000, -190 + 190]
    assert office.audit.run().ok


def test_a_dispute_ends_once() -> None:
    office, invoice = invoiced()
    made = office.disputes.open(invoice.number, by="Company 1", reason="Blocked.")
    office.disputes.uphold(made.id, by="host", reason="Right.")

    with pytest.raises(Conflict):
        office.disputes.uphold(made.id, by="host", reason="Right.")
    with pytest.raises(Conflict):
        office.disputes.reject(made.id, by="host", reason="Wrong.")
    with pytest.raises(Conflict):
        office.disputes.open(invoice.number, by="Company 1", reason="Again.")
    assert len(office.books.invoices.notes()) == 1


def test_a_dispute_whose_lines_were_given_back_meanwhile_can_be_rejected() -> None:
    office, invoice = invoiced()
    made = office.disputes.open(invoice.number, by="Company 1", reason="Blocked.")
    office.invoices.credit(invoice.number, reason="All of it.")

    with pytest.raises(Conflict):
        office.disputes.uphold(made.id, by="host", reason="Right.")
    assert not office.disputes.reject(made.id, by="host", reason="Done.").is_open


def test_what_nobody_knows_is_not_disputed() -> None:
    office, invoice = invoiced()

    with pytest.raises(NotFound):
        office.disputes.open("INV-2026-0009", by="x", reason="y")
    with pytest.raises(NotFound):
        office.disputes.show("dsp_9")
    with pytest.raises(InvalidValue):
        office.disputes.open(invoice.number, by="", reason="y")
    assert office.disputes.list(invoice.number) == office.disputes.list() == ()


# Reminders


def test_each_level_goes_once_and_in_its_time() -> None:
    office, _ = invoiced()
    box = Box()
    sent: list[int] = []
    for _ in range(90):
        late(office, 1)
        sent += [one.days for one in remind(office, box).sent]
        remind(office, box)

    assert sent == [7, 21, 45]
    assert [one.subject.partition(":")[0] for one in box.letters] == [
        "Reminder",
        "Second reminder",
        "Last notice",
    ]
    assert spared(office) is Spared.ALL_SENT


def test_three_letters_never_come_on_one_day() -> None:
    office, _ = invoiced()
    box = Box()
    late(office, 300)

    days = []
    for day in range(60):
        days += [day for _ in remind(office, box).sent]
        late(office, 1)

    assert days == [0, 14, 38]


def test_a_letter_says_what_is_due_and_how_to_pay_it() -> None:
    office, invoice = invoiced()
    box = Box()
    late(office, 37)

    remind(office, box)

    (letter,) = box.letters
    assert letter.to == "pay@mapworks.example"
    for told in (invoice.number, "11.90 EUR", HEAD.iban, "RF", HEAD.email):
        assert told in letter.text


def test_a_french_party_is_reminded_in_french() -> None:
    office, _ = invoiced(reached(a_party(), "fr"))
    box = Box()
    late(office, 37)

    remind(office, box)

    (letter,) = box.letters
    assert letter.subject.startswith("Rappel")
    assert "11,90 EUR reste dû" in letter.text


def test_nobody_is_reminded_of_what_is_paid_or_in_dispute_or_not_due() -> None:
    office, invoice = invoiced()
    assert spared(office) is Spared.NOT_DUE
    late(office, 37)
    made = office.disputes.open(invoice.number, by="Company 1", reason="Blocked.")
    assert spared(office) is Spared.DISPUTED
    office.disputes.reject(made.id, by="host", reason="No.")
    assert spared(office) is None
    amount = Money(invoice.gross_minor, "EUR")
    office.payments.record(amount, [invoice.number], reference="RF-1")
    assert spared(office) is Spared.PAID


def test_a_small_amount_of_somebody_unverified_is_let_be() -> None:
    office, _ = invoiced()
    late(office, 37)
    prepaid = an_agreement(settling=Settling.PREPAID)
    office.memory.agreements.rows["agr_1"] = prepaid  # of which a top-up came back
    unknown = reached(a_party(level=Level.CLAIMED))

    office.parties.known["pty_1"] = unknown
    assert spared(office) is Spared.SMALL_UNVERIFIED
    (one,) = office.reminders(ReminderTerms((7,), {"EUR": 1_190})).considered()
    assert one.reminder is not None


def test_a_small_amount_that_waited_for_an_invoice_is_asked_for_after_a_lapse() -> None:
    """Whoever had it on credit was verified; what lapsed since cancels nothing."""
    office = Office(
        MemoryBooks(),
        reached(a_party()),
        letterhead=HEAD,
        carry=CarryTerms({"EUR": 2_000}),
    )
    office.agree()
    office.memory.add_events(an_event(size=6_000))
    assert office.billing.run(NOVEMBER).invoices == ()
    now_us = office.clock.now_us()
    office.parties.restate(reached(a_party(level=Level.CLAIMED)), at_us=now_us)
    office.books.agreements.end("agr_1", at_us=now_us)
    office.at(DECEMBER)

    (invoice,) = office.billing.run(DECEMBER).invoices
    late(office, 37)

    assert (invoice.gross_minor, spared(office)) == (1_190, None)


def test_whom_no_letter_reaches_is_said() -> None:
    office, _ = invoiced(a_party())
    late(office, 37)

    assert spared(office) is Spared.NO_ADDRESS


def test_what_a_postbox_refused_goes_out_only_when_asked_for() -> None:
    office, _ = invoiced()
    box = Box()
    box.is_full = True
    late(office, 37)

    assert len(remind(office, box).unsent) == 1
    box.is_full = False
    again = remind(office, box)
    assert (len(again.unsent), box.letters) == (1, [])
    assert len(remind(office, box, retries=True).sent) == 1
    assert len(box.letters) == 1
    assert not remind(office, box, retries=True).sent


def test_a_folder_takes_letters_as_files(tmp_path: Path) -> None:
    folder = LetterFolder(tmp_path / "out", sender="till@archive.example")
    letter = Letter("pay@mapworks.example", "Rappel : facture", "Reste dû.\n")

    asyncio.run(folder.send(letter))

    (file,) = (tmp_path / "out").iterdir()
    message = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert message["To"] == letter.to
    assert message["Subject"] == letter.subject
    assert message.get_content().replace("\r\n", "\n") == letter.text


def test_a_folder_that_cannot_be_written_takes_no_letter(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")

    with pytest.raises(Unavailable):
        asyncio.run(LetterFolder(tmp_path / "out").send(Letter("a@b", "c", "d")))


overdue = st.builds(
    Arrears,
    open_minor=st.integers(1, 5_000),
    disputed_minor=st.integers(0, 100),
    overdue_minor=st.integers(0, 5_000),
    overdue_us=st.integers(0, 100).map(lambda days: days * DAY_S * 1_000_000),
    gross_minor=st.just(5_000),
)


@settings(max_examples=100)
@given(told=overdue, is_proven=st.booleans(), sent=st.integers(0, 3))
def test_a_letter_needs_something_overdue_and_the_level_before(
    told: Arrears, *, is_proven: bool, sent: int
) -> None:
    before = [a_reminder(level) for level in range(1, sent + 1)]

    level = due_level(
        told,
        before,
        terms=TERMS,
        currency="EUR",
        is_proven=is_proven,
        now_us=10**18,
    )

    if isinstance(level, int):
        assert level == sent + 1
        assert told.overdue_minor > 0
        assert told.overdue_us >= TERMS.after_days[sent] * DAY_S * 1_000_000
        assert is_proven or told.overdue_minor >= 2_000


def a_reminder(level: int) -> Reminder:
    return Reminder(
        "inv_1",
        level,
        is_last=False,
        overdue_minor=1,
        days=1,
        to="a@b.example",
        language="en",
        subject="s",
        text="t",
        decided_us=1,
    )


@pytest.mark.parametrize(
    "days", [(0,), (5, 5), (9, 3)], ids=["at once", "twice", "back"]
)
def test_reminders_come_later_and_later(days: tuple[int, ...]) -> None:
    with pytest.raises(InvalidValue):
        ReminderTerms(days)
    assert ReminderTerms(()).after_days == ()


def test_an_address_that_would_be_a_header_of_its_own_is_no_letter(
    tmp_path: Path,
) -> None:
    box = LetterFolder(tmp_path, sender="till@archive.example")
    forged = Letter("a@b.example\r\nBcc: all@b.example", "Reminder", "Text")
    with pytest.raises(InvalidValue, match="one address"):
        asyncio.run(box.send(forged))
    assert list(tmp_path.iterdir()) == []

    asyncio.run(box.send(Letter("a@b.example", "Reminder", "Text")))
    assert len(list(tmp_path.iterdir())) == 1
