"""What the tests of this room build: requests, agents and principals."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.classification.known_agents import Agent, KnownAgents
from gateway.identity.party import Attribute, Party
from gateway.identity.principal import Principal
from gateway.kernel.evidence import Level
from gateway.kernel.request import Headers, Request
from gateway.kernel.use import Commercial, Use

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

GPTBOT = Agent(
    "gptbot",
    "ai-crawler",
    ("GPTBot",),
    operator="openai",
    uses=frozenset({Use.TRAIN}),
    commercial=Commercial.DIRECT,
)
CHATGPT_USER = Agent(
    "chatgpt-user",
    "ai-fetcher",
    ("ChatGPT-User",),
    operator="openai",
    uses=frozenset({Use.RAG}),
    acts_for_person=True,
)
GOOGLEBOT = Agent(
    "googlebot",
    "search-crawler",
    ("Googlebot",),
    operator="google",
    uses=frozenset({Use.SEARCH}),
)
GOOGLEBOT_IMAGE = Agent(
    "googlebot-image", "search-crawler", ("Googlebot-Image",), operator="google"
)
READ_ALOUD = Agent(
    "google-read-aloud",
    "ai-fetcher",
    ("Google-Read-Aloud",),
    operator="google",
    uses=frozenset({Use.ACCESSIBILITY}),
    acts_for_person=True,
)
REQUESTS = Agent("python-requests", "http-library", ("python-requests",))
MINIFLUX = Agent("miniflux", "feed-reader", ("Miniflux",), uses=frozenset({Use.READ}))
CATALOGUE = KnownAgents(
    [GPTBOT, CHATGPT_USER, GOOGLEBOT, GOOGLEBOT_IMAGE, READ_ALOUD, REQUESTS, MINIFLUX]
)


def a_request(
    user_agent: str = "",
    *,
    path: str = "/",
    query: str = "",
    headers: Mapping[str, str] | None = None,
) -> Request:
    pairs = [("User-Agent", user_agent)] if user_agent else []
    return Request(
        id="req_1",
        method="GET",
        scheme="https",
        host="archive.example",
        authority="archive.example",
        target=path,
        path=path,
        query=query,
        headers=Headers([*pairs, *(headers or {}).items()]),
    )


def a_principal(**attributes: tuple[str | int | bool, Level]) -> Principal:
    said = {
        name: Attribute(value, level, "test")
        for name, (value, level) in attributes.items()
    }
    return Principal(Party("pty_1", "Ada", said), "key_1")
