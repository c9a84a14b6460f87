"""Whether new settings loosen what the old ones held: then a second person has to agree.

Pure, and on the safe side: what cannot be judged here loosens. Nothing that this calls no loosening lets a request
through that was denied before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from alpr_core.effective.document import Effective
from alpr_core.effective.strictness import at_least_as_strict, new_grants
from alpr_core.effective.told import told_less
from alpr_core.policy import Clause, Pack, Policy, Rule, Strength

_HARMLESS = {
    ("node", "name"),
    ("node", "department"),
    ("node", "ori"),
    ("store", "password"),
    ("recognizer", "use"),
    ("recognizer", "options"),
}
"""Settings that no paragraph is about: what a thing is called, and which of the accepted recognizers reads."""

_JUDGED_ELSEWHERE = {"policy", "camera", "source", "hotlist", "notifier", "notice", "plugins"}


def loosens(old: Effective | None, new: Effective) -> tuple[str, ...]:
    """Return, a sentence each, what the new settings loosen; () if they only tighten or concern nothing.

    Args:
        old: what was accepted; None where nothing was before, so that there is nothing to loosen.
        new: what is to be accepted.
    """
    if old is None:
        return ()
    return tuple(
        dict.fromkeys(
            [*_of_settings(old, new), *policy_loosens(old.policy, new.policy), *_of_plugins(old, new)]
        )
    )


# -- settings -------------------------------------------------------------------------------------------------


def _of_settings(old: Effective, new: Effective) -> Iterator[str]:
    before, after = old.document["settings"], new.document["settings"]
    for section in sorted({*before, *after} - _JUDGED_ELSEWHERE):
        yield from _of_section(section, before.get(section, {}), after.get(section, {}))
    for source in after.get("source", []):
        if source not in before.get("source", []):
            yield f"the data source {source['use']} is new, or works in another way"
    yield from _of_hotlists(before.get("hotlist", []), after.get("hotlist", []))
    yield from told_less(before, after)
    for line in old.witnesses:
        if line not in new.witnesses:
            yield f"the witness file no longer says: {line}"
    for path, sha256 in old.certificates.items():
        if new.certificates.get(path, sha256) != sha256:
            yield f"the certificate file {path}, by which a time-stamping authority is trusted, is another"


def _of_hotlists(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for section in after:
        if section not in before:
            yield f"the hotlist {section['name']!r} is new, or comes in, or is kept, in another way"
    kept = {section["name"] for section in after}
    for section in before:
        if section["name"] not in kept:
            yield f"nothing is set for the hotlist {section['name']!r} any more"


def _of_section(section: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old == new or (section, key) in _HARMLESS:
            continue
        if (section, key) == ("node", "mode"):
            if new == "live":
                yield "the node goes live: it works on real cases"
        elif (section, key) == ("ledger", "witnesses"):
            if old is not None:
                yield f"the witness file is {'another' if new else 'given up'}"
        elif (section, key) == ("ledger", "timestamps"):
            for authority in old or ():
                if authority not in (new or ()):
                    yield f"the time-stamping authority {authority['url']} is off, or trusted in another way"
        else:
            yield f"[{section}] {key} changes, and nobody can say here what follows from that"


def _of_plugins(old: Effective, new: Effective) -> Iterator[str]:
    for name in sorted({*old.plugins, *new.plugins}):
        before, after = old.plugins.get(name), new.plugins.get(name)
        if before is None:
            yield f"the plugin {name} is new"
        elif after is None:
            yield f"the plugin {name} is off: what it objected to, or told somebody, is no more"
        elif before != after:
            yield f"the plugin {name} is not the one that was accepted"
    granted = old.settings.plugins.grant
    for name, fields in sorted(new.settings.plugins.grant.items()):
        for field in fields:
            if field not in granted.get(name, []):
                yield f"the plugin {name} is to see each {field}"


# -- policy ---------------------------------------------------------------------------------------------------


def policy_loosens(old: Policy, new: Policy) -> Iterator[str]:
    """Yield, a sentence each, what one policy loosens that another held."""
    kept = {pack.id for pack in new.packs}
    for overlay in old.overlays:
        if overlay.id not in kept:
            yield f"the overlay {overlay.id} is taken off"
    if dict(old.choices) != dict(new.choices):
        yield "what is followed where two paragraphs leave nothing between them changes"
    for name in new.choices:
        if _bounds(old, name) != _bounds(new, name):
            yield f"a limit on {name} changes, on which a choice between paragraphs was made"
    if old.zone != new.zone:
        yield "days and years are counted in another zone"
    yield from _of_reviews(old.pack, new.pack)
    yield from (f"{what} is allowed" for what in new_grants(old, new))
    yield from _of_clauses(old, new)


def _of_reviews(old: Pack, new: Pack) -> Iterator[str]:
    if old.review is not None and (new.review is None or new.review > old.review):
        yield f"the policy's review is put off: it was due on {old.review}"
    if old.status == "temporary" and new.status == "permanent" and old.id == new.id:
        yield "a temporary policy is called permanent"


def _of_clauses(old: Policy, new: Policy) -> Iterator[str]:
    """Yield what a clause bound before and none binds now; and what is kept longer than before."""
    there = {clause.id: (clause, since) for clause, since in _binding(new)}
    for clause, since in _binding(old):
        now, at = there.get(clause.id, (None, None))
        if now is None or not at_least_as_strict(now, since=at, than=clause, was_since=since):
            yield f"{clause.id} binds less than it did, or not at all ({clause.strength} {clause.rule.kind})"
    before = [each.rule for each, _ in _binding(old)]
    for clause, _ in there.values():
        if _keeps_longer(clause.rule) and not _is_among(clause.rule, before):
            yield f"{clause.id} has data kept for a time that it was not kept for before"


def _binding(policy: Policy) -> Iterator[tuple[Clause, object]]:
    """Yield every clause that binds somebody, with the day from which it does; None for ever."""
    for pack in policy.packs:
        for clause in pack.clauses:
            sets_limit = any(True for _ in clause.rule.bounds())
            if clause.strength is not Strength.MAY or sets_limit:
                yield clause, pack.effective if pack.kind == "overlay" else None


def _bounds(policy: Policy, limit: str) -> list[object]:
    return [
        (clause.id, bound)
        for clause in policy.clauses
        for bound in clause.rule.bounds()
        if bound.limit == limit
    ]


def _keeps_longer(rule: Rule) -> bool:
    return any(bound.limit == "retention" and bound.least is not None for bound in rule.bounds())


def _is_among(rule: Rule, rules: Iterable[Rule]) -> bool:
    return any(type(rule) is type(each) and list(rule.bounds()) == list(each.bounds()) for each in rules)
