"""gateway.services.keys: shown once, replaced with an overlap, ended for good."""

from __future__ import annotations

import pytest

from gateway.identity.api_key import spelling_fault
from gateway.identity.party import Party
from gateway.identity.pepper import Pepper, Peppers
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.keys import OVERLAP_S_MAX, Keys
from tests.fakes.identity import FakeIdentityStore
from tests.fakes.time_and_chance import (
    START_US,
    CountingIds,
    HandClock,
    SeededChance,
)

PEPPERS = Peppers(Pepper.of(Secret("p" * 32)))


@pytest.fixture
def store() -> FakeIdentityStore:
    store = FakeIdentityStore()
    store.add_party(Party("pty_1", "Ada Archive"), [], salt="s")
    return store


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def keys(store: FakeIdentityStore, clock: HandClock) -> Keys:
    return Keys(
        store,
        store,
        peppers=PEPPERS,
        clock=clock,
        ids=CountingIds(),
        chance=SeededChance(),
    )


def test_a_key_is_shown_once_and_kept_as_a_hash(
    keys: Keys, store: FakeIdentityStore
) -> None:
    issued = keys.issue("pty_1", label="crawler", is_test=True)

    text = issued.secret.reveal()
    assert text.startswith("cg_test_")
    assert spelling_fault(issued.secret) is None
    assert issued.key.last4 == text[-4:]
    assert keys.list("pty_1") == (issued.key,)
    assert text not in str(vars(store))


def test_a_key_without_a_label_has_one_of_its_own(keys: Keys) -> None:
    issued = [keys.issue("pty_1") for _ in range(5)]

    assert len({one.key.label for one in issued}) == 5


def test_a_label_holds_two_live_keys(keys: Keys) -> None:
    keys.issue("pty_1", label="crawler")
    keys.issue("pty_1", label="crawler")

    with pytest.raises(Conflict, match="live already"):
        keys.issue("pty_1", label="crawler")


def test_rotation_ends_the_old_key_after_the_overlap(
    keys: Keys, clock: HandClock
) -> None:
    old = keys.issue("pty_1", label="crawler", is_test=True)

    new = keys.rotate(old.key.id, overlap_s=60)

    ending = keys.show(old.key.id)
    assert ending.replaced_by == new.key.id
    assert ending.is_live_at(START_US + 60 * US_PER_S - 1)
    assert not ending.is_live_at(START_US + 60 * US_PER_S)
    assert (new.key.label, new.key.is_test) == ("crawler", True)
    assert new.secret != old.secret
    assert new.key.is_live_at(START_US + 10**15)


def test_at_most_two_keys_of_a_rotation_are_live(keys: Keys, clock: HandClock) -> None:
    first = keys.issue("pty_1")
    second = keys.rotate(first.key.id, overlap_s=60)

    with pytest.raises(Conflict, match="not the live one"):
        keys.rotate(first.key.id)
    with pytest.raises(Conflict, match="live already"):
        keys.rotate(second.key.id)
    clock.forward(s=60)
    third = keys.rotate(second.key.id)

    live = [key.id for key in keys.list() if key.is_live_at(clock.now_us())]
    assert live == [second.key.id, third.key.id]


def test_an_overlap_of_nothing_ends_the_old_key_at_once(keys: Keys) -> None:
    old = keys.issue("pty_1")

    keys.rotate(old.key.id, overlap_s=0)

    assert not keys.show(old.key.id).is_live_at(START_US)


@pytest.mark.parametrize("overlap_s", [-1, OVERLAP_S_MAX + 1])
def test_an_overlap_is_thirty_days_at_most(keys: Keys, overlap_s: int) -> None:
    issued = keys.issue("pty_1")

    with pytest.raises(InvalidValue, match="30 days"):
        keys.rotate(issued.key.id, overlap_s=overlap_s)


def test_revoking_twice_keeps_the_first_instant(keys: Keys, clock: HandClock) -> None:
    issued = keys.issue("pty_1")

    keys.revoke(issued.key.id)
    clock.forward(s=5)
    again = keys.revoke(issued.key.id)

    assert again.revoked_us == START_US
    with pytest.raises(Conflict):
        keys.rotate(issued.key.id)


def test_an_expiry_lies_ahead(keys: Keys) -> None:
    issued = keys.issue("pty_1", expires_us=START_US + 5)

    assert issued.key.expires_us == START_US + 5
    with pytest.raises(InvalidValue, match="later time"):
        keys.issue("pty_1", expires_us=START_US)


def test_what_is_not_there_is_told(keys: Keys) -> None:
    with pytest.raises(NotFound):
        keys.issue("pty_9")
    with pytest.raises(NotFound):
        keys.list("pty_9")
    with pytest.raises(NotFound):
        keys.revoke("key_9")
    with pytest.raises(NotFound):
        keys.rotate("key_9")
    assert keys.list() == ()


def test_a_label_is_plain_text(keys: Keys) -> None:
    with pytest.raises(InvalidValue, match="control character"):
        keys.issue("pty_1", label="a\x1b[2Jb")
