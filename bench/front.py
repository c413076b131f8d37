"""Forward-auth: nginx in front, and the gateway asked beside the path.

Four ways, one after the other in each round: nginx alone; nginx that asks `/decide`
about every request; the same with answers kept for two seconds; and nginx with our
exported rules, which ask only about what needs a decision, for a plain reader. The
CPU time of nginx and of the gateway is added up. All of them write an access log,
because usage is metered from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection

from bench.contenders import READER
from bench.effort import Effort
from bench.inline import Contender, cost_us
from bench.load import Load
from bench.peers import gateway, nginx
from bench.peers.gateway import Running, SetUp
from bench.peers.site import Site
from bench.processes import NotMeasured, Server

DECISION = "decision"
PLAIN, ASKED = "nginx", "nginx_asked"
CACHED, NATIVE = "nginx_cached", "nginx_native"
PLAIN_READER = "nginx_reader"
NOT_FOUND = 404

# As deploy/nginx/ has it: whatever is set here replaces what nginx would inherit.
TOLD = {
    "X-Original-URI": "$request_uri",
    "X-Original-Method": "$request_method",
    "X-Original-Host": "$http_host",
    "X-Forwarded-For": "$remote_addr",
    "X-Forwarded-Proto": "$scheme",
}
ARCHIVE = """\
    access_log {folder}/access.log combined buffer=64k flush=1s;
    upstream archive {{
        server 127.0.0.1:{upstream_port}; keepalive 64; keepalive_requests 100000000;
    }}
    upstream gateway {{
        server 127.0.0.1:{admin_port}; keepalive 64; keepalive_requests 100000000;
    }}
"""
SERVER = """\
    server {{
        listen 127.0.0.1:{{port}} backlog=4096;
        location / {{
            {ask}
            proxy_pass http://archive;
            proxy_http_version 1.1; proxy_set_header Connection "";
        }}
        location = /_copyfair_decide {{
            internal;
            proxy_pass http://gateway/decide;
            proxy_pass_request_body off;
            proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            {told}
            {kept}
        }}
    }}
"""
ASK = "auth_request /_copyfair_decide;"
CACHE = "    proxy_cache_path {folder}/decisions keys_zone=decisions:4m;\n"
KEPT = (
    'proxy_cache decisions; proxy_cache_key "$remote_addr $host $request_uri '
    '$http_user_agent $http_authorization"; proxy_cache_valid any 2s; '
    "proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
)


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
    front = Front()
    with ExitStack() as stack:
        setting = gateway.set_up(site, "front")
        _trust_loopback(setting)
        running = stack.enter_context(setting.serving())
        _assert_decides(running, setting)
        racing = _nginxes(stack, site, running=running, setting=setting)
        try:
            exported = _exported(setting)
            server = stack.enter_context(nginx.running(site, exported))
            racing.append(Contender(NATIVE, _with(server, running), READER))
        except NotMeasured as fault:
            front.faults["forward_auth.ratio_nginx_readers"] = str(fault)
        for number in range(effort.rounds + 1):
            for contender in racing:
                target = "/decide" if contender.name == DECISION else "/1k.bin"
                load = Load(target, seconds=effort.seconds, requests=effort.requests)
                found_us = cost_us(contender, load)
                if number:  # the first round warms up
                    front.rounds.setdefault(contender.name, []).append(found_us)
    return front


def _nginxes(
    stack: ExitStack, site: Site, *, running: Running, setting: SetUp
) -> list[Contender]:
    base = ARCHIVE.format(
        folder=site.folder,
        upstream_port=site.upstream_port,
        admin_port=running.admin_port,
    )
    told = " ".join(f"proxy_set_header {name} {is_};" for name, is_ in TOLD.items())
    ways = {
        PLAIN: base + SERVER.format(ask="", told=told, kept=""),
        ASKED: base + SERVER.format(ask=ASK, told=told, kept=""),
        CACHED: base
        + CACHE.format(folder=site.folder)
        + SERVER.format(ask=ASK, told=told, kept=KEPT),
    }
    servers = {
        name: stack.enter_context(nginx.running(site, http))
        for name, http in ways.items()
    }
    decider = Server(running.pid, running.admin_port)
    return [
        Contender(DECISION, decider, _asking(setting.known)),
        Contender(PLAIN, servers[PLAIN], setting.known),
        Contender(ASKED, _with(servers[ASKED], running), setting.known),
        Contender(CACHED, _with(servers[CACHED], running), setting.known),
        Contender(PLAIN_READER, servers[PLAIN], READER),
    ]


def _with(server: Server, running: Running) -> Server:
    return Server(server.pid, server.port, helpers=(running.pid,))


def _asking(headers: Mapping[str, str]) -> Mapping[str, str]:
    """What nginx would tell `/decide` about a request for a small file."""
    values = {
        "$request_uri": "/1k.bin",
        "$request_method": "GET",
        "$http_host": "127.0.0.1",
        "$remote_addr": "127.0.0.1",
        "$scheme": "http",
    }
    return {**headers, **{name: values[is_] for name, is_ in TOLD.items()}}


def _assert_decides(running: Running, setting: SetUp) -> None:
    connection = HTTPConnection("127.0.0.1", running.admin_port, timeout=10)
    try:
        connection.request("GET", "/decide", headers=dict(_asking(setting.known)))
        status = connection.getresponse().status
    finally:
        connection.close()
    if status == NOT_FOUND:
        raise NotMeasured("the admin listener has no /decide yet")
    if status // 100 != 2:
        raise NotMeasured(f"/decide answers a party that is allowed with {status}")


def _trust_loopback(setting: SetUp) -> None:
    """Let `/decide` believe what nginx says of its clients."""
    file = setting.folder / "gateway.yaml"
    text = file.read_text(encoding="utf-8")
    wide = text.replace("trusted_proxies: []", "trusted_proxies: [127.0.0.0/8]")
    file.write_text(wide, encoding="utf-8")


def _exported(setting: SetUp) -> str:
    """The `http` block that `copyfair export nginx` writes, on ports of ours.

    Raises:
        NotMeasured: there is no such command yet.
    """
    raise NotMeasured("`copyfair export nginx` does not exist yet")
