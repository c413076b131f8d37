"""A topic ready to be shown: what is said, drawn and put into tables.

A topic's function gives this for one language; the template formats it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from gateway.portal.addresses import Topic
from gateway.web.charts import Frame

WIDE = Frame("wide", 760, 245, 33, 105)
NARROW = Frame("narrow", 340, 0, 42, 110)
BARS_MAX = 12
"""As many bars as an eye can compare; the table has them all."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a colour of a drawing means."""

    shade: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart.

    Attributes:
        draw: Draws it in a frame.
        text: What it shows, in words, figures included.
        key: What its colours mean.
    """

    draw: Callable[[Frame], Markup]
    text: str
    key: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the first cell of a line names it.

    Attributes:
        name: Of its file.
        caption: What it shows.
        head: Of each column.
        lines: Cell by cell.
        figures_from: From which column on cells are numbers.
    """

    name: str
    caption: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    figures_from: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A name with its value."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A topic, told.

    Attributes:
        topic: Which.
        heading: Its title.
        sentences: What is said first.
        drawing: Or None.
        grids: Its tables.
        notes: What is said after them.
        command: One line to copy into a terminal; or empty.
        facts: Names with values.
        ways: Where more of it is, outside of the books: address and text.
    """

    topic: Topic
    heading: str
    sentences: tuple[str, ...]
    drawing: Drawing | None = None
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    command: str = ""
    facts: tuple[Fact, ...] = ()
    ways: tuple[tuple[str, str], ...] = ()
