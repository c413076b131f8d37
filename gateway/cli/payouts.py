"""copyfair fund payouts: what contributors are owed, and the file that pays them."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.fund.payout_order import OrderState, Owed, PayoutFile
from gateway.kernel.clock import US_PER_S, iso
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.services.payouts import Due
from gateway.settings import Settings

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
WHY = {
    Owed.READY: "ready",
    Owed.NO_ACCOUNT: "no account: party set NAME iban=…",
    Owed.NO_MUTUAL: "the mutual it is paid through cannot take it",
    Owed.ERASED: "erased: it stays owed",
    Owed.TOO_LITTLE: "too little: it waits for more",
    Owed.IN_FLIGHT: "in flight",
}
SAME_ACCOUNT = "one account for several; ask whose it is before the file is sent"


class LaidDown:
    """A file beside its place until it gets its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._aside = path.with_name(f".{path.name}.part")

    def lay_down(self, content: bytes) -> None:
        """Write it where nobody takes it for the file; it lasts."""
        with self._aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def name(self) -> None:
        """Give it its name."""
        self._aside.replace(self._path)


@click.command()
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is ready as pain.001.001.09.",
)
@click.option(
    "--execution-date", default="", help="When, like 2026-12-01; today without."
)
@click.option("--cancel", default="", metavar="MSG", help="A file that was never sent.")
@click.option("--stop", default="", metavar="PYO", help="One payment of a file.")
@config_option
@json_option
def payouts(
    settings: Settings,
    *,
    path: Path | None,
    execution_date: str,
    cancel: str,
    stop: str,
    as_json: bool,
) -> None:
    """List what contributors are owed; with --file write it for the bank (SEPA).

    What stands in a file is in flight and stands in no second one. The bank's statement
    books it (`copyfair payment import`), and what comes back is owed again. A file that
    was never sent, or was refused whole, is cancelled; a single payment that the bank
    will not carry out is stopped. Where it paid a cancelled file all the same, `audit`
    names the payments of later files that must be.

    Contributors who name one account as their own are named: nothing is held back.

    \b
    Examples:
      copyfair fund payouts --file december.xml --config my-archive/gateway.yaml
      copyfair fund payouts --cancel MSG-01K9… --config my-archive/gateway.yaml
      copyfair fund payouts --stop PYO-01K9… --config my-archive/gateway.yaml
    """
    if sum(map(bool, (path, cancel, stop))) > 1:
        raise InvalidValue("either --file, --cancel or --stop")
    with opened(settings) as house:
        made = None
        if path is not None:
            _assert_free(path)
            made = house.payouts.make(_day(execution_date, house), LaidDown(path))
        elif cancel:
            made = house.payouts.cancel(cancel)
        elif stop:
            house.payouts.stop(stop)
        due, files = house.payouts.due(), house.payouts.files()
        sharing, names = house.payouts.sharing(due), names_of(house)
    if as_json:
        shared = {"shared_accounts": [list(each) for each in sharing]}
        emit("fund-payouts", _document(due, files, made) | shared)
        return
    _show(due, files, names)
    for each in sharing:
        told = ", ".join(names.get(who, who) for who in each)
        console().print(f"{told}: {SAME_ACCOUNT}", markup=False)
    if path is not None:
        said = "nothing is ready, so no file was written"
        if made is not None:
            said = f"{path}: {made.id}, {len(made.orders)} payments, {made.total}"
        console().print(said, markup=False)


def _assert_free(path: Path) -> None:
    if path.exists():
        detail = f"{path} is there already; name another file"
        raise Conflict(detail)


def _day(text: str, house: House) -> str:
    today = datetime.fromtimestamp(house.clock.now_us() // US_PER_S, UTC).date()
    if not text:
        return today.isoformat()
    try:
        day = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or day < today:
        detail = f"{text!r} is no day such as 2026-12-01 from today on"
        raise InvalidValue(detail)
    return day.isoformat()


def _show(
    due: tuple[Due, ...], files: tuple[PayoutFile, ...], names: dict[str, str]
) -> None:
    table(
        ("owed to", "amount", "in flight", "state"),
        [
            (
                names.get(one.contributor_id, one.contributor_id),
                one.owed,
                one.in_flight,
                WHY[one.why],
            )
            for one in due
        ],
    )
    flying = [
        (made.id, made.execution_on, len(waiting), made.total)
        for made in files
        if (waiting := [o for o in made.orders if o.state is OrderState.IN_FLIGHT])
    ]
    if flying:
        table(("file", "for", "in flight", "asks for"), flying)


def _document(
    due: tuple[Due, ...], files: tuple[PayoutFile, ...], made: PayoutFile | None
) -> dict[str, Any]:
    return {
        "due": [
            {
                "party_id": one.contributor_id,
                "currency": one.owed.currency,
                "owed_minor": one.owed.minor,
                "in_flight_minor": one.in_flight.minor,
                "state": one.why.value,
            }
            for one in due
        ],
        "files": [_file(one) for one in files],
        "made": None if made is None else made.id,
    }


def _file(one: PayoutFile) -> dict[str, Any]:
    return {
        "message_id": one.id,
        "execution_on": one.execution_on,
        "made_at": iso(one.made_us),
        "currency": one.total.currency,
        "amount_minor": one.total.minor,
        "orders": [
            {
                "end_to_end": order.end_to_end,
                "party_id": order.contributor_id,
                "amount_minor": order.amount.minor,
                "state": order.state.value,
            }
            for order in one.orders
        ],
    }
