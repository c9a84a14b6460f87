"""Processes that want to lead one site, and jobs to lead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alpr_core.act import Act
from alpr_core.delivering import Delivery, Route
from alpr_core.models import Actor
from alpr_core.scheduler import Job, Leader
from alpr_core.services.people import add_person

HOUR = timedelta(hours=1)


class Work:
    """A job that keeps when it was run, and by whom."""

    def __init__(self) -> None:
        self.runs = []
        self.actors = []
        self.raises = None
        self.answers = {"done": 1}

    def __call__(self, act):
        self.runs.append(act.now)
        self.actors.append(act.actor)
        if self.raises is not None:
            raise self.raises
        return self.answers


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def told():
    """What was told to whoever may have jobs run."""
    return []


@pytest.fixture
def led(site, told):
    """The site, with a person of badge 2001 who administers it, and a route for notices."""
    boss = Act(site, Actor(id="system:init", roles=frozenset({"admin"}), delegated_by="p-first"))
    add_person(
        boss, badge="2001", name="Jo Keeper", roles=["admin"], passphrase="correct horse battery staple"
    )
    route = Route(to=("keeper@x",), via="x", roles=frozenset({"admin"}))
    delivery = Delivery([route], lambda _, notice: told.append(notice), clock=site.clock)
    return replace(site, delivery=delivery)


@pytest.fixture
def lead(led):
    """``lead(job, ...)`` is a process that wants to lead; they all share the database."""

    def make(*jobs: Job, by: str | None = "2001") -> Leader:
        return Leader(led, jobs, lambda _: by)

    return make


@pytest.fixture
def hourly(work):
    return Job(name="hourly", every=HOUR, run=work, says="Is run hourly.")


@pytest.fixture
def pump():
    """Has a leader do whatever is due."""
    return lambda leader: [leader.attend(due) for due in leader.tick()]


@pytest.fixture
def entries(site):
    """Public part of the entries of a kind."""

    def of(kind: str):
        with site.store.snapshot() as work:
            return [entry.body["public"] for entry in work.ledger.entries(kind=kind)]

    return of


@pytest.fixture
def history(site):
    """The noted runs, oldest first."""

    def noted(job: str = ""):
        with site.store.snapshot() as work:
            return work.jobs.history(job)[::-1]

    return noted
