"""Who may talk to the admin listener: nobody's browser on somebody else's behalf.

The listener stands on loopback, where any web page can make a browser send
requests. Such a request names the page in `Origin`, or, after DNS rebinding, a
strange name in `Host`; both are refused before anything is looked up.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.api.replies import HEADERS, problem
from gateway.kernel.errors import GatewayError, Unavailable

NAMES = frozenset(("localhost", "localhost."))
FORWARD_AUTH = "/decide"
"""Asked by front servers with the reader's own Host; it looks at its peer itself."""


def is_loopback(name: str) -> bool:
    """Does a host name mean this machine, whatever a name server says?"""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() in NAMES


def host_of(authority: str) -> str:
    """The host of `host:port`, without brackets; empty for what is malformed."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


class Guard:
    """Looks at `Host` and `Origin`, and turns errors into problems.

    Args:
        hosts: Names besides loopback under which the listener may be asked.
    """

    def __init__(self, hosts: frozenset[str] = frozenset()) -> None:
        self._hosts = hosts

    def refusal(self, asked: web.Request) -> web.Response | None:
        """Why a request may not be answered; None when it may."""
        if asked.path.startswith(f"{FORWARD_AUTH}/"):
            return None
        if not self._is_known(host_of(asked.headers.get("Host", ""))):
            detail = "ask this listener by its loopback address, or configure its name"
            return problem("bad-request", detail, status=421)
        origin = asked.headers.get("Origin")
        if origin is not None and not self._is_known(_host_of_url(origin)):
            detail = "requests of other sites' pages are not answered"
            return problem("deny", detail)
        return None

    def _is_known(self, host: str) -> bool:
        return is_loopback(host) or host in self._hosts


def _host_of_url(origin: str) -> str:
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""


def guarded(guard: Guard) -> Middleware:
    """The middleware of the admin application."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        answer: web.StreamResponse | None = guard.refusal(request)
        if answer is None:
            answer = await _answered(request, handler)
        if not answer.prepared:
            for name, value in HEADERS.items():
                answer.headers.setdefault(name, value)
        return answer

    return middleware


async def _answered(asked: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(asked)
    except GatewayError as fault:
        answer = problem(fault.code, fault.detail)
        if isinstance(fault, Unavailable):
            answer.headers["Retry-After"] = str(fault.retry_after_s)
    except web.HTTPNotFound:
        detail = "/api/v1/openapi.json lists what there is"
        answer = problem("not-found", detail)
    except web.HTTPMethodNotAllowed as fault:
        allowed = ", ".join(sorted(fault.allowed_methods))
        answer = problem("method-not-allowed", f"this address answers {allowed}")
        answer.headers["Allow"] = allowed
    except web.HTTPRequestEntityTooLarge:
        answer = problem("too-large", "the body is too long")
    return answer
