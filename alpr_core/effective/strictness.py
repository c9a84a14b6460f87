"""Which of two clauses is the stricter, kind by kind, and what one policy grants that another does not.

For each kind stands which of its values count, and which way round. A value that is not named, and a kind that is
not, must be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

from alpr_core.periods import Period
from alpr_core.policy import EVERYONE, Clause, Policy, Rule, Strength
from alpr_core.policy.rules import ANY_ACTION, BUILT_IN, Delegation, Purposes, Role

_STRENGTHS = [Strength.MAY, Strength.SHOULD, Strength.MUST]

Stricter = Callable[[Any, Any], bool]
"""Whether the new value (first) is at least as strict as the old one."""


def _more(new: Collection[str] | None, old: Collection[str] | None) -> bool:
    return ANY_ACTION in (new or ()) or set(new or ()) >= set(old or ())


def _fewer(new: Collection[str], old: Collection[str]) -> bool:
    return set(new) <= set(old)


def _fewer_people(new: Collection[str], old: Collection[str]) -> bool:
    return EVERYONE in old or set(new) <= set(old)


def _more_or_all(new: Collection[str] | None, old: Collection[str] | None) -> bool:
    """Of a list that is all if it is absent."""
    return new is None or (old is not None and set(new) >= set(old))


def _fewer_or_none(new: Collection[str] | None, old: Collection[str] | None) -> bool:
    """Of a list that is nobody if it is absent."""
    return new is None or (old is not None and set(new) <= set(old))


def _shorter(new: Period | None, old: Period | None) -> bool:
    return old is None or (new is not None and new.usual <= old.usual)


def _none_or_shorter(new: Period | None, old: Period | None) -> bool:
    """Of a time that somebody has, and nobody if it is absent."""
    return new is None or (old is not None and new.usual <= old.usual)


def _longer(new: Period | None, old: Period | None) -> bool:
    return old is None or (new is not None and new.usual >= old.usual)


def _lower(new: int | None, old: int | None) -> bool:
    return old is None or (new is not None and new <= old)


def _yes(new: bool, old: bool) -> bool:
    return new or not old


def _no(new: bool, old: bool) -> bool:
    return old or not new


def _given(new: object, old: object) -> bool:
    return old is None or new == old


_KINDS: Mapping[str, Mapping[str, Stricter]] = {
    "role": {"role": _fewer_people, "action": _more},
    "purposes": {"action": _more},
    "access_record": {"fields": _more, "to_follow": _none_or_shorter, "action": _more},
    "search_limit": {"at_most": _lower, "within": _longer, "action": _more},
    "answer_limit": {"at_most": _lower},
    "access_record_kept": {"at_least": _longer},
    "training": {"valid": _shorter, "action": _more},
    "authority": {"covers": _more, "action": _more},
    "approval": {
        "approver": _fewer,
        "designee": _no,
        "purpose": _more_or_all,
        "oral": _none_or_shorter,
        "action": _more,
    },
    "verification": {"action": _more},
    "location_approval": {"action": _more},
    "prohibited_fields": {"fields": _more, "action": _more},
    "prohibited_uses": {
        "purpose": _fewer_or_none,
        "offences": _more,
        "categories": _more,
        "destinations": _more,
        "at_most": _lower,
        "approver": _fewer_or_none,
        "action": _more,
    },
    "hold": {"action": _more},
    "evidence": {"action": _more},
    "transfer_limit": {"at_most": _shorter},
    "release": {"to": _more, "verified": _yes, "legal_basis": _yes, "within_state": _given, "action": _more},
    "referral": {"to": _fewer_people, "action": _more},
    "closed": {"origin": _more, "to": _more},
    "audit_schedule": {"every": _shorter},
    "breach": {"within": _shorter},
    "major_crimes": {"codes": _more},
    "banner": {"every": _shorter},
}


def at_least_as_strict(clause: Clause, *, since: object, than: Clause, was_since: object) -> bool:
    """Return whether a clause binds at least as much as another one did.

    Args:
        clause: the new one.
        since: the day from which it binds; None for ever.
        than: the old one.
        was_since: likewise.
    """
    return (
        type(clause.rule) is type(than.rule)
        and _STRENGTHS.index(clause.strength) >= _STRENGTHS.index(than.strength)
        and _binds_as_early(since, was_since)
        and _exempts_no_more(clause, than)
        and clause.kept == than.kept
        and set(clause.open) <= set(than.open)
        and _rule_is_as_strict(clause.rule, than.rule)
        and (clause.rule.speaks or clause.says == than.says or clause.rule.kind in _KINDS)
    )


def _binds_as_early(since: object, was_since: object) -> bool:
    if since is None or was_since is None:
        return since is None
    return isinstance(since, date) and isinstance(was_since, date) and since <= was_since


def _exempts_no_more(clause: Clause, than: Clause) -> bool:
    new, old = clause.exempt, than.exempt
    if new is None:
        return True
    if old is None:
        return False
    return (
        new.origin in (None, old.origin)
        and set(new.role) <= set(old.role)
        and set(new.purpose) <= set(old.purpose)
    )


def _rule_is_as_strict(new: Rule, old: Rule) -> bool:
    kind = new.kind
    if kind == "retention":
        return _retention_is_as_strict(new, old)
    # A plugin's kind is compared as a whole, and so is one that only looks like ours.
    judged = _KINDS.get(kind, {}) if BUILT_IN.get(kind) is type(new) else {}
    for name in type(new).model_fields:
        mine, theirs = getattr(new, name), getattr(old, name)
        if mine != theirs and not (name in judged and judged[name](mine, theirs)):
            return False
    return True


def _retention_is_as_strict(new: Any, old: Any) -> bool:
    """A shorter maximum is stricter, and a firmer duty to destroy; any other change lets something go or stay.

    So does filling in a period that was open: until then nothing may be destroyed.
    """
    duties = ["may_purge", "should_purge", "must_purge"]
    same = (new.keeps, new.follows, new.unless_held) == (old.keeps, old.follows, old.unless_held)
    if not same or not _more(new.action, old.action):
        return False
    if duties.index(new.then) < duties.index(old.then):
        return False
    if new.period == old.period:
        return True
    return bool(new.keeps == "at_most" and new.period and old.period and _shorter(new.period, old.period))


# -- grants ---------------------------------------------------------------------------------------------------


def new_grants(old: Policy, new: Policy) -> Iterator[str]:
    """Yield, in words, what the new policy grants that the old one did not."""
    before = list(_grants(old))
    for kind, who, what in _grants(new):
        if not any(_covers(each, (kind, who, what)) for each in before):
            yield _GRANT_WORDS[kind].format(who=who or "everybody", what=what)


_GRANT_WORDS = {
    "role": "{what} for {who}",
    "delegation": "{what} for whom {who} has assigned",
    "purposes": "the purpose {what} for {who}",
}

_Grant = tuple[str, str, str]
"""Kind of rule; whom it grants to, "" for all; what it grants."""


def _grants(policy: Policy) -> Iterator[_Grant]:
    for clause in policy.pack.clauses:
        rule = clause.rule
        if clause.strength is not Strength.MAY:
            continue
        if type(rule) is Role:
            yield from (("role", role, action) for role in rule.role for action in rule.action)
        elif type(rule) is Delegation:
            yield from (("delegation", rule.of, action) for action in rule.action)
        elif type(rule) is Purposes:
            for role in rule.role or ("",):
                for code in rule.codes:
                    yield from (("purposes", role, f"{code} in {action}") for action in rule.action)


def _covers(old: _Grant, new: _Grant) -> bool:
    kind, who, what = old
    code, _, action = what.rpartition(" in ")
    new_code, _, new_action = new[2].rpartition(" in ")
    return (
        (kind, code) == (new[0], new_code)
        and action in (new_action, ANY_ACTION)
        and (who == new[1] or (kind == "purposes" and not who) or (_is_everyone(old) and bool(new[1])))
    )


def _is_everyone(grant: _Grant) -> bool:
    return grant[0] != "delegation" and grant[1] == EVERYONE
