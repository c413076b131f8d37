"""`copyfair export nginx`: maps that deploy/nginx/decide.conf includes."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.cli.export.patterns import (
    escaped,
    expressions_of,
    place_expression,
    query_expression,
)
from gateway.services.front_maps import AskedPlace, FrontMaps, PlaceClass

CREDENTIALS = """\
# A credential that is, or may be, of ours: whose it is only the gateway can tell.
map $http_authorization $copyfair_credential {
    default 0;
    "" 0;
    "~*^\\s*license\\s" 1;
    "~*^\\s*bearer\\s+(?:cg_|[^.]+\\.[^.]+\\.)" 1;
    "~*^\\s*basic\\s" 1;
}

# Whoever signs says who they are, whatever they look like (Web Bot Auth).
map $http_signature_input $copyfair_signed {
    default 1;
    "" 0;
}

map $http_x_api_key $copyfair_key {
    default 0;
    "" 0;
    "~^\\s*cg_" 1;
}

# A key where none belongs, and targets that servers read in different ways. What is
# plainly neither comes first, because that is nearly everything.
map $request_uri $copyfair_spelling {
    default 0;
    "~^(?!.*cg_)(?:/[\\w~-][\\w.~,+-]*+)*+/?(?:\\?[\\w.~,+=&-]*+)?$" 0;
    "~*cg(?:_|%5f)(?:live|test)" 1;
    "~*^[^?]*%(?:2f|2e|5c|25|3b|3f|23|0|1|7f)" 1;
    "~^[^?]*(?:;|//|\\x5c)" 1;
    "~^[^?]*/\\.\\.?(?:/|\\?|$)" 1;
}
"""
# Browsers as they come today, to the last letter: no other word fits in.
BROWSERS = (
    r"~^Mozilla/5\.0 \((?:Windows NT [0-9.]++(?:; Win64; x64|; WOW64)?"
    r"|Macintosh; Intel Mac OS X [0-9_.]++|X11; (?:Ubuntu; )?Linux (?:x86_64|aarch64)"
    r"|Android [0-9.]++; Mobile|Linux; Android 10; K"
    r"|i(?:Phone|Pad); CPU (?:iPhone )?OS [0-9_]++ like Mac OS X)(?:; rv:[0-9.]++)?\) "
    r"(?:Gecko/[0-9.]++ Firefox/[0-9.]++"
    r"|AppleWebKit/[0-9.]++ \(KHTML, like Gecko\) (?:Chrome/[0-9.]++(?: Mobile)?"
    r"|Version/[0-9.]++(?: Mobile/[0-9A-Z]++)?) Safari/[0-9.]++"
    r"(?: (?:Edg|OPR)/[0-9.]++)?)$"
)
ASKED_BY = ("credential", "signed", "key", "spelling", "agent", "place")
COMBINED = f"""\
map "{"".join(f"$copyfair_{one}" for one in ASKED_BY)}" $copyfair_ask {{
    default 1;
    "{"0" * len(ASKED_BY)}" 0;
}}
"""
CACHE = """\
# Decisions for {seconds} s (deploy/nginx/decide-cache.conf): a revoked key, a change of
# policy and a cap that is reached are noticed that much later, and a budget is drawn on
# once for all requests that share a decision.
proxy_cache_path /var/cache/nginx/copyfair levels=1 keys_zone=copyfair_decisions:4m
    max_size=64m inactive=10s use_temp_path=off;
"""


def nginx_maps(maps: FrontMaps, version: str, *, cache: bool) -> str:
    """The whole file."""
    parts = [
        "# Written by `copyfair export nginx`; write it again when policies change.",
        f"# policy_version {version}",
        *(f"# Not expressed: {one}" for one in maps.not_expressed),
        "",
        CREDENTIALS,
        "# Automation that gives its name.",
        "map $http_user_agent $copyfair_agent {",
        "    default 0;",
        f'    "{BROWSERS}" 0;',
        *(f'    "~*{one}" 1;' for one in expressions_of(maps.tokens)),
        "}",
        "",
        "# Parts of the archive that are asked about for everybody.",
        'map "$host$uri?$args" $copyfair_place {',
        "    default 0;",
        *(line for place in maps.places for line in _place(place)),
        "}",
        "",
        COMBINED,
    ]
    if cache:
        parts += [
            "# Where a page belongs: what a decision is kept for.",
            'map "$host$uri" $copyfair_class {',
            "    default -;",
            *(_class(one) for one in maps.classes),
            "}",
            "",
            CACHE.format(seconds=2),
        ]
    return "\n".join(parts)


def _place(place: AskedPlace) -> Iterator[str]:
    query = query_expression(place.query) if place.query else ".*"
    yield f"    # {' '.join(place.because.split())}"
    path = place_expression(place, is_before_a_query=True)
    where = f"{hosts_expression(place.hosts)}{path}"
    yield f'    "~^{where}\\?{query}$" 1;'


def _class(place: PlaceClass) -> str:
    value = f"{place.name}:$uri" if place.is_one_page else place.name
    return (
        f'    "~^{hosts_expression(place.hosts)}{place_expression(place)}$" "{value}";'
    )


def hosts_expression(hosts: tuple[str, ...]) -> str:
    """Any of some hosts, or any at all."""
    if not hosts:
        return "[^/]*+"
    return f"(?:{'|'.join(escaped(host) for host in hosts)})"
