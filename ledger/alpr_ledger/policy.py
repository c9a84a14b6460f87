"""C2SP tlog-policy: the file in which somebody says which logs and witnesses he trusts, and how many must agree.

Lines ``log <vkey> [<url>]``, ``witness <name> <vkey> [<url>]``, ``group <name> all|any|<k> <name>...`` and exactly
one ``quorum <name>|none``; ``#`` begins a comment line. A name means nothing outside the file, and is used by the
lines below it alone. Names are opaque bytes: they are kept as UTF-8 with surrogate escapes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import KeyRefused, PolicyError
from .note import COSIGNATURE, Vkey
from .text import decode_decimal

NONE = "none"
MAX_POLICY = 1_000_000
_ALLOWED = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_SPACE = re.compile("[ \t]+")


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness of the policy.

    Attributes:
        name: of a witness, its name within the policy; of a log, its origin.
        vkey: its verifier key.
        url: where to reach it, "" where the policy does not say.
    """

    name: str
    vkey: Vkey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses or groups, of which so many must have confirmed a checkpoint."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom somebody trusts.

    Attributes:
        logs: the logs' keys.
        witnesses: the witnesses.
        groups: name -> group.
        quorum: the witness or group that must have confirmed a checkpoint, or "none".
    """

    logs: tuple[Party, ...] = ()
    witnesses: tuple[Party, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def is_met(self, witnessed: Collection[Vkey]) -> bool:
        """Whether these witnesses are a quorum. Of ``quorum none`` every set is one, and so is the empty set."""
        met = {one.name: one.vkey in witnessed for one in self.witnesses}
        for name, group in self.groups.items():  # a group's members stand before it
            met[name] = sum(met[member] for member in group.members) >= group.needed
        return self.quorum == NONE or met[self.quorum]

    def witness_keys(self) -> tuple[Vkey, ...]:
        """The witnesses' verifier keys."""
        return tuple(one.vkey for one in self.witnesses)

    def log_keys(self, origin: str) -> tuple[Vkey, ...]:
        """The keys of the log of that origin."""
        return tuple(one.vkey for one in self.logs if one.name == origin)


def load_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        PolicyError: it cannot be read, or is no policy; says which line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_POLICY + 1)
    except OSError as error:
        raise PolicyError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        return read_policy(data)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from None


def read_policy(data: bytes) -> Policy:
    """Read the bytes of a policy file.

    Raises:
        PolicyError: it is malformed; says which line.
    """
    if len(data) > MAX_POLICY:
        raise PolicyError("the policy is longer than a million bytes")
    if not _ALLOWED.fullmatch(data):
        raise PolicyError("the policy holds a control character other than tab and newline")
    reader = _PolicyReader()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), start=1):
        items = _SPACE.split(line.strip(" \t"))
        if not items[0] or items[0].startswith("#"):
            continue
        try:
            reader.take(items[0], items[1:])
        except (PolicyError, KeyRefused) as error:
            raise PolicyError(f"line {number}: {error}") from None
    return reader.policy()


class _PolicyReader:
    """The policy as far as it was read."""

    def __init__(self) -> None:
        self._logs: list[Party] = []
        self._witnesses: list[Party] = []
        self._groups: dict[str, Group] = {}
        self._quorum: str | None = None
        self._free: dict[str, bool] = {}  # name -> whether it is in no group yet

    def take(self, keyword: str, items: list[str]) -> None:
        if keyword == "log" and 1 <= len(items) <= 2:
            vkey = self._key(items[0], self._logs)
            self._logs.append(Party(vkey.name, vkey, *items[1:]))
        elif keyword == "witness" and 2 <= len(items) <= 3:
            vkey = self._key(items[1], self._witnesses, COSIGNATURE)
            self._define(items[0])
            self._witnesses.append(Party(items[0], vkey, *items[2:]))
        elif keyword == "group" and len(items) >= 3:
            self._group(items[0], items[1], items[2:])
        elif keyword == "quorum" and len(items) == 1:
            if self._quorum is not None:
                raise PolicyError("a second quorum line; a policy has one")
            if items[0] != NONE and items[0] not in self._free:
                raise PolicyError(f"quorum: no witness and no group above is named {items[0]!r}")
            self._quorum = items[0]
        else:
            raise PolicyError(
                "a line is: log VKEY [URL], witness NAME VKEY [URL], group NAME all|any|NUMBER NAME..., "
                "quorum NAME, or begins with #"
            )

    def policy(self) -> Policy:
        if self._quorum is None:
            raise PolicyError("the quorum line is missing; 'quorum none' asks for no witness")
        return Policy(tuple(self._logs), tuple(self._witnesses), self._groups, self._quorum)

    def _key(self, text: str, before: list[Party], *kind: int) -> Vkey:
        vkey = Vkey.parse(text, *kind)
        if any(one.vkey.key == vkey.key for one in before):
            raise PolicyError(f"the key of {vkey.name} is named twice")
        return vkey

    def _define(self, name: str) -> None:
        if name == NONE or name in self._free:
            raise PolicyError(f"{name!r} is " + ("reserved" if name == NONE else "named twice"))
        self._free[name] = True

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            if not self._free.get(member):
                known = member in self._free
                raise PolicyError(
                    f"{member!r} " + ("is in a group already" if known else "is no witness or group above")
                )
            self._free[member] = False
        count = len(members)
        needed = {"all": count, "any": 1}.get(threshold) or decode_decimal(threshold)
        if needed is None or not 1 <= needed <= count:
            raise PolicyError(f"of {count} members, {threshold!r} cannot be needed")
        self._define(name)
        self._groups[name] = Group(needed, tuple(members))
