"""A signed request and a key directory as files say them, for checking offline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from gateway.classification.testimony import Verdict
from gateway.credentials.agent_cards import card_in
from gateway.credentials.signature_agent import Place, Profile
from gateway.credentials.web_bot_auth import Terms, WebBotAuth, verdict
from gateway.credentials.web_keys import WebKey, keys_in
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers, Request

# Names under which the fields of a signature may stand beside the request, as in the
# working group's vectors.
ASIDE = {
    "signature": "Signature",
    "signature_input": "Signature-Input",
    "signature_agent": "Signature-Agent",
}
ADDRESSES = ("url", "target_url", "target-uri")


def request_in(document: object) -> tuple[Request, bytes | None]:
    """The request of a document, and its body where it has one.

    Args:
        document: `{"method", "url", "headers", "body"}`; `headers` is an object, a
            list of pairs or a list of `{"name", "value"}`. `url` may be called
            `target_url`, and `signature`, `signature_input` and `signature_agent`
            may stand beside it.

    Raises:
        InvalidValue: it is none.
    """
    if not isinstance(document, Mapping):
        raise InvalidValue('a request is an object with "url" and "headers"')
    inner = document.get("request")
    if isinstance(inner, Mapping):
        document = inner
    url = next((document[name] for name in ADDRESSES if name in document), None)
    if not isinstance(url, str):
        raise InvalidValue('a request has "url", a whole address, https://…')
    try:
        parts = urlsplit(url)
    except ValueError as error:
        detail = f"{url!r} is no address: {error}"
        raise InvalidValue(detail) from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        detail = f"{url!r} is no whole address, https://…"
        raise InvalidValue(detail)
    body = document.get("body")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = Request(
        id="",
        method=str(document.get("method") or "GET"),
        scheme=parts.scheme,
        host=parts.hostname or "",
        authority=parts.netloc.rpartition("@")[2].lower(),
        target=target,
        path=parts.path or "/",
        query=parts.query,
        headers=Headers([*_aside(document), *_pairs(document.get("headers") or {})]),
    )
    return asked, body.encode() if isinstance(body, str) else None


def checked(
    document: object,
    directory: object,
    *,
    now_s: int,
    profiles: frozenset[Profile],
) -> Verdict:
    """What becomes of a signed request, with the keys at hand and nothing fetched.

    Args:
        document: As `request_in` reads it.
        directory: A key set, one key, or a signature agent card; with a `url` beside
            it, only for signers who name that address. Or `{"url": …, "status": …,
            "body": …}` as it was answered, or an object of such addresses.
        now_s: Now, seconds.
        profiles: The drafts that are spoken.

    Raises:
        InvalidValue: one of the two documents is none.
    """
    asked, body = request_in(document)
    terms = Terms(profiles, age_max_s=None, takes_test_keys=True)
    found = WebBotAuth(_Directory(directory), terms)(asked, now_s=now_s, body=body)
    return found or verdict("not-signed", is_fault=False)


class _Directory:
    """Keys that were handed over with the question."""

    def __init__(self, document: object) -> None:
        if not isinstance(document, Mapping):
            raise InvalidValue('a directory is an object with "keys"')
        by_url = bool(document) and all("://" in str(name) for name in document)
        listed = document.items() if by_url else [(document.get("url"), document)]
        self._keys = {str(url or ""): _keys_of(one, url) for url, one in listed}

    def __call__(
        self, _asked: Request, place: Place | None, keyid: str
    ) -> WebKey | str:
        """The key, or why there is none."""
        urls = list(self._keys) if place is None else [place.url, ""]
        named = [url for url in urls if url in self._keys]
        if not named:
            return "directory-unreachable"
        for url in named:
            keys = self._keys[url]
            if isinstance(keys, str):
                return keys
            if keyid in keys:
                return keys[keyid]
        return "key-unknown"


def _keys_of(document: object, url: object) -> Mapping[str, WebKey] | str:
    """The keys of one answer, or why it has none."""
    if not isinstance(document, Mapping):
        raise InvalidValue('a directory is an object with "keys"')
    if document.get("status", 200) != 200:
        return "directory-unreachable"
    if "client_id" in document:
        return card_in(document, str(url or document["client_id"])).keys
    return keys_in(document)


def _aside(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, field in ASIDE.items():
        value = document.get(name)
        if isinstance(value, str):
            yield field, value


def _pairs(headers: object) -> Iterator[tuple[str, str]]:
    if isinstance(headers, Mapping):
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                yield str(name), str(one)
        return
    if not isinstance(headers, list):
        raise InvalidValue('"headers" is an object of names and values')
    for pair in headers:
        if isinstance(pair, Mapping):
            yield str(pair.get("name", "")), str(pair.get("value", ""))
        elif isinstance(pair, list) and len(pair) == 2:
            yield str(pair[0]), str(pair[1])
        else:
            raise InvalidValue('"headers" is a list of [name, value]')
