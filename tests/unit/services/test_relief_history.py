"""What relief remembers of a client, asked with and without its connection."""

from __future__ import annotations

import pytest

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Request
from gateway.licensing.costs import PAGE_COST
from gateway.metering.judged import Accounts
from gateway.metering.relief.networks import Pseudonyms, nets_of
from gateway.services.relief import Relief
from tests.unit.licensing.builders import a_collection

KEY = b"k" * 32
PARTS = 0


def a_read(client_ip: str) -> Request:
    return Request(
        "", "GET", "http", "a.example", "a.example", "/", "/", client_ip=client_ip
    )


def remembers(relief: Relief, client_ip: str) -> bool:
    address = Pseudonyms(KEY).of(nets_of(client_ip)[0])
    return relief.history.has(address, now_ns=NS_PER_S)


@pytest.mark.parametrize("held", [None, Accounts()], ids=["alone", "connected"])
def test_a_page_and_its_part_make_a_history_with_or_without_a_connection(
    held: Accounts | None,
) -> None:
    relief = Relief(KEY)
    collection = a_collection()

    for cost in (PAGE_COST, PARTS):
        relief.answered(
            a_read("198.51.100.7"),
            collection,
            cost=cost,
            status=200,
            first_byte_ns=1,
            now_ns=1,
            held=held,
        )

    assert remembers(relief, "198.51.100.7")
    assert not remembers(relief, "198.51.100.8")


def test_two_connections_are_never_taken_for_one_client() -> None:
    relief, one, other = Relief(KEY), Accounts(), Accounts()
    collection = a_collection()

    def answered(client_ip: str, cost: int, held: Accounts) -> None:
        relief.answered(
            a_read(client_ip),
            collection,
            cost=cost,
            status=200,
            first_byte_ns=1,
            now_ns=1,
            held=held,
        )

    answered("198.51.100.7", PAGE_COST, one)
    answered("198.51.100.8", PARTS, other)

    assert one.pseudonym != other.pseudonym
    assert not remembers(relief, "198.51.100.7")
    assert not remembers(relief, "198.51.100.8")
