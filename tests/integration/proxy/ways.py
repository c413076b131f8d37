"""The way clients come in now: plain, or with a certificate of our own making."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.proxy.tls import Certificate

LOCALHOST = "127.0.0.1"


@dataclass
class Way:
    """How clients come in, and whether plain requests go by express."""

    is_tls: bool = False
    is_express: bool = True


here = Way()


def write_certificate(folder: Path, name: str = LOCALHOST) -> tuple[Path, Path]:
    """A certificate for loopback that nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address(LOCALHOST))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


@cache
def certificate() -> tuple[Path, Path]:
    """One certificate for all tests of a process."""
    return write_certificate(Path(mkdtemp(prefix="copyfair-tls-")))


def server_side() -> ssl.SSLContext | None:
    """What the listener speaks now."""
    return Certificate(*certificate()).context if here.is_tls else None


def client_side() -> ssl.SSLContext | None:
    """What a client speaks now."""
    if not here.is_tls:
        return None
    return ssl.create_default_context(cafile=str(certificate()[0]))


async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw connection to the gateway."""
    return await asyncio.open_connection(LOCALHOST, port, ssl=client_side())
