"""The rule kinds that packs may use: ours by name, and those that plugins register."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from alpr_core.errors import PluginError
from alpr_core.policy.rules.access import (
    AccessRecord,
    Approval,
    Authority,
    Delegation,
    LocationApproval,
    Purposes,
    Role,
    Training,
    Verification,
)
from alpr_core.policy.rules.base import Rule, shown
from alpr_core.policy.rules.data import (
    AccessRecordKept,
    Closed,
    Evidence,
    Hold,
    Referral,
    Release,
    Retention,
    TransferLimit,
)
from alpr_core.policy.rules.duties import (
    AnnualReport,
    AuditSchedule,
    Banner,
    Breach,
    MajorCrimes,
    Publish,
    Statement,
)
from alpr_core.policy.rules.limits import AnswerLimit, SearchLimit
from alpr_core.policy.rules.prohibitions import ProhibitedFields, ProhibitedUses
from alpr_core.problems import suggestion

BUILT_IN: Mapping[str, type[Rule]] = MappingProxyType(
    {
        rule.kind: rule
        for rule in (
            Role,
            Delegation,
            Purposes,
            AccessRecord,
            AccessRecordKept,
            Training,
            Authority,
            Approval,
            SearchLimit,
            AnswerLimit,
            Verification,
            LocationApproval,
            ProhibitedFields,
            ProhibitedUses,
            Retention,
            Hold,
            Evidence,
            TransferLimit,
            Release,
            Referral,
            Closed,
            AuditSchedule,
            AnnualReport,
            Publish,
            Breach,
            MajorCrimes,
            Banner,
            Statement,
        )
    }
)

GRANTING: tuple[type[Rule], ...] = (Role, Delegation, Purposes)
"""The kinds that a ``may`` clause loosens a pack with; every other one of ours only binds."""

WORDS_OF_A_CLAUSE = frozenset(
    ("id", "row", "strength", "rule", "exempt", "says", "how", "who", "where", "open", "source")
)
"""Keys of every clause, which no rule can have as values of its own."""


class RuleKinds:
    """The rule kinds that packs may use: ours, and those that plugins register.

    Args:
        of_plugins: classes by kind. One that cannot be used is left out, and whoever names it is told why: a broken
            plugin must not keep a node from opening under a pack that does not use it.
    """

    def __init__(self, of_plugins: Mapping[str, type] = MappingProxyType({})) -> None:
        self._kinds: dict[str, type[Rule]] = dict(BUILT_IN)
        self._owners: dict[str, str] = dict.fromkeys(BUILT_IN, "alpr-core")
        self._left_out: dict[str, str] = {}
        for kind, rule in of_plugins.items():
            try:
                self.register(kind, rule)
            except PluginError as error:
                self._left_out[kind] = error.message

    def register(self, kind: str, rule: type, owner: str = "a plugin") -> None:
        """Add a rule kind.

        Args:
            kind: its name in packs.
            rule: a subclass of `Rule` whose ``judge`` is pure.
            owner: whose it is, for messages.

        Raises:
            PluginError: if the name is taken, not a lower-case word or not the class's own; if the class is not a
                Rule, or has a value named as a key of every clause.
        """
        if not (isinstance(rule, type) and issubclass(rule, Rule)):
            raise PluginError(f"rule {kind!r} of {owner} is not a subclass of alpr_core.policy.Rule")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind):
            raise PluginError(f"rule {kind!r} of {owner}: a rule's name is lower-case letters, digits and _")
        if kind in self._kinds:
            raise PluginError(f"rule {kind!r} is registered twice: by {self._owners[kind]} and by {owner}")
        own_name = getattr(rule, "kind", None)
        if own_name != kind:
            raise PluginError(f"rule {kind!r} of {owner}: its class calls itself {own_name!r}")
        taken = sorted(WORDS_OF_A_CLAUSE.intersection(rule.model_fields))
        if taken:
            raise PluginError(
                f"rule {kind!r} of {owner}: every clause has a key {' and '.join(taken)} already"
            )
        self._kinds[kind] = rule
        self._owners[kind] = owner

    def __getitem__(self, kind: str) -> type[Rule]:
        return self._kinds[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def unknown(self, kind: object) -> str:
        """Say that there is no such rule, which there are, and which was perhaps meant."""
        known = ", ".join(sorted(self._kinds))
        if not isinstance(kind, str):
            return f"rule: is missing; known: {known}."
        if kind in self._left_out:
            return f"rule {shown(kind)} is left out: {self._left_out[kind]}."
        return f"unknown rule {shown(kind)}; known: {known}.{suggestion(kind, self._kinds)}"
