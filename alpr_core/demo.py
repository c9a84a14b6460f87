"""The main job from end to end on a node of its own, told so that a chief of police can follow it.

Everything goes through the doors that a department uses: the same services, gate, ledger and verifier. Only the
street is drawn, and its plates are made up.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from alpr_core.act import Act
from alpr_core.clock import system_clock
from alpr_core.config import Answers
from alpr_core.errors import AlprError, Denied
from alpr_core.models import Actor, Read, ReadFilter
from alpr_core.node import FirstPerson, Node
from alpr_core.services.capture import capture
from alpr_core.services.holds import place_hold
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.ingest import Recorded
from alpr_core.services.ledger import verify_ledger
from alpr_core.services.login import log_in
from alpr_core.services.people import add_person
from alpr_core.services.purging import certificate, purge, what_is_due
from alpr_core.services.search import search_reads
from alpr_core.services.timekeeping import confirm_clock

PASSPHRASE = "only for this demonstration"  # noqa: S105  it guards made-up plates in a folder of its own

SCENES = (7, 11, 23, 42)
"""Seeds of the streets; between them they show plates of all four states."""

A_YEAR = timedelta(days=366)

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class People:
    """Who acts in the story, each through a login of their own."""

    admin: Act
    officer: Act
    auditor: Act


def run(folder: Path, say: Say) -> None:
    """Tell the story in an empty folder.

    Args:
        folder: where the node and the pictures are put.
        say: prints one paragraph.

    Raises:
        AlprError: if a step did not end as it must; the demonstration is a test too.
    """
    say(
        "1. A node is set up: its own signing key, an empty database, entry 0 of its ledger, and a policy that says\n"
        "   who may do what. Three people get an account each; nobody shares one."
    )
    first = FirstPerson(badge="1001", name="Ada Admin", passphrase=PASSPHRASE)
    # A name of its own each time: this host remembers what it signed under each, so that none is ever forked.
    origin = f"demo.example/ledger/{secrets.token_hex(4)}"
    answers = Answers(name="demo-server", origin=origin, kept_for="P1Y")
    with Node.create(folder / "node", answers, first) as node:
        people = _people(node)
        say(
            "\n2. Cars pass a camera in Oregon, Missouri, Ohio and Massachusetts. The street is drawn, the plates\n"
            "   are made up; reading them is real."
        )
        truth = _render(folder / "street")
        _import_hotlist(people.admin, node, folder, truth, say)
        found = _capture(people.officer, node, folder / "street", say)
        _search(people, found, say)
        _verify(people.auditor, folder / "node" / "var" / "alpr.db", say)
        held = _hold(people.officer, found, say)
    with Node.open(folder / "node", clock=lambda: system_clock() + A_YEAR) as node:
        _purge(node, people.admin.actor.id, held, say)
    _tamper(folder, say)


def _people(node: Node) -> People:
    def session(badge: str) -> Act:
        _, token = log_in(node.act(None), badge, PASSPHRASE)
        return node.act(token)

    admin = session("1001")
    for badge, name, role in (("1002", "Olga Officer", "officer"), ("1003", "Abe Auditor", "auditor")):
        add_person(admin, badge=badge, name=name, roles=[role], passphrase=PASSPHRASE)
    return People(admin=admin, officer=session("1002"), auditor=session("1003"))


def _render(folder: Path) -> list[str]:
    """Draw the street and return the plates that stand in it."""
    import cv2

    from alpr_core.vision.scenes import render_scene

    folder.mkdir()
    truth: list[str] = []
    for number, seed in enumerate(SCENES, start=1):
        scene = render_scene(seed)
        cv2.imwrite(str(folder / f"street-{number}.png"), scene.image)
        truth += [plate.text for plate in scene.plates]
    return truth


def _import_hotlist(admin: Act, node: Node, folder: Path, truth: list[str], say: Say) -> None:
    """Three lines: a plate as it is, one that a person wrote down with a look-alike, one half remembered."""
    exact, misheard, partial = truth[0], _look_alike(truth[1:]), truth[-1][:4] + "*"
    file = folder / "hotlist.csv"
    file.write_text(
        "LIC,LIS,category,priority,case_no\n"
        f"{exact},,stolen vehicle,1,26-1041\n"
        f"{misheard},,wanted person,1,26-1102\n"
        f"{partial},,missing person,2,26-0977\n",
        encoding="utf-8",
    )
    result = import_hotlist(
        admin,
        file,
        name="demo",
        source=node.host.data_source("hotfile"),
        source_name="hotfile",
        purpose="administration",
    )
    say(
        f"\n3. The administrator imports a hotlist of {result.added} lines: {exact}, {misheard} (written down\n"
        f"   with a character that looks like the right one) and {partial} (a witness remembered the beginning)."
    )


def _look_alike(plates: list[str]) -> str:
    swaps = str.maketrans("O0I1B8S5Z2G6", "0O1I8B5S2Z6G")
    return next((swapped for one in plates if (swapped := one.translate(swaps)) != one), plates[0])


def _capture(officer: Act, node: Node, street: Path, say: Say) -> list[Recorded]:
    from alpr_core.vision.frames import find_sources

    problems: list[AlprError] = []
    reader = node.reader("rapidocr")
    say("\n4. The officer's camera is read by rapidocr, which needs no download:")
    recorded: list[Recorded] = []
    for batch in capture(
        officer, find_sources(street), reader, camera="demo-street", on_problem=problems.append
    ):
        recorded.append(batch)
        for read in batch.reads:
            say(
                f"     {read.plate:<10}{100 * read.confidence:5.1f} %   stored, image encrypted under its own key"
            )
        for hit in batch.hits:
            say(
                f"     HIT {hit.plate} is {hit.listed.plate} of list {hit.hotlist} ({hit.listed.category}): "
                f"{hit.match.explanation}"
            )
    if problems or not any(batch.hits for batch in recorded):
        raise AlprError(f"the street should have raised a hit; problems: {[p.message for p in problems]}")
    say(
        "   A hit is a hint, not a reason to stop a car: it is confirmed by eye and by the state's system first."
    )
    return recorded


def _search(people: People, found: list[Recorded], say: Say) -> None:
    plate = next(hit.plate for batch in found for hit in batch.hits)
    wanted = ReadFilter(plate=plate)
    answer = search_reads(people.officer, wanted, purpose="stolen_vehicle", case="26-1041")
    say(
        f"\n5. The officer searches {plate} with a purpose and a case number: {len(answer.reads)} read(s).\n"
        f"   The search is entry {answer.entry} of the ledger, and was there before the answer left."
    )
    try:
        search_reads(people.officer, wanted, purpose="")
    except Denied as denied:
        say(
            "   The same search without a purpose is refused, and the refusal is on record too:\n"
            + _indented(denied.message)
        )
    else:
        raise AlprError("a search without a purpose must be denied")


def _verify(auditor: Act, database: Path, say: Say) -> None:
    report = verify_ledger(auditor)
    say(
        f"\n6. The auditor verifies the ledger: {report.size} entries, each naming the hash of the one before it,\n"
        "   all in one signed tree. Anybody can, with a program that knows nothing of this one:"
    )
    done = _outside(database)
    say(f"     $ python -m alpr_ledger verify {database}\n" + _indented(done.stdout))
    if done.returncode != 0:
        raise AlprError("the ledger must verify")
    say("   It finds one entry more: that the auditor verified is on record as well.")


def _hold(officer: Act, found: list[Recorded], say: Say) -> Read:
    """Keep the read of the first hit as evidence."""
    hit = next(hit for batch in found for hit in batch.hits)
    read = next(read for batch in found for read in batch.reads if read.key == hit.read)
    reason = "the car of the robbery on Main Street"
    placed = place_hold(officer, read=read.key, why="criminal", case="26-1041", reason=reason)
    say(
        f"\n7. The read of {read.plate} is evidence: the officer holds it (hold {placed.hold.id}), and its keys\n"
        "   become the hold's own. Then a year passes; reads are kept for one year here."
    )
    return read


def _purge(node: Node, person: str, held: Read, say: Say) -> None:
    """A year later what is due is destroyed, what is held is not, and a certificate says so."""
    job = Act(node.site, Actor(id="system:purge", roles=frozenset({"admin"}), delegated_by=person))
    if purge(job, ordered=False) is not None:
        raise AlprError("after a year without an entry nothing may be destroyed before the time is confirmed")
    confirm_clock(
        Act(node.site, Actor(id=person, roles=frozenset({"admin"}))), reason="by the clock on the wall"
    )
    say(
        "   For a year nothing was recorded, or the clock leapt: nothing is destroyed by it before a person has\n"
        "   looked at another clock, and confirmed the time."
    )
    run = purge(job, ordered=False)
    if run is None or run.entry is None:
        raise AlprError("a year later the reads must be due")
    say(
        f"   The purge's job destroys {run.reads} reads with their {run.images} images and the keys of their day,\n"
        "   and certifies it on the ledger and on paper:\n" + _indented(certificate(job, run.id))
    )
    (left,) = what_is_due(job)
    if (left.due, left.held) != (0, 1):
        raise AlprError("of all reads the held one alone must be left")
    done = _outside(node.settings.var / "alpr.db")
    if done.returncode != 0:
        raise AlprError("the ledger must verify after a purge")
    say(
        f"   Of all reads that of {held.plate} alone is left, and the ledger verifies as before: it proves, and\n"
        "   forgets."
    )


def _tamper(folder: Path, say: Say) -> None:
    """Change one byte of a copy, as somebody could who rules the server."""
    copy = folder / "edited-copy.db"
    original = folder / "node" / "var" / "alpr.db"
    with closing(sqlite3.connect(original)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("DROP TRIGGER entry_no_UPDATE")
        ((index, data),) = database.execute(
            "SELECT idx, bytes FROM entry WHERE instr(bytes, CAST('search.run' AS BLOB)) ORDER BY idx LIMIT 1"
        ).fetchall()
        changed = data.replace(b'"count":1', b'"count":0', 1)
        if changed == data:
            changed = data.replace(b"search.run", b"search.ran", 1)
        database.execute("UPDATE entry SET bytes = ? WHERE idx = ?", (changed, index))
    done = _outside(copy)
    say(
        f"\n8. Now somebody who rules the server changes one character of entry {index} in a copy: a search that\n"
        "   found one read is to have found none. The same program:\n" + _indented(done.stdout + done.stderr)
    )
    if done.returncode != 4 or str(index) not in done.stdout + done.stderr:
        raise AlprError("the edited copy must not verify, and the entry must be named")
    say(
        "   It names the entry. What it cannot see is a whole ledger written anew by whoever holds the key: that is\n"
        "   why someone outside keeps a checkpoint. Until then every verification says: not anchored."
    )


def _outside(database: Path) -> subprocess.CompletedProcess[str]:
    """Run the auditor's program in a process of its own."""
    return subprocess.run(  # noqa: S603  our own interpreter, a list of words, no shell
        [sys.executable, "-m", "alpr_ledger", "verify", str(database)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )


def _indented(text: str) -> str:
    """Set a program's words apart, none of them wider than the story."""
    wrapped = [
        textwrap.fill(line, width=105, initial_indent="     ", subsequent_indent="         ")
        for line in text.strip().splitlines()
    ]
    return "\n".join(wrapped)
