"""Stamping the ledger is an act: on both databases it is decided, recorded, and kept with its token."""

from __future__ import annotations

import pytest

from alpr_core.config.settings import TimestampSection
from alpr_core.errors import Denied
from alpr_core.services.ledger import verify_ledger
from alpr_core.services.stamping import stamp_checkpoint
from alpr_core.services.status import show_status


@pytest.fixture
def timestamps(authority):
    return [TimestampSection(url=authority.url, certificates=[authority.root])]


def test_a_stamped_ledger_is_verified_from_inside_the_node(act_as, timestamps) -> None:
    admin = act_as("admin")
    (word,) = stamp_checkpoint(admin, timestamps)
    assert (word.authority, word.size, word.problem) == (timestamps[0].name, 1, "")
    (found,) = verify_ledger(admin, timestamps=timestamps).stamping.stamped
    assert (found.authority, found.size, found.time) == ("Example Time", 1, word.time)
    assert "1 entries existed then" in show_status(admin, timestamps=timestamps).stamped


def test_nobody_but_an_administrator_may_and_no_authority_is_asked(act_as, timestamps, authority) -> None:
    for role in ("officer", "auditor"):
        with pytest.raises(Denied):
            stamp_checkpoint(act_as(role), timestamps)
    assert authority.queries == []


def test_while_an_authority_is_asked_others_go_on_writing(act_as, timestamps, authority, site) -> None:
    admin, auditor = act_as("admin"), act_as("auditor")

    def slow(query):
        verify_ledger(auditor)  # an act of somebody else's, with its entry
        return 200, authority.reply(query)

    authority.answer = slow
    (word,) = stamp_checkpoint(admin, timestamps)
    assert word.problem == ""
    (found,) = verify_ledger(admin, timestamps=timestamps).stamping.stamped
    assert found.size == word.size
