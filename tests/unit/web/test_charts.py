"""gateway.web.charts: readable at every width, and without seeing them."""

from __future__ import annotations

import re

import pytest

from gateway.web.charts import (
    NARROW,
    WIDE,
    Bar,
    Group,
    Stack,
    bars,
    bars_in,
    grouped_in,
    standalone,
    timeline,
)

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


def test_a_limit_stands_in_the_frame_also_where_nobody_reaches_it() -> None:
    rows = [Bar("payers", (("c2", 10),), "10 %", mark=30)]

    for frame in (WIDE, NARROW):
        chart = str(bars_in(frame, rows, ("", "")))
        (limit,) = re.findall(r'class="limit" x1="([\d.]+)"', chart)
        (figure,) = re.findall(r'<text x="([\d.]+)"[^>]*class="figure"', chart)
        assert frame.left < float(limit) <= frame.width - frame.right
        assert float(figure) < float(limit)


def test_bars_of_a_group_are_on_one_scale() -> None:
    groups = [
        Group("a", (("c1", 100, "1"), ("c2", 50, "½"))),
        Group("b", (("c1", 25, "¼"),)),
    ]

    chart = str(grouped_in(WIDE, groups, ("Both", "In words.")))

    widths = [float(wide) for _, wide in BOX.findall(chart)]
    assert widths == [widths[0], widths[0] / 2, widths[0] / 4]
    assert "<title>Both</title><desc>In words.</desc>" in chart


def test_a_drawing_of_its_own_has_its_size_and_its_style() -> None:
    drawing = bars_in(NARROW, [Bar("a", (("c1", 1),), "1")], ("<b>", "text"))

    text = standalone(drawing, "rect{fill:red}").decode()

    assert text.startswith('<svg role="img"')
    assert 'xmlns="http://www.w3.org/2000/svg" width="340" height="' in text
    assert "<style>rect{fill:red}</style>" in text
    assert "<b>" not in text
