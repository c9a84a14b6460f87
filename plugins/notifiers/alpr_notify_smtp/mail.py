"""Sending one notice as one mail."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from alpr_core import InputError, Notice, Urgency
from alpr_notify_smtp import SmtpOptions


class Mail:
    """The notifier. Fulfils `alpr_core.Notifier`.

    Args:
        options: where the server is, and how it is spoken with.
    """

    def __init__(self, options: SmtpOptions) -> None:
        self._options = options
        # Named, for by default the system is asked for this machine's full name, which can take longer than the mail.
        self._domain = options.sender.rpartition("@")[2]

    def send(self, notice: Notice) -> None:
        """Send a notice to its address.

        Raises:
            InputError: the server cannot be reached, is not who it should be, or does not take it.
        """
        chosen = self._options
        place = f"the mail server {chosen.host}, port {chosen.port},"
        try:
            with self._connected() as server:
                if chosen.user and chosen.password is not None:
                    server.login(chosen.user, chosen.password.read())
                server.send_message(self._message(notice))
        except smtplib.SMTPRecipientsRefused as error:
            codes = ", ".join(sorted({str(code) for code, _ in error.recipients.values()}))
            raise InputError(f"{place} does not take mail for this address: {codes}") from error
        except smtplib.SMTPResponseException as error:
            raise InputError(f"{place} refused: {type(error).__name__} {error.smtp_code}") from error
        except ssl.SSLCertVerificationError as error:
            raise InputError(f"{place} has no certificate that is trusted: {error.verify_message}") from error
        # ValueError: a host's name that cannot be said in IDNA.
        except (smtplib.SMTPException, OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise InputError(f"{place} cannot be used: {why}") from error

    def _connected(self) -> smtplib.SMTP:
        chosen = self._options
        if chosen.security == "ssl":
            return smtplib.SMTP_SSL(
                chosen.host, chosen.port, self._domain, timeout=chosen.timeout, context=self._tls()
            )
        server = smtplib.SMTP(chosen.host, chosen.port, self._domain, chosen.timeout)
        if chosen.security == "starttls":
            try:
                server.starttls(context=self._tls())
            except BaseException:
                server.close()
                raise
        return server

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._options.certificates)
        if not self._options.check_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._options.sender
        message["To"] = notice.to
        message["Date"] = format_datetime(notice.at)
        message["Message-ID"] = make_msgid(domain=self._domain)
        message["Subject"] = f"alpr-core {notice.node}: {notice.kind} ({notice.urgency})"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note comes back
        if notice.urgency is not Urgency.ROUTINE:
            message["Importance"] = "high"  # RFC 2156
        message.set_content(f"{notice.text}\n\n{notice.node}, {notice.at:%Y-%m-%d %H:%M} UTC\n")
        return message
