"""nginx: the archive behind everybody, and `proxy_pass` as most hosts run it.

Its default buffers are small for large files; the variant with large ones is the
fair yardstick there.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bench.peers.site import PROXY_CORE, Site, installed
from bench.processes import Server, free_port, on_core, serving

UPSTREAM_CORE = 1
LARGE_BUFFERS = """
        proxy_buffer_size 256k; proxy_buffers 4 256k;
        proxy_busy_buffers_size 512k; proxy_max_temp_file_size 0;"""

CONF = """\
{user}daemon off; pcre_jit on; worker_processes {workers};
pid {folder}/nginx-{port}.pid;
error_log {folder}/nginx-{port}.error.log error;
events {{ worker_connections 8192; }}
http {{
    access_log off; default_type application/octet-stream;
    sendfile on; tcp_nopush on; keepalive_requests 100000000;
    client_body_temp_path {folder}; proxy_temp_path {folder};
    fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
{http}
}}
"""
STATIC = "    server {{ listen 127.0.0.1:{port} backlog=4096; root {tree}; }}"
PROXY = """\
    upstream archive {{
        server 127.0.0.1:{upstream_port};
        keepalive 64; keepalive_requests 100000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://archive;
            proxy_http_version 1.1; proxy_set_header Connection "";{buffers}
        }}
    }}"""


def _command(
    folder: Path, port: int, *, http: str, core: int | None, workers: int = 1
) -> list[str]:
    conf = folder / f"nginx-{port}.conf"
    # As root its worker would become `nobody`, who may not look into our folder.
    user = "user root; " if os.geteuid() == 0 else ""
    text = CONF.format(user=user, workers=workers, folder=folder, port=port, http=http)
    conf.write_text(text, encoding="utf-8")
    command = [installed("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(conf)]
    return command if core is None else on_core(core, command)


@contextmanager
def archive(folder: Path, tree: Path) -> Generator[Server]:
    """The upstream of every contender: static files."""
    port = free_port()
    http = STATIC.format(port=port, tree=tree)
    command = _command(folder, port, http=http, core=UPSTREAM_CORE)
    with serving(command, port=port, folder=folder) as server:
        yield server


@contextmanager
def proxy(site: Site, *, buffers: str = "") -> Generator[Server]:
    """`proxy_pass` with kept-alive connections, one worker."""
    port = free_port()
    http = PROXY.format(upstream_port=site.upstream_port, port=port, buffers=buffers)
    command = _command(site.folder, port, http=http, core=PROXY_CORE)
    with serving(command, port=port, folder=site.folder) as server:
        yield server


@contextmanager
def proxy_unpinned(site: Site, *, workers: int) -> Generator[Server]:
    """`proxy_pass` by several workers, on whatever core the kernel chooses."""
    port = free_port()
    http = PROXY.format(upstream_port=site.upstream_port, port=port, buffers="")
    command = _command(site.folder, port, http=http, core=None, workers=workers)
    with serving(command, port=port, folder=site.folder) as server:
        yield server


@contextmanager
def running(site: Site, http: str) -> Generator[Server]:
    """Nginx with an `http` block of the caller's; `{port}` is where it listens."""
    port = free_port()
    text = http.replace("{port}", str(port))
    command = _command(site.folder, port, http=text, core=PROXY_CORE)
    with serving(command, port=port, folder=site.folder) as server:
        yield server


@contextmanager
def proxy_with_large_buffers(site: Site) -> Generator[Server]:
    """The same with buffers that suit large files."""
    with proxy(site, buffers=LARGE_BUFFERS) as server:
        yield server
