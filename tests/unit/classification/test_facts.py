"""gateway.classification.facts: what nobody knows reads unknown."""

from __future__ import annotations

from gateway.classification.facts import ENTITIES, FACTS, KINDS, Fact, Facts
from gateway.kernel.evidence import Level
from gateway.kernel.use import Use


def test_what_is_not_known_reads_unknown() -> None:
    facts = Facts({})

    assert facts.word("party.entity") == "unknown"
    assert facts.level("party.entity") is Level.UNKNOWN
    assert "party.entity" not in facts


def test_a_flag_is_written_yes_or_no() -> None:
    assert Fact(value=True).word == "yes"
    assert Fact(value=False).word == "no"
    assert Fact(7).word == "7"


def test_a_fact_can_be_replaced_in_a_copy() -> None:
    before = Facts({"client.kind": Fact("git")})

    after = before.with_(client__kind=Fact("browser"))

    assert before.word("client.kind") == "git"
    assert after.word("client.kind") == "browser"
    assert hash(before) != hash(after)
    assert len(after) == 1


def test_the_vocabulary_holds_the_words_of_the_domain() -> None:
    assert len(KINDS) == 15
    assert len(ENTITIES) == 13
    assert FACTS["client.kind"] is KINDS
    assert FACTS["use.class"] == frozenset(use.value for use in Use)
    for name, allowed in FACTS.items():
        assert "." in name
        assert isinstance(allowed, frozenset) or allowed in {str, int, bool}
