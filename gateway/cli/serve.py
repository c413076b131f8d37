"""copyfair serve: run the gateway."""

from __future__ import annotations

from dataclasses import replace

import click

from gateway.bootstrap.serving import serve as run
from gateway.cli.setup import config_option
from gateway.settings import Settings
from gateway.settings.reading import WORKERS_MAX
from gateway.settings.section import listen_address


@click.command()
@click.option("--listen", default="", help="host:port of the public listener.")
@click.option("--admin-listen", default="", help="host:port of the admin listener.")
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS_MAX),
    help="Processes on the public listener.",
)
@config_option
def serve(
    settings: Settings, *, listen: str, admin_listen: str, workers: int | None
) -> None:
    """Run the gateway until SIGTERM or Ctrl-C; one JSON line per event on stderr.

    Policies, keys, the certificate and the off switch are followed while it runs;
    SIGHUP reads policies and certificate again at once. A broken policy never
    replaces a good one, nor a broken certificate.

    With two workers or more a parent process holds the sockets, and one more process
    writes what is metered; `copyfair restart` then replaces them all without losing
    a connection.

    \b
    Examples:
      copyfair serve --config my-archive/gateway.yaml
      copyfair serve --config my-archive/gateway.yaml --listen 0.0.0.0:8700
      copyfair serve --config my-archive/gateway.yaml --workers 4
    """
    if listen:
        settings = replace(settings, listen=listen_address(listen))
    if admin_listen:
        settings = replace(settings, admin_listen=listen_address(admin_listen))
    run(replace(settings, workers=workers or settings.workers))
