"""TLS on the public listener: one live context, renewed whole or not at all."""

from __future__ import annotations

import ssl
from pathlib import Path

from gateway.kernel.errors import Misconfigured

# AEAD alone: what is encrypted is then of a known length, so that what left this
# machine can be counted, and nobody needs the others any more.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class Certificate:
    """The listener's certificate.

    Attributes:
        context: Give it to the listener; a renewal changes it in place, for new
            connections alone.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Load both files.

        Raises:
            Misconfigured: they cannot be read, or do not belong together.
        """
        self._certificate = certificate
        self._key = key
        self.context = _context()
        self.renew()

    @property
    def files(self) -> tuple[Path, Path]:
        """The certificate chain and the key."""
        return self._certificate, self._key

    def renew(self) -> None:
        """Read the files again; a faulty one changes nothing.

        Raises:
            Misconfigured: they cannot be read, or do not belong together.
        """
        self._load(_context())
        self._load(self.context)

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            # A key with a password would ask for it on the terminal.
            context.load_cert_chain(self._certificate, self._key, password=_refused)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", "") or getattr(error, "strerror", "")
            detail = (
                f"tls: {self._certificate} and {self._key} cannot be used together "
                f"({reason or 'unreadable'}); both are PEM, the chain comes first, "
                "and the key has no password"
            )
            raise Misconfigured(detail) from None


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _refused() -> str:
    return ""
