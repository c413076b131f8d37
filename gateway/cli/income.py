"""copyfair tariff income: what each tariff gave to which collection."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.money import Money
from gateway.services.collection_income import collection_income
from gateway.settings import Settings


@click.command()
@config_option
@json_option
def income(settings: Settings, *, as_json: bool) -> None:
    """Divide what was charged and received over collections, to the last cent.

    By the weights that a tariff publishes (`shares`), else by what was used. What
    names no collection, such as a minimum, follows the rest of its invoice.
    """
    with opened(settings) as house, house.books.reading() as books:
        found = collection_income(books)
    if as_json:
        document = [
            {
                "tariff": one.tariff,
                "collection": one.collection or None,
                "currency": one.currency,
                "charged_minor": one.charged_minor,
                "received_minor": one.received_minor,
            }
            for one in found
        ]
        emit("tariff-income", {"collections": document})
        return
    table(
        ("tariff", "collection", "charged", "received"),
        [
            (
                one.tariff,
                one.collection or "–",
                f"{Money(one.charged_minor, one.currency)}",
                f"{Money(one.received_minor, one.currency)}",
            )
            for one in found
        ],
    )
