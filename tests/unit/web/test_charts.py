"""gateway.web.charts: readable at every width, and without seeing them."""

from __future__ import annotations

import re

import pytest

from gateway.web.charts import Bar, Stack, bars, timeline

BOX = re.compile(r'x="([\d.]+)" y="[\d.]+" width="([\d.]+)"')
LONG = "/a/very/long/shape/of/an/address"


def drawn(text: str, frame: str) -> str:
    found = re.search(rf'<svg role="img" class="{frame}".*?</svg>', text)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("frame", ["wide", "narrow"])
def test_each_width_has_a_drawing_that_says_what_it_shows(frame: str) -> None:
    rows = [Bar("browser", (("people", 3), ("refused", 1)), "4")]

    chart = drawn(bars(rows, title="Who", text="Mostly browsers."), frame)

    assert "<title>Who</title><desc>Mostly browsers.</desc>" in chart
    assert chart.count("<rect") == 2


def test_a_phone_shows_the_whole_name_above_its_bar() -> None:
    chart = bars([Bar(LONG, (("automation", 1),), "1 s")], title="", text="")

    assert LONG in drawn(chart, "narrow")
    assert LONG not in drawn(chart, "wide")


def test_nothing_is_drawn_outside_of_its_frame() -> None:
    moments = [Stack(f"2026-11-{n:02}", (("people", n),)) for n in range(1, 29)]

    chart = timeline(moments, title="", text="", top="28")

    for frame, width in (("wide", 720), ("narrow", 340)):
        for x, wide in re.findall(
            r'x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', drawn(chart, frame)
        ):
            assert float(x) + float(wide) <= width


def test_names_of_strangers_are_text() -> None:
    chart = bars([Bar("<script>", (("people", 1),), "1")], title="", text="")

    assert "<script>" not in chart
