"""Which set-up a command is about: `--config FILE`, and the house opened on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.settings import Settings, read_settings

F = TypeVar("F", bound=Callable[..., Any])

HERE = Path("gateway.yaml")


class SetUp(click.ParamType[Settings]):
    """A gateway.yaml, or the folder that holds one; read when it is given."""

    name = "FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Settings:
        if isinstance(value, Settings):
            return value
        path = Path(value)
        return read_settings(path / HERE if path.is_dir() else path)


def config_option(command: F) -> F:
    """Add `--config`; the command gets `settings`."""
    return click.option(
        "--config",
        "settings",
        type=SetUp(),
        default=str(HERE),
        show_default=True,
        help="The set-up's gateway.yaml.",
    )(command)


def optional_config_option(command: F) -> F:
    """Add `--config`; without it `settings` is None and what is shipped counts."""
    return click.option(
        "--config", "settings", type=SetUp(), help="The set-up's gateway.yaml."
    )(command)
