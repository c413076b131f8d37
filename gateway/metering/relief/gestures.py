"""What the fields of a request show of how it came about."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.classification.signals import plain_browser
from gateway.kernel.request import Request

HTML = "text/html"


def is_from_here(asked: Request) -> bool:
    """Did a link of this site lead to it, as it says?"""
    return _led_from(asked) == asked.host


def is_from_elsewhere(asked: Request) -> bool:
    """Did a link of another site lead to it, as it says? Which one is not looked at."""
    return _led_from(asked) not in {"", asked.host}


def _led_from(asked: Request) -> str:
    """The host whose link led to it, as it says; empty where it says none."""
    referer = asked.headers.get("referer")
    if not referer:
        return ""
    try:
        return urlsplit(referer).hostname or ""
    except ValueError:
        return ""


def followed_as_text(asked: Request) -> bool:
    """Did a browser that shows no parts of pages follow a link to another page here?"""
    user_agent = asked.user_agent
    if not user_agent or user_agent.startswith("Mozilla/"):
        return False  # nearly everybody: they show parts, and have a history by those
    return (
        plain_browser(user_agent)
        and is_from_here(asked)
        and asked.headers.get("referer").partition("#")[0] != asked.url
    )


def names_its_copy(asked: Request) -> bool:
    """Does it name the very copy that it has, which nobody can guess?"""
    return '"' in asked.headers.get("if-none-match")


def dates_its_copy(asked: Request) -> bool:
    """Does it say of when its copy is? Anybody can write a date."""
    return bool(asked.headers.get("if-modified-since"))


def wants_a_page(asked: Request) -> bool:
    """Is it somebody who opens a page, and no program that reads data?"""
    return HTML in asked.headers.get("accept").lower()
