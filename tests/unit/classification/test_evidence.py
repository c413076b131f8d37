"""What is remembered of somebody as evidence: claims that weigh little, no verdict."""

from __future__ import annotations

import pytest

from gateway.classification.behaviour import Behaviour, Rate
from gateway.classification.classify import classify
from gateway.classification.evidence import remembered
from gateway.classification.known_agents import KnownAgents
from gateway.classification.testimony import WEIGHTS, Word, proved
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.request import Headers, Request

BEHAVED = {
    "history": (Behaviour(has_history=True), ["behaviour"]),
    "robots": (Behaviour(read_robots=True), ["obedience"]),
    "crowd": (Behaviour(is_of_crowd=True), ["crowd"]),
    "tripped": (Behaviour(is_of_crowd=True, crowd_trips=True), ["crowd"]),
    "rate": (Behaviour(Rate.MACHINE), ["behaviour"]),
    "nothing": (Behaviour(), []),
}


@pytest.mark.parametrize(("behaviour", "signals"), BEHAVED.values(), ids=BEHAVED)
def test_each_is_one_piece_that_claims(
    behaviour: Behaviour, signals: list[str]
) -> None:
    pieces = remembered(behaviour)

    assert [piece.signal for piece in pieces] == signals
    assert {piece.word for piece in pieces} <= {Word.CLAIMS}
    assert proved(pieces) is None
    assert all(piece.source and piece.because for piece in pieces)


def test_a_crowd_weighs_least_and_none_of_it_as_much_as_what_can_be_looked_up() -> None:
    everything = Behaviour(
        Rate.HUMAN, has_history=True, read_robots=True, is_of_crowd=True
    )

    weights = {piece.signal: piece.weight for piece in remembered(everything)}

    assert min(weights, key=lambda signal: weights[signal]) == "crowd"
    assert max(weights.values()) < WEIGHTS["address-range"]


@pytest.mark.parametrize(("behaviour", "signals"), BEHAVED.values(), ids=BEHAVED)
def test_what_is_remembered_changes_neither_kind_nor_operator(
    behaviour: Behaviour, signals: list[str]
) -> None:
    fields = Headers([("User-Agent", "GPTBot/1.2")])
    asked = Request("req", "GET", "https", "a", "a", "/", "/", headers=fields)

    plain = classify(asked, ANONYMOUS, KnownAgents(()))
    seen = classify(asked, ANONYMOUS, KnownAgents(()), behaviour=behaviour)

    for name in ("client.kind", "client.operator"):
        assert seen.word(name) == plain.word(name)
    assert len(seen.evidence) == len(plain.evidence) + len(signals)
