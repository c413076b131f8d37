"""The wait page: one button, in the reader's language; no script, no style needed."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.request import Headers
from gateway.web.negotiation import weighed
from gateway.web.templates.rendering import render
from gateway.web.wait_texts import WAIT_TEXTS, WaitText

ACTION = "/_copyfair/pass"
DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class WaitPage:
    """What `wait.html` sees.

    Attributes:
        language: Its code.
        text: What is said.
        again: When to come back without the button.
        action: Where the button leads.
        page: The page it is for, as a target.
        request_id: The request's id.
    """

    language: str
    text: WaitText
    again: str
    action: str
    page: str
    request_id: str


def wait_page(
    headers: Headers, page: str, *, retry_after_s: int, request_id: str
) -> bytes:
    """The page for whoever found no place, with a button for a ticket."""
    language = _language_of(headers)
    text = WAIT_TEXTS[language]
    again = text.again.format(seconds=retry_after_s)
    view = WaitPage(language, text, again, ACTION, page, request_id)
    return render("wait.html", view)


def _language_of(headers: Headers) -> str:
    best, best_weight = DEFAULT, 0
    for name, weight in weighed(",".join(headers.all("accept-language"))):
        spoken = name.partition("-")[0]
        if spoken in WAIT_TEXTS and weight > best_weight:
            best, best_weight = spoken, weight
    return best
