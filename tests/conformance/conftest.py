"""Conversations are held on each way in, as every test of the proxy is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from tests.integration.proxy import conftest as proxy

ON_EACH_WAY = "test_sequences.py"

way = proxy.way


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    if item.path.name == ON_EACH_WAY:
        return proxy.LOOPS
    return {"asyncio": asyncio.new_event_loop}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.path.name == ON_EACH_WAY:
        proxy.pytest_generate_tests(metafunc)
