"""Past traffic: every format says the same request; no line breaks the reader."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.access_logs.fields import UNKNOWN_TIME, time_of
from gateway.access_logs.past_formats import PAST_FORMATS, detected, past_format
from gateway.access_logs.past_log import parsed
from gateway.kernel.errors import InvalidValue
from gateway.kernel.past import UNKNOWN_US, Past

AT_US = 1_734_512_345_000_000  # 18 December 2024, 08:59:05 UTC
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"
TIME = "18/Dec/2024:09:59:05 +0100"
CADDY = {
    "ts": AT_US / 1e6,
    "request": {
        "client_ip": "192.0.2.7",
        "method": "GET",
        "host": "archive.example:443",
        "uri": "/a?b=1",
        "headers": {"User-Agent": [AGENT], "Referer": ["https://archive.example/"]},
    },
    "duration": 0.25,
    "size": 512,
    "status": 200,
}
TRAEFIK = {
    "ClientHost": "192.0.2.7",
    "StartUTC": "2024-12-18T08:59:05Z",
    "RequestMethod": "GET",
    "RequestPath": "/a?b=1",
    "RequestHost": "archive.example",
    "DownstreamStatus": 200,
    "DownstreamContentSize": 512,
    "OriginDuration": 250_000_000,
    "request_User-Agent": AGENT,
    "request_Referer": "https://archive.example/",
}
NGINX = {
    "time_iso8601": "2024-12-18T09:59:05+01:00",
    "remote_addr": "192.0.2.7",
    "request": "GET /a?b=1 HTTP/1.1",
    "host": "archive.example",
    "status": "200",
    "body_bytes_sent": "512",
    "http_user_agent": AGENT,
    "http_referer": "https://archive.example/",
    "request_time": "0.250",
}
END = f'"https://archive.example/" "{AGENT}"'
LINES = {
    "combined": f'192.0.2.7 - - [{TIME}] "GET /a?b=1 HTTP/1.1" 200 512 {END}',
    "vhost_combined": (
        f"archive.example:443 192.0.2.7 - - [{TIME}] "
        f'"GET /a?b=1 HTTP/1.1" 200 512 {END}'
    ),
    "common": f'192.0.2.7 - - [{TIME}] "GET /a?b=1 HTTP/1.1" 200 512',
    "csv2mysql": (
        f"archive.example,443,192.0.2.7,-,-,[{TIME}],5,700,705,512,250,250000,-,200,"
        f'"HTTP/1.1","GET","/a","?b=1","https://archive.example/","{AGENT}","-",-'
    ),
    "haproxy": (
        "Dec 18 08:59:05 front haproxy[14]: 192.0.2.7:33317 [18/Dec/2024:08:59:05.000] "
        "www~ app/one 10/0/30/250/309 200 512 - - ---- 1/1/1/1/0 0/0 "
        f"{{archive.example|https://archive.example/|{AGENT}}} "
        '"GET /a?b=1 HTTP/1.1"'
    ),
    "caddy": json.dumps(CADDY),
    "traefik": json.dumps(TRAEFIK),
    "nginx-json": json.dumps(NGINX),
}


def read(name: str, text: str) -> Past:
    return past_format(name)(text)


@pytest.mark.parametrize("name", PAST_FORMATS)
def test_every_format_says_the_same_request(name: str) -> None:
    past = read(name, LINES[name] + "\n")

    assert past.times_us == [AT_US]
    assert past.addresses == ["192.0.2.7"]
    assert (past.methods, past.targets) == (["GET"], ["/a?b=1"])
    assert (past.statuses, past.sizes) == ([200], [512])
    if name != "common":
        assert past.agents == [AGENT]
        assert past.referers == ["https://archive.example/"]
    if name not in {"common", "combined"}:
        assert past.hosts == ["archive.example"]
    if name in {"csv2mysql", "haproxy", "caddy", "traefik", "nginx-json"}:
        assert past.took_us == [250_000]
    else:
        assert past.took_us == [UNKNOWN_US]


@pytest.mark.parametrize("name", PAST_FORMATS)
def test_a_format_is_recognised_by_its_lines(name: str) -> None:
    assert detected(LINES[name] + "\nno line of anything\n") == name


def test_what_no_format_reads_is_recognised_as_none() -> None:
    assert detected("hello\nworld\n") == ""


@pytest.mark.parametrize("name", PAST_FORMATS)
def test_a_malformed_line_is_counted_and_its_neighbours_are_read(name: str) -> None:
    text = f"{LINES[name]}\n\x16\x03 torn\n\n{LINES[name]}\n"

    block = parsed(text.encode("latin-1"), name)

    assert (block.lines, len(block.past.times_us), block.skipped) == (4, 2, 2)


@pytest.mark.parametrize("name", PAST_FORMATS)
@given(garbage=st.binary(max_size=300))
def test_no_bytes_break_a_format(name: str, garbage: bytes) -> None:
    block = parsed(garbage + b"\n", name)

    assert 0 <= block.skipped <= block.lines
    assert len({len(column) for column in block.past}) == 1


def test_a_format_string_of_nginx_is_read() -> None:
    said = (
        "$remote_addr - $remote_user [$time_local] $host "
        '"$request" $status $bytes_sent "$http_user_agent" $upstream_response_time'
    )
    line = (
        f'192.0.2.7 - - [{TIME}] archive.example "GET /a HTTP/2.0" 200 9 '
        f'"{AGENT}" 0.1, 0.5'
    )

    past = read(said, line + "\n")

    assert (past.hosts, past.targets, past.agents) == (
        ["archive.example"],
        ["/a"],
        [AGENT],
    )
    assert past.took_us == [500_000]


def test_quotes_of_an_apache_configuration_may_stay_escaped() -> None:
    said = r"%h %l %u %t \"%r\" %>s %b"

    assert read(said, LINES["common"] + "\n").targets == ["/a?b=1"]


def test_escapes_are_undone() -> None:
    line = LINES["combined"].replace(AGENT, r"say \"hello\" \x41")

    assert read("combined", line + "\n").agents == ['say "hello" A']


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("%h %t", "address, the time and the request"),
        ("$remote_addr$time_local", "nothing stands between"),
        ("combinde", "no log format"),
    ],
)
def test_a_format_that_cannot_be_read_says_why(said: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        past_format(said)


def test_a_line_that_is_no_request_is_read_without_one() -> None:
    line = LINES["combined"].replace("GET /a?b=1 HTTP/1.1", r"\x16\x03\x01")

    past = read("combined", line + "\n")

    assert (past.methods, past.targets) == ([""], [""])


def test_only_a_proxy_of_ones_own_says_who_came() -> None:
    said = '%h %t "%r" "%{X-Forwarded-For}i"'
    text = (
        f'127.0.0.1 [{TIME}] "GET / HTTP/1.1" "203.0.113.9, 198.51.100.4"\n'
        f'203.0.113.1 [{TIME}] "GET / HTTP/1.1" "198.51.100.4"\n'
        f'127.0.0.1 [{TIME}] "GET / HTTP/1.1" "nobody"\n'
    )

    assert read(said, text).addresses == ["198.51.100.4", "203.0.113.1", "127.0.0.1"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "31/Foo/2024:00:00:00 +0000", "-"),
        *("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"),
        *("31/Dec/9999:23:59:59 -1400", "1969-12-31T23:59:59Z"),
    ],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert time_of(text) == UNKNOWN_TIME


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("caddy", json.dumps(CADDY).replace(str(AT_US / 1e6), "1" + "0" * 400)),
        ("traefik", json.dumps(TRAEFIK).replace("250000000", "1" + "0" * 400)),
    ],
    ids=["caddy", "traefik"],
)
def test_a_number_that_no_clock_shows_breaks_no_reader(name: str, line: str) -> None:
    assert len(parsed(f"{line}\n{LINES[name]}\n".encode(), name).past.times_us) >= 1


def test_a_first_line_without_a_request_takes_nothing_from_the_others() -> None:
    """What is no HTTP is written down with an empty request and the page's address."""
    first = json.dumps({**NGINX, "request": "", "request_uri": "/"})

    past = read("nginx-json", f"{first}\n{LINES['nginx-json']}")

    assert past.methods == ["", "GET"]
    assert past.targets == ["", "/a?b=1"]
