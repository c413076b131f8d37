"""The `mail` section: where letters are handed in."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path

from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue
from gateway.mail.smtp import MailServer, Security
from gateway.settings.section import PORT_MAX, Section

PASSWORD_VARIABLE = "COPYFAIR_MAIL_PASSWORD"
PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
SECRET_BITS = 0o077


def mail_of(
    section: Section, folder: Path, environment: Mapping[str, str]
) -> MailServer | None:
    """The mail server; None where none is named.

    The password stands in `COPYFAIR_MAIL_PASSWORD`, or in a file that only its owner
    reads; never in gateway.yaml.
    """
    security = section.choice(
        "security", {each.value: each for each in Security}, Security.STARTTLS.value
    )
    host = section.text("host", str, default="")
    port = section.number("port", PORTS[security], at_least=1, at_most=PORT_MAX)
    sender = section.text("from", sender_address, default="")
    user = section.text("user", str, default="")
    file = section.text("password_file", str, default="")
    ca = section.text("ca", str, default="")
    is_meant = bool(host or sender or user or file)
    if is_meant and not (host and sender):
        section.fault_at_start("mail needs `host` and `from`")
    if security is Security.NONE and host and host not in LOOPBACK:
        section.fault_at_start(
            "mail.security none is for a server on this machine; use starttls or tls"
        )
    password = environment.get(PASSWORD_VARIABLE, "")
    if not password and file:
        password = _read(section, folder / file)
    if user and not password:
        section.fault_at_start(
            f"mail.user needs a password: {PASSWORD_VARIABLE}, or mail.password_file"
        )
    section.close()
    if not is_meant:
        return None
    return MailServer(
        host=host,
        port=port,
        sender=sender,
        security=security,
        user=user,
        password=Secret(password) if password else None,
        ca=folder / ca if ca else None,
    )


def sender_address(text: str) -> str:
    """`archive@commons.example` or `Archive <archive@commons.example>`.

    Raises:
        InvalidValue: it is none.
    """
    _, address = parseaddr(text)
    try:
        Address(addr_spec=address)
    except (ValueError, IndexError):
        address = ""
    if "@" not in address or not text.isprintable():
        detail = f"an address such as Archive <archive@commons.example>, not {text!r}"
        raise InvalidValue(detail)
    return text


def _read(section: Section, file: Path) -> str:
    try:
        if file.stat().st_mode & SECRET_BITS:
            section.fault_at_start(f"{file} can be read by others; chmod 600 {file}")
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        section.fault_at_start(f"mail.password_file {file} cannot be read")
        return ""
