"""copyfair contribution corrections: what readers proposed, and what came of it."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.days import day_us
from gateway.cli.screen import console, counted, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period
from gateway.reciprocity.contribution import NOBODY
from gateway.reciprocity.correction import Fate
from gateway.reciprocity.hours import hundredths, spelled_hours
from gateway.services.corrections import CorrectionView
from gateway.settings import Settings
from gateway.telemetry.legible import legible

LINE_CHARS_MAX = 2_000
AT_ONCE, AT_ONCE_MAX = 1_000, 10_000


@click.command()
@click.option("--waiting", is_flag=True, help="Only what nobody decided yet.")
@config_option
@json_option
def corrections(settings: Settings, *, waiting: bool, as_json: bool) -> None:
    """List corrections that readers proposed, oldest first."""
    with opened(settings) as house:
        views = [
            view
            for view in house.corrections.list()
            if not waiting or view.fate is Fate.WAITING
        ]
    if as_json:
        emit("corrections", {"corrections": [_document(view) for view in views]})
        return
    for view in views:
        one = view.correction
        about = (one.id, view.fate.value, one.about, one.name, one.contact)
        _print("  ".join(part for part in (iso(one.received_us), *about) if part))
        for line in one.text.splitlines():
            _print(f"  {line}")
    console().print(counted(len(views), "correction"))


@click.command("accept-correction")
@click.argument("correction_id", metavar="CORRECTION")
@click.option("--party", "reference", default="", help="Whom to credit: id or name.")
@click.option(
    "--create", is_flag=True, help="Make a party of the name that was left, if new."
)
@click.option("--hours", required=True, help="What it weighs, such as 0.25.")
@click.option("--paid-by", default=NOBODY, show_default=True, help="Who paid for it.")
@config_option
@json_option
def accept_correction(
    settings: Settings,
    *,
    correction_id: str,
    reference: str,
    create: bool,
    hours: str,
    paid_by: str,
    as_json: bool,
) -> None:
    """Make a claim of CORRECTION; it vests as every other does.

    \b
    Examples:
      copyfair contribution accept-correction cor_01k9… --party Amina --hours 0.25
      copyfair contribution accept-correction cor_01k9… --create --hours 0.25
    """
    if create == bool(reference):
        raise InvalidValue("say whom to credit: --party NAME, or --create")
    with opened(settings) as house, house.together() as within:
        party_id = _credited(within, correction_id, reference)
        claim = within.corrections.accept(
            correction_id,
            party_id,
            weight_hundredths=hundredths(hours),
            paid_by=paid_by,
        )
    if as_json:
        accepted = {"correction_id": correction_id, "claim_id": claim.id}
        emit("correction-accepted", {**accepted, "party_id": party_id})
        return
    weight = spelled_hours(claim.weight_hundredths)
    _print(f"{claim.id}  {claim.title}: {weight} h, recognised")


@click.command("decline-correction")
@click.argument("correction_id", metavar="CORRECTION")
@click.option("--reason", required=True, help="One sentence.")
@config_option
@json_option
def decline_correction(
    settings: Settings, *, correction_id: str, reason: str, as_json: bool
) -> None:
    """Decline CORRECTION, with a reason."""
    with opened(settings) as house:
        house.corrections.decline(correction_id, reason=reason)
    if as_json:
        told = {"correction_id": correction_id, "reason": reason}
        emit("correction-declined", told)
        return
    _print(f"{correction_id}  declined")


@click.command("decline-corrections")
@click.option("--before", required=True, help="Only what came before this day, UTC.")
@click.option("--since", default="", help="Only what came on this day or later, UTC.")
@click.option("--reason", required=True, help="One sentence, kept beside each.")
@click.option(
    "--at-most",
    type=click.IntRange(1, AT_ONCE_MAX),
    default=AT_ONCE,
    show_default=True,
    help="How many at once, the oldest first.",
)
@click.option("--dry-run", is_flag=True, help="Say how many; decline nothing.")
@config_option
@json_option
def decline_corrections(
    settings: Settings, *, at_most: int, dry_run: bool, as_json: bool, **told: str
) -> None:
    """Decline all corrections of some days that nobody decided yet.

    For a flood of what is none. Look first (`corrections --waiting`, and --dry-run):
    a decision is never taken back, and who left a contact is not written to. Each of
    them is kept with its text, its day and the reason, as if it were declined alone.
    What was accepted or declined before stays as it is.

    \b
    Example:  copyfair contribution decline-corrections --since 2026-11-20 \\
                --before 2026-11-22 --reason "A script wrote them."
    """
    start_us = day_us(told["since"]) if told["since"] else 0
    end_us = day_us(told["before"])
    if end_us <= start_us:
        raise InvalidValue("--before is a later day than --since")
    with opened(settings) as house:
        made = house.corrections.decline_all(
            Period(start_us, end_us),
            reason=told["reason"],
            at_most=at_most,
            is_tried=dry_run,
        )
    if as_json:
        emit(
            "corrections-declined",
            {
                "correction_ids": list(made.ids),
                "reason": told["reason"],
                "waiting": made.waiting,
                "dry_run": dry_run,
            },
        )
        return
    word = "would be declined" if dry_run else "declined"
    _print(f"{counted(len(made.ids), 'correction')} {word}, {made.waiting} more wait")


@click.command("forget-correction")
@click.argument("correction_id", metavar="CORRECTION")
@config_option
@json_option
def forget_correction(settings: Settings, *, correction_id: str, as_json: bool) -> None:
    """Take out of CORRECTION the name and the contact that somebody left.

    What it says stays, and so does what came of it. `party erase` does the same for
    every correction that the party was credited for.
    """
    with opened(settings) as house:
        house.corrections.forget(correction_id)
    if as_json:
        emit("correction-forgotten", {"correction_id": correction_id})
        return
    _print(f"{correction_id}  without name and contact")


def _credited(house: House, correction_id: str, reference: str) -> str:
    """Who is credited: as told, or the party of the name that was left."""
    if reference:
        return house.parties.show(reference).id
    left = house.books.corrections.find(correction_id)
    name = left.name if left else ""
    if left and not name:
        detail = f"{correction_id} leaves no name; say --party NAME"
        raise InvalidValue(detail)
    if not name:
        return ""
    known = house.identities.find_party_named(name)
    if known is not None:
        detail = (
            f"there is a party {known.name!r} already; if it is the same one, say"
            f" --party {known.id}"
        )
        raise InvalidValue(detail)
    return house.parties.add(name).id


def _document(view: CorrectionView) -> dict[str, Any]:
    one, decided = view.correction, view.decided
    return {
        "correction_id": one.id,
        "received_at": iso(one.received_us),
        "archive": one.archive,
        "about": one.about,
        "text": one.text,
        "name": one.name,
        "contact": one.contact,
        "state": view.fate.value,
        "claim_id": (decided.claim_id if decided else "") or None,
        "reason": (decided.reason if decided else "") or None,
    }


def _print(line: str) -> None:
    """A stranger wrote it, and a terminal may obey what it holds."""
    console().print(legible(line, chars_max=LINE_CHARS_MAX), markup=False)
