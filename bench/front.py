"""Forward-auth: nginx in front, and the gateway asked beside the path.

Real nginx with the configuration we ship, `deploy/nginx/decide.conf`, on ports of
ours and without TLS. Four ways, one after the other in each round: nginx alone;
nginx that asks about every request; the same with answers kept for two seconds; and
nginx with the map that `copyfair export nginx` writes, which asks only about what
needs a decision, for a plain reader. The CPU time of nginx and of the gateway is
added up, with metering from the log switched on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection

from bench.contenders import READER
from bench.effort import Effort
from bench.inline import Contender, cost_us
from bench.load import Load, Shape
from bench.machine import ROOT
from bench.peers import gateway, nginx
from bench.peers.gateway import Running, SetUp, copyfair_says
from bench.peers.site import Site
from bench.processes import NotMeasured, Server, free_port

DECISION = "decision"
PLAIN, ASKED = "nginx", "nginx_asked"
CACHED, NATIVE = "nginx_cached", "nginx_native"
PLAIN_READER = "nginx_reader"

SHIPPED = ROOT / "deploy" / "nginx" / "decide.conf"
DECIDE = "/decide/nginx"
MAP = re.compile(r"^include .*;$", re.MULTILINE)
TLS = re.compile(r"^ *(?:listen \[.*|ssl_certificate.*)\n", re.MULTILINE)
LISTEN = re.compile(r"listen 443 ssl;")
LOG = re.compile(r"/var/log/nginx/")
ASKING = "location = /_copyfair/decide {"
ASK_ALWAYS = "map $uri $copyfair_ask { default 1; }\n"
ALONE = """\
    upstream archive {{
        server 127.0.0.1:{upstream_port}; keepalive 64;
    }}
    server {{
        listen 127.0.0.1:{{port}} backlog=4096;
        location / {{
            proxy_pass http://archive;
            proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
"""
CACHE = "proxy_cache_path {folder}/decisions keys_zone=decisions:4m;\n"
KEPT = (
    ' proxy_cache decisions; proxy_cache_key "$remote_addr $http_host $request_uri '
    '$http_user_agent $http_authorization"; proxy_cache_valid 200 2s; '
    "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
)
SETTINGS = """
forward_auth: {{listen: '127.0.0.1:{port}', trusted: [127.0.0.1]}}
access_log: {{file: {folder}/copyfair.usage.log, format: nginx}}
"""


@dataclass(slots=True)
class Front:
    """CPU-µs per request, one number for each round, by the way it was asked.

    Attributes:
        rounds: The numbers.
        faults: Why something was not measured.
    """

    rounds: dict[str, list[float]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> list[float]:
        """The rounds of one way; empty when it was not measured."""
        return self.rounds.get(name, [])


def measure(site: Site, effort: Effort) -> Front:
    """Measure what can be measured of it.

    Raises:
        NotMeasured: the gateway decides nothing beside the path.
    """
    if not SHIPPED.exists():
        raise NotMeasured("deploy/nginx/decide.conf does not exist yet")
    front = Front()
    with ExitStack() as stack:
        setting = gateway.set_up(site, "front")
        decide_port = free_port()
        _trust_loopback(setting, site, decide_port=decide_port)
        running = stack.enter_context(setting.serving())
        running = replace(running, decide_port=decide_port)
        _assert_decides(running, setting)
        racing = _nginxes(stack, site, running=running, setting=setting)
        try:
            racing += _native(stack, site, running=running, setting=setting)
        except NotMeasured as fault:
            front.faults["forward_auth.ratio_nginx_readers"] = str(fault)
        for number in range(effort.rounds + 1):
            for contender in racing:
                target = DECIDE if contender.name == DECISION else "/1k.bin"
                load = Load(target, seconds=effort.seconds, requests=effort.requests)
                found_us = cost_us(contender, load)
                if number:  # the first round warms up
                    front.rounds.setdefault(contender.name, []).append(found_us)
    return front


def _nginxes(
    stack: ExitStack, site: Site, *, running: Running, setting: SetUp
) -> list[Contender]:
    cache = CACHE.format(folder=site.folder)
    asked = _shipped(site, running, ask=ASK_ALWAYS)
    ways = {
        PLAIN: ALONE.format(upstream_port=site.upstream_port),
        ASKED: asked,
        CACHED: cache + asked.replace(ASKING, ASKING + KEPT),
    }
    servers = {
        name: stack.enter_context(nginx.running(site, http))
        for name, http in ways.items()
    }
    decider = Server(running.pid, running.decide_port)
    return [
        Contender(DECISION, decider, _asking(setting.known), shape=Shape.IN_ORDER),
        Contender(PLAIN, servers[PLAIN], setting.known),
        Contender(ASKED, _with(servers[ASKED], running), setting.known),
        Contender(CACHED, _with(servers[CACHED], running), setting.known),
        Contender(PLAIN_READER, servers[PLAIN], READER),
    ]


def _native(
    stack: ExitStack, site: Site, *, running: Running, setting: SetUp
) -> list[Contender]:
    """Nginx with the map of our rules, asked by a plain reader.

    Raises:
        NotMeasured: `copyfair export nginx` does not answer.
    """
    config = str(setting.folder / "gateway.yaml")
    exported = copyfair_says("export", "nginx", "--config", config)
    http = _shipped(site, running, ask=exported)
    server = stack.enter_context(nginx.running(site, http))
    return [Contender(NATIVE, _with(server, running), READER)]


def _shipped(site: Site, running: Running, *, ask: str) -> str:
    """The shipped configuration on our ports, with a map of what is asked about."""
    http = SHIPPED.read_text(encoding="utf-8")
    for port, ours in {
        8700: running.port,
        8702: running.decide_port,
        8080: site.upstream_port,
    }.items():
        http = http.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ours}")
    http = MAP.sub(lambda _: ask, TLS.sub("", http))
    http = LISTEN.sub("listen 127.0.0.1:{port} backlog=4096;", http)
    return LOG.sub(f"{site.folder}/front/", http)


def _with(server: Server, running: Running) -> Server:
    return Server(server.pid, server.port, helpers=(running.pid,))


def _asking(headers: Mapping[str, str]) -> Mapping[str, str]:
    """What nginx tells `/decide/nginx` about a request for a small file."""
    return {
        "X-Original-URI": "/1k.bin",
        "X-Original-Method": "GET",
        "X-Original-Id": "0" * 32,
        "X-Original-Host": "127.0.0.1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        **headers,
    }


def _assert_decides(running: Running, setting: SetUp) -> None:
    connection = HTTPConnection("127.0.0.1", running.decide_port, timeout=10)
    try:
        connection.request("GET", DECIDE, headers=dict(_asking(setting.known)))
        status = connection.getresponse().status
    finally:
        connection.close()
    if status // 100 != 2:
        raise NotMeasured(f"{DECIDE} answers a party that is allowed with {status}")


def _trust_loopback(setting: SetUp, site: Site, *, decide_port: int) -> None:
    """Let `/decide` believe what nginx says of its clients."""
    file = setting.folder / "gateway.yaml"
    text = file.read_text(encoding="utf-8")
    trusting = text.replace("trusted_proxies: []", "trusted_proxies: [127.0.0.1]")
    told = SETTINGS.format(folder=site.folder / "front", port=decide_port)
    file.write_text(trusting + told, encoding="utf-8")
