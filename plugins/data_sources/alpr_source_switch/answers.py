"""From a reply of the switch to what the core is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from alpr_core import ReplyKind, StateReply
from alpr_source_switch.message import Message
from alpr_source_switch.profile import REPLY_KEYS, Profile

SWITCH = "switch"
"""Who answers when it is none of those asked: the switch itself, or Nlets."""

_HIT = (re.compile(r"(?:^|[\s.])MKE/\S"), re.compile(r"(?:^|[\s.])NIC/[A-Z][0-9]{9}(?![0-9A-Z])"))
"""What a hit shows: the record's message key, and its NCIC number."""

_CONFIRMS = re.compile(r"(?:^|[\n.])CON/([A-Z])(?=[.\n]|$)")
_HOURS = re.compile(r"(?:^|[\n.])HRS/[0-9]{1,3}(?=[.\n]|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """Reads replies by a profile's rules.

    Attributes:
        profile: of the system that answers.
        no_record: how a line begins that says that there is no record.
        keys: what of the profile's unknowns is set: a state's own query is answered under its own key.
    """

    profile: Profile
    no_record: tuple[str, ...]
    keys: Mapping[str, str]

    def read(self, message: Message, *, received_at: datetime, simulated: bool) -> StateReply:
        """Return what a reply says. What cannot be understood says nothing: a person reads its text."""
        part = self.part(message.key)
        return StateReply(
            control=message.control,
            part=part,
            kind=self._kind(message, part),
            message_key=message.key,
            text=message.text,
            received_at=received_at,
            simulated=simulated,
        )

    def part(self, key: str) -> str:
        """Return which part of an answer a reply with this key is."""
        own = {self.keys[name]: part for name, part in _OWN_PARTS.items() if name in self.keys}
        return own.get(key) or REPLY_KEYS.get(key, SWITCH)

    def _kind(self, message: Message, part: str) -> ReplyKind:
        if part == "agency":
            return self._confirmation(message.text)
        if part == SWITCH:
            if message.key == "SM":
                return _status(message.text)
            return ReplyKind.REJECTED if message.key == self.profile.rejected else ReplyKind.MESSAGE
        if part != "registration" and all(sign.search(message.text) for sign in _HIT):
            return ReplyKind.WANTED
        if any(line.strip().upper().startswith(self.no_record) for line in message.text.split("\n")):
            return ReplyKind.NO_RECORD
        if part == "registration" and message.text.strip():
            return ReplyKind.RECORD
        return ReplyKind.MESSAGE

    def _confirmation(self, text: str) -> ReplyKind:
        said = set(_CONFIRMS.findall(text))
        if len(said) == 1:
            return self.profile.confirmations.get(said.pop(), ReplyKind.MESSAGE)
        return ReplyKind.LATER if not said and _HOURS.search(text) else ReplyKind.MESSAGE


_OWN_PARTS = {"registration": "registration", "partial": "registration", "state_file": "state_file"}


def _status(text: str) -> ReplyKind:
    """Return what a status message says; its words are Nlets' (article 21003096184)."""
    words = " ".join(text.upper().split())
    if "OUT OF SERVICE" in words:
        return ReplyKind.OUT_OF_SERVICE
    if "DOES NOT RESPOND TO MSG TYPE" in words:
        return ReplyKind.REJECTED
    return ReplyKind.MESSAGE if "IN SERVICE" in words else ReplyKind.OUT_OF_SERVICE
