"""The `mail` section: a server, its password from outside, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mail.smtp import Security
from gateway.policy_files.faults import Faults
from gateway.settings import Settings, read_settings

REQUIRED = """\
public_url: https://archive.example
upstreams: {archive: "http://127.0.0.1:8080"}
store: sqlite:///copyfair.db
"""


def settings_with(folder: Path, mail: str) -> Settings:
    file = folder / "gateway.yaml"
    file.write_text(f"{REQUIRED}mail: {{{mail}}}\n" if mail else REQUIRED, "utf-8")
    return read_settings(file)


def test_without_a_server_there_is_none(tmp_path: Path) -> None:
    assert settings_with(tmp_path, "").mail is None


@pytest.mark.parametrize(
    ("security", "port"), [("starttls", 587), ("tls", 465)], ids=["starttls", "tls"]
)
def test_a_server_is_read_with_its_password_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str, port: int
) -> None:
    monkeypatch.setenv("COPYFAIR_MAIL_PASSWORD", "open")

    mail = settings_with(
        tmp_path,
        f"host: mail.example, security: {security}, user: archive, ca: ca.pem,"
        " from: Archive <archive@commons.example>",
    ).mail

    assert mail is not None
    assert (mail.security, mail.port) == (Security(security), port)
    assert mail.password is not None
    assert mail.password.reveal() == "open"
    assert mail.ca == tmp_path / "ca.pem"


def test_a_password_lies_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("open\n", "utf-8")
    told = "host: m.example, user: a, from: a@b.example, password_file: password"
    file.chmod(0o600)
    mail = settings_with(tmp_path, told).mail
    file.chmod(0o644)

    assert mail is not None
    assert mail.password is not None
    assert mail.password.reveal() == "open"
    with pytest.raises(Faults, match="chmod 600"):
        settings_with(tmp_path, told)


@pytest.mark.parametrize(
    ("mail", "says"),
    [
        ("host: mail.example", "needs `host` and `from`"),
        ("from: a@b.example", "needs `host` and `from`"),
        ("host: mail.example, from: nobody", "an address such as"),
        ("host: m.example, from: a@b.example, user: a", "needs a password"),
        ("host: m.example, from: a@b.example, security: none", "on this machine"),
        ("host: m.example, from: a@b.example, security: ssl", "is none of"),
        (
            "host: m.example, from: a@b.example, user: a, password_file: missing",
            "cannot be read",
        ),
        ("host: m.example, from: a@b.example, password: open", "password"),
    ],
    ids=[
        "no sender",
        "no host",
        "no address",
        "no password",
        "open line",
        "no such security",
        "no such file",
        "a password in the file",
    ],
)
def test_what_cannot_be_is_a_fault(tmp_path: Path, mail: str, says: str) -> None:
    with pytest.raises(Faults, match=says):
        settings_with(tmp_path, mail)
