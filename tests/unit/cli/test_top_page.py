"""gateway.cli.top.page: one screen, whatever there is to show."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from gateway.cli.top.page import page, shared_out

RATES = {"requests_per_s": 2.0, "cost_per_s": 1.0, "bytes_per_s": 2e6}
ROW = {**RATES, "refused_per_s": 0.5}


def told(**changes: Any) -> dict[str, Any]:
    return {
        "off": False,
        "protect": "on",
        "licence_mode": "offer",
        "half_life_s": 10,
        **ROW,
        "upstreams": {
            "archive": {"is_pressed": True, "in_flight": 21, "first_byte_ms": 1_240}
        },
        "clients": [{"kind": "ai-crawler", "operator": "openai", **ROW}],
        "networks": [{"network": "192.0.2.0/24", **ROW}] * 40,
        "pages": [{"collection": "books", "page": "/[bold]/*", **ROW}],
        **changes,
    }


def screen(document: dict[str, Any], rows: int = 12) -> str:
    out = Console(width=80, highlight=False)
    with out.capture() as captured:
        out.print(page(document, rows=rows))
    return captured.get()


def test_it_says_who_from_where_and_which_pages() -> None:
    shown = screen(told())

    assert "openai (ai-crawler)" in shown
    assert "192.0.2.0/24" in shown
    assert "/[bold]/*" in shown
    assert "archive: under pressure, 21 in flight, first byte after 1,240 ms" in shown
    assert "2.00 requests/s · 25% refused · 1.00 cost units/s · 2.0 MB/s" in shown


@pytest.mark.parametrize("rows", [6, 12, 30])
def test_it_fits_the_screen_it_was_given(rows: int) -> None:
    lines = screen(told(), rows).splitlines()

    assert len(lines) <= rows + 12
    assert max(map(len, lines)) <= 80


def test_pages_say_their_collection_where_there_are_several() -> None:
    two = [{"collection": name, "page": "/*", **ROW} for name in ("books", "")]

    assert "books /*" in screen(told(pages=two))
    assert "(no collection) /*" in screen(told(pages=two))
    assert "books" not in screen(told())


def test_a_quiet_hour_is_said_to_be_one() -> None:
    shown = screen(told(requests_per_s=0.0, clients=[], networks=[], pages=[]))

    assert "Nobody asks for anything just now." in shown


def test_the_switch_off_is_not_overlooked() -> None:
    assert "off: everything is passed on" in screen(told(off=True))


def test_rows_that_one_table_does_not_need_go_to_the_others() -> None:
    assert shared_out([1, 40, 2], 12) == [1, 9, 2]
    assert shared_out([40, 40, 40], 12) == [4, 4, 4]
    assert shared_out([40, 40, 40], 0) == [2, 2, 2]
