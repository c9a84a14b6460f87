"""The notifier ``smtp``: notices as plain mail, through the department's own mail server."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from pydantic import Field, ValidationInfo, field_validator, model_validator

from alpr_core import Notifier, Options, Plugin, Register, Secret, hookimpl

LONGEST_WAIT = 5.0
"""Seconds that the core waits for all notices together; nothing is won by waiting longer."""


class SmtpOptions(Options):
    """What can be set in the section ``[notifier.options]`` of the notifier ``smtp``."""

    host: str = Field(min_length=1, description="The mail server.")
    port: int = Field(default=587, ge=1, le=65535, description="Its port: often 465 with `ssl`.")
    security: Literal["starttls", "ssl", "none"] = Field(
        default="starttls", description="How the way there is encrypted; `none` for a server on this machine."
    )
    certificates: Path | None = Field(
        default=None, description="File with the root certificates to trust, PEM; the system's by default."
    )
    check_certificate: bool = Field(
        default=True, description="Whether the server has to show a certificate for its name."
    )
    sender: str = Field(pattern=r"^[!-?A-~]+@[!-?A-~]+$", description="Address that the mail is from.")
    user: str = Field(default="", description="Who logs in there, if anybody has to.")
    password: Secret | None = Field(default=None, description="Of that user.")
    timeout: float = Field(default=4.0, gt=0, le=LONGEST_WAIT, description="Seconds to wait for each answer.")

    @field_validator("certificates")
    @classmethod
    def _from_the_nodes_folder(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return value if value is None or folder is None else Path(folder) / value

    @model_validator(mode="after")
    def _login_is_whole_and_encrypted(self) -> SmtpOptions:
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password go together")
        if self.user and self.security == "none":
            raise ValueError("a password is not sent unencrypted: set security to starttls or ssl")
        return self


def make(options: Options) -> Notifier:
    """Make the notifier."""
    from alpr_notify_smtp.mail import Mail

    return Mail(cast(SmtpOptions, options))


@hookimpl
def register_notifiers(register: Register) -> None:
    """Register ``smtp``."""
    register(
        Plugin(
            name="smtp", factory=make, options=SmtpOptions, summary="Notices as mail, by a server you name."
        )
    )
