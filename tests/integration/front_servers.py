"""The front servers of deploy/, run as they are shipped.

Nothing is changed but names, certificates and ports; a change whose text is not in
the snippet fails, so that a test never tests something of its own.
"""

import datetime as dt
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse, HTTPSConnection, IncompleteRead
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from tests.journeys.running import ENVIRONMENT, READY_WITHIN_S, Got

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
HOST = "archive.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

NGINX = """\
{user}daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.error.log;
events {{}}
http {{
  access_log off; default_type text/plain;
  client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {http}
}}
"""
# The archive says what it was told, so that a test sees what a front server adds.
ARCHIVE = """server {{
  listen 127.0.0.1:{port};
  location / {{
    return 200 "for $http_x_forwarded_for by $http_x_forwarded_proto to $http_host";
  }}
  location /refused {{ return 503 "not now"; }}
}}"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a front server runs.

    Attributes:
        folder: For its files; holds `pem`, `key` and `combined.pem`.
        port: Where readers come.
        ports: Text of the snippet to this test's: gateway, its admin, archive.
        decide_at: Where the gateway answers questions.
        maps: A file that `copyfair export` wrote; empty for what is shipped.
    """

    folder: Path
    port: int
    ports: Mapping[str, str]
    maps: str = ""
    decide_at: str = ""

    @property
    def asked_at(self) -> Mapping[str, str]:
        """The gateway's door for questions, as a change of a snippet."""
        return {"127.0.0.1:8702": self.decide_at}

    def written(self, name: str, snippet: str, changes: Mapping[str, str]) -> str:
        """Write a snippet with this test's names and ports; its path."""
        text = (DEPLOY / snippet).read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text, f"deploy/{snippet} has no {old!r}"
            text = text.replace(old, new)
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return str(file)


def nginx_command(program: Path, folder: Path, *, name: str, http: str) -> list[str]:
    """Run nginx in the foreground with one `http` block."""
    # As root its worker would become `nobody`, who may not look into our folder.
    user = "user root; " if os.geteuid() == 0 else ""
    conf = folder / f"{name}.conf"
    text = NGINX.format(user=user, folder=folder, name=name, http=http)
    conf.write_text(text, encoding="utf-8")
    return [str(program), "-p", str(folder), "-e", "stderr", "-c", str(conf)]


def _nginx(program: Path, place: Place) -> list[str]:
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{place.port} ssl",
        "    listen [::]:443 ssl;\n": "",
        f"/etc/ssl/{HOST}.": f"{place.folder}/",
        "127.0.0.1:8700": place.ports["127.0.0.1:8700"],
        "127.0.0.1:8080": place.ports["127.0.0.1:8080"],
    }
    snippet = place.written("copyfair.conf", "nginx/copyfair.conf", changes)
    http = f"include {snippet};"
    return nginx_command(program, place.folder, name="front", http=http)


def _nginx_asking(program: Path, place: Place) -> list[str]:
    maps = place.maps or place.written(
        "ask-everything.conf", "nginx/ask-everything.conf", {}
    )
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{place.port} ssl",
        "    listen [::]:443 ssl;\n": "",
        f"/etc/ssl/{HOST}.": f"{place.folder}/",
        "/etc/nginx/copyfair/ask*.conf": maps,
        "/etc/nginx/copyfair/": f"{place.folder}/",
        "/var/log/nginx/": f"{place.folder}/",
        **place.asked_at,
        "127.0.0.1:8700": place.ports["127.0.0.1:8700"],
        "127.0.0.1:8080": place.ports["127.0.0.1:8080"],
    }
    snippet = place.written("decide.conf", "nginx/decide.conf", changes)
    http = f"include {snippet};"
    return nginx_command(program, place.folder, name="front", http=http)


def _haproxy(program: Path, place: Place) -> list[str]:
    changes = {
        "bind :443": f"bind 127.0.0.1:{place.port}",
        f"/etc/ssl/{HOST}.": f"{place.folder}/",
        **place.ports,
    }
    conf = place.written("haproxy.cfg", "haproxy/haproxy.cfg", changes)
    return [str(program), "-db", "-f", conf]


def _haproxy_asking(program: Path, place: Place) -> list[str]:
    script = place.written("decide.lua", "haproxy/decide.lua", place.asked_at)
    changes = {
        "bind :443": f"bind 127.0.0.1:{place.port}",
        f"/etc/ssl/{HOST}.": f"{place.folder}/",
        "/etc/haproxy/copyfair-decide.lua": script,
        **place.asked_at,
        **place.ports,
    }
    if place.maps:
        # As docs/how-to/behind-nginx.md says: in the place of asking about everything.
        exported = Path(place.maps).read_text(encoding="utf-8")
        asks = "http-request lua.copyfair_decide if !own"
        changes[f"    {asks} {{ srv_is_up(copyfair_decide/door) }}\n"] = exported
    conf = place.written("haproxy.cfg", "haproxy/decide.cfg", changes)
    return [str(program), "-db", "-f", conf]


