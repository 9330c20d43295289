"""E-mail over SMTP (RFC 5321), by an operator's own mail server."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib
from aiosmtplib import (
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from backend.kernel import Snapshot
from contracts.identity import Accepted, Rejected, Unknown
from contracts.notifications import ChannelSent, Gone, Outgoing, SenderChannel
from modules.notifications.settings import Settings

_PATIENCE_SECONDS = 10
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_PERMANENT = 500


class Smtp:
    """Provides `contracts.notifications.ChannelSender` for e-mail."""

    name = "smtp"
    channel: SenderChannel = "email"

    def __init__(self, snapshot: Snapshot) -> None:
        self._settings = snapshot.ask(Settings)

    async def send(self, message: Outgoing) -> ChannelSent:
        """Hand the message to the mail server.

        Once its text was on the way, an answer that did not come says nothing: `Unknown`.
        """
        ours = self._settings
        try:
            _, answer = await aiosmtplib.send(
                self._written(message),
                hostname=ours.smtp_host,
                port=ours.smtp_port,
                username=ours.smtp_user or None,
                password=ours.smtp_password.reveal() or None,
                use_tls=ours.smtp_security == "tls",
                start_tls=ours.smtp_security == "starttls",
                timeout=_PATIENCE_SECONDS,
            )
        except SMTPRecipientsRefused as refused:
            codes = {recipient.code for recipient in refused.recipients}
            return Gone() if codes & _NO_SUCH_MAILBOX else Rejected()
        except SMTPConnectError:
            return Rejected()
        except (SMTPServerDisconnected, SMTPTimeoutError):
            return Unknown()
        except SMTPResponseException as refused:
            return Rejected() if refused.code >= _PERMANENT else Unknown()
        except (SMTPException, ValueError):
            return Rejected()
        return Accepted(ref=answer[:200])

    def _written(self, message: Outgoing) -> EmailMessage:
        written = EmailMessage(policy=SMTP)
        written["From"] = self._settings.mail_from
        written["To"] = Address(addr_spec=message.to)
        written["Subject"] = " ".join(message.title.split())
        written["Content-Language"] = message.language
        # The same for the same message, so that a mailbox that got it twice shows it once.
        domain = self._settings.mail_from.rpartition("@")[2]
        written["Message-ID"] = f"<{message.ref}@{domain}>"
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(f"{message.text}\n", charset="utf-8", cte="8bit")
        return written
