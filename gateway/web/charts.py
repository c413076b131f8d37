"""Charts as plain SVG, drawn here: no script, and readable without seeing them.

Colours are classes, so that a page's own style sheet gives light, dark and print. Each
chart carries a title and a description; the figures stand in a table beside it as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, LEFT, BAR, GAP = 720, 190, 20, 12
RIGHT = 70
PLOT_HEIGHT, PLOT_LEFT, PLOT_FOOT = 220, 52, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart.

    Attributes:
        name: What it is about.
        parts: Lengths of its parts, each with its class.
        label: The figure, as a reader sees it.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    label: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One moment of a timeline.

    Attributes:
        name: When.
        parts: Heights from below, each with its class.
    """

    name: str
    parts: tuple[tuple[str, int], ...]


def bars(rows: Sequence[Bar], *, title: str, text: str) -> Markup:
    """A chart of horizontal bars; *text* says in words what it shows."""
    longest = max((sum(n for _, n in row.parts) for row in rows), default=0) or 1
    height = len(rows) * (BAR + GAP)
    drawn = []
    for number, row in enumerate(rows):
        top, left = number * (BAR + GAP) + GAP / 2, float(LEFT)
        middle = top + BAR * 0.72
        drawn.append(f'<text x="{LEFT - 10}" y="{middle:.1f}" class="name">'
                     f"{escape(_short(row.name))}</text>")  # fmt: skip
        for shade, length in row.parts:
            width = (WIDTH - LEFT - RIGHT) * length / longest
            if width > 0:
                drawn.append(_rect(shade, (left, top, max(width, 1.0), float(BAR))))
            left += width
        drawn.append(f'<text x="{left + 8:.1f}" y="{middle:.1f}" class="figure">'
                     f"{escape(row.label)}</text>")  # fmt: skip
    return _svg("".join(drawn), height, title=title, text=text)


def timeline(stacks: Sequence[Stack], *, title: str, text: str, top: str) -> Markup:
    """A chart of stacked columns over time.

    Args:
        stacks: In the order of time.
        title: Of the chart.
        text: What it shows, in words.
        top: The figure at the upper end of the scale.
    """
    highest = max((sum(n for _, n in each.parts) for each in stacks), default=0) or 1
    plot = PLOT_HEIGHT - PLOT_FOOT - 14
    step = (WIDTH - PLOT_LEFT) / max(1, len(stacks))
    drawn = list(_axes(stacks, top))
    for number, each in enumerate(stacks):
        foot = 14.0 + plot
        for shade, length in each.parts:
            tall = plot * length / highest
            foot -= tall
            if tall > 0:
                left = PLOT_LEFT + number * step
                drawn.append(_rect(shade, (left, foot, max(step * 0.86, 0.8), tall)))
    return _svg("".join(drawn), PLOT_HEIGHT, title=title, text=text)


def _axes(stacks: Sequence[Stack], top: str) -> Iterator[str]:
    foot = PLOT_HEIGHT - PLOT_FOOT
    yield f'<line x1="{PLOT_LEFT}" x2="{WIDTH}" y1="{foot}" y2="{foot}" class="axis"/>'
    yield f'<line x1="{PLOT_LEFT}" x2="{WIDTH}" y1="14" y2="14" class="grid"/>'
    yield f'<text x="{PLOT_LEFT - 8}" y="18" class="name">{escape(top)}</text>'
    yield f'<text x="{PLOT_LEFT - 8}" y="{foot}" class="name">0</text>'
    if stacks:
        yield (
            f'<text x="{PLOT_LEFT}" y="{PLOT_HEIGHT - 6}" class="figure">'
            f"{escape(stacks[0].name)}</text>"
        )
        yield (
            f'<text x="{WIDTH}" y="{PLOT_HEIGHT - 6}" class="name">'
            f"{escape(stacks[-1].name)}</text>"
        )


def _rect(shade: str, box: tuple[float, float, float, float]) -> str:
    left, top, width, height = box
    return (
        f'<rect class="{escape(shade)}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )


def _svg(inner: str, height: float, *, title: str, text: str) -> Markup:
    # Whatever came from outside was escaped where it was put in.
    return Markup(  # noqa: S704
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'aria-label="{escape(title)}. {escape(text)}">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>{inner}</svg>"
    )


def _short(name: str) -> str:
    return name if len(name) <= 21 else f"{name[:20]}…"