def _caddy_asking(program: Path, place: Place) -> list[str]:
    # Names without a port: Caddy 2.6 looks a site's log up by the Host as it came.
    here = (
        f"{{\n\tadmin off\n\tauto_https off\n\thttps_port {place.port}\n}}\n"
        f"localhost, {HOST} {{\n"
        f"\tbind 127.0.0.1\n\ttls {place.folder}/pem {place.folder}/key"
    )
    if place.maps:
        here = f"{Path(place.maps).read_text(encoding='utf-8')}\n{here}"
    changes = {
        f"{HOST} {{": here,
        **(dict.fromkeys(["\t\t#: "], "\t\t") if place.maps else {}),
        "/var/log/caddy/": f"{place.folder}/",
        **place.asked_at,
        "127.0.0.1:8700": place.ports["127.0.0.1:8700"],
        "127.0.0.1:8080": place.ports["127.0.0.1:8080"],
    }
    file = place.written("Caddyfile", "caddy/decide.Caddyfile", changes)
    return [str(program), "run", "--adapter", "caddyfile", "--config", file]


def _caddy(program: Path, place: Place) -> list[str]:
    here = (
        "{\n\tadmin off\n\tauto_https off\n}\n"
        f"https://localhost:{place.port}, https://{HOST}:{place.port} {{\n"
        f"\tbind 127.0.0.1\n\ttls {place.folder}/pem {place.folder}/key"
    )
    changes = {
        f"{HOST} {{": here,
        "127.0.0.1:8700": place.ports["127.0.0.1:8700"],
        "127.0.0.1:8080": place.ports["127.0.0.1:8080"],
    }
    file = place.written("Caddyfile", "caddy/Caddyfile", changes)
    return [str(program), "run", "--adapter", "caddyfile", "--config", file]


# The program and the command that runs its snippet, by what is shipped.
FRONTS: Mapping[str, tuple[str, Callable[[Path, Place], list[str]]]] = {
    "nginx": ("nginx", _nginx),
    "haproxy": ("haproxy", _haproxy),
    "caddy": ("caddy", _caddy),
    "nginx-asking": ("nginx", _nginx_asking),
    "haproxy-asking": ("haproxy", _haproxy_asking),
    "caddy-asking": ("caddy", _caddy_asking),
}


@contextmanager
def fronting(
    command: Sequence[str], place: Place, trust: ssl.SSLContext
) -> Generator[None]:
    """A front server for a test, ready when it answers over TLS."""
    # HAProxy writes no files: somebody else appends what it says.
    log = str(place.folder / "copyfair.usage.log")
    append = ["tee", "-a", log] if "haproxy" in command[0] else ["true"]
    with subprocess.Popen(
        append, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as said:
        process = subprocess.Popen(
            command,
            env=ENVIRONMENT,
            stdout=said.stdin if append[0] == "tee" else None,
            stderr=subprocess.DEVNULL,
        )
        with _answering(process, place, trust):
            yield


@contextmanager
def _answering(
    process: subprocess.Popen[bytes], place: Place, trust: ssl.SSLContext
) -> Generator[None]:
    give_up_at = time.monotonic() + READY_WITHIN_S
    try:
        while not _answers(place.port, trust):
            assert process.poll() is None, f"ended with {process.returncode}"
            assert time.monotonic() < give_up_at, "the front server does not answer"
            time.sleep(0.05)
        yield
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=30)


def _answers(port: int, trust: ssl.SSLContext) -> bool:
    try:
        return ask_over_tls(port, trust).status == 200
    except OSError:
        return False


def make_certificate(folder: Path) -> ssl.SSLContext:
    """Write a certificate for localhost as each server likes it; who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(Encoding.PEM)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {"pem": public, "key": private, "combined.pem": public + private}
    for file, content in files.items():
        (folder / file).write_bytes(content)
    return ssl.create_default_context(cadata=public.decode())


class PageCut(Exception):
    """A body was shorter than its head, or its last chunk, promised."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the body of a {status} was cut")
        self.status = status


def _whole(answer: HTTPResponse) -> bytes:
    try:
        return answer.read()
    except IncompleteRead:
        raise PageCut(answer.status) from None


def ask_over_tls(
    port: int,
    trust: ssl.SSLContext,
    target: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    source: str = "127.0.0.1",
) -> Got:
    """One request of a browser, on a connection of its own, from *source*.

    Raises:
        PageCut: the body ended before its announced end.
    """
    connection = HTTPSConnection(
        "localhost", port, timeout=30, context=trust, source_address=(source, 0)
    )
    told = {"Host": HOST, "User-Agent": BROWSER, **(headers or {})}
    try:
        connection.request(method, target, headers=told)
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Got(answer.status, fields, _whole(answer))
    finally:
        connection.close()
