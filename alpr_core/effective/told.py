"""Whether new settings tell somebody less than the old ones did. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from alpr_core.notice import Urgency


class Reach(NamedTuple):
    """What an address is told by one notifier: what is for a role, for a person, or everything.

    Attributes:
        via: the notifier.
        address: the address.
        audience: ``("roles", code)``, ``("badges", number)``; None for everything.
    """

    via: str
    address: str
    audience: tuple[str, str] | None


def told_less(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield, a sentence each, which notifier is new or another, and who is told less.

    A new notifier is judged as a new data source is: what it does with a notice, or runs for it, nobody can say here.

    Args:
        before: the old settings, as a document.
        after: the new ones.
    """
    accepted = before.get("notifier", [])
    for notifier in after.get("notifier", []):
        if notifier not in accepted:
            yield f"the notifier {notifier['use']} is new, or delivers in another way"
    kept = {notifier["use"] for notifier in after.get("notifier", [])}
    for notifier in accepted:
        if notifier["use"] not in kept:
            yield f"the notifier {notifier['use']} is off"
    now = _reached(after)
    for reach, least in _reached(before).items():
        everything = reach._replace(audience=None)
        if not any(one in now and now[one] <= least for one in (reach, everything)):
            yield f"{reach.address} is told less by {reach.via} than before, or nothing"


def _reached(settings: Mapping[str, Any]) -> dict[Reach, int]:
    """Return for all that somebody is told how urgent it has to be."""
    found: dict[Reach, int] = {}
    for route in settings.get("notice", []):
        audiences: list[tuple[str, str] | None] = [
            (whom, each) for whom in ("roles", "badges") for each in route.get(whom, [])
        ]
        for address in route["to"]:
            for audience in audiences or [None]:
                reach = Reach(route["via"], address, audience)
                least = Urgency(route.get("at_least", Urgency.ROUTINE)).rank
                found[reach] = min(least, found.get(reach, least))
    return found
