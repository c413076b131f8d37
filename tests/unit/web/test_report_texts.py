"""gateway.web.report_texts: whatever can be said is said in every language."""

from __future__ import annotations

from string import Formatter

import pytest

from gateway.classification.facts import KINDS
from gateway.kernel.evidence import Level
from gateway.services.simulation.suggestions import BECAUSE
from gateway.services.simulation.tally import HURT
from gateway.web.report_texts import ENGLISH, FRENCH


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("word", ENGLISH)
def test_every_english_text_has_its_french_one_with_the_same_figures(word: str) -> None:
    assert fields(ENGLISH[word]) == fields(FRENCH[word])


@pytest.mark.parametrize("why", BECAUSE)
def test_every_reason_of_a_suggestion_has_a_text(why: str) -> None:
    assert fields(FRENCH[f"why_{why}"]) == fields(BECAUSE[why])
    assert fields(ENGLISH[f"why_{why}"]) == fields(BECAUSE[why])


def test_every_kind_level_and_victim_has_a_french_word() -> None:
    assert {f"kind_{kind}" for kind in KINDS} <= FRENCH.keys()
    assert {f"level_{level.word}" for level in Level} <= FRENCH.keys()
    assert {f"hurt_{who}" for who in HURT} <= FRENCH.keys()
