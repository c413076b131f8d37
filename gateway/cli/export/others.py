"""`copyfair export haproxy|caddy`: whom to ask about, in their own words."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.export.patterns import (
    expressions_of,
    place_expression,
    query_expression,
)
from gateway.services.front_maps import AskedPlace, FrontMaps

ASK = "http-request set-var(txn.copyfair_ask) bool(true) if"
HAPROXY = (
    "req.hdr(authorization) -m reg -i '^\\s*(license|basic)\\s'",
    "req.hdr(authorization) -m reg -i '^\\s*bearer\\s+(cg_|[^.]+\\.[^.]+\\.)'",
    "req.hdr(x-api-key) -m beg cg_",
    "req.hdr(signature-input) -m found",
    "pathq -m reg -i 'cg(_|%5f)(live|test)'",
    "path -m reg -i '%(2f|2e|5c|25|3b|3f|23|0|1|7f)|;|//|/\\.\\.?(/|$)'",
)
SENT = "{http.request.orig_uri}"
CADDY = (
    'header_regexp Authorization "(?i)^\\s*(license|basic)\\s"',
    'header_regexp Authorization "(?i)^\\s*bearer\\s+(cg_|[^.]+\\.[^.]+\\.)"',
    'header_regexp X-Api-Key "^\\s*cg_"',
    "header Signature-Input *",
    f"expression `{SENT}.matches(r'(?i)cg(_|%5f)(live|test)')`",
    f"expression `{SENT}.matches(r'(?i)^[^?]*(%(2f|2e|5c|25|3b)|;|//)')`",
)


def haproxy_rules(maps: FrontMaps, version: str) -> str:
    """Lines for the frontend of deploy/haproxy/decide.cfg."""
    return "\n".join(
        (
            *_head("haproxy", maps, version),
            *(f"{ASK} {{ {one} }}" for one in HAPROXY),
            *(
                f"{ASK} {{ req.hdr(user-agent) -m reg -i '{one}' }}"
                for one in expressions_of(maps.tokens)
            ),
            *(f"{ASK} {_haproxy_place(one)}" for one in maps.places),
            (
                "http-request lua.copyfair_decide if { var(txn.copyfair_ask) -m bool } "
                "{ srv_is_up(copyfair_decide/door) }"
            ),
            "",
        )
    )


def _haproxy_place(place: AskedPlace) -> str:
    path = f"{{ path,url_dec -m reg '^{place_expression(place)}$' }}"
    if not place.query:
        return path
    return f"{path} {{ query -m reg '^{query_expression(place.query)}$' }}"


def caddy_matcher(maps: FrontMaps, version: str) -> str:
    """A snippet for deploy/caddy/decide.Caddyfile: who need not be asked about."""
    return "\n".join(
        (
            *_head("caddy", maps, version),
            "(copyfair-free) {",
            "\t@copyfair-free {",
            *(f"\t\tnot {one}" for one in CADDY),
            *(
                f'\t\tnot header_regexp User-Agent "(?i){one}"'
                for one in expressions_of(maps.tokens)
            ),
            *(line for one in maps.places for line in _caddy_place(one)),
            "\t}",
            "}",
            "",
        )
    )


def _caddy_place(place: AskedPlace) -> Iterator[str]:
    yield "\t\tnot {"
    yield f'\t\t\tpath_regexp "^{place_expression(place)}$"'
    if place.query:
        query = query_expression(place.query)
        yield f"\t\t\texpression `{{http.request.uri.query}}.matches(r'^{query}$')`"
    yield "\t\t}"


def _head(name: str, maps: FrontMaps, version: str) -> Iterator[str]:
    yield f"# Written by `copyfair export {name}`; write it again when policies change."
    yield f"# policy_version {version}"
    for one in maps.not_expressed:
        yield f"# Not expressed: {one}"
    yield "# Not expressed: which host a collection is on; its paths count on each."
