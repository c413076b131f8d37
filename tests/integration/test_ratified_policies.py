"""Policies that members have to ratify: a reload waits for them, a start does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.bootstrap.ratifying import RatifiedPolicies
from gateway.fund.voting.decision import Decision, Kind
from gateway.services.policy_book import PolicyBook
from gateway.settings import read_settings
from tests.journeys.command_line import Archive, an_archive

SAYS = {"must": "must_ratify", "may": "ratify"}


class Gateway:
    """The policies of a set-up as a running gateway follows them."""

    def __init__(self, archive: Archive, house: House) -> None:
        self.archive, self.house = archive, house
        self.said: list[dict[str, Any]] = []
        self.book = PolicyBook(
            RatifiedPolicies(house, lambda event, **told: self.said.append(told))
        )

    def change(self) -> str:
        """Change a policy; the version that the files have then."""
        file = next((self.archive.policies / "collections").glob("*.yaml"))
        file.write_text(f"{file.read_text('utf-8')}\n# changed\n", "utf-8")
        self.house.__dict__.pop("policies", None)
        return self.house.policies.version

    def ratify(self, version: str, yes: int = 1) -> None:
        """What members decide about the policies."""
        number = len(self.house.books.decisions.all()) + 1
        counts = (yes, 1 - yes, 0, 1, 0, number)
        made = Decision(
            f"dec_{number}", Kind.RATIFY_POLICY, version, "", f"vot_{number}", *counts
        )
        self.house.books.decisions.add(made)


@pytest.fixture(params=["must", "may"])
def gateway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Gateway]:
    archive = an_archive(tmp_path / "archive", licence="label", sells=False)
    with archive.config.open("a", encoding="utf-8") as settings:
        settings.write(f"\nfund: {{{SAYS[request.param]}: [policies]}}\n")
    with opened(read_settings(archive.config)) as house:
        yield Gateway(archive, house)


def test_a_start_serves_what_it_finds_and_says_that_nobody_ratified_it(
    gateway: Gateway,
) -> None:
    (told,) = gateway.said
    assert told["version"] == gateway.book.current().version
    assert "members have not ratified policy" in told["reason"]


def test_changed_policies_wait_for_the_members_where_they_must_be_ratified(
    gateway: Gateway,
) -> None:
    must = bool(gateway.house.settings.fund.voting.must_ratify)
    before = gateway.book.current().version
    changed = gateway.change()
    outcome = gateway.book.reload()
    assert outcome.loaded is not must
    assert gateway.book.current().version == (before if must else changed)
    gateway.ratify(changed, yes=0)
    assert gateway.book.reload().loaded is not must
    gateway.ratify(changed)
    assert gateway.book.reload().loaded
    assert gateway.book.current().version == changed


def test_what_members_ratified_is_followed_without_a_word(gateway: Gateway) -> None:
    gateway.said.clear()
    gateway.ratify(gateway.change())
    assert gateway.book.reload().changed
    assert gateway.said == []
