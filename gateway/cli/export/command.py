"""copyfair export: the part of the policies that a front server can hold itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import click

from gateway.bootstrap import policies_of
from gateway.cli.export.budgets import (
    caddy_budgets,
    haproxy_budgets,
    nginx_budgets,
    not_expressed_in,
)
from gateway.cli.export.nginx import nginx_maps
from gateway.cli.export.others import caddy_matcher, haproxy_rules
from gateway.cli.screen import aside, emit, json_option
from gateway.cli.setup import optional_config_option
from gateway.services.front_budgets import FrontBudgets, front_budgets
from gateway.services.front_maps import FrontMaps, front_maps
from gateway.settings import Settings

Written = Callable[[FrontMaps, str, bool], str]

SERVERS: Mapping[str, Written] = MappingProxyType(
    {
        "nginx": lambda maps, version, cache: nginx_maps(maps, version, cache=cache),
        "haproxy": lambda maps, version, _: haproxy_rules(maps, version),
        "caddy": lambda maps, version, _: caddy_matcher(maps, version),
    }
)

BUDGETS: Mapping[str, Callable[[FrontBudgets, str], str]] = MappingProxyType(
    {"nginx": nginx_budgets, "haproxy": haproxy_budgets, "caddy": caddy_budgets}
)


@click.command()
@click.argument("server", type=click.Choice(list(SERVERS)))
@click.option(
    "--cache",
    is_flag=True,
    help="nginx: also keep decisions for two seconds.",
)
@click.option(
    "--budgets",
    "has_budgets",
    is_flag=True,
    help="Write budgets instead: relief with no gateway at all.",
)
@optional_config_option
@json_option
def export(
    server: str,
    settings: Settings | None,
    *,
    cache: bool,
    has_budgets: bool,
    as_json: bool,
) -> None:
    """Write whom SERVER must ask about, read off the policies.

    Asked are credentials of ours, automation that gives its name, dear pages, and
    collections in which something else than the reference policy decides. Everybody
    else gets the page from SERVER itself. What is not expressed stands in the first
    lines and on standard error; docs/how-to/behind-nginx.md says where the file goes.

    \b
    Examples:
      copyfair export nginx --config my-archive > /etc/nginx/copyfair/ask.conf
      copyfair export haproxy --config my-archive
      copyfair export nginx --budgets > /etc/nginx/conf.d/budgets.conf
    """
    policies = policies_of(settings)
    if has_budgets:
        budgets = front_budgets(policies)
        text = BUDGETS[server](budgets, policies.version)
        left_out = not_expressed_in(text)
    else:
        maps = front_maps(policies)
        text = SERVERS[server](maps, policies.version, cache)
        left_out = maps.not_expressed
    if as_json:
        document = {"server": server, "configuration": text}
        emit("export", {**document, "not_expressed": list(left_out)})
        return
    click.echo(text, nl=False)
    for one in left_out:
        aside().print(f"not expressed: {one}")
