"""Browsers, in a window and at a terminal, each doing what its reader does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.journeys.running import eventually
from tests.journeys.terminal import Terminal, terminal
from tests.journeys.visit import BUTTON, FOUND, HELD, SEARCH, WITHIN_S, Story, Visit


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


@dataclass(frozen=True, slots=True)
class Textual:
    """A browser at a terminal, and the keys that its reader knows.

    Attributes:
        command: How it is started.
        look: Shows the page from its beginning.
        push: Presses the only button of a page.
    """

    command: Sequence[str]
    look: str
    push: str

    def at(self, visit: Visit, target: str) -> AbstractContextManager[Terminal]:
        """Somebody who opens a page with it."""
        (visit.folder / ".ebrc").touch()  # edbrowse would only make one, and end
        program = str(visit.place.programs[self.command[0]])
        command = [program, *self.command[1:], visit.url(target)]
        return terminal(command, visit.folder)


LYNX = Textual(("lynx", "-nopause"), look="\x0c", push="\r")
W3M = Textual(("w3m",), look="\x0c", push="\t\r")
EDBROWSE = Textual(("edbrowse",), look=",p\n", push=f"/{BUTTON}/\ni*\n")


def reads_at_a_terminal(browser: Textual) -> Story:
    def story(visit: Visit) -> str:
        for target, words in (("/pages/1.html", "Dear friend,"), (SEARCH, FOUND)):
            with browser.at(visit, target) as screen:
                _looks(visit, browser, screen, target)
                screen.wait_for(words)
        return ""

    return story


def presses_the_button_at_a_terminal(browser: Textual) -> Story:
    def story(visit: Visit) -> str:
        with browser.at(visit, SEARCH) as screen:
            _looks(visit, browser, screen, SEARCH)
            screen.wait_for(BUTTON)
            assert HELD in screen.shown
            visit.place.opened.wait(WITHIN_S)
            screen.press(browser.push)
            _looks(visit, browser, screen, "/search?q=ink&")
            screen.wait_for(FOUND)
        return "One moment: this page is in great demand"

    return story


def _looks(visit: Visit, browser: Textual, screen: Terminal, target: str) -> None:
    """Look at the page once it is there."""
    eventually(
        lambda: bool(visit.witness.statuses(target)),
        within_s=WITHIN_S,
        what=f"an answer for {target}",
    )
    screen.press(browser.look)
