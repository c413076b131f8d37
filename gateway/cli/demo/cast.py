"""The cast: real HTTP clients that count for themselves what they received."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

MEMBER = re.compile(r'(?P<name>[a-z]+)=(?:"(?P<text>[^"]*)"|(?P<token>[^,]*))')
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FEED_READER = "FreshRSS/1.27.0 (Linux; https://freshrss.org)"
SEARCH_BOT = "Mozilla/5.0 (compatible; DuckDuckBot/1.1; +http://duckduckgo.com)"
AI_CRAWLER = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; "
    "+https://openai.com/gptbot)"
)
COOPERATIVE = "TranslationCoopBot/0.3 (+https://coop.example/bot)"
STARTUP = "AtlasBot/2.0 (+https://atlas.example/bot)"
COMPANY = "MapworksBot/4.1 (+https://mapworks.example/bot)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one member of the cast experienced.

    Attributes:
        who: Name in the story.
        method: HTTP method.
        path: What was asked for.
        status: HTTP status; 0 when the connection was cut.
        decision: As the `Copyfair-Decision` field says; empty without one, which
            is how readers' pages come.
        rule: The rule that answered, likewise.
        reason: Why, likewise.
        body_bytes: Body bytes received, before any decoding.
        body: The body of short answers.
        headers: Fields by lower-case name.
        user_agent: As it was sent.
        key: The key that was shown, or empty.
        note: What happened just before, where the story needs it told.
    """

    who: str
    method: str
    path: str
    status: int
    decision: str
    rule: str
    reason: str
    body_bytes: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = ""
    key: str = field(default="", repr=False)
    note: str = ""

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """One member of the cast, asking one host."""

    who: str
    port: int
    user_agent: str
    key: str = ""

    def get(self, address: str, **headers: str) -> Seen:
        """GET a path, or an address that an answer named."""
        return self._ask("GET", self._path(address), None, more=headers)

    def post(self, address: str, document: Mapping[str, object]) -> Seen:
        """POST a JSON document to a path, or to an address that an answer named."""
        body = json.dumps(document).encode()
        json_type = {"Content-Type": "application/json"}
        return self._ask("POST", self._path(address), body, more=json_type)

    def _path(self, address: str) -> str:
        return address.removeprefix(f"http://127.0.0.1:{self.port}")

    def _ask(
        self, method: str, path: str, body: bytes | None, *, more: Mapping[str, str]
    ) -> Seen:
        headers = {"User-Agent": self.user_agent, "Accept": "*/*", **more}
        if self.key:
            headers["Authorization"] = f"License {self.key}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        received = bytearray()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            while chunk := response.read(65_536):
                received += chunk
        except (HTTPException, OSError):
            return Seen(self.who, method, path, 0, "", "", "", len(received))
        finally:
            connection.close()
        fields = {name.lower(): value for name, value in response.getheaders()}
        told = _dictionary(fields.get("copyfair-decision", ""))
        return Seen(
            who=self.who,
            method=method,
            path=path,
            status=response.status,
            decision=told.get("decision", ""),
            rule=told.get("rule", ""),
            reason=told.get("reason", ""),
            body_bytes=len(received),
            body=bytes(received),
            headers=fields,
            user_agent=self.user_agent,
            key=self.key,
        )


def _dictionary(value: str) -> dict[str, str]:
    """The members of a structured-field dictionary of strings and tokens."""
    members = MEMBER.finditer(value)
    return {one["name"]: one["text"] or one["token"] for one in members}
