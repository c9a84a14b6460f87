"""Telling persons what happened, after it is committed. That a notice cannot be delivered undoes nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from alpr_core.act import Act
from alpr_core.delivering import Letter
from alpr_core.errors import AlprError, InputError, NotFound
from alpr_core.notice import KINDS, numbers_of
from alpr_core.store.notices import Undelivered
from alpr_ledger.errors import LedgerError

logger = logging.getLogger(__name__)

TEST = "notice.test"

AT_ONCE = 20
"""So many notices that wait are tried again with the next one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """What became of a test notice on one route.

    Attributes:
        route: its number in alpr.toml, from 1.
        via: its notifier.
        delivered: to how many addresses.
        failed: to how many not.
        problems: why not, each sentence once.
    """

    route: int
    via: str
    delivered: int
    failed: int
    problems: tuple[str, ...]


def tell(act: Act, kind: str, *, badge: str = "", **numbers: int) -> None:
    """Send a notice to whom it concerns, and what waits with it. Call it once the act is committed.

    Whoever the routes do not name is not told. What cannot be delivered is stored, shown by ``status``, and tried
    again with the next notice. It takes a few seconds at most.

    Args:
        act: whose act it is about.
        kind: one of `notice.KINDS`.
        badge: of the person whose account it is about, "" if it is about none.
        **numbers: those that the text of this kind holds.
    """
    concerned = {*KINDS[kind].concerns, "*"}
    roles = [role for role in act.gate.policy.roles if act.gate.actions_of([role]) & concerned]
    letters = act.delivery.addressed(kind, roles=roles, badge=badge, numbers=numbers)
    if letters:
        _deliver(act, letters)


def send_test(act: Act, route: int = 0) -> list[Tested]:
    """Send a test notice along one route or each, then try again what waits, and return what became of the test.

    Args:
        act: who tests.
        route: number of the route in alpr.toml, from 1; 0 for all.

    Raises:
        Denied: by the policy.
        InputError: there are no routes.
        NotFound: there is no such route.
    """
    act.admit(TEST)
    routes = dict(enumerate(act.delivery.routes, start=1))
    if not routes:
        raise InputError("No notice goes anywhere: write [[notifier]] and [[notice]] (docs/notices.md).")
    if route and route not in routes:
        raise NotFound(f"there is no route {route}: alpr.toml has {len(routes)} sections [[notice]]")
    chosen = {number: one for number, one in routes.items() if route in (0, number)}
    with act.send(TEST, routes=len(chosen)) as send:
        letters = [
            (number, act.delivery.letter("test", one.via, address))
            for number, one in chosen.items()
            for address in one.to
        ]
        problems = act.delivery.deliver([letter for _, letter in letters])
        failed = len([problem for problem in problems if problem])
        send.record(delivered=len(problems) - failed, failed=failed)
    _deliver(act, [])
    found = []
    for number, one in chosen.items():
        own = [problem for (of, _), problem in zip(letters, problems, strict=True) if of == number]
        failures = [problem for problem in own if problem]
        found.append(
            Tested(
                route=number,
                via=one.via,
                delivered=len(own) - len(failures),
                failed=len(failures),
                problems=tuple(dict.fromkeys(failures)),
            )
        )
    return found


def deliver_waiting(act: Act) -> dict[str, int]:
    """Try again to deliver what waits, and return how many still do. It tells nothing, so no entry is made of it."""
    _deliver(act, [])
    with act.undelivered() as notices:
        return {"waiting": sum(one.count for one in notices.waiting())}


def _deliver(act: Act, fresh: Sequence[Letter]) -> None:
    """Deliver notices and what waits; store what cannot be."""
    waiting: list[Undelivered] = []
    with suppress(AlprError, LedgerError), act.undelivered() as notices:
        waiting = notices.next(AT_ONCE)
    still = [one for one in waiting if _is_wanted(act, one)]
    again = [act.delivery.letter(one.kind, one.via, one.address, one.numbers, one.at) for one in still]
    problems = act.delivery.deliver([*fresh, *again])
    failed = [letter for letter, problem in zip(fresh, problems, strict=False) if problem]
    in_vain = {one.id for one, problem in zip(still, problems[len(fresh) :], strict=True) if problem}
    if not (failed or waiting):
        return
    try:
        with act.undelivered() as notices:
            notices.add(_to_wait(letter) for letter in failed)
            notices.tried(in_vain)
            notices.remove({one.id for one in waiting} - in_vain)
    except (AlprError, LedgerError) as error:
        logger.warning("notices wait that cannot be stored: %s", type(error).__name__)


def _is_wanted(act: Act, one: Undelivered) -> bool:
    """Whether what waits is still said by this version, and its address still stands in a route."""
    is_said = one.kind in KINDS and set(one.numbers) == numbers_of(one.kind)
    return is_said and act.delivery.reaches(one.via, one.address)


def _to_wait(letter: Letter) -> Undelivered:
    notice = letter.notice
    return Undelivered(
        kind=notice.kind, numbers=notice.numbers, via=letter.via, address=notice.to, at=notice.at
    )
