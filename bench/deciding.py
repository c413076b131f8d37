"""Deciding: what the pure part of a request costs, and how that grows with rules.

In this process, without a socket: classify and decide, in CPU time. The large
policy has a thousand rules of its own before those of the pack, each of which must
be passed over for a reader: the worst order there is.
"""

from __future__ import annotations

import time
from pathlib import Path

from bench.effort import Effort
from bench.load import BROWSER
from bench.processes import NotMeasured
from gateway.bootstrap.shipped import shipped_policies
from gateway.classification.classify import classify
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Headers, Request
from gateway.licensing.costs import cost_of
from gateway.licensing.decide import Resource, decide
from gateway.licensing.policy import PolicySet
from gateway.policy_files.loader import load

RULES = 1_000
PATHS = 64
NS_PER_US = 1_000
ROUND_NS_MAX = 1_000_000_000
LINKED = ("packs", "agents")

COLLECTION = """\
collection: whole-site
title: The whole site
steward: Bench
contact: bench@archive.example
upstream: archive
match: {{paths: ["/**"]}}
licence: CC0-1.0
rights: own
basis: service
sensitivity: open
extends: copyfair
rules:
{rules}"""
RULE = """\
  - id: house-rule-{number}
    when: {{client.operator: operator-{number}}}
    then: deny
    because: A rule among many.
"""


def shipped() -> PolicySet:
    """The policies that come with the gateway."""
    return load(shipped_policies())


def large(folder: Path) -> PolicySet:
    """The shipped pack behind a thousand rules of a collection's own.

    Raises:
        NotMeasured: our own policy does not load.
    """
    for name in LINKED:
        (folder / name).symlink_to(shipped_policies() / name)
    rules = "".join(RULE.format(number=number) for number in range(RULES))
    collection = folder / "collections" / "whole-site.yaml"
    collection.parent.mkdir()
    collection.write_text(COLLECTION.format(rules=rules), encoding="utf-8")
    try:
        return load(folder)
    except GatewayError as fault:
        raise NotMeasured(fault.detail) from fault


def decide_us(policies: PolicySet, effort: Effort) -> list[float]:
    """CPU-µs per classified and decided request, one number for each round.

    A round ends early after a second, so that a slow policy holds nobody up.
    """
    asked = [_request(number) for number in range(PATHS)]
    _decide_all(policies, asked)
    rounds = []
    for _ in range(effort.rounds):
        decided = used_ns = 0
        before_ns = time.process_time_ns()
        while decided < effort.decisions and used_ns < ROUND_NS_MAX:
            _decide_all(policies, asked)
            decided += PATHS
            used_ns = time.process_time_ns() - before_ns
        rounds.append(used_ns / NS_PER_US / decided)
    return rounds


def _decide_all(policies: PolicySet, asked: list[Request]) -> None:
    for each in asked:
        collection = policies.collection_for(each.host, each.path)
        cost = 1 if collection is None else cost_of(collection, each.path, each.query)
        facts = classify(each, ANONYMOUS, policies.agents)
        resource = Resource(collection, each.path, each.query, each.method, cost)
        decide(policies, facts, resource, None)


def _request(number: int) -> Request:
    path = f"/pages/{number}"
    return Request(
        id=f"req_{number}",
        method="GET",
        scheme="https",
        host="archive.example",
        authority="archive.example",
        target=path,
        path=path,
        headers=Headers([("User-Agent", BROWSER), ("Accept", "text/html")]),
        client_ip="198.51.100.7",
        received_us=1_793_000_000_000_000,
    )
