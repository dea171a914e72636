"""Speaking to the mail server that QMS_SMTP_URL names."""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import UTC
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from qms.config import BadSetting, Config
from qms.kernel.jobs import Mail
from qms.kernel.text import _

TIMEOUT = 20  # seconds for any one answer of the server
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_BREAKS = re.compile(r"[\r\n\t\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Server:
    """A mail server: `tls` from the first byte (smtps), else STARTTLS where it is offered."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    sender: str


def server_of(config: Config) -> Server | None:
    """The server that `smtp_url` names, None when there is none.

    `smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS` or `smtps://…`; without `from` mail comes from the
    user if that is an address, else from `qms@HOST`. Raises BadSetting when it cannot be read.
    """
    if not config.smtp_url:
        return None
    try:
        url = urlsplit(config.smtp_url)
        port = url.port
    except ValueError as error:
        raise BadSetting(_("QMS_SMTP_URL cannot be read: %(why)s", why=error)) from error
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise BadSetting(_("QMS_SMTP_URL must be like smtp://USER:PASSWORD@HOST:PORT or smtps://…"))
    user = unquote(url.username or "")
    sender = parse_qs(url.query).get("from", [user if "@" in user else f"qms@{url.hostname}"])[0]
    try:
        Address(addr_spec=sender)
    except (ValueError, IndexError) as error:
        raise BadSetting(
            _("QMS_SMTP_URL: “%(sender)s” is not an address to send from", sender=sender)
        ) from error
    tls = url.scheme == "smtps"
    return Server(url.hostname, port or (465 if tls else 25), tls, user, unquote(url.password or ""), sender)


def connect(server: Server) -> smtplib.SMTP:
    """A connection ready to send; raises OSError or smtplib.SMTPException.

    A password is never sent in clear, except to this same machine.
    """
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        connection.ehlo()
        if not server.tls and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        elif server.user and not server.tls and server.host not in _LOCAL:
            raise smtplib.SMTPException("the server offers no STARTTLS: the password is not sent in clear")
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def message(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it goes out; raises ValueError when its address cannot be written.

    The Message-ID follows from the mail's key, so a mail that had to be sent again is known as one.
    """
    made = EmailMessage()
    made["From"] = sender
    made["To"] = Address(addr_spec=_BREAKS.sub("", str(mail.to)))
    made["Subject"] = _BREAKS.sub(" ", str(mail.subject))
    made["Date"] = format_datetime(mail.created_at.replace(tzinfo=UTC))
    digest = hashlib.sha256(str(mail.key).encode()).hexdigest()[:32]
    made["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(str(mail.body))
    return made
