"""/license.xml holds to RSL 1.0, whatever the policies say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.licensing.collection import Collection, Rights, Sensitivity
from gateway.licensing.rules import Rule, Then
from gateway.licensing.tariff import Bracket, Metered
from gateway.policy_files.loader import load
from gateway.terms.rsl import (
    NAMESPACE,
    Published,
    amount_per_fetch,
    contact_url,
    licence_document,
    licence_url,
)
from gateway.terms.statements import statement_of
from tests.unit.terms.builders import (
    ARCHIVE,
    COPYFAIR,
    a_collection,
    a_rule,
    a_set,
    a_tariff,
)

GRAMMAR = etree.RelaxNG(etree.parse(str(Path(__file__).parent / "rsl.rng")))
OFFER = f"{ARCHIVE}/_copyfair/offers/off_1"
PER_REQUEST = a_tariff(
    metered=Metered.REQUESTS,
    per_units=1000,
    per_label="1000 requests",
    brackets=(Bracket(100, 0), Bracket(None, 4_000_000)),
)


def document(
    *rules: Rule, tariff: Any = None, is_open: bool = True, **changes: Any
) -> etree._Element:
    collection: Collection = a_collection(**changes)
    statement = statement_of(a_set(*rules, collection=collection), collection)
    published = Published(statement, tariff, OFFER, is_open=is_open)
    return etree.fromstring(licence_document([published]))


def text_of(root: etree._Element, path: str) -> list[str]:
    found = root.xpath(path, namespaces={"r": NAMESPACE})
    assert isinstance(found, list)
    return [str(one.text) for one in found if isinstance(one, etree._Element)]


@pytest.mark.parametrize("rights", Rights)
@pytest.mark.parametrize("sensitivity", Sensitivity)
@pytest.mark.parametrize("licence", ["CC-BY-SA-4.0", "CC0-1.0", "LicenseRef-Ours", ""])
@pytest.mark.parametrize(
    "rules", [COPYFAIR, (a_rule("all"),), (a_rule("none", Then.DENY),)]
)
def test_every_collection_makes_a_conforming_document(
    rules: tuple[Rule, ...], licence: str, sensitivity: Sensitivity, rights: Rights
) -> None:
    root = document(*rules, licence=licence, sensitivity=sensitivity, rights=rights)

    GRAMMAR.assertValid(root)
    for offered in root.iter(f"{{{NAMESPACE}}}license"):
        said = [(one.tag, one.get("type")) for one in offered if one.get("type")]
        assert len(said) == len(set(said))


def test_the_shipped_policies_make_a_conforming_document() -> None:
    policies = load(Path(__file__).parents[3] / "policies")
    published = [
        Published(statement_of(policies, one), policies.tariffs.get(one.tariff), OFFER)
        for one in policies.collections
    ]

    GRAMMAR.assertValid(etree.fromstring(licence_document(published)))


def test_the_grammar_refuses_what_peers_write() -> None:
    root = document(*COPYFAIR)
    root.set("version", "1.0")

    assert not GRAMMAR.validate(root)


def test_a_stranger_cannot_write_markup_into_it() -> None:
    root = document(*COPYFAIR, steward='<rsl a="1">&', contact='x"y@archive.example')

    GRAMMAR.assertValid(root)
    assert text_of(root, "//r:copyright") == ['<rsl a="1">&']


def test_companies_are_told_where_to_pay_and_whom_to_ask() -> None:
    root = document(*COPYFAIR, tariff=PER_REQUEST)

    paid = "//r:license[r:permits[@type='user']='commercial']"
    assert text_of(root, f"{paid}/r:payment/r:custom") == [OFFER]
    assert text_of(root, f"{paid}/r:payment/r:amount") == ["0.004"]
    assert text_of(root, f"{paid}/r:legal") == ["mailto:licences@archive.example"]


@pytest.mark.parametrize(
    ("tariff", "is_open"), [(None, True), (PER_REQUEST, False)], ids=["none", "label"]
)
def test_an_offer_that_nobody_can_accept_is_no_way_to_pay(
    tariff: Any, *, is_open: bool
) -> None:
    root = document(*COPYFAIR, tariff=tariff, is_open=is_open)

    GRAMMAR.assertValid(root)
    assert text_of(root, "//r:payment[@type='crawl']") == []
    assert text_of(root, "//r:payment/r:custom") == []
    asked = "//r:license[r:prohibits]"
    assert text_of(root, f"{asked}/r:prohibits") == ["ai-input ai-index ai-train"]
    assert text_of(root, f"{asked}/r:legal") == ["mailto:licences@archive.example"]
    assert "crawl" not in etree.tostring(root).decode()


def test_a_price_per_byte_is_not_passed_off_as_one_per_fetch() -> None:
    assert amount_per_fetch(a_tariff()) == ""
    assert amount_per_fetch(PER_REQUEST) == "0.004"


def test_what_is_closed_says_so() -> None:
    root = document(a_rule("none", Then.DENY), sensitivity=Sensitivity.RESTRICTED)

    assert text_of(root, "//r:prohibits[@type='usage']") == ["all"]
    assert text_of(root, "//r:permits") == []


@pytest.mark.parametrize(
    ("spdx", "url"),
    [
        ("CC-BY-NC-SA-4.0", "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("CC-BY-3.0-IGO", "https://spdx.org/licenses/CC-BY-3.0-IGO.html"),
        ("ODbL-1.0", "https://spdx.org/licenses/ODbL-1.0.html"),
        ("LicenseRef-CopyFair", ""),
        ("", ""),
    ],
)
def test_licences_are_named_by_their_address(spdx: str, url: str) -> None:
    assert licence_url(spdx) == url


def test_a_contact_is_a_link_or_nothing() -> None:
    assert contact_url("a@b.example") == "mailto:a@b.example"
    assert contact_url("https://b.example/ask") == "https://b.example/ask"
    assert contact_url("ring the bell") == ""
