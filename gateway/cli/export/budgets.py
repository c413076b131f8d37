"""`copyfair export nginx|haproxy|caddy --budgets`: relief with no process of ours."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gateway.cli.export.nginx import hosts_expression
from gateway.cli.export.patterns import (
    escaped,
    parameter_expression,
    path_expression,
)
from gateway.licensing.costs import PAGE_COST
from gateway.services.front_budgets import Bucket, FrontBudgets, Part, PricedPlace
from gateway.services.front_maps import PlaceClass

DEAR_AT_ONCE = 16
"""So many dear pages of a collection are made at once, for all clients together."""
OPEN = r"/robots\.txt|/license\.xml|/\.well-known/.*"
"""Nobody is ever kept from these."""
MINUTE_S = 60
TRACKED = "200k"


def nginx_budgets(budgets: FrontBudgets, version: str) -> str:
    """A file for nginx' `http` block."""
    lines = [
        *_head("nginx", version, (*budgets.not_expressed, *_coarse(budgets))),
        "# Put it into the `http` block; it counts for every server there. Behind",
        "# another proxy, set_real_ip_from must name it, or all readers are one.",
        "",
        'map "$host$uri" $copyfair_part {',
        '    default "";',
        *(
            f'    "~^{hosts_expression(one.hosts)}{_place(one)}$" {one.name};'
            for one in budgets.places
        ),
        "}",
        'map "$copyfair_part $uri?$args" $copyfair_bucket {',
        '    default "";',
        *(line for part in budgets.parts for line in _nginx_part(part, budgets)),
        "}",
        "map $copyfair_bucket $copyfair_dear {",
        '    default "";',
        *(f"    {one.number} {one.name};" for one in budgets.buckets if _is_dear(one)),
        "}",
        "limit_conn_zone $copyfair_dear zone=copyfair_dear:1m;",
        f"limit_conn copyfair_dear {DEAR_AT_ONCE};",
        "limit_conn_status 429;",
        "limit_req_status 429;",
    ]
    for one in budgets.buckets:
        key, zone = f"$copyfair_key_{one.number}", f"copyfair_{one.number}"
        lines += [
            "",
            f"# {one.name}: pages that cost {one.cost}.",
            (
                f'map $copyfair_bucket {key} {{ default ""; '
                f"{one.number} $binary_remote_addr; }}"
            ),
            f"limit_req_zone {key} zone={zone}:8m rate={_per_minute(one)}r/m;",
            f"limit_req zone={zone} burst={one.burst} nodelay;",
        ]
    return "\n".join(lines) + "\n"


def _nginx_part(part: Part, budgets: FrontBudgets) -> Iterator[str]:
    yield f'    "~^{part.number} (?:{OPEN})\\?" "";'
    for one in part.priced:
        bucket = one.bucket if one.bucket is not None else '""'
        yield f'    "~^{part.number} {_target(one)}$" {bucket};'
    suffixes = "|".join(budgets.asset_suffixes)
    yield f'    "~*^{part.number} [^?]*\\.(?:{suffixes})\\?[^&]*$" "";'
    yield f'    "~^{part.number} " {part.page_bucket};'


