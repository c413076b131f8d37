"""A wiki's API on loopback: `list=usercontribs` as MediaWiki answers it."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

PER_ANSWER_MAX = 500


def an_edit(number: int, *, user: str, **more: Any) -> dict[str, Any]:
    """One row of an answer, formatversion 2."""
    return {
        "userid": 1,
        "user": user,
        "pageid": 9,
        "revid": number,
        "parentid": number - 1,
        "ns": 0,
        "title": "Registers",
        "timestamp": "2026-11-03T12:00:00Z",
        "comment": "names",
        "sizediff": 40,
        "tags": [],
        **more,
    }


class FakeWiki:
    """Answers while it is entered; `asked` holds the queries of the last test."""

    def __init__(self) -> None:
        self._edits: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.fault = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/w/api.php"

    @property
    def edits(self) -> list[dict[str, Any]]:
        """What the wiki holds; setting it forgets what was asked."""
        return self._edits

    @edits.setter
    def edits(self, edits: list[dict[str, Any]]) -> None:
        self._edits, self.asked = edits, []

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, query: str) -> dict[str, Any]:
        """What MediaWiki would say."""
        self.asked.append(query)
        told = {name: values[0] for name, values in parse_qs(query).items()}
        assert told["action"] == "query"
        assert told["list"] == "usercontribs"
        assert told["format"] == "json"
        if self.fault == "error":
            return {"error": {"code": "maxlag", "info": "Waiting: maxlag exceeded"}}
        if self.fault == "other":
            return {"batchcomplete": True}
        users = told["ucuser"].split("|")
        assert len(users) <= 50  # what MediaWiki allows a stranger
        span = told["ucstart"], told["ucend"]
        found = [
            each
            for each in self.edits
            if each["user"] in users and span[0] <= each["timestamp"] <= span[1]
        ]
        start = int(told.get("uccontinue", "0"))
        limit = min(int(told["uclimit"]), PER_ANSWER_MAX)
        said: dict[str, Any] = {"query": {"usercontribs": found[start:][:limit]}}
        if start + limit < len(found):
            said["continue"] = {"uccontinue": str(start + limit), "continue": "-||"}
        return said


def _handler(wiki: FakeWiki) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if wiki.fault == "redirect":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()
                return
            body = json.dumps(wiki.answer(urlsplit(self.path).query)).encode()
            if wiki.fault == "html":
                body = b"<!doctype html>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as named above us
            """A test is silent."""

    return Handler
