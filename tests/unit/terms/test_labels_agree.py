"""One answer, four vocabularies: what one channel says, no other contradicts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gateway.licensing.collection import Collection, Rights, Sensitivity
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Outcome, Rule, Then
from gateway.policy_files.loader import load
from gateway.terms.rsl import NAMESPACE, Published, licence_document
from gateway.terms.statements import Said, Statement, statement_of
from gateway.terms.tdm import policy_document, reservations
from gateway.terms.vocabularies import content_signal, content_usage, path_patterns
from tests.unit.terms.builders import (
    ARCHIVE,
    COPYFAIR,
    a_collection,
    a_rule,
    a_set,
    when,
)

POLICIES = Path(__file__).parents[3] / "policies"
NS = f"{{{NAMESPACE}}}"
ALL_ALLOWED = (a_rule("open"),)
NOBODY = (a_rule("closed", Then.DENY),)
TRAINING_DENIED = (a_rule("no-training", Then.DENY, when("use.class", "train")),)
USES = {"search": "search", "ai-input": "ai_input", "ai-train": "ai_train"}
COVERS = {"all": set(USES), "ai-all": {"ai-input", "ai-train"}}


def stated(*rules: Rule, **changes: Any) -> Statement:
    collection = a_collection(**changes)
    return statement_of(a_set(*rules, collection=collection), collection)


def unconditional_uses(statement: Statement) -> set[str]:
    """Uses that RSL grants to everybody for nothing (more than credit)."""
    document = licence_document([Published(statement, None, f"{ARCHIVE}/offer")])
    found: set[str] = set()
    for licence in ET.fromstring(document).iter(f"{NS}license"):  # noqa: S314 our own
        users = licence.find(f"{NS}permits[@type='user']")
        usage = licence.find(f"{NS}permits[@type='usage']")
        payment = licence.find(f"{NS}payment")
        is_free = payment is None or payment.get("type") in {"free", "attribution"}
        if usage is not None and users is None and is_free:
            for token in (usage.text or "").split():
                found |= COVERS.get(token, {token})
    return found & set(USES)


CASES = {
    "copyfair": (COPYFAIR, {}),
    "open to all": (ALL_ALLOWED, {}),
    "closed to all": (NOBODY, {}),
    "training denied": ((*TRAINING_DENIED, *ALL_ALLOWED), {}),
    "no rights of its own": (COPYFAIR, {"rights": Rights.NONE}),
    "restricted": (COPYFAIR, {"sensitivity": Sensitivity.RESTRICTED}),
}


@pytest.mark.parametrize(("rules", "changes"), CASES.values(), ids=CASES)
def test_every_channel_gives_the_same_three_answers(
    rules: tuple[Rule, ...], changes: dict[str, Any]
) -> None:
    statement = stated(*rules, **changes)
    said = {use: getattr(statement, name) for use, name in USES.items()}

    signal = dict(re.findall(r"([\w-]+)=(\w+)", content_signal([statement])))
    usage = dict(re.findall(r"([\w-]+)=(\w+)", content_usage(statement)))
    renamed = {"search": "search", "ai-use": "ai-input", "train-ai": "ai-train"}
    words = {"y": "yes", "n": "no"}

    assert signal == {renamed[key]: words[value] for key, value in usage.items()}
    assert signal == {
        use: one.value for use, one in said.items() if one is not Said.UNSAID
    }
    assert unconditional_uses(statement) == {
        use for use, one in said.items() if one is Said.YES
    }
    row = reservations([statement], origin=ARCHIVE)[0]
    assert row["tdm-reservation"] == int(
        Said.NO in (said["ai-input"], said["ai-train"])
    )


def test_the_reference_rules_keep_search_open_and_reserve_the_rest() -> None:
    statement = stated(*COPYFAIR)

    assert content_usage(statement) == "search=y, ai-use=n, train-ai=n"
    assert content_signal([statement]) == "search=yes, ai-input=no, ai-train=no"
    assert statement.is_offered


def test_nobody_reserves_rights_they_do_not_hold() -> None:
    statement = stated(*COPYFAIR, rights=Rights.NONE)

    assert content_usage(statement) == "search=y"
    assert not statement.reserves
    assert statement.is_offered


def test_one_line_for_a_host_is_never_freer_than_any_of_its_places() -> None:
    open_place, closed_place = stated(*ALL_ALLOWED), stated(*COPYFAIR)

    assert content_signal([open_place]) == "search=yes, ai-input=yes, ai-train=yes"
    assert content_signal([open_place, closed_place]) == (
        "search=yes, ai-input=no, ai-train=no"
    )


@pytest.mark.parametrize(
    ("glob", "pattern"),
    [
        ("/**", "/"),
        ("/registers/**", "/registers/"),
        ("/about", "/about$"),
        ("/*/scan", "/*/scan$"),
        ("/**/scan/**", "/*/scan/"),
        ("/été/**", "/%C3%A9t%C3%A9/"),
        ("/a b", "/a%20b$"),
    ],
)
def test_globs_become_patterns_of_rfc_9309(glob: str, pattern: str) -> None:
    collection: Collection = a_collection(paths=(glob,))

    assert path_patterns(collection) == (pattern,)


def test_narrow_rows_come_before_wide_ones() -> None:
    wide = stated(*COPYFAIR)
    narrow = stated(*ALL_ALLOWED, paths=("/open/**",))

    rows = reservations([wide, narrow], origin=ARCHIVE)

    assert [row["location"] for row in rows] == ["/open/", "/"]
    assert "tdm-policy" not in rows[0]


def test_the_free_users_are_those_of_rules_five_to_nine() -> None:
    """Rules 5 to 9 are about parties with a key, so that is how they are asked."""
    policies = load(POLICIES)
    site = policies.collection("whole-site")
    assert site is not None

    before, without_rule_8 = (
        statement_of(one, site) for one in (policies, charities_pay(policies))
    )

    assert before.free_users == ("non-commercial", "education", "government")
    assert without_rule_8.free_users == ()
    assert licence_document([Published(before, None, ARCHIVE)]) != licence_document(
        [Published(without_rule_8, None, ARCHIVE)]
    )


def charities_pay(policies: PolicySet) -> PolicySet:
    pack = policies.packs["copyfair"]
    offered = Outcome(Then.OFFER, klass="commercial")
    rules = tuple(
        replace(rule, outcome=offered)
        if rule.id == "non-commercial-institutions"
        else rule
        for rule in pack.rules
    )
    return replace(policies, packs={"copyfair": replace(pack, rules=rules)})


def test_research_is_free_and_business_compensates() -> None:
    published = Published(stated(*COPYFAIR), None, f"{ARCHIVE}/offer")

    research, business = policy_document(published, origin=ARCHIVE)["permission"]

    assert "duty" not in research
    assert {"action": "compensate"} in business["duty"]
