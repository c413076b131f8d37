"""gateway.licensing.spellings: one table, and what counts as the same letter."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from gateway.licensing.spellings import CHOICES, SPELLINGS, Treatment, folded

SURROGATES = range(0xD800, 0xE000)


def test_no_row_stands_twice() -> None:
    names = [each.name for each in SPELLINGS]
    examples = [each.example for each in SPELLINGS]

    assert len(set(names)) == len(names)
    assert len(set(examples)) == len(examples)


def test_nothing_is_redirected_that_nobody_chose() -> None:
    assert Treatment.REDIRECT not in {each.by_default for each in SPELLINGS}


def test_what_is_refused_by_default_is_refused_always() -> None:
    refused = [each for each in SPELLINGS if each.by_default is Treatment.REJECT]

    assert refused
    assert not CHOICES.keys() & {each.name for each in refused}


@pytest.mark.parametrize("same", [str.lower, str.upper, str.casefold, str.title])
def test_letters_that_any_server_takes_for_the_same_are_the_same(
    same: Callable[[str], str],
) -> None:
    differing = [
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if ord(letter) not in SURROGATES and folded(same(letter)) != folded(letter)
    ]

    assert differing == []


def test_other_letters_stay_apart() -> None:
    assert len({folded(letter) for letter in "aäbß/%.~é*"}) == 10
