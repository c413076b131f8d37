"""Found work becomes claims: each once, by whom it was, within a day's limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.party import Attribute, Party
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.reciprocity.contribution import NOBODY, Kind
from gateway.reciprocity.found_work import DAY_HUNDREDTHS_MAX, FoundWork, Placed
from gateway.services.claim_imports import ClaimImports, authors_of
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.time_and_chance import CountingIds, HandClock

AUTHORS = {"amina@example.org": "pty_1", "ines@example.org": "pty_2"}
WORK = FoundWork(
    origin="git:a1",
    author="Amina@Example.org",
    title="Names",
    evidence="git:a1",
    done_us=20_000 * US_PER_DAY,
    weight_hundredths=100,
)


def with_mail(number: int, mail: str, level: Level = Level.VOUCHED) -> Party:
    known = {"email": Attribute(mail, level, "steward")}
    return Party(f"pty_{number}", f"Person {number}", known)


class Archive:
    def __init__(self) -> None:
        self.books = MemoryBooks()
        people = FakeParties(
            with_mail(1, "amina@example.org"), with_mail(2, "ines@example.org")
        )
        self.imports = ClaimImports(
            self.books, parties=people, clock=HandClock(), ids=CountingIds()
        )

    def weights(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in self.books.contributions.all():
            one = each.claim
            found[one.party_id] = found.get(one.party_id, 0) + one.weight_hundredths
        return found


def test_a_change_is_claimed_with_what_is_known_of_it() -> None:
    archive = Archive()

    made = archive.imports.take([WORK], AUTHORS, kind=Kind.SOFTWARE, paid_by="Coop")

    (claim,) = made.claims
    assert (claim.party_id, claim.kind, claim.paid_by) == ("pty_1", "software", "Coop")
    assert (claim.done_us, claim.origin) == (WORK.done_us, "git:a1/pty_1")
    assert archive.books.contributions.origins() == {"git:a1/pty_1"}


def test_the_same_again_changes_nothing() -> None:
    archive = Archive()
    archive.imports.take([WORK], AUTHORS, kind=Kind.SOFTWARE)
    newer = replace(WORK, origin="git:b2", author="ines@example.org")

    again = archive.imports.take([WORK, newer], AUTHORS, kind=Kind.SOFTWARE)

    assert (len(again.claims), again.known) == (1, 1)
    assert archive.weights() == {"pty_1": 100, "pty_2": 100}


def test_a_commit_that_was_rebased_or_picked_is_claimed_once() -> None:
    archive = Archive()
    picked = replace(WORK, origin="git:c3", evidence="git:c3")
    archive.imports.take([WORK, picked], AUTHORS, kind=Kind.SOFTWARE)
    rebased = replace(WORK, origin="git:00", weight_hundredths=120)

    again = archive.imports.take([rebased, picked], AUTHORS, kind=Kind.SOFTWARE)

    assert (again.claims, again.known, again.over) == ((), 2, 0)
    assert archive.weights() == {"pty_1": 100}


@pytest.mark.parametrize(
    "told",
    [
        {"done_us": WORK.done_us + 1},
        {"title": "Other names"},
        {"author": "ines@example.org"},
    ],
    ids=["a second later", "another title", "somebody else"],
)
def test_what_only_looks_like_it_is_claimed(told: dict[str, Any]) -> None:
    archive = Archive()
    archive.imports.take([WORK], AUTHORS, kind=Kind.SOFTWARE)
    other = replace(WORK, origin="git:d4", **told)

    made = archive.imports.take([other], AUTHORS, kind=Kind.SOFTWARE)

    assert (len(made.claims), made.known) == (1, 0)


def test_who_is_known_later_is_credited_later() -> None:
    archive = Archive()
    first = archive.imports.take([WORK], {}, kind=Kind.SOFTWARE)

    later = archive.imports.take([WORK], AUTHORS, kind=Kind.SOFTWARE)

    assert first.unknown == (("Amina@Example.org", 1),)
    assert len(later.claims) == 1


def test_machines_are_left_out_unless_the_steward_names_them() -> None:
    bot = replace(WORK, author="Talbot")
    archive = Archive()

    left_out = archive.imports.take([bot], AUTHORS, kind=Kind.RECORDS)
    named = archive.imports.take([bot], {"talbot": "pty_2"}, kind=Kind.RECORDS)

    assert (left_out.bots, left_out.claims) == (1, ())
    assert len(named.claims) == 1


def test_nothing_is_kept_where_one_party_is_not_there() -> None:
    archive = Archive()
    other = replace(WORK, origin="git:b2", author="x@example.org")
    authors = {**AUTHORS, "x@example.org": "pty_gone"}

    with pytest.raises(NotFound):
        archive.imports.take([WORK, other], authors, kind=Kind.SOFTWARE)
    with pytest.raises(InvalidValue, match="stands there twice"):
        archive.imports.take([WORK, WORK], AUTHORS, kind=Kind.SOFTWARE)
    assert archive.books.contributions.all() == ()


@settings(max_examples=30, deadline=None)
@given(
    weights=st.lists(st.integers(1, 200), min_size=1, max_size=12),
    cut=st.integers(0, 12),
)
def test_in_however_many_parts_it_is_imported_it_comes_to_the_same(
    weights: list[int], cut: int
) -> None:
    found = [
        replace(
            WORK,
            origin=f"git:{number:02}",
            done_us=WORK.done_us + number,
            weight_hundredths=weight,
        )
        for number, weight in enumerate(weights)
    ]
    whole, parts = Archive(), Archive()

    whole.imports.take(found, AUTHORS, kind=Kind.SOFTWARE)
    parts.imports.take(found[:cut], AUTHORS, kind=Kind.SOFTWARE)
    parts.imports.take(found, AUTHORS, kind=Kind.SOFTWARE)

    assert whole.weights() == parts.weights()
    assert whole.weights()["pty_1"] == min(sum(weights), DAY_HUNDREDTHS_MAX)


def test_an_address_counts_where_somebody_checked_it() -> None:
    people = (
        with_mail(1, "Amina@example.org"),
        with_mail(2, "thief@example.org", Level.CLAIMED),
        Party("pty_3", "Nobody's address"),
    )

    known = authors_of(people, {"User:Ines ": "pty_2", "amina@example.org": "pty_3"})

    assert known == {"amina@example.org": "pty_3", "user:ines": "pty_2"}
    assert authors_of(people, {}) == {"amina@example.org": "pty_1"}


def test_rows_say_themselves_what_they_weigh() -> None:
    archive = Archive()
    row = Placed(replace(WORK, weight_hundredths=1_200), "pty_1", Kind.CARE, NOBODY)

    made = archive.imports.take_rows([row])
    again = archive.imports.take_rows([row])

    assert (len(made.claims), len(again.claims), again.known) == (1, 0, 1)
    assert archive.weights() == {"pty_1": 1_200}