def haproxy_budgets(budgets: FrontBudgets, version: str) -> str:
    """Lines for the end of a frontend, and the tables that they count in."""
    also = ("Bursts: a client may use up a whole window at once.",)
    lines = [
        *_head("haproxy", version, (*budgets.not_expressed, *also)),
        "# Put it at the end of your frontend: the tables behind it begin sections.",
    ]
    part, bucket = "txn.copyfair_part", "txn.copyfair_bucket"
    for place in budgets.places:
        hosts = "".join(
            f" {{ req.hdr(host),field(1,:),lower -m str {' '.join(place.hosts)} }}"
            for _ in place.hosts[:1]
        )
        path = _path(place.path, ignores_case=place.ignores_case)
        lines.append(
            f"http-request set-var({part}) int({place.name}) if "
            f"!{{ var({part}) -m found }}{hosts} {{ path,url_dec -m reg '^{path}$' }}"
        )
    for each in budgets.parts:
        lines += _haproxy_part(each, budgets)
    for one in budgets.buckets:
        mine = f"{{ var({bucket}) -m int {one.number} }}"
        answer = "status 429 content-type text/plain string 'Too many requests.'"
        after_s = max(1, one.window_s // one.requests)
        over = f"{{ sc_http_req_rate(0) gt {one.requests} }}"
        lines += [
            f"http-request track-sc0 src table copyfair_{one.number} if {mine}",
            f"http-request return {answer} hdr Retry-After {after_s} if {mine} {over}",
        ]
    for one in budgets.buckets:
        lines += [
            "",
            f"# {one.name}: pages that cost {one.cost}.",
            f"backend copyfair_{one.number}",
            (
                f"    stick-table type ipv6 size {TRACKED} expire {one.window_s}s "
                f"store http_req_rate({one.window_s}s)"
            ),
        ]
    return "\n".join(lines) + "\n"


def _haproxy_part(part: Part, budgets: FrontBudgets) -> Iterator[str]:
    bucket = "txn.copyfair_bucket"
    open_to = (
        f"if !{{ var({bucket}) -m found }} {{ var(txn.copyfair_part) -m int "
        f"{part.number} }}"
    )
    free = f"http-request set-var({bucket}) int(0) {open_to}"
    yield f"{free} {{ path -m reg '^({OPEN})$' }}"
    for one in part.priced:
        path = _path(one.path, ignores_case=one.ignores_case)
        query = f" {{ query -m reg '^{parameter_expression(one.query)}$' }}"
        yield (
            f"http-request set-var({bucket}) int({one.bucket or 0}) {open_to} "
            f"{{ path,url_dec -m reg '^{path}$' }}"
            f"{query if one.query else ''}"
        )
    suffixes = "|".join(budgets.asset_suffixes)
    yield (
        f"http-request set-var({bucket}) int(0) {open_to} "
        f"{{ path,url_dec -m reg -i '\\.({suffixes})$' }} !{{ query -m sub & }}"
    )
    yield f"http-request set-var({bucket}) int({part.page_bucket}) {open_to}"


def caddy_budgets(budgets: FrontBudgets, version: str) -> str:
    """Nothing but words: what Debian's Caddy is made of counts no requests."""
    also = (
        (
            "Budgets: Caddy counts requests only with a module that is not part of it "
            "(mholt/caddy-ratelimit); put the gateway behind it, or nginx in front."
        ),
    )
    return "\n".join(_head("caddy", version, (*budgets.not_expressed, *also))) + "\n"


def not_expressed_in(text: str) -> tuple[str, ...]:
    """What the head of a file says that it leaves out."""
    mark = "# Not expressed: "
    lines = text.splitlines()
    return tuple(line.removeprefix(mark) for line in lines if line.startswith(mark))


def _head(server: str, version: str, not_expressed: tuple[str, ...]) -> Iterator[str]:
    yield f"# Written by `copyfair export {server} --budgets`; write it again when"
    yield "# policies change."
    yield f"# policy_version {version}"
    for one in not_expressed:
        yield f"# Not expressed: {one}"


def _coarse(budgets: FrontBudgets) -> tuple[str, ...]:
    slow = [one for one in budgets.buckets if one.requests * MINUTE_S < one.window_s]
    if not slow:
        return ()
    costs = ", ".join(str(cost) for cost in sorted({one.cost for one in slow}))
    return (
        (
            f"Less than one request a minute: pages that cost {costs} refill at one a "
            "minute, which is faster than their budget."
        ),
    )


def _per_minute(bucket: Bucket) -> int:
    return max(1, math.floor(bucket.requests * MINUTE_S / bucket.window_s))


def _is_dear(bucket: Bucket) -> bool:
    return bucket.cost > PAGE_COST


def _path(pattern: str, *, ignores_case: bool, is_before_a_query: bool = False) -> str:
    expression = path_expression(pattern, is_before_a_query=is_before_a_query)
    return f"(?i:{expression})" if ignores_case else expression


def _place(place: PlaceClass) -> str:
    return _path(place.path, ignores_case=place.ignores_case)


def _target(place: PricedPlace) -> str:
    query = parameter_expression(place.query) if place.query else ".*"
    path = _path(place.path, ignores_case=place.ignores_case, is_before_a_query=True)
    return f"{path}{escaped('?')}{query}"
