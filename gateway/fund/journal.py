"""Double entry: an entry that does not balance cannot exist.

Nothing is edited. A mistake is reversed by an entry that mirrors it, posting by
posting. The labour reserve has one way out: to contributors by name; so have the
rounds' pools, or to the reserve. An entry that would lead them anywhere else cannot
exist either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.billing.canonical import digest_of
from gateway.fund.accounts import (
    BANK,
    GIVEN_FROM,
    LABOUR_RESERVE,
    RESERVE,
    ROUNDS,
    SOLIDARITY,
    assert_known,
    is_gift,
    is_payable,
)
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import minor_digits


@dataclass(frozen=True, slots=True, order=True)
class Posting:
    """One side of an entry.

    Attributes:
        account: A name of the chart.
        amount_minor: Minor units; a debit is above 0, a credit below.
    """

    account: str
    amount_minor: int

    def __post_init__(self) -> None:
        assert_known(self.account)
        if not self.amount_minor:
            raise InvalidValue("a posting moves something")


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened once, in one currency.

    Attributes:
        id: `ent_…`.
        key: Idempotency key: the same thing is never booked twice.
        kind: `invoice`, `payment`, `waterfall`, `top-up`, `credit`, `labour` …
        ref: What it is about: an invoice, payment or agreement id.
        currency: ISO 4217.
        postings: Two or more that add up to 0.
        effective_us: When it counts.
        reverses: The id of the entry it mirrors, or empty.
    """

    id: str
    key: str
    kind: str
    ref: str
    currency: str
    postings: tuple[Posting, ...]
    effective_us: int
    reverses: str = ""

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if len(self.postings) < 2:
            raise InvalidValue("an entry has two postings or more")
        off_by = sum(posting.amount_minor for posting in self.postings)
        if off_by:
            detail = f"the entry {self.key} does not balance: it is off by {off_by}"
            raise InvalidValue(detail)
        if not self.reverses:
            _assert_pots_reach_contributors(self.postings)
            _assert_gifts_pass_whole(self.postings)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical entry, hex."""
        postings = [(each.account, each.amount_minor) for each in self.postings]
        head = (self.id, self.key, self.kind, self.ref, self.currency)
        return digest_of((*head, postings, self.effective_us, self.reverses))

    def mirrors(self, other: Entry) -> bool:
        """Does it undo *other*, posting by posting?"""
        undone = sorted(
            Posting(posting.account, -posting.amount_minor)
            for posting in other.postings
        )
        return self.currency == other.currency and sorted(self.postings) == undone


def reversal(entry: Entry, *, entry_id: str, effective_us: int) -> Entry:
    """The entry that undoes *entry*."""
    return Entry(
        id=entry_id,
        key=f"reversal:{entry.id}",
        kind="reversal",
        ref=entry.ref,
        currency=entry.currency,
        postings=tuple(
            Posting(posting.account, -posting.amount_minor)
            for posting in entry.postings
        ),
        effective_us=effective_us,
        reverses=entry.id,
    )


def balances(entries: Iterable[Entry]) -> Counter[tuple[str, str]]:
    """The balance of each account and currency; debits are above 0."""
    totals: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for posting in entry.postings:
            totals[posting.account, entry.currency] += posting.amount_minor
    return totals


def _assert_pots_reach_contributors(postings: tuple[Posting, ...]) -> None:
    drawn = {each.account for each in postings if each.amount_minor > 0}
    reached = {each.account for each in postings if each.amount_minor < 0}
    others = {each for each in reached if not is_payable(each)}
    if LABOUR_RESERVE in drawn and others:
        raise InvalidValue("the labour reserve is paid to contributors and nobody else")
    if drawn & {ROUNDS, SOLIDARITY} and not others <= {ROUNDS, RESERVE}:
        raise InvalidValue("rounds are paid to contributors, or to the reserve")
    if any(is_payable(each) for each in drawn) and reached != {BANK}:
        raise InvalidValue("what is owed to a contributor is paid out, nothing else")


def _assert_gifts_pass_whole(postings: tuple[Posting, ...]) -> None:
    gifts = {each.account for each in postings if is_gift(each.account)}
    others = {each.account for each in postings} - gifts
    if gifts and (len(gifts) > 1 or not others <= GIVEN_FROM):
        raise InvalidValue("a gift is passed on whole to who was named, nothing else")
