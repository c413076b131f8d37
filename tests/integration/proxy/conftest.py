"""Every test of the proxy is taken on each way in: two event loops, plain and TLS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from inspect import iscoroutinefunction

import pytest
import uvloop

from tests.integration.proxy.ways import here

LOOPS: Mapping[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return LOOPS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if iscoroutinefunction(metafunc.function):
        metafunc.parametrize("way", ["plain", "tls"], indirect=True)


@pytest.fixture(autouse=True)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    taken = getattr(request, "param", "plain")
    here.is_tls = taken == "tls"
    yield taken
    here.is_tls = False
