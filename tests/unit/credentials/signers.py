"""Signs requests as a bot would, for tests: Ed25519 over a base written by hand."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.credentials.web_keys import thumbprint_of
from gateway.kernel.request import Headers, Request

AGENT_URL = "https://bot.example/keys"
NOW_S = 1_793_000_000


@dataclass(frozen=True)
class Signer:
    private: Ed25519PrivateKey = field(
        default_factory=lambda: Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    )

    @property
    def jwk(self) -> dict[str, str]:
        raw = self.private.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        return {"kty": "OKP", "crv": "Ed25519", "x": x}

    @property
    def keyid(self) -> str:
        return thumbprint_of(self.jwk)

    def request(
        self,
        *,
        target: str = "/",
        agent: str = f'a="{AGENT_URL}"',
        covered: Sequence[tuple[str, str]] = (
            ('"@authority"', "archive.example"),
            ('"signature-agent";key="a"', f'"{AGENT_URL}"'),
        ),
        parameters: str = "",
        created_s: int = NOW_S,
        expires_s: int = NOW_S + 60,
        tag: str = "web-bot-auth",
        fields: Sequence[tuple[str, str]] = (),
    ) -> Request:
        told = " ".join(name for name, _ in covered)
        written = (
            f"({told});created={created_s};expires={expires_s}"
            f';keyid="{self.keyid}"{parameters};tag="{tag}"'
        )
        lines = [f"{name}: {value}" for name, value in covered]
        base = "\n".join([*lines, f'"@signature-params": {written}']).encode()
        raw = base64.b64encode(self.private.sign(base)).decode()
        return Request(
            id=f"req_{hash((written, target))}",
            method="GET",
            scheme="https",
            host="archive.example",
            authority="archive.example",
            target=target,
            path=target.partition("?")[0],
            query=target.partition("?")[2],
            headers=Headers(
                [
                    ("Signature-Agent", agent),
                    ("Signature-Input", f"sig={written}"),
                    ("Signature", f"sig=:{raw}:"),
                    *fields,
                ]
            ),
            client_ip="198.51.100.7",
        )
