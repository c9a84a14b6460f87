"""No service is a way around the gate: under every pack, in every role, what happens is what the role may do.

Each public function of `alpr_core.services` is called by each role with arguments that mean nothing. Whatever it does
with them, every entry that it leaves is of an act that the pack grants to that role, a denial, or written by itself;
and what answers without any entry is on a short list of questions about the caller or the policy alone.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

import alpr_core.services
from alpr_core.act import Act
from alpr_core.entries import ACTIONS, CATALOGUE
from alpr_core.errors import Denied, InputError
from alpr_core.models import HotlistEntry, ReadFilter, ReadKey
from alpr_core.policy import Gate, lay_over, load_pack, pack_names
from alpr_core.services.login import Credentials

PACKS = [
    pytest.param(name, marks=() if name == "minimal" else pytest.mark.soak)
    for name in pack_names()
    if name != "template"
]

SILENT = {
    "access_records.purge_access_records",  # of no month that is over
    "accounts.before_second_factor",  # a new secret, of which nothing is stored
    "accounts.needs_second",  # whether a second person has to agree
    "accounts.needs_second_to_lose",
    "accounts.own_badge",
    "accounts.told_of_reset",
    "approvals.can_be_asked_for",
    "backup.before_backup",  # leave to begin, which is asked again
    "breaches.refers_to",  # the policy's own words
    "capture.capture",  # of no picture at all
    "hotlist_import.clear_leftovers",  # of entries that were never in force
    "heartbeats.beating",  # not begun
    "heartbeats.check_cameras",  # how many capture; what is wrong is an entry
    "incidents.types_of_incident",
    "ingest.record_observed",  # of none
    "ingest.record_sightings",
    "login.banner",
    "notices.deliver_waiting",  # how many notices wait
    "people.before_adding",  # leave to begin, which is asked again
    "people.role_combinations",
    "sweeping.sweep_images",  # of no file
    "timekeeping.check_clock",  # the time; what is wrong is an entry
    "timekeeping.check_clock_at_start",
    "timekeeping.trusted_now",
}
"""What answers without an entry: it tells of the caller or of the policy, never of data."""

OF_A_PART = {
    "accounts.check_second",
    "accounts.tell_of_rights",
    "heartbeats.capture_line",
    "release_files.contents",
    "timekeeping.clock_line",
}
"""Parts of a service that work inside an act, and are given what only an act has."""


def services() -> dict[str, Any]:
    """Every public function of the services, by its name."""
    found = {}
    for info in pkgutil.iter_modules(alpr_core.services.__path__):
        module = importlib.import_module(f"alpr_core.services.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                found[f"{info.name}.{name}"] = function
    return found


def junk(annotation: str, tmp_path: Any) -> Any:
    """An argument of this type that means nothing."""
    file = tmp_path / "file"
    values: dict[str, Any] = {
        "str": "1",
        "int": 1,
        "bool": False,
        "datetime": datetime(2026, 11, 23, 13, tzinfo=UTC),
        "date": date(2026, 11, 20),
        "Path": file,
        "ReadKey": ReadKey(day="2026-11-23", id="1"),
        "HotlistEntry": HotlistEntry(plate="ABC123", expires=datetime(2027, 1, 1, tzinfo=UTC)),
        "ReadFilter": ReadFilter(plate="ABC123"),
        "Credentials": Credentials("1001", "not the passphrase", ""),
        "Facts": {},
    }
    if annotation in values:
        return values[annotation]
    if annotation.startswith(("Sequence", "Iterable")):
        return ()
    return None


def call(function: Any, act: Act, tmp_path: Any) -> bool:
    """Call it with arguments that mean nothing; whether it answered."""
    arguments: list[Any] = []
    named: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        ):
            continue
        value = junk(str(parameter.annotation), tmp_path)
        if parameter.kind is parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            arguments.append(value)
    with suppress(Exception):
        function(act, *arguments, **named)
        return True
    return False


# Which act is asked for is the same on either database.
ON_SQLITE = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize("pack", PACKS)
def test_what_happens_is_what_the_role_may_do(site, act_as, tmp_path, monkeypatch, pack) -> None:
    monkeypatch.chdir(tmp_path)  # whatever is given "1" as a place writes there
    (tmp_path / "file").write_text("LIC\nABC123\n")
    gate = Gate(lay_over([load_pack(pack, actions=ACTIONS)]))
    there = replace(site, gate=gate)
    found = services()
    assert len(found) > 100
    seen = 0
    for role in gate.policy.roles:
        act = Act(there, act_as(role).actor)
        allowed = gate.actions_of([role])
        for name, function in found.items():
            with there.store.snapshot() as work:
                before = work.ledger.size()
            answered = call(function, act, tmp_path)
            with there.store.snapshot() as work:
                entries = [entry.body for entry in work.ledger.entries(before)]
            for body in entries:
                kind = str(body["kind"])
                is_its_own = kind == "act.deny" or CATALOGUE[kind].by_itself
                assert is_its_own or kind in allowed or "*" in allowed, f"{role} did {kind} by {name}"
            seen += len(entries)
            if answered and not entries:
                assert name in SILENT | OF_A_PART, f"{name} answered {role} without an entry"
    assert seen > 100


def test_the_list_of_what_answers_without_an_entry_is_no_longer_than_it_must_be() -> None:
    assert services().keys() >= SILENT | OF_A_PART


@ON_SQLITE
def test_the_helpers_of_this_test_tell_a_denial_from_an_answer(act_as, tmp_path) -> None:
    def refused(act: Act) -> None:
        raise InputError("no")

    act = act_as("officer")
    assert not call(refused, act, tmp_path)
    with pytest.raises(Denied):
        act.admit("person.add")
