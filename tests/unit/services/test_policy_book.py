"""services.policy_book: whole or not at all."""

from collections.abc import Callable, Iterator

import pytest

from gateway.kernel.errors import Misconfigured
from gateway.licensing.policy import PolicySet
from gateway.services.policy_book import PolicyBook, ReloadOutcome


def a_set(version: str) -> PolicySet:
    return PolicySet(version, (), {}, {})


def loading(*results: PolicySet | Misconfigured) -> Callable[[], PolicySet]:
    left: Iterator[PolicySet | Misconfigured] = iter(results)

    def load() -> PolicySet:
        result = next(left)
        if isinstance(result, Misconfigured):
            raise result
        return result

    return load


def test_a_new_set_replaces_the_old_one() -> None:
    book = PolicyBook(loading(a_set("1"), a_set("2")))
    held = book.current()

    outcome = book.reload()

    assert (outcome.loaded, outcome.changed, outcome.version) == (True, True, "2")
    assert book.current().version == "2"
    assert held.version == "1"


def test_a_broken_set_never_replaces_the_good_one() -> None:
    broken = Misconfigured("packs/pack.yaml:1:1  no")
    book = PolicyBook(loading(a_set("1"), broken, a_set("1")))

    refused = book.reload()
    mended = book.reload()

    assert (refused.loaded, refused.version) == (False, "1")
    assert refused.faults == ("packs/pack.yaml:1:1  no",)
    assert (mended.loaded, mended.changed) == (True, False)
    assert book.current().version == "1"


def test_every_reload_is_told_and_remembered() -> None:
    told: list[ReloadOutcome] = []
    book = PolicyBook(
        loading(a_set("1"), Misconfigured("no"), a_set("2")), [told.append]
    )
    first = book.last_outcome

    book.reload()
    book.reload()

    assert first.loaded
    assert [outcome.loaded for outcome in told] == [False, True]
    assert book.last_outcome is told[-1]


def test_without_a_first_set_there_is_nothing_to_fall_back_on() -> None:
    with pytest.raises(Misconfigured):
        PolicyBook(loading(Misconfigured("no")))
