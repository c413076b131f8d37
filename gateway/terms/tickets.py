"""`/_copyfair/pass`: the button of the wait page.

Whoever presses it is sent on to the page with a ticket for it (303); no cookie, no
script. Where there is no ticket now, the same page comes again, with when to try.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from gateway.kernel.request import Request
from gateway.licensing.decision import Throttle
from gateway.terms import replies
from gateway.terms.ports import TicketDesk
from gateway.terms.site import Site
from gateway.web.answer import Answer
from gateway.web.problems import Problems
from gateway.web.security_headers import NO_STORE, SAFE

PATH = "/_copyfair/pass"
TARGET_CHARS_MAX = 8_000
SEE_OTHER = 303


@dataclass(slots=True)
class TicketPages:
    """Answers for `/_copyfair/pass`.

    Attributes:
        site: Whose pages they are.
        desk: Gives tickets.
        problems: Says when to come back.
    """

    site: Site
    desk: TicketDesk
    problems: Problems

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Send somebody on with a ticket, or say when there may be one."""
        if asked.method != "POST":
            return replies.not_allowed(asked, "POST")
        target = _page_in(body)
        if not target:
            detail = "`page` is the address of a page of this archive, from its path on"
            return replies.problem(asked, "invalid-value", detail)
        made = self.desk.ticket(asked, target)
        if isinstance(made, Throttle):
            return self.problems.refusal(made, asked)
        fields = (("Location", self.site.origin(asked) + made), *NO_STORE, *SAFE)
        return Answer(SEE_OTHER, fields)


def _page_in(body: bytes) -> str:
    """The page of a form: an address on this host, or nothing."""
    try:
        (target,) = parse_qs(body.decode("ascii"), max_num_fields=4)["page"]
    except (ValueError, KeyError):
        return ""
    is_here = target.startswith("/") and not target.startswith(("//", "/\\"))
    is_plain = target.isascii() and target.isprintable() and " " not in target
    fits = len(target) <= TARGET_CHARS_MAX and "#" not in target
    return target if is_here and is_plain and fits else ""
