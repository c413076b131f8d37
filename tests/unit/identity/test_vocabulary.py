"""gateway.identity.vocabulary: a typing error never becomes a fact."""

from __future__ import annotations

import pytest

from gateway.classification.facts import FACTS
from gateway.identity.party import AttributeValue
from gateway.identity.vocabulary import ATTRIBUTES, WORDS, checked_text, checked_value
from gateway.kernel.errors import InvalidValue

FACT_OF = {
    "entity": "party.entity",
    "surplus": "party.surplus",
    "passes_on": "party.passes_on",
    "country_income": "party.size.country_income",
}


@pytest.mark.parametrize(("attribute", "fact"), FACT_OF.items())
def test_the_words_are_those_that_policies_can_see(attribute: str, fact: str) -> None:
    assert WORDS[attribute] == FACTS[fact]


def test_every_fact_about_a_partys_size_can_be_said() -> None:
    sizes = [name for name in FACTS if name.startswith("party.size.")]

    assert sizes
    assert {name.rpartition(".")[2] for name in sizes} <= ATTRIBUTES


@pytest.mark.parametrize(
    ("attribute", "value", "kept"),
    [
        ("entity", "coop-worker", "coop-worker"),
        ("entity", " company ", "company"),
        ("surplus", "to-members", "to-members"),
        ("passes_on", "bulk", "bulk"),
        ("staff", "12", 12),
        ("staff", 12, 12),
        ("revenue_eur", "0", 0),
        ("country", "KE", "KE"),
        ("country_income", "LMIC", "LMIC"),
        ("controlled_by", "Big Holding", "Big Holding"),
        ("email", "ada@archive.example", "ada@archive.example"),
        ("operator", "openai", "openai"),
        ("orcid", "0000-0002-1825-0097", "0000-0002-1825-0097"),
    ],
)
def test_a_value_is_kept_typed(
    attribute: str, value: AttributeValue, kept: AttributeValue
) -> None:
    assert checked_value(attribute, value) == kept


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("entitty", "company", "did you mean 'entity'"),
        ("size", "3", "known: "),
        ("entity", "coop_worker", "did you mean 'coop-worker'"),
        ("entity", "Company", "did you mean 'company'"),
        ("surplus", "shareholders", "did you mean 'to-shareholders'"),
        ("country_income", "lic", "did you mean 'LIC'"),
        ("country", "Kenya", "ISO 3166"),
        ("country", "ke", "did you mean 'KE'"),
        ("passes_on", "xyz", "known: bulk, members"),
        ("staff", "twelve", "whole number"),
        ("staff", "-1", "whole number"),
        ("staff", -1, "whole number"),
        ("staff", True, "whole number"),
        ("staff", "1_000", "whole number"),
        ("staff", "9" * 17, "whole number"),
        ("entity", 3, "a text"),
        ("entity", True, "a text"),
        ("email", "ada", "not shaped"),
        ("email", "a@b c", "not shaped"),
        ("website", "javascript:alert(1)", "not shaped"),
        ("operator", "Open AI", "not shaped"),
        ("controlled_by", "", "1 to 200"),
        ("controlled_by", "x" * 201, "1 to 200"),
        ("controlled_by", "a\nb", "control character"),
        ("controlled_by", "a\x1b[31m", "control character"),
        ("controlled_by", "a\u202eb", "control character"),
    ],
)
def test_what_cannot_be_is_refused_with_the_nearest_word(
    attribute: str, value: AttributeValue, message: str
) -> None:
    with pytest.raises(InvalidValue, match=message):
        checked_value(attribute, value)


def test_a_name_may_be_written_in_any_script() -> None:
    assert checked_text("a name", "Архів громади — Łódź") == "Архів громади — Łódź"
