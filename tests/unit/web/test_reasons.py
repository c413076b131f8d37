"""A refusal is read in one language: the rule's own, or ours; else as written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.identity.principal import CredentialFault
from gateway.identity.refusal import DETAILS
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import BudgetTerms
from gateway.licensing.decision import Deny, Ruling, Throttle
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Then
from gateway.metering.admit import used_up
from gateway.policy_files.loader import load
from gateway.services.instead import PLAINER
from gateway.services.relief import BUSY
from gateway.web.problems import Problems
from gateway.web.reasons import own_words, spoken
from tests.unit.licensing.builders import a_collection, a_rule, policies

SHIPPED = Path(__file__).parents[3] / "policies"
TOLD = {"en": "So it was decided.", "fr": "Il en a été décidé ainsi."}
RULE = replace(a_rule("no-resale", Then.DENY), told=TOLD)
POLICIES = policies(RULE, collection=a_collection("registers"))
RULING = Ruling("no-resale", "So it was decided.", collection="registers")


def page(ruling: Ruling, language: str, *, of: PolicySet = POLICIES) -> str:
    problems = Problems(lambda: of, lambda asked: "https://archive.example")
    fields = Headers([("Accept", "text/html"), ("Accept-Language", language)])
    asked = Request("req_1", "GET", "https", "a", "a", "/x", "/x", headers=fields)
    return problems.refusal(Deny(ruling, ""), asked).body.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_reason_is_read_in_the_language_of_the_page(language: str) -> None:
    shown = page(RULING, language)
    other = TOLD["fr" if language == "en" else "en"]

    assert TOLD[language] in shown
    assert other not in shown


def test_what_a_steward_wrote_in_one_language_is_shown_in_that_one() -> None:
    plain = policies(a_rule("no-resale", Then.DENY))

    assert "So it was decided." in page(RULING, "fr", of=plain)


def test_a_budget_that_refuses_is_not_taken_for_the_rule_that_allowed() -> None:
    ruling = replace(RULING, reason="Something else was said.")

    assert dict(spoken(POLICIES, ruling)) == {}
    assert "Something else was said." in page(ruling, "fr")


def test_every_reason_of_the_shipped_packs_is_in_both_languages() -> None:
    shipped = load(SHIPPED, shipped=SHIPPED)

    rules = [rule for pack in shipped.packs.values() for rule in pack.rules]
    assert len(rules) > 20
    for rule in rules:
        assert set(rule.told) == {"en", "fr"}, rule.id
        assert rule.told["en"] == rule.because != rule.told["fr"]


@pytest.mark.parametrize("fault", list(DETAILS), ids=str)
def test_every_credential_that_fails_is_told_in_french_too(
    fault: CredentialFault,
) -> None:
    assert own_words(DETAILS[fault])["fr"]


@pytest.mark.parametrize("is_under_pressure", [True, False])
def test_a_used_up_budget_is_told_in_french_with_its_name(
    *, is_under_pressure: bool
) -> None:
    terms = BudgetTerms("anonymous", 600, 3_600, 300, only_under_pressure=True)
    said = used_up(terms, is_under_pressure=is_under_pressure)

    assert "(budget anonymous)" in own_words(said)["fr"]


@pytest.mark.parametrize("sentence", [BUSY, PLAINER], ids=["busy", "plainer"])
def test_a_full_lane_is_told_in_french_too(sentence: str) -> None:
    ruling = replace(RULING, reason=sentence)
    problems = Problems(lambda: POLICIES, lambda asked: "https://archive.example")
    fields = Headers([("Accept", "text/html"), ("Accept-Language", "fr")])
    asked = Request("req_1", "GET", "https", "a", "a", "/x", "/x", headers=fields)

    shown = problems.refusal(Throttle(ruling, "lane", 3), asked).body.decode()

    assert "Beaucoup demandent" in shown
    assert "Many ask" not in shown


def test_what_is_none_of_our_sentences_is_left_alone() -> None:
    assert dict(own_words("Members voted against resale.")) == {}
