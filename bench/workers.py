"""Two workers against one: requests per second, and what each request costs.

Nobody is pinned, because two workers want two cores; the load and the archive want
some of them too, so on a small machine even a perfect gateway stays below twice.
nginx with one and with two workers, in the same rounds, shows how far one can get
here at all.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from bench.contenders import READER
from bench.effort import Effort
from bench.load import Load, send
from bench.peers import gateway, nginx
from bench.peers.gateway import How
from bench.peers.site import Site
from bench.processes import Server

NS_PER_US = 1_000
CONNECTIONS = 64
ONE, TWO = "gateway_1", "gateway_2"
NGINX_ONE, NGINX_TWO = "nginx_1", "nginx_2"


@dataclass(slots=True)
class Workers:
    """One number for each round, by who answered.

    Attributes:
        per_s: Requests per second.
        cpu_us: CPU-µs per request, all processes.
        faults: Why something was not measured.
    """

    per_s: dict[str, list[float]] = field(default_factory=dict)
    cpu_us: dict[str, list[float]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def measure(site: Site, effort: Effort) -> Workers:
    """Measure one and two workers in turns.

    Raises:
        NotMeasured: the gateway does not start, or not with two workers.
    """
    found = Workers()
    with ExitStack() as stack:
        one = gateway.set_up(site, "workers-1").serving(How(is_pinned=False))
        two = gateway.set_up(site, "workers-2").serving(How(2, is_pinned=False))
        servers: dict[str, Server] = {
            ONE: stack.enter_context(one),
            TWO: stack.enter_context(two),
            NGINX_ONE: stack.enter_context(nginx.proxy_unpinned(site, workers=1)),
            NGINX_TWO: stack.enter_context(nginx.proxy_unpinned(site, workers=2)),
        }
        load = Load(
            "/1k.bin",
            READER,
            connections=CONNECTIONS,
            seconds=effort.seconds,
            requests=effort.requests,
        )
        for name, server in servers.items():
            send(replace(load, requests=CONNECTIONS), server.port)
            found.per_s[name], found.cpu_us[name] = [], []
        for _ in range(effort.rounds):
            for name, server in servers.items():
                before_ns = server.cpu_ns()
                sent = send(load, server.port)
                used_us = (server.cpu_ns() - before_ns) / NS_PER_US
                found.per_s[name].append(sent.per_s)
                found.cpu_us[name].append(used_us / sent.requests)
    return found
