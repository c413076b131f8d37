"""Browsers, in a window and at a terminal, each doing what its reader does."""

from __future__ import annotations

from tests.journeys.running import eventually
from tests.journeys.terminal import terminal
from tests.journeys.visit import BUTTON, FOUND, HELD, SEARCH, WITHIN_S, Story, Visit

PAINT_AGAIN = "\x0c"


def opens_a_page_in_chromium(visit: Visit) -> str:
    with visit.place.browser.reader(scripts=True) as reader:
        reader.go(visit.url("/pages/1.html"))
        assert reader.title() == "Letter 1 (with its script)"
        reader.go(visit.url(SEARCH))
        assert FOUND in reader.document()
    return ""


def opens_a_page_without_scripts(visit: Visit) -> str:
    with visit.place.browser.reader(scripts=False) as reader:
        reader.go(visit.url("/pages/1.html"))
        assert reader.title() == "Letter 1"
        reader.go(visit.url(SEARCH))
        assert FOUND in reader.document()
    return ""


def searches_in_chromium_after_reading(visit: Visit) -> str:
    with visit.place.browser.reader(scripts=True) as reader:
        reader.go(visit.url("/pages/1.html"))
        reader.go(visit.url(SEARCH))
        assert FOUND in reader.document()
    return ""


def presses_the_button_without_scripts(visit: Visit) -> str:
    with visit.place.browser.reader(scripts=False) as reader:
        reader.go(visit.url(SEARCH))
        said = reader.title()
        assert HELD in said, reader.document()
        visit.place.opened.wait(WITHIN_S)
        reader.press_button()
        assert FOUND in reader.document()
    return said


def reads_at_a_terminal(*command: str) -> Story:
    def story(visit: Visit) -> str:
        program = str(visit.place.programs[command[0]])
        with terminal(
            [program, *command[1:], visit.url("/pages/1.html")], visit.folder
        ) as screen:
            screen.wait_for("Dear friend,")
        with terminal([program, *command[1:], visit.url(SEARCH)], visit.folder) as it:
            it.wait_for(FOUND)
        return ""

    return story


def presses_the_button_at_a_terminal(*command: str) -> Story:
    def story(visit: Visit) -> str:
        program = str(visit.place.programs[command[0]])
        with terminal([program, *command[1:], visit.url(SEARCH)], visit.folder) as it:
            it.wait_for(BUTTON)
            assert HELD in it.shown
            visit.place.opened.wait(WITHIN_S)
            it.press("\t\r" if command[0] == "w3m" else "\r")
            eventually(
                lambda: 200 in visit.witness.statuses("/search"),
                within_s=WITHIN_S,
                what="what the button promised",
            )
            it.press(PAINT_AGAIN)
            it.wait_for(FOUND)
        return "One moment: this page is in great demand"

    return story
