"""What is settled when a node starts: sends that were cut off between intent and outcome, and a restore's entry."""

from __future__ import annotations

import json
from pathlib import Path

from alpr_core.act import Act
from alpr_core.files import read_private
from alpr_core.models import Actor
from alpr_core.recording import Recording, Why
from alpr_core.restoring import WAITING
from alpr_core.site import Site
from alpr_core.store.intents import Intent


def settle_intents(site: Site) -> list[Intent]:
    """Give each send that was cut off the outcome ``unknown``, and return them: somebody must look after them.

    A send of another node, or of a process that still lives, is not touched. Called when a node is opened.
    """
    act = Act(site, Actor(id="system:start"))
    settled = []
    with site.store.snapshot() as work:
        begun = work.intents.open()
    for intent in begun:
        if intent.node != site.name or site.presence.is_alive(intent.process):
            continue
        recording = Recording(site.keys, site.clock, intent.kind, Why())
        head = {**act._header(intent.kind, Why(), None), "ref": intent.entry, "outcome": "unknown"}
        draft = recording.draft(head, complete=False)
        with act._writing() as work:
            if intent not in work.intents.open():
                continue  # another process was quicker
            work.intents.finish(intent.entry, site.log.append(work.connection, [draft]).first)
        settled.append(intent)
    return settled


def record_restore(site: Site, var: Path) -> None:
    """Write the entry about a restore, at the first start that can."""
    waiting = var / WAITING
    try:
        fields = json.loads(read_private(waiting, limit=1 << 16))
    except FileNotFoundError:
        return
    Act(site, Actor(id="system:restore")).report("backup.restore", **fields)
    waiting.unlink()
