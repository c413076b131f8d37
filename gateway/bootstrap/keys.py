"""A set-up's own secrets: made once by `init`, opened at every start."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from pathlib import Path

from gateway.bootstrap.chance import SystemClock
from gateway.credentials.key_ring import KeyRing, load_key_ring, make_signing_key
from gateway.credentials.pepper import load_peppers, make_pepper, peppers_from
from gateway.credentials.private_file import read_private, write_private
from gateway.credentials.signing_key import SigningKey
from gateway.identity.pepper import Peppers
from gateway.identity.secret import Secret
from gateway.settings import Settings

PEPPER = "pepper"
BOOKS_KEY = "books.pem"
PEPPER_VARIABLE = "COPYFAIR_PEPPER"


def make_keys(folder: Path) -> list[Path]:
    """Make a pepper and a signing key in *folder*, readable by their owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_pepper(folder / PEPPER, chance=secrets.randbelow)
    make_signing_key(folder, now_us=SystemClock().now_us())
    return sorted(folder.iterdir())


def peppers_of(settings: Settings) -> Peppers:
    """The peppers, from the environment where they stand there."""
    given = settings.environment.get(PEPPER_VARIABLE)
    if given:
        return peppers_from(Secret(given), place=PEPPER_VARIABLE)
    return load_peppers(settings.keys_folder / PEPPER)


def key_ring_of(settings: Settings) -> KeyRing:
    """The signing keys."""
    return load_key_ring(settings.keys_folder)


def books_key_of(settings: Settings) -> SigningKey:
    """The key that signs checkpoints of the open books; made when it is first needed.

    It is none of the ring: tokens rotate their keys, a log keeps its own.
    """
    path = settings.keys_folder / BOOKS_KEY
    if not path.exists():
        write_private(path, SigningKey.made().pem())
    return SigningKey.from_pem(read_private(path), place=str(path))


def relief_key_of(settings: Settings) -> bytes:
    """What tickets are sealed with: the same in every worker, and nowhere written."""
    pepper = peppers_of(settings).current.secret.reveal()
    return hmac.digest(pepper.encode(), b"copyfair relief", hashlib.sha256)
