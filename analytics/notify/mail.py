"""Messages by e-mail, over SMTP with STARTTLS or TLS."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from analytics.notify.channel import ChannelAway, ChannelRefused, link_errors, tls_context
from analytics.notify.notice import TEST
from greendc import display
from greendc.device import is_loopback
from greendc.texts import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics.notify.notice import Notice
    from greendc.settings import Secret

log = logging.getLogger("greendc.notify")

PORTS = {"smtp": 587, "smtps": 465}
PERMANENT = 500


class Mail:
    """A `Channel` to mailboxes. ``smtp://`` is encrypted by STARTTLS unless it stays on this machine without a CA."""

    def __init__(
        self,
        url: Secret,
        *,
        sender: str,
        to: Sequence[str],
        sign_in: tuple[str, Secret],
        ca: str,
        zone: dt.tzinfo,
        lang: str,
        timeout_s: float,
    ) -> None:
        """Take where and to whom to send; ``sign_in`` is user and password, the user empty for none."""
        self._url = url
        self._sender = sender
        self._to = list(to)
        self._user, self._password = sign_in
        self._ca = ca
        self._zone = zone
        self._lang = lang
        self._timeout_s = timeout_s

    def send(self, notice: Notice) -> None:
        """Hand a message to the mail server; as `Channel.send`."""
        message = self._message(notice)
        with link_errors(self._timeout_s):
            try:
                self._handed(message)
            except smtplib.SMTPRecipientsRefused as error:
                raise ChannelRefused(t("notify.failure.recipients", who=", ".join(error.recipients))) from error
            except smtplib.SMTPResponseException as error:
                kind = ChannelRefused if error.smtp_code >= PERMANENT else ChannelAway
                raise kind(t("notify.failure.status", status=error.smtp_code)) from error
            except smtplib.SMTPNotSupportedError as error:
                raise ChannelRefused(t("notify.failure.refused", why="AUTH")) from error
            except smtplib.SMTPException as error:
                raise ChannelAway(t("notify.failure.connect", why=type(error).__name__)) from error

    def _handed(self, message: EmailMessage) -> None:
        parts = urlsplit(self._url.reveal())
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, port, timeout=self._timeout_s, context=tls_context(self._ca))
        else:
            server = smtplib.SMTP(host, port, timeout=self._timeout_s)
        try:
            if parts.scheme == "smtp" and (self._ca or not is_loopback(host)):
                server.ehlo()
                if not server.has_extn("starttls"):
                    raise ChannelRefused(t("notify.failure.not_encrypted"))
                server.starttls(context=tls_context(self._ca))
            if self._user:
                server.login(self._user, self._password.reveal())
            refused = server.send_message(message, self._sender, self._to)
            if refused:
                log.warning("some recipients were refused: %s", ", ".join(refused))
            with contextlib.suppress(smtplib.SMTPException):
                server.quit()
        finally:
            server.close()

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = ", ".join(self._to)
        message["Subject"] = display.one_line(f"[{notice.site}] {notice.headline(self._lang)}")
        message["Date"] = format_datetime(dt.datetime.now(dt.UTC))
        # The same message has the same id, so that a mailbox can tell one that comes twice.
        message["Message-ID"] = f"<{notice.id}@greendc.invalid>"
        message["Auto-Submitted"] = "auto-generated"
        if notice.alarm is not None and notice.transition != TEST:
            message["X-Greendc-Alarm"] = display.one_line(notice.alarm.id).encode("ascii", "replace").decode()
        footer = t("notify.message.mail_footer", self._lang, site=notice.site, id=notice.id)
        message.set_content("\n".join([*notice.lines(self._zone, self._lang), "", "-- ", footer, ""]))
        return message
