"""Tests of the proxy run on two event loops, and those of the wire over TLS too."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from inspect import iscoroutinefunction

import pytest
import uvloop

from tests.integration.proxy.ways import here

# What TLS could change; what is said in a head is the same on either.
ABOUT_THE_WIRE = frozenset(
    (
        "test_express",
        "test_limits",
        "test_listener",
        "test_metering",
        "test_sequences",
        "test_websocket",
        "test_wire",
    )
)
LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return LOOPS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if not iscoroutinefunction(metafunc.function):
        return
    is_plain = metafunc.definition.get_closest_marker("plain_only") is not None
    chosen = metafunc.definition.iter_markers("parametrize")
    if any(marker.args[0] == "way" for marker in chosen):
        return
    over_tls = metafunc.module.__name__.rpartition(".")[2] in ABOUT_THE_WIRE
    ways = ["plain", "tls"] if over_tls and not is_plain else ["plain"]
    metafunc.parametrize("way", ways, indirect=True)


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    taken = getattr(request, "param", "plain")
    here.is_tls = taken == "tls"
    yield taken
    here.is_tls = False
