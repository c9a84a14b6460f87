"""From a reply of the switch to what the core is told."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from alpr_core import ReplyKind, StateReply
from alpr_source_switch.message import MARK, Message
from alpr_source_switch.profile import QUERY_KEYS, REPLY_KEYS, Profile

SWITCH = "switch"
"""Who answers when it is none of those asked: the switch itself, or Nlets."""

_HIT = (re.compile(r"(?:^|[\s.])MKE/\S"), re.compile(r"(?:^|[\s.])NIC/[A-Z][0-9]{9}(?![0-9A-Z])"))
"""What a hit shows: the record's message key, and its NCIC number."""

_HALF = re.compile(r"(?:^|[\s.])(?:MKE|NIC)/")

_STATES = re.compile(r"(?:^|[\s.])LIS/([A-Z]{2})(?![A-Z])")

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

    def read(
        self, message: Message, *, received_at: datetime, simulated: bool, state: str = ""
    ) -> StateReply:
        """Return what a reply says. What cannot be understood says nothing: a person reads its text.

        Args:
            message: what came.
            received_at: when, UTC.
            simulated: whether a simulator sent it.
            state: of the plate that was asked about, "" if it is not known.
        """
        part = self.part(message.key)
        kind = self._kind(message, part)
        if kind is ReplyKind.WANTED and state and state not in (_STATES.findall(message.text) or [state]):
            kind = ReplyKind.MESSAGE  # the same plate of another state
        return StateReply(
            control=message.control,
            part=part,
            kind=kind,
            message_key=message.key,
            text=message.text,
            received_at=received_at,
            simulated=simulated or MARK in message.text,
        )

    def part(self, key: str) -> str:
        """Return which part of an answer a reply with this key is."""
        return self._own_parts.get(key) or REPLY_KEYS.get(key, SWITCH)

    def refused(self, text: str, sent: Collection[str]) -> set[str]:
        """Return the parts whose queries a refusal names, by the keys of the messages that were sent."""
        named = {key for key in sent if re.search(rf"\b{key}\b", text.upper())}
        return {self._own_parts.get(key) or QUERY_KEYS.get(key, SWITCH) for key in named}

    @property
    def _own_parts(self) -> Mapping[str, str]:
        return {self.keys[name]: part for name, part in _OWN_PARTS.items() if name in self.keys}

    def _kind(self, message: Message, part: str) -> ReplyKind:
        if part == "agency":
            return self._confirmation(message.text)
        if part == SWITCH:
            if message.key == "SM":
                return _status(message.text)
            return ReplyKind.REJECTED if message.key == self.profile.rejected else ReplyKind.MESSAGE
        none = [line.startswith(self.no_record) for line in _lines(message.text)]
        if part == "registration":
            if any(none):
                return ReplyKind.NO_RECORD
            return ReplyKind.RECORD if none else ReplyKind.MESSAGE
        if all(sign.search(message.text) for sign in _HIT):
            return ReplyKind.WANTED
        # Half a hit is none, and no proof of the opposite either; nor is a line below one that says something else.
        is_none = bool(none) and none[0] and not _HALF.search(message.text)
        return ReplyKind.NO_RECORD if is_none else ReplyKind.MESSAGE

    def _confirmation(self, text: str) -> ReplyKind:
        said = set(_CONFIRMS.findall(text))
        if len(said) == 1:
            return self.profile.confirmations.get(said.pop(), ReplyKind.MESSAGE)
        return ReplyKind.LATER if not said and _HOURS.search(text) else ReplyKind.MESSAGE


def _lines(text: str) -> list[str]:
    """Return the lines that say something, in capitals, without the simulator's mark."""
    lines = (line.strip().upper() for line in text.split("\n"))
    return [line for line in lines if line and line != MARK]


_OWN_PARTS = {"registration": "registration", "partial": "registration", "state_file": "state_file"}


def _status(text: str) -> ReplyKind:
    """Return what a status message says; its words are Nlets' (article 21003096184)."""
    words = " ".join(text.upper().split())
    if "OUT OF SERVICE" in words:
        return ReplyKind.OUT_OF_SERVICE
    if "DOES NOT RESPOND TO MSG TYPE" in words:
        return ReplyKind.REJECTED
    return ReplyKind.MESSAGE if "IN SERVICE" in words else ReplyKind.OUT_OF_SERVICE
