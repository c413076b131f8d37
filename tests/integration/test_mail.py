"""mail.smtp against a real server on this machine."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd import smtp
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.letter import Letter
from gateway.mail.smtp import MailServer, Security, SmtpPostbox
from tests.fakes.time_and_chance import HandClock
from tests.integration.front_servers import make_certificate
from tests.journeys.running import free_port

LETTER = Letter(
    "accounts@map.example", "80 % d'un plafond", "Bonjour à vous.\n.\nFin.\n", "msg_1"
)


@dataclass
class Box:
    """What the server was given, and how it answers."""

    taken: list[Envelope] = field(default_factory=list)
    over_tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope, to: str, _: Any
    ) -> str:
        if to.startswith("gone"):
            return "550 no such mailbox"
        if to.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: smtp.SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        if isinstance(content, bytes) and b"spam" in content:
            return "554 no"
        self.taken.append(envelope)
        self.over_tls.append(session.ssl is not None)
        return "250 OK"


def let_in(
    server: smtp.SMTP,
    session: Session,
    envelope: Envelope,
    way: str,
    who: LoginPassword,
) -> AuthResult:
    is_known = (who.login, who.password) == (b"archive", b"open")
    return AuthResult(success=is_known, handled=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    make_certificate(folder)
    return folder


@pytest.fixture(scope="module")
def serving(folder: Path) -> Iterator[tuple[Box, MailServer]]:
    box, port = Box(), free_port()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "combined.pem")
    controller = Controller(
        box,
        hostname="localhost",
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=let_in,
        auth_required=True,
    )
    controller.start()
    server = MailServer(
        host="localhost",
        port=port,
        sender="Register Commons <archive@commons.example>",
        user="archive",
        password=Secret("open"),
        ca=folder / "pem",
    )
    yield box, server
    controller.stop()


async def test_a_letter_arrives_whole_over_starttls_with_a_login(
    serving: tuple[Box, MailServer],
) -> None:
    box, server = serving

    await SmtpPostbox(server, clock=HandClock()).send(LETTER)

    taken = box.taken[-1]
    assert isinstance(taken.content, bytes)
    message = message_from_bytes(taken.content, policy=default)
    assert taken.rcpt_tos == ["accounts@map.example"]
    assert box.over_tls[-1]
    assert message["Subject"] == LETTER.subject
    assert message["From"] == "Register Commons <archive@commons.example>"
    assert message["Message-ID"] == "<msg_1@commons.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Bonjour à vous.", ".", "Fin."]


@pytest.mark.parametrize(
    ("letter", "wrong", "says"),
    [
        (replace(LETTER, to="gone@map.example"), InvalidValue, "550"),
        (replace(LETTER, text="spam"), InvalidValue, "554"),
        (replace(LETTER, to="full@map.example"), Unavailable, "452"),
    ],
    ids=["no-mailbox", "refused-letter", "full-mailbox"],
)
async def test_a_no_for_good_is_told_from_a_no_for_now(
    serving: tuple[Box, MailServer],
    letter: Letter,
    wrong: type[Exception],
    says: str,
) -> None:
    with pytest.raises(wrong, match=says):
        await SmtpPostbox(serving[1], clock=HandClock()).send(letter)


@pytest.mark.parametrize(
    "letter",
    [
        replace(LETTER, to="a@b.example, c@d.example"),
        replace(LETTER, to="a@b.example\r\nBcc: c@d.example"),
        replace(LETTER, subject="one\r\nBcc: c@d.example"),
        replace(LETTER, to=""),
    ],
    ids=["two-receivers", "line-break-in-address", "line-break-in-subject", "nobody"],
)
async def test_nothing_can_be_smuggled_into_the_head(
    serving: tuple[Box, MailServer], letter: Letter
) -> None:
    box, server = serving
    before = len(box.taken)

    with pytest.raises(InvalidValue):
        await SmtpPostbox(server, clock=HandClock()).send(letter)

    assert len(box.taken) == before


async def test_a_server_that_lacks_what_is_asked_gets_no_letter(
    serving: tuple[Box, MailServer],
) -> None:
    box, server = serving
    before = len(box.taken)
    wrong = {
        "not believed": replace(server, ca=None),
        "user or password": replace(server, password=Secret("shut")),
        "answers 530": replace(server, security=Security.NONE, user=""),
        "cannot be reached": replace(server, port=free_port()),
    }

    for says, each in wrong.items():
        with pytest.raises(Unavailable, match=says):
            await SmtpPostbox(each, clock=HandClock()).send(LETTER)
    assert len(box.taken) == before


async def test_the_probe_logs_in_and_sends_nothing(
    serving: tuple[Box, MailServer],
) -> None:
    box, server = serving
    before = len(box.taken)

    await SmtpPostbox(server, clock=HandClock()).probe()

    assert len(box.taken) == before


async def test_a_server_that_dawdles_is_left() -> None:
    left = asyncio.Event()

    async def dawdle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while not reader.at_eof():
            writer.write(b"220-still here\r\n")
            await asyncio.sleep(0.05)
        writer.transport.abort()
        left.set()

    silent = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    async with silent:
        server = MailServer(
            "127.0.0.1",
            silent.sockets[0].getsockname()[1],
            "a@b.example",
            security=Security.NONE,
            whole_s=0.5,
        )
        with pytest.raises(Unavailable, match="too slow"):
            await SmtpPostbox(server, clock=HandClock()).send(LETTER)
        await left.wait()
