"""Charts as plain SVG, drawn here: no script, and readable without seeing them.

Each chart is drawn twice: wide, and narrow for phones, where letters of the wide one
would be too small to read; the style sheet shows one of them.

Colours are classes, so that a page's own style sheet gives light, dark and print. Each
chart carries a title and a description; the figures stand in a table beside it as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

BAR, GAP = 20, 12
THIN_BAR, THIN_GAP = 13, 3
RIGHT = 70
PLOT_HEIGHT, PLOT_LEFT, PLOT_FOOT = 220, 52, 26
NAME_HEIGHT = 20
FIGURE_WIDTH = 8
BOX = re.compile(r'viewBox="0 0 (\d+) (\d+)"')


@dataclass(frozen=True, slots=True)
class Frame:
    """How a chart is drawn.

    Attributes:
        name: The class that the style sheet shows or hides it by.
        width: In units of the drawing, about a pixel each.
        left: Where bars begin; 0 where their names stand above them.
        chars_max: The longest name.
        right: Room for the figures after the longest bar.
    """

    name: str
    width: int
    left: int
    chars_max: int
    right: int = RIGHT


WIDE = Frame("wide", 720, 190, 21)
NARROW = Frame("narrow", 340, 0, 40)
FRAMES = (WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a bar chart.

    Attributes:
        name: What it is about.
        parts: Lengths of its parts, each with its class.
        label: The figure, as a reader sees it.
        mark: Where a limit stands; 0 for none.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    label: str
    mark: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """Thin bars that belong together.

    Attributes:
        name: What they are about.
        lines: Class, length and figure of each.
    """

    name: str
    lines: tuple[tuple[str, int, str], ...]


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
    return Markup("").join(bars_in(each, rows, (title, text)) for each in FRAMES)


def bars_in(frame: Frame, rows: Sequence[Bar], told: tuple[str, str]) -> Markup:
    """The same in one frame; *told* is its title, and in words what it shows."""
    longest = max((_reach(row) for row in rows), default=0) or 1
    chars = max((len(row.label) for row in rows), default=0)
    frame = replace(frame, right=max(frame.right, 2 * GAP + chars * FIGURE_WIDTH))
    above = 0 if frame.left else NAME_HEIGHT
    height = len(rows) * (BAR + GAP + above)
    drawn = []
    for number, row in enumerate(rows):
        top = number * (BAR + GAP + above) + GAP / 2 + above
        left, middle = float(frame.left), top + BAR * 0.72
        name = escape(_short(row.name, frame.chars_max))
        if above:
            drawn.append(f'<text x="0" y="{top - 5:.1f}" class="above">{name}</text>')
        else:
            drawn.append(f'<text x="{frame.left - 10}" y="{middle:.1f}" class="name">'
                         f"{name}</text>")  # fmt: skip
        for shade, length in row.parts:
            width = _room(frame) * length / longest
            if width > 0:
                drawn.append(_rect(shade, (left, top, max(width, 1.0), float(BAR))))
            left += width
        if row.mark:
            limit = frame.left + _room(frame) * row.mark / longest
            drawn.append(f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" '
                         f'y1="{top - 3:.1f}" y2="{top + BAR + 3:.1f}"/>')  # fmt: skip
            is_under = limit > left and limit - left < RIGHT
            left = limit if is_under else left
        drawn.append(f'<text x="{left + 8:.1f}" y="{middle:.1f}" class="figure">'
                     f"{escape(row.label)}</text>")  # fmt: skip
    return _svg("".join(drawn), (frame, height), told)


def grouped_in(frame: Frame, groups: Sequence[Group], told: tuple[str, str]) -> Markup:
    """Several thin bars under each name, all on one scale; *told* as in `bars_in`."""
    longest = max((line[1] for each in groups for line in each.lines), default=0) or 1
    drawn: list[str] = []
    top = GAP / 2
    for each in groups:
        name = escape(_short(each.name, frame.chars_max))
        if frame.left:
            drawn.append(f'<text x="{frame.left - 10}" y="{top + THIN_BAR - 1:.1f}" '
                         f'class="name">{name}</text>')  # fmt: skip
        else:
            top += NAME_HEIGHT
            drawn.append(f'<text x="0" y="{top - 6:.1f}" class="above">{name}</text>')
        for shade, length, label in each.lines:
            width = max(_room(frame) * length / longest, 1.0 if length else 0.0)
            box = (float(frame.left), top, width, float(THIN_BAR))
            drawn.append(_rect(shade, box))
            drawn.append(f'<text x="{frame.left + width + 8:.1f}" '
                         f'y="{top + THIN_BAR - 1:.1f}" class="figure">'
                         f"{escape(label)}</text>")  # fmt: skip
            top += THIN_BAR + THIN_GAP
        top += GAP
    return _svg("".join(drawn), (frame, top), told)


def standalone(drawing: Markup, style: str) -> bytes:
    """A drawing as a file of its own, with the style that gives it its colours."""
    head, end, rest = str(drawing).partition(">")
    found = BOX.search(head)
    width, height = (found[1], found[2]) if found else ("100%", "100%")
    named = f' xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    return f"{head}{named}{end}<style>{style}</style>{rest}".encode()


def _room(frame: Frame) -> int:
    """How long the longest bar is."""
    return frame.width - frame.left - frame.right


def _reach(row: Bar) -> int:
    return max(row.mark, sum(length for _, length in row.parts))


def timeline(stacks: Sequence[Stack], *, title: str, text: str, top: str) -> Markup:
    """A chart of stacked columns over time.

    Args:
        stacks: In the order of time.
        title: Of the chart.
        text: What it shows, in words.
        top: The figure at the upper end of the scale.
    """
    told = title, text
    return Markup("").join(_timeline(stacks, each, told, top=top) for each in FRAMES)


def _timeline(
    stacks: Sequence[Stack], frame: Frame, told: tuple[str, str], *, top: str
) -> Markup:
    highest = max((sum(n for _, n in each.parts) for each in stacks), default=0) or 1
    plot = PLOT_HEIGHT - PLOT_FOOT - 14
    step = (frame.width - PLOT_LEFT) / max(1, len(stacks))
    drawn = list(_axes(stacks, top, frame.width))
    for number, each in enumerate(stacks):
        foot = 14.0 + plot
        for shade, length in each.parts:
            tall = plot * length / highest
            foot -= tall
            if tall > 0:
                left = PLOT_LEFT + number * step
                drawn.append(_rect(shade, (left, foot, max(step * 0.86, 0.8), tall)))
    return _svg("".join(drawn), (frame, PLOT_HEIGHT), told)


def _axes(stacks: Sequence[Stack], top: str, width: int) -> Iterator[str]:
    foot = PLOT_HEIGHT - PLOT_FOOT
    yield f'<line x1="{PLOT_LEFT}" x2="{width}" y1="{foot}" y2="{foot}" class="axis"/>'
    yield f'<line x1="{PLOT_LEFT}" x2="{width}" y1="14" y2="14" class="grid"/>'
    yield f'<text x="{PLOT_LEFT - 8}" y="18" class="name">{escape(top)}</text>'
    yield f'<text x="{PLOT_LEFT - 8}" y="{foot}" class="name">0</text>'
    if stacks:
        yield (
            f'<text x="{PLOT_LEFT}" y="{PLOT_HEIGHT - 6}" class="figure">'
            f"{escape(stacks[0].name)}</text>"
        )
        yield (
            f'<text x="{width}" y="{PLOT_HEIGHT - 6}" class="name">'
            f"{escape(stacks[-1].name)}</text>"
        )


def _rect(shade: str, box: tuple[float, float, float, float]) -> str:
    left, top, width, height = box
    return (
        f'<rect class="{escape(shade)}" x="{left:.1f}" y="{top:.1f}" '
        f'width="{width:.1f}" height="{height:.1f}"/>'
    )


def _svg(inner: str, size: tuple[Frame, float], told: tuple[str, str]) -> Markup:
    (frame, height), (title, text) = size, told
    # Whatever came from outside was escaped where it was put in.
    return Markup(  # noqa: S704
        f'<svg role="img" class="{frame.name}" '
        f'viewBox="0 0 {frame.width} {height:.0f}" '
        f'aria-label="{escape(title)}. {escape(text)}">'
        f"<title>{escape(title)}</title><desc>{escape(text)}</desc>{inner}</svg>"
    )


def _short(name: str, chars_max: int) -> str:
    return name if len(name) <= chars_max else f"{name[: chars_max - 1]}…"
