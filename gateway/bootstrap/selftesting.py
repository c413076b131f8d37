"""Tries what a commons must allow: to leave, and to compute its books again."""

from __future__ import annotations

from gateway.bootstrap.house import House
from gateway.bootstrap.keys import books_key_of
from gateway.bootstrap.party_desk import export_of, leaving_of
from gateway.bootstrap.publishing import origin_of
from gateway.credentials.signed_note import NoteKey, opened
from gateway.fund.accounts import payable, prepaid
from gateway.kernel.errors import InvalidValue
from gateway.services.leaving import Left
from gateway.services.selftest import Selftest, Tried, unbalanced
from gateway.storage.published_folder import PublishedFolder
from gateway.transparency import kinds
from gateway.transparency.checkpoint import checkpoint_in
from gateway.transparency.published import CHECKPOINT, recompute

TRIED_MAX = 25
PARTS = (
    *("attributes", "history", "keys", "agreements", "usage", "statements"),
    *("contributions", "reviews", "needs", "openness", "notices", "votes"),
    *("books", "webhooks", "sent"),
    *("applications", "appeals", "open_books"),
)


class _UndoneError(Exception):
    """What was tried is taken back."""


def selftest_of(house: House, folder: PublishedFolder) -> Selftest:
    """The self-test of a set-up, and of what it published in a folder."""
    return Selftest(
        house.books,
        house.identities,
        barred=lambda named, at_us: _barred(house, named, at_us),
        leaves=lambda: exit_tried(house),
        published=lambda: books_tried(house, folder),
    )


def _barred(house: House, named: frozenset[str], at_us: int) -> frozenset[str]:
    """Which parties belong to somebody whom the fund must not pay at an instant."""
    owners = house.fund.barred(at_us=at_us)
    parties = [house.identities.find_party(each) for each in named]
    return frozenset(
        each.id for each in parties if each and each.beneficial_owner_id in owners
    )


def exit_tried(house: House) -> Tried:
    """Let the latest parties leave, one by one, look, and take it back."""
    parties = [
        party
        for party in house.parties.list()
        if house.books.agreements.agreements_of(party.id)
    ][-TRIED_MAX:]
    sells = house.settings.invoicing.seller != "none"
    named = 0
    for party in parties:
        document = export_of(house).document(party.id, sells=sells)
        missing = [part for part in PARTS if part not in document]
        left = _left(house, party.id)
        if missing or isinstance(left, str):
            wrong = left if isinstance(left, str) else f"no {missing[0]} in the export"
            return Tried(holds=False, evidence=f"{party.id}: {wrong}")
        named += len(left.open_items)
    said = f"{len(parties)} parties exported and let go (and taken back)"
    return Tried(holds=True, evidence=f"{said}; {named} open items, each named")


def _left(house: House, party_id: str) -> Left | str:
    """What leaving would come to, or what it would leave behind; nothing lasts."""
    found: Left | str = ""
    try:
        with house.together() as within:
            left = leaving_of(within).leave(party_id)
            found = _orphan(within, left) or left
            raise _UndoneError  # noqa: TRY301 - a transaction ends by it
    except _UndoneError:
        return found


def _orphan(within: House, left: Left) -> str:
    """An obligation that nobody would see any more; empty where there is none."""
    now_us = within.clock.now_us()
    party_id = left.party.id
    agreements = within.books.agreements.agreements_of(party_id)
    if any(key.is_live_at(now_us) for key in within.identities.keys_of(party_id)):
        return "a key still opens"
    if any(each.ends_us is None for each in agreements):
        return "an agreement goes on"
    mine = {payable(party_id), *(prepaid(each.id) for each in agreements)}
    named = {
        (abs(one.amount.minor), one.amount.currency)
        for one in left.open_items
        if one.amount
    }
    for (account, currency), minor in within.books.journal.balances().items():
        if account in mine and (abs(minor), currency) not in named:
            return f"{account} holds {minor} {currency}, and nothing says so"
    return next(unbalanced(within.books), "")


def books_tried(house: House, folder: PublishedFolder) -> Tried:
    """Compute the published books again, as a stranger would."""
    entries = house.books.journal.entries()
    note = folder.read(CHECKPOINT)
    if note is None:
        is_asleep = not entries
        said = "asleep: nothing was booked, so there is nothing to publish"
        wrong = f"{len(entries)} entries and nothing published: `copyfair log publish`"
        return Tried(holds=is_asleep, evidence=said if is_asleep else wrong)
    public = books_key_of(house.settings).private.public_key()
    head = checkpoint_in(
        opened(note.decode(), NoteKey(origin_of(house.settings), public))
    )
    try:
        made = recompute(folder, head)
    except InvalidValue as fault:
        return Tried(holds=False, evidence=fault.detail)
    waiting = sum(house.log.line(kinds.ENTRY, each.id) is None for each in entries)
    said = (
        f"{head.size} rows come out to the unit ({made.rows.get('entry', 0)} entries)"
    )
    later = f"; {waiting} entries wait for `copyfair log publish`" if waiting else ""
    return Tried(holds=True, evidence=said + later)
