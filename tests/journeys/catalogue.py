"""The part of an archive that works for its answers: a search, and OAI-PMH 2.0.

    python -m tests.journeys.catalogue PORT

`/gate/shut` holds every search, `/gate/open` lets them go on: a few at a time, each
taking its while. `/held` says how many are held. Nothing else here ever waits.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

RECORDS, PER_LIST = 120, 50
WORKERS, SEARCH_S = 8, 0.2
MADE_AT = "2026-11-01T00:00:00Z"
DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
PREFIX = "oai:archive.example:"
RESULT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Search</title>
<link rel="stylesheet" href="/style.css"></head>
<body><h1>Found</h1><p>Letters about {q}: three.</p>
<p><a href="/pages/1.html">The first of them</a></p></body></html>
"""

Asked = Mapping[str, str]

gate = threading.Event()
workers = threading.Semaphore(WORKERS)
held: set[int] = set()


def search(asked: Asked) -> tuple[str, str]:
    """A page that costs the archive some of its time."""
    held.add(threading.get_ident())
    gate.wait()
    held.discard(threading.get_ident())
    with workers:
        time.sleep(SEARCH_S)
    return "text/html; charset=utf-8", RESULT.format(q=escape(asked.get("q", "")))


def oai(asked: Asked) -> tuple[str, str]:
    """One of the six verbs (protocol 2.0, §4), or the error it has for the rest."""
    verb = asked.get("verb", "")
    body = VERBS.get(verb, _bad_verb)(asked)
    told = "".join(f' {name}="{escape(value)}"' for name, value in asked.items())
    return "text/xml; charset=utf-8", (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>{MADE_AT}</responseDate>"
        f"<request{told}>http://archive.example/oai</request>{body}</OAI-PMH>\n"
    )


def _error(code: str, detail: str) -> str:
    return f'<error code="{code}">{detail}</error>'


def _bad_verb(_: Asked) -> str:
    return _error("badVerb", "no such verb")


def _identify(_: Asked) -> str:
    return (
        "<Identify><repositoryName>Letters</repositoryName>"
        "<baseURL>http://archive.example/oai</baseURL>"
        "<protocolVersion>2.0</protocolVersion>"
        "<adminEmail>letters@archive.example</adminEmail>"
        f"<earliestDatestamp>{MADE_AT}</earliestDatestamp>"
        "<deletedRecord>no</deletedRecord>"
        "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
    )


def _formats(_: Asked) -> str:
    return (
        "<ListMetadataFormats><metadataFormat>"
        "<metadataPrefix>oai_dc</metadataPrefix>"
        "<schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema>"
        f"<metadataNamespace>{DC}</metadataNamespace>"
        "</metadataFormat></ListMetadataFormats>"
    )


def _header(number: int) -> str:
    return (
        f"<header><identifier>{PREFIX}{number}</identifier>"
        f"<datestamp>{MADE_AT}</datestamp></header>"
    )


def _record(number: int) -> str:
    return (
        f"<record>{_header(number)}<metadata>"
        f'<oai_dc:dc xmlns:oai_dc="{DC}" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Letter {number}</dc:title></oai_dc:dc></metadata></record>"
    )


def _listed(name: str, one: Callable[[int], str], asked: Asked) -> str:
    token = asked.get("resumptionToken", "1")
    if not token.isdigit() or not 1 <= int(token) <= RECORDS:
        return _error("badResumptionToken", "no such list")
    if "resumptionToken" not in asked and asked.get("metadataPrefix") != "oai_dc":
        return _error("cannotDisseminateFormat", "oai_dc alone")
    first = int(token)
    after = min(first + PER_LIST, RECORDS + 1)
    more = str(after) if after <= RECORDS else ""
    token = f'<resumptionToken completeListSize="{RECORDS}">{more}</resumptionToken>'
    return f"<{name}>{''.join(map(one, range(first, after)))}{token}</{name}>"


def _get(asked: Asked) -> str:
    number = asked.get("identifier", "").removeprefix(PREFIX)
    if not number.isdigit() or not 1 <= int(number) <= RECORDS:
        return _error("idDoesNotExist", "no such letter")
    return f"<GetRecord>{_record(int(number))}</GetRecord>"


VERBS: Mapping[str, Callable[[Asked], str]] = MappingProxyType(
    {
        "Identify": _identify,
        "ListMetadataFormats": _formats,
        "ListSets": lambda _: _error("noSetHierarchy", "no sets"),
        "ListIdentifiers": lambda asked: _listed("ListIdentifiers", _header, asked),
        "ListRecords": lambda asked: _listed("ListRecords", _record, asked),
        "GetRecord": _get,
    }
)


def _told(path: str) -> str:
    """What the test says to the gate, and asks about it."""
    match path:
        case "/gate/open":
            gate.set()
        case "/gate/shut":
            gate.clear()
        case _:
            return str(len(held))
    return path


class Catalogue(BaseHTTPRequestHandler):
    """Answers on a thread of its own for each connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path:
            case "/search":
                media_type, text = search(asked)
            case "/oai":
                media_type, text = oai(asked)
            case path:
                media_type, text = "text/plain", _told(path)
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Many may come at once, and none is waited for at the end."""

    request_queue_size = 256
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever went away gets no answer."""


if __name__ == "__main__":
    gate.set()
    Server(("127.0.0.1", int(sys.argv[1])), Catalogue).serve_forever()
