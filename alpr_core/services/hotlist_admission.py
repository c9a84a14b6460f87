"""What of a hotlist's lines is let in: personal fields are taken out, and categories left out that are not wanted.

A category is left out because a clause of the policy refuses it, or because the department does not want it.

A file of a million lines has few categories, so the gate is asked once for each.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from alpr_core.act import Act
from alpr_core.models import HotlistEntry, Request
from alpr_core.origins import PERSONAL_FIELDS, personal_in
from alpr_core.policy.rules.prohibitions import folded
from alpr_core.policy.systems import origins_known

NOTHING_PERSONAL: Mapping[str, object] = {"fields": ()}
"""The facts of an import: whatever its policy does not let be stored was taken out before."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A personal field that was taken out.

    Attributes:
        clause: id of the clause that does not let it be stored.
        lines: of how many lines.
    """

    clause: str
    lines: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A category that was left out.

    Attributes:
        why: the clauses behind it, for a person.
        lines: how many lines.
    """

    why: str
    lines: int


class Admission:
    """Decides line by line, for one import.

    Args:
        act: who imports.
        purpose: of the import.
        case: of the import.
        reason: of the import.
        drop: categories that the department does not want, in any case of letters.

    Attributes:
        origins: where lines may come from.
        stripped: by the name of a personal field, what was taken out so far.
        refused: by category, what was left out so far because of the policy.
        dropped: by category, how many lines were left out so far because nobody wants them.
    """

    def __init__(self, act: Act, purpose: str, case: str, reason: str, drop: Collection[str] = ()) -> None:
        self._act = act
        self._drop = frozenset(map(folded, drop))
        self._request = Request(
            action="hotlist.import",
            actor=act.actor,
            at=act.now,
            purpose=purpose,
            case=case,
            reason=reason,
            origin=act.origin,
        )
        policy = act.gate.policy
        today = policy.day(act.now)
        self._forbidden = policy.not_collected("hotlist.import", today)
        self.origins = origins_known(policy, today, act.systems)
        self._codes = {code: name for code, name in PERSONAL_FIELDS.items() if name in self._forbidden}
        self._why: dict[str, str] = {}  # by category, "" if it is let in
        self.stripped: dict[str, Stripped] = {}
        self.refused: dict[str, Refused] = {}
        self.dropped: dict[str, int] = {}

    def admitted(self, entry: HotlistEntry) -> HotlistEntry | None:
        """Return the entry without what may not be stored, None where the policy refuses its category."""
        category = entry.category
        if why := self._why_not(category):
            before = self.refused.get(category)
            self.refused[category] = Refused(why, before.lines + 1 if before else 1)
            return None
        if self._drop and folded(category) in self._drop:
            self.dropped[category] = self.dropped.get(category, 0) + 1
            return None
        return self._without_personal(entry) if self._forbidden else entry

    @property
    def left_out(self) -> int:
        """How many lines were left out so far for their category."""
        return sum(one.lines for one in self.refused.values()) + sum(self.dropped.values())

    @property
    def categories(self) -> str:
        """How many lines of each category were left out, as canonical text: what the ledger commits to."""
        refused = {category: one.lines for category, one in self.refused.items()}
        counted = {"dropped": self.dropped, "refused": refused}
        return json.dumps(counted, sort_keys=True, separators=(",", ":"))

    def _why_not(self, category: str) -> str:
        if category not in self._why:
            facts = {**NOTHING_PERSONAL, "category": category}
            decision = self._act.gate.decide(replace(self._request, facts=facts))
            self._why[category] = "" if decision.allowed else decision.explanation
        return self._why[category]

    def _without_personal(self, entry: HotlistEntry) -> HotlistEntry:
        found = {name for code, name in self._codes.items() if entry.fields.get(code)}
        texts = {code: text for code, text in entry.fields.items() if code not in PERSONAL_FIELDS}
        shown = {code: set(personal_in([text])) & set(self._forbidden) for code, text in texts.items()}
        reason = set(personal_in([entry.reason])) & set(self._forbidden)
        for name in {*found, *reason, *(name for names in shown.values() for name in names)}:
            before = self.stripped.get(name)
            self.stripped[name] = Stripped(self._forbidden[name].id, before.lines + 1 if before else 1)
        if not (found or reason or any(shown.values())):
            return entry
        kept = {
            code: text
            for code, text in entry.fields.items()
            if code not in self._codes and not shown.get(code)
        }
        return replace(entry, fields=kept, reason="" if reason else entry.reason)
