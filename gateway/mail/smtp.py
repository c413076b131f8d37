"""Letters by SMTP, one at a time, in a thread of their own.

The standard library speaks it well, and letters are few: a thread for each costs
nothing and no dependency is added. A server that dawdles is left after `WHOLE_S`.
"""

from __future__ import annotations

import asyncio
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path

from gateway.identity.secret import Secret
from gateway.kernel.clock import Clock, from_us
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.letter import Letter

STEP_S = 10.0
WHOLE_S = 30.0
RETRY_AFTER_S = 60
PERMANENT = 500
Work = Callable[[smtplib.SMTP], object]


class Security(StrEnum):
    """How the line to the server is kept private."""

    STARTTLS = "starttls"  # asked for, and nothing is sent without it
    TLS = "tls"
    NONE = "none"  # for a server on this machine


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where letters are handed in.

    Attributes:
        host, port: Of the server.
        sender: `Archive <archive@commons.example>`, an address with or without name.
        security: How the line is kept private.
        user: Who we are there; empty for nobody.
        password: That user's.
        ca: Certificates to believe, PEM; None for the machine's.
        step_s: How long one step may take, seconds.
        whole_s: How long a letter may take, seconds.
    """

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    user: str = ""
    password: Secret | None = None
    ca: Path | None = None
    step_s: float = STEP_S
    whole_s: float = WHOLE_S


class SmtpPostbox:
    """Hands letters in; implements `gateway.kernel.letter.Postbox`."""

    def __init__(self, server: MailServer, *, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        """Hand a letter in; see the port."""
        message = self.written(letter)
        await self._within(lambda line: _handed_in(line, message, letter.to))

    async def probe(self) -> None:
        """See whether the server lets us in; nothing is sent.

        Raises:
            Unavailable: it does not.
        """
        await self._within(lambda line: line.noop())

    def written(self, letter: Letter) -> EmailMessage:
        """A letter as a message.

        Raises:
            InvalidValue: an address or the subject can be none.
        """
        message = EmailMessage(policy=SMTP)
        try:
            to = Address(addr_spec=letter.to)
            message["From"] = self._server.sender
            message["To"] = to
            message["Subject"] = letter.subject
        except (ValueError, MessageError, IndexError):
            raise InvalidValue("a letter has one address and a one-line subject") from (
                None
            )
        sender = message["From"].addresses[0]
        message["Date"] = format_datetime(from_us(self._clock.now_us()))
        if letter.once:
            message["Message-ID"] = f"<{letter.once}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    async def _within(self, work: Work) -> None:
        """Do something on a line of its own, and leave it in time."""
        line = _Line(self._server)
        doing = asyncio.ensure_future(asyncio.to_thread(line.do, work))
        try:
            async with asyncio.timeout(self._server.whole_s):
                await asyncio.shield(doing)
        except TimeoutError:
            # Closing the socket wakes the thread that reads of it.
            line.hang_up()
            with suppress(Unavailable, InvalidValue):
                await doing
            raise _away("it is too slow") from None


class _Line:
    """One conversation with a server."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.smtp: smtplib.SMTP | None = None

    def do(self, work: Work) -> None:
        try:
            smtp = self._connected()
            try:
                work(smtp)
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    smtp.quit()
        except smtplib.SMTPAuthenticationError:
            raise _away("it does not know our user or password") from None
        except smtplib.SMTPNotSupportedError:
            raise _away("it lacks what the settings ask for (TLS or log-in)") from None
        except smtplib.SMTPResponseException as error:
            raise _away(f"it answers {error.smtp_code}") from None
        except ssl.SSLError:
            raise _away("its certificate is not believed") from None
        except (smtplib.SMTPException, OSError):
            raise _away("it cannot be reached") from None

    def hang_up(self) -> None:
        """Wake the thread, wherever it reads."""
        sock = getattr(self.smtp, "sock", None)
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _connected(self) -> smtplib.SMTP:
        told = self.server
        smtp: smtplib.SMTP
        if told.security is Security.TLS:
            smtp = _OverTls(self, self._context())
        else:
            smtp = _Plain(self)
        try:
            if told.security is Security.STARTTLS:
                smtp.starttls(context=self._context())
            if told.user:
                password = told.password.reveal() if told.password else ""
                smtp.login(told.user, password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _context(self) -> ssl.SSLContext:
        ca = self.server.ca
        return ssl.create_default_context(cafile=str(ca) if ca else None)


class _Plain(smtplib.SMTP):
    """Known to its line before it connects: a server may dawdle from its first word."""

    def __init__(self, line: _Line) -> None:
        line.smtp, told = self, line.server
        super().__init__(told.host, told.port, timeout=told.step_s)


class _OverTls(smtplib.SMTP_SSL):
    """The same, over TLS from the first byte."""

    def __init__(self, line: _Line, context: ssl.SSLContext) -> None:
        line.smtp, told = self, line.server
        super().__init__(told.host, told.port, timeout=told.step_s, context=context)


def _handed_in(line: smtplib.SMTP, message: EmailMessage, to: str) -> None:
    try:
        line.send_message(message, to_addrs=[to])
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        if code >= PERMANENT:
            detail = f"the mail server refuses the receiver ({code})"
            raise InvalidValue(detail) from None
        raise _away(f"it answers {code}") from None
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= PERMANENT:
            detail = f"the mail server refuses the letter ({error.smtp_code})"
            raise InvalidValue(detail) from None
        raise


def _away(why: str) -> Unavailable:
    detail = f"the mail server does not take letters: {why}"
    return Unavailable(detail, retry_after_s=RETRY_AFTER_S)
