"""Who is told of what: the tables of notifiers and of the routes to people's addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator, model_validator

from alpr_core.config.section import Section
from alpr_core.problems import suggestion

if TYPE_CHECKING:
    from alpr_core.config.settings import Settings

ENOUGH = 2
"""So many persons an alarm reaches at least (CJIS Security Policy AU-5)."""


class NotifierSection(Section):
    """``[[notifier]]``."""

    use: str = Field(description="A notifier.")
    options: dict[str, Any] = Field(default={}, description="That notifier's own.")


class NoticeSection(Section):
    """``[[notice]]``."""

    to: list[str] = Field(min_length=1, max_length=50, description="Addresses, as the notifier takes them.")
    via: str = Field(description="One of the notifiers above.")
    roles: list[str] = Field(default=[], description="For these roles of the pack.")
    badges: list[str] = Field(
        default=[], description="Or for the persons with these badge numbers: what is about their accounts."
    )
    at_least: Literal["routine", "urgent", "alarm"] = Field(
        default="routine", description="Only what is as urgent as this."
    )

    @field_validator("to")
    @classmethod
    def _addresses(cls, to: list[str]) -> list[str]:
        for address in to:
            if not address.strip() or address != address.strip() or not address.isprintable():
                raise ValueError("an address has printable characters, and no spaces around them")
            if len(address) > 254:  # RFC 5321, 4.5.3.1.3, with errata 1690: as long as a mail address can be
                raise ValueError("an address has at most 254 characters")
        if len(set(to)) < len(to):
            raise ValueError("an address stands there twice")
        return to

    @model_validator(mode="after")
    def _for_whom(self) -> NoticeSection:
        if self.roles and self.badges:
            raise ValueError("a route is for roles or for badge numbers: write two sections")
        return self


def check_via(notices: Sequence[NoticeSection], notifiers: Sequence[NotifierSection]) -> None:
    """Refuse routes by a notifier that is not there.

    Raises:
        ValueError: naming each of them.
    """
    known = [one.use for one in notifiers]
    unknown = dict.fromkeys(one.via for one in notices if one.via not in known)
    if unknown:
        raise ValueError(
            " ".join(f"via: there is no [[notifier]] {via!r}.{suggestion(via, known)}" for via in unknown)
        )


def alarm_gap(settings: Settings) -> str:
    """Return why an alarm of a live node would not reach two persons, "" if it would."""
    reached = {address for one in settings.notice if not one.badges for address in one.to}
    if settings.node.mode != "live" or len(reached) >= ENOUGH:
        return ""
    whom = "nobody" if not reached else "one address only"
    return f"an alarm, as of a ledger that cannot be written, would reach {whom}: two are needed (docs/notices.md)"
