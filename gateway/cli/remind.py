"""copyfair invoice remind: letters about what is overdue, each once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from gateway.billing.reminder import Reminder
from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.bootstrap.postboxes import letter_folder
from gateway.cli.entry import EXIT_NO
from gateway.cli.screen import complain, console, counted, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue, Misconfigured
from gateway.kernel.letter import Letter, Postbox
from gateway.services.reminders import Considered, ReminderReport, letter_of
from gateway.settings import Settings


@dataclass(slots=True)
class Shown:
    """A postbox: letters go to standard output, for a person to send them."""

    is_silent: bool
    letters: list[Letter] = field(default_factory=list)

    async def send(self, letter: Letter) -> None:
        """Show a letter."""
        self.letters.append(letter)
        if not self.is_silent:
            _print(letter)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be sent; keep nothing.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write letters there, one .eml file each, not to standard output.",
)
@click.option(
    "--send", "is_sent", is_flag=True, help="Mail them: the gateway carries them out."
)
@click.option(
    "--retry", "retries", is_flag=True, help="Also send what was refused before."
)
@config_option
@json_option
def remind(
    settings: Settings,
    *,
    dry_run: bool,
    folder: Path | None,
    is_sent: bool,
    retries: bool,
    as_json: bool,
) -> int:
    """Write the next reminder for each overdue invoice; again, and none goes twice.

    With --send each goes into the outbox, and the running gateway takes it to the mail
    server named under `mail`; it waits there for as long as nobody takes it.

    None goes out for a draft, for what is paid or in dispute, or for a small amount of
    a party that nobody verified. `invoicing.remind_after` says when each is due.

    \b
    Exit status: 0 fine · 1 a letter is not sent
    """
    if is_sent and folder:
        raise InvalidValue("letters are mailed, or written to a folder: not both")
    if is_sent and settings.mail is None:
        raise Misconfigured("no mail server is named; set `mail` in gateway.yaml")
    with opened(settings) as house:
        if dry_run:
            found = house.reminders.considered()
            report = ReminderReport(
                spared=[one for one in found if one.spared],
                sent=[one.reminder for one in found if one.reminder],
            )
        else:
            box = _box(house, folder, is_sent=is_sent, is_silent=as_json)
            report = asyncio.run(house.reminders.remind(box, retries=retries))
    for one in report.unsent:
        complain(f"reminder {one.level} to {one.to} is not sent; --retry tries again")
    if as_json:
        emit("invoice-reminders", _document(report, is_dry=dry_run))
    else:
        if dry_run:
            for one in report.sent:
                _print(letter_of(one))
        done = "put in the outbox" if is_sent else "sent"
        verb = "would be sent" if dry_run else done
        counts = f"{counted(len(report.sent), 'reminder')} {verb}"
        console().print(counts, markup=False)
    return EXIT_NO if report.unsent else 0


def _box(
    house: House, folder: Path | None, *, is_sent: bool, is_silent: bool
) -> Postbox:
    if is_sent:
        return house.mailroom.postbox
    if folder:
        return letter_folder(folder, sender=house.settings.invoicing.email)
    return Shown(is_silent)


def _print(letter: Letter) -> None:
    console().print(f"To: {letter.to}\nSubject: {letter.subject}\n", markup=False)
    console().print(letter.text, markup=False)


def _document(report: ReminderReport, *, is_dry: bool) -> dict[str, Any]:
    return {
        "dry_run": is_dry,
        "letters": [_letter(one) for one in report.sent],
        "unsent": [_letter(one) for one in report.unsent],
        "spared": [_spared(one) for one in report.spared],
    }


def _letter(one: Reminder) -> dict[str, Any]:
    return {
        "invoice_id": one.invoice_id,
        "level": one.level,
        "last": one.is_last,
        "overdue_minor": one.overdue_minor,
        "days": one.days,
        "to": one.to,
        "language": one.language,
        "subject": one.subject,
        "text": one.text,
    }


def _spared(one: Considered) -> dict[str, Any]:
    why = one.spared.value if one.spared else None
    return {"invoice": one.invoice.number, "why": why}
