"""licensing.offer and quote: terms without memory, prices without surprise."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.ids import kind_of
from gateway.licensing.collection import Collection
from gateway.licensing.costs import cost_of
from gateway.licensing.offer import (
    crawler_price,
    crawler_price_micros,
    offer_document,
    price_words,
    quantity_words,
    terms_of,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.prices import PathCost
from gateway.licensing.quote import quote
from gateway.licensing.tariff import TOP_BRACKET, Metered
from tests.fakes.money_words import words_of_money
from tests.unit.licensing.builders import GIB, a_collection, a_tariff, policies


def test_an_offer_is_found_again_by_its_id() -> None:
    book = policies()
    terms = book.offer_of(book.collections[0])

    assert kind_of(terms.id) == "off"
    assert book.offer(terms.id) == terms
    assert book.offer("off_" + "0" * 26) is None
    assert book.offer("registers") is None


def test_other_terms_are_another_offer() -> None:
    collection, tariff = a_collection(), a_tariff()
    first = terms_of(collection, tariff).id

    again = terms_of(collection, tariff).id
    newer = terms_of(collection, replace(tariff, version=2)).id
    freer = terms_of(replace(collection, licence="CC-BY-4.0"), tariff).id
    unpriced = terms_of(collection, None).id

    assert first == again
    assert len({first, newer, freer, unpriced}) == 4


def test_the_document_says_everything_that_decides_about_money() -> None:
    collection = a_collection(dump="https://archive.example/dump")
    tariff = a_tariff(settlement_contribution_percent=50, openness_rebate_percent=70)

    told = offer_document(
        terms_of(collection, tariff), public_url="https://archive.example"
    )

    assert json.loads(json.dumps(told)) == told
    assert told["schema"] == "copyfair-offer/1"
    assert told["tariff"]["brackets"][1] == {
        "up_to_units": 100 * GIB,
        "up_to": "100 GiB",
        "price_micros": 1_500_000,
        "price": "1.50 EUR",
    }
    assert told["settlement"]["contribution"]["up_to_percent"] == 50
    assert told["settlement"]["openness"]["rebate_percent"] == 70
    assert told["settlement"]["standing"]["hour_gives"] == "10 GiB"
    assert told["guaranteed_offer"]["days"] == 32
    assert told["accept"]["method"] == "POST"
    assert told["accept"]["href"] == told["href"]
    assert told["metering"]["repeat_days"] == 30
    assert told["cheaper_door"] == "https://archive.example/dump"


def test_without_a_tariff_there_is_still_a_way_to_become_lawful() -> None:
    told = offer_document(terms_of(a_collection(), None))

    assert told["settlement"]["contribution"]["up_to_percent"] == 100
    assert told["contact"]
    assert told["accept"] is None
    assert "published tariff" not in told["guaranteed_offer"]["because"]


def test_without_a_tariff_nothing_speaks_of_money() -> None:
    keys = {"tariff", "metering", "crawler_price", "credit"}

    with_one = offer_document(terms_of(a_collection(), a_tariff()))
    without = offer_document(terms_of(a_collection(), None))

    assert keys <= set(with_one)
    assert with_one["settlement"]["money"] is True
    assert not keys & set(without)
    assert words_of_money(json.dumps(without)) == []


def test_where_no_offers_are_made_nothing_says_accept() -> None:
    terms = terms_of(a_collection(), a_tariff())

    told = offer_document(terms, is_open=False)

    assert told["accept"] is None
    assert told["contact"] == "licences@archive.example"
    assert offer_document(terms)["accept"]


def test_a_newcomer_is_quoted_the_last_price_and_how_to_get_the_first() -> None:
    credit = offer_document(terms_of(a_collection(), a_tariff()))["credit"]

    assert crawler_price_micros(a_tariff()) == Fraction(3_000_000, 1_024)
    assert crawler_price(a_tariff()) == "EUR 0.00293"
    assert "last bracket's price from the first unit" in credit
    assert all(way in credit for way in ("domain", "VAT", "register", "transfer"))


@pytest.mark.parametrize(
    ("micros", "currency", "words"),
    [
        (1_500_000, "EUR", "1.50 EUR"),
        (2_500, "EUR", "0.0025 EUR"),
        (0, "EUR", "0.00 EUR"),
        (3_000_000, "JPY", "3 JPY"),
    ],
)
def test_a_price_is_told_exactly(micros: int, currency: str, words: str) -> None:
    assert price_words(micros, currency) == words


def test_a_quantity_is_told_in_its_largest_whole_unit() -> None:
    assert quantity_words(Metered.BYTES, 1024 * GIB) == "1 TiB"
    assert quantity_words(Metered.BYTES, GIB + 1) == f"{GIB + 1} B"
    assert quantity_words(Metered.REQUESTS, 1000) == "1000 requests"
    assert quantity_words(Metered.BYTES, None) is None


def test_a_quote_shows_its_slices_and_rounds_once() -> None:
    quoted = quote(a_tariff(), 3 * GIB)

    assert [part.units for part in quoted.slices] == [GIB, 2 * GIB]
    assert quoted.charge_micros == 3_000_000
    assert (quoted.minor, quoted.currency) == (300, "EUR")
    assert quote(a_tariff(), GIB, is_proven=False).minor == 300
    assert quote(a_tariff(), GIB, floor_bracket=TOP_BRACKET).minor == 300
    assert quote(a_tariff(), GIB, start=100 * GIB).minor == 300


@given(
    small=st.integers(0, 2**40),
    more=st.integers(0, 2**40),
    is_proven=st.booleans(),
    floor=st.integers(0, 5),
)
def test_larger_never_pays_less_for_a_unit(
    *, small: int, more: int, is_proven: bool, floor: int
) -> None:
    tariff = a_tariff()
    large = small + more

    few = tariff.charge_micros(0, small, floor_bracket=floor, is_proven=is_proven)
    many = tariff.charge_micros(0, large, floor_bracket=floor, is_proven=is_proven)

    assert many * small >= few * large


def test_an_expensive_page_costs_what_the_collection_says() -> None:
    collection = a_collection(
        costs=(PathCost("/search**", 20), PathCost("**?diff=*", 10)),
    )

    assert cost_of(collection, "/search", "q=a") == 20
    assert cost_of(collection, "/w/index.php", "title=A&diff=1") == 10
    assert cost_of(collection, "/w/index.php", "title=A") == 1
    assert cost_of(collection, "/style.css", "v=3") == 0
    assert cost_of(collection, "/w/x.css", "title=A&action=edit") == 1


def a_book(*collections: Collection) -> PolicySet:
    return PolicySet("v", collections, {}, {})


def test_the_most_specific_collection_wins() -> None:
    everything = a_collection("everything")
    maps = a_collection("maps", paths=("/maps/**",))
    one = a_collection("one", paths=("/maps/1742",))
    host = a_collection("host", hosts=("maps.example",))
    book = a_book(everything, maps, one, host)

    def found(name: str, path: str) -> str:
        collection = book.collection_for(name, path)
        return collection.id if collection else ""

    assert found("archive.example", "/") == "everything"
    assert found("archive.example", "/maps/7") == "maps"
    assert found("archive.example", "/maps/1742") == "one"
    assert found("maps.example", "/maps/1742") == "host"
    assert a_book(host).collection_for("archive.example", "/") is None
