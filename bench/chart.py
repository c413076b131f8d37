"""The chart of the scoreboard: what a request costs, against nginx, as one SVG.

A picture for people: one panel for each size, one line for each contender, the
cheapest on top. The axis is logarithmic and begins at nginx, so left of the upright
line is cheaper than nginx and right of it dearer. No script, no font of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

WIDTH, PANEL_WIDTH, PANEL_HEIGHT = 960, 480, 250
HEAD_HEIGHT, FOOT_HEIGHT = 56, 34
LABELS_WIDTH, PLOT_WIDTH = 140, 270
ROW_HEIGHT, FIRST_ROW = 24, 44
LEAST, MOST = 0.2, 100.0
TICKS = ((1, "nginx"), (3, "3 ×"), (10, "10 ×"), (30, "30 ×"), (100, "100 ×"))
OURS_COLOUR, THEIR_COLOUR = "#0b5cad", "#7d8590"
INK, FAINT = "#1f2328", "#d0d7de"

TITLES = {
    "1k": "1 KiB, a small page",
    "32k": "32 KiB, a large page",
    "1m": "1 MiB, an image",
    "100m": "100 MiB, a dump",
}
NAMES = {
    "gateway": "Copyfair Gateway",
    "nginx_large_buffers": "nginx, large buffers",
    "haproxy": "HAProxy",
    "caddy": "Caddy",
    "node": "node http-proxy",
    "mitmproxy": "mitmproxy",
    "aiohttp": "naive aiohttp",
    "bare_python": "bare uvloop, no proxy",
}
YARDSTICK = {"100m": "nginx_large_buffers"}
"""What 1 × is where it is not nginx as it comes: its default buffers are small."""


def chart(document: Mapping[str, Any]) -> str:
    """The picture of a results document."""
    height = HEAD_HEIGHT + 2 * PANEL_HEIGHT + FOOT_HEIGHT
    svg = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "aria-labelledby": "title description",
            "font-family": "system-ui, sans-serif",
            "font-size": "13",
            "fill": INK,
        },
    )
    ET.SubElement(svg, "title", id="title").text = "CPU time per request against nginx"
    ET.SubElement(svg, "desc", id="description").text = _told(document)
    _box(svg, x=0, y=0, width=WIDTH, height=height, fill="#ffffff")
    _text(svg, "CPU time per request, against nginx", x=24, y=32, size=19, bold=True)
    for number, (size, title) in enumerate(TITLES.items()):
        x = 24 + number % 2 * PANEL_WIDTH
        y = HEAD_HEIGHT + number // 2 * PANEL_HEIGHT
        panel = ET.SubElement(svg, "g", transform=f"translate({x} {y})")
        _panel(panel, title, ratios_to_nginx(document, size))
    foot = f"One worker each, measured side by side on {document['date']}; less is left"
    _text(svg, f"{foot}. At 100 MiB, nginx has large buffers.", x=24, y=height - 14)
    ET.indent(svg)
    return ET.tostring(svg, encoding="unicode") + "\n"


def ratios_to_nginx(document: Mapping[str, Any], size: str) -> dict[str, float]:
    """Every contender's cost over nginx's at a size, the cheapest first."""
    at_size = document["inline"][size]
    costs = {"gateway": at_size["cpu_us"], **at_size["peers_cpu_us"]}
    known = {name: one["median"] for name, one in costs.items() if one}
    base = known.pop(YARDSTICK.get(size, "nginx"), None)
    if not base:
        return {}
    found = {name: cost / base for name, cost in known.items() if name in NAMES}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def _panel(panel: ET.Element, title: str, ratios: Mapping[str, float]) -> None:
    _text(panel, title, x=0, y=14, bold=True)
    bottom = FIRST_ROW + ROW_HEIGHT * max(1, len(ratios)) - 8
    for tick, label in TICKS:
        x = _place(tick)
        _line(panel, (x, 24), (x, bottom), colour=INK if tick == 1 else FAINT)
        _text(panel, label, x=x, y=bottom + 16, size=11, anchor="middle")
    if not ratios:
        _text(panel, "not measured", x=LABELS_WIDTH, y=FIRST_ROW)
    for row, (name, ratio) in enumerate(ratios.items()):
        y = FIRST_ROW + row * ROW_HEIGHT - 5
        is_ours = name == "gateway"
        colour = OURS_COLOUR if is_ours else THEIR_COLOUR
        x = _place(ratio)
        _line(panel, (_place(1), y), (x, y), colour=colour, width=6 if is_ours else 3)
        ET.SubElement(panel, "circle", cx=f"{x:.1f}", cy=str(y), r="6", fill=colour)
        label = NAMES[name]
        _text(panel, label, x=LABELS_WIDTH - 8, y=y + 4, anchor="end", bold=is_ours)
        beyond = max(x, _place(1)) + 11
        _text(panel, f"{ratio:.2g} ×", x=beyond, y=y + 4, size=12, bold=is_ours)


def _place(ratio: float) -> float:
    """Where a ratio lies on the axis."""
    held = min(max(ratio, LEAST), MOST)
    return LABELS_WIDTH + PLOT_WIDTH * math.log(held / LEAST) / math.log(MOST / LEAST)


def _told(document: Mapping[str, Any]) -> str:
    """The picture in words, for whoever does not see it."""
    said = []
    for size, title in TITLES.items():
        found = ratios_to_nginx(document, size)
        costs = ", ".join(f"{NAMES[name]} {one:.2g}" for name, one in found.items())
        said.append(f"{title}: {costs or 'not measured'}.")
    return "Times the CPU time of nginx. " + " ".join(said)


def _line(
    parent: ET.Element,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    colour: str,
    width: int = 1,
) -> None:
    ET.SubElement(
        parent,
        "line",
        {
            "x1": f"{start[0]:.1f}",
            "y1": f"{start[1]:.1f}",
            "x2": f"{end[0]:.1f}",
            "y2": f"{end[1]:.1f}",
            "stroke": colour,
            "stroke-width": str(width),
        },
    )


def _box(parent: ET.Element, **attributes: float | str) -> None:
    ET.SubElement(parent, "rect", {name: str(v) for name, v in attributes.items()})


def _text(
    parent: ET.Element,
    text: str,
    *,
    x: float,
    y: float,
    size: int = 13,
    anchor: str = "start",
    bold: bool = False,
) -> None:
    made = {"x": f"{x:.1f}", "y": f"{y:.1f}"}
    if size != 13:
        made["font-size"] = str(size)
    if anchor != "start":
        made["text-anchor"] = anchor
    if bold:
        made["font-weight"] = "600"
    ET.SubElement(parent, "text", made).text = text
