"""No plate and no name can be guessed from what the ledger shows, wherever a person typed it.

A plate and a name are given to every field of every command that acts on a node. Afterwards whoever reads entries,
tiles, proofs, checkpoints and whatever else lies in the node's folder tries his dictionary: the text itself, and
every hash that could be made of it without the salt.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
from itertools import pairwise
from pathlib import Path

import click
import pytest

from alpr_core.cli import cli
from alpr_core.cli.frame import Leaf, walk
from alpr_core.entries import CATALOGUE
from alpr_core.node import Node

PLATE, NAME = "QZX7741", "Zelda Quillfeather"
ASKED = [leaf for leaf in walk(cli) if not leaf.open_to_all or leaf.path == ("login",)]
PLAIN = {
    "purpose": "administration",
    "badge": "1003",
    "roles": "officer",
    "index": "2",
    "field": "badge",
    "name": "by hand",
}
"""What a field holds while another one is under test, where that must be something in particular."""

GIVEN = {
    "purpose": "administration",
    "case": "26-1041",
    "reason": "left the robbery at night",
    "expires": "2099-12-24",
    "since": "2026-01-01",
    "place": "Main St",
    "state": "OR",
    "method": "called back by telephone",
    "summary": "a lost laptop",
    "wanted": "reads of a car",
    "requester": "Pat Public",
    "recipient_class": "other",
}
"""What is given with every command that has it, so that it comes as far as its entry."""


def fillable(parameter: click.Parameter) -> bool:
    """Whether a person can type any text into it."""
    return isinstance(parameter.type, click.Path | click.File | click.types.StringParamType) or (
        parameter.type.name == "time"
    )


def words(leaf: Leaf, filled: str, text: str, folder: Path) -> list[str]:
    """The command with `text` in the field named `filled`, and what it needs in the others."""
    called = list(leaf.path)
    for parameter in leaf.command.params:
        value = {**PLAIN, **GIVEN}.get(parameter.name or "", leaf.path[-1])
        if parameter.name == filled:
            value = text
        elif not parameter.required and parameter.name not in GIVEN:
            continue
        if isinstance(parameter.type, click.Choice) and value not in parameter.type.choices:
            value = str(parameter.type.choices[0])
        if isinstance(parameter.type, click.Path):
            file = folder / f"{value}.txt"
            file.write_text(f"LIC\n{PLATE}\n")
            value = str(file)
        called += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]
    return called


def guesses(text: str, salts: list[bytes]) -> set[bytes]:
    """Every hash of the text that somebody without its salt could make."""
    made = set()
    for spelled in {text, text.lower(), text.upper(), json.dumps(text)}:
        value = spelled.encode()
        made |= {getattr(hashlib, name)(value).digest() for name in ("md5", "sha1", "sha256", "sha512")}
        for field in {field for kind in CATALOGUE.values() for field in kind.committed}:
            bound = b"alpr-ledger/c1\0" + field.encode() + b"\0"
            made |= {hashlib.sha256(start + value).digest() for start in (bound, bound[15:], field.encode())}
            made |= {hashlib.sha256(bound + salt + value).digest() for salt in salts}
        made |= {hmac.digest(salt, value, "sha256") for salt in salts}
    return made


def published(node: Node) -> dict[str, bytes]:
    """All that an outsider may be given, by what it is."""
    with node.site.store.snapshot() as work:
        ledger = work.ledger
        entries = list(ledger.entries())
        shown = {f"entry {one.idx}": one.data for one in entries}
        shown |= {f"proof of {one.idx}": ledger.prove(one.idx).to_bytes() for one in entries}
        shown |= {f"checkpoint {size}": ledger.checkpoint(size) for size in ledger.checkpoint_sizes()}
        shown["tile of level 0"] = b"".join(one.leaf for one in entries)
    return shown


@pytest.fixture(scope="module")
def filled(command_line, node_template, tmp_path_factory):
    """A node after a plate and a name were typed into every field of every command, by somebody who may do all."""
    folder = tmp_path_factory.mktemp("dictionary")
    files = folder / "files"
    files.mkdir()
    shutil.copytree(node_template.folder, folder / "node")
    node = command_line(folder / "node", folder / "passphrase")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(files)  # a plate given where a folder is asked for makes one
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        fill_everything(node, files)
        yield node


def fill_everything(node, files: Path) -> None:
    node.log_in()
    assert node.add("1002", NAME, "admin").exit_code == 0
    with Node.open(node.folder) as opened, opened.site.store.writing() as work:
        person = work.people.by_badge("1002")  # roles that nobody is given together
        work.people.set_roles(person.id, frozenset({"admin", "officer", "auditor"}))
    assert node.log_in("1002").exit_code == 0
    for leaf in sorted(ASKED, key=lambda leaf: leaf.path[-1] != "import"):  # a list made by hand takes none
        for parameter in leaf.command.params:
            if not fillable(parameter):
                continue
            for text in (PLATE, NAME):
                called = words(leaf, parameter.name or "", text, files)
                done = node(*called, typed=f"{text}\n" * 4)
                assert "Traceback" not in done.output, (called, done.output)
                if leaf.path in {("login",), ("logout",)}:
                    node.log_in("1002")


def test_most_kinds_of_entries_were_written(filled) -> None:
    kinds = {entry["kind"] for entry in filled.entries()}
    assert {"search.run", "hotlist.add", "hotlist.import", "person.add", "person.fail", "act.deny"} <= kinds
    assert {"ledger.search", "ledger.read", "ledger.disclose"} <= kinds
    assert {"incident.open", "agency.add", "device.add", "release.request", "breach.report"} <= kinds


@pytest.mark.parametrize("text", [PLATE, NAME, "Quillfeather"])
def test_what_was_typed_stands_nowhere_in_clear(filled, text) -> None:
    with Node.open(filled.folder) as node:
        shown = published(node)
    papers = filled.folder / "var" / "documents"  # of the programme: made to be read, and kept as they came
    for file in filled.folder.rglob("*"):
        if file.is_file() and "alpr.db" not in file.name and file.parent != papers:
            shown[str(file)] = file.read_bytes()
    spelled = {text.encode(), text.encode().hex().encode(), base64.b64encode(text.encode()).rstrip(b"=")}
    for name, data in shown.items():
        for one in spelled:
            assert one.lower() not in data.lower(), name


@pytest.mark.parametrize("text", [PLATE, NAME])
def test_no_hash_of_what_was_typed_stands_anywhere_without_a_salt(filled, text) -> None:
    with Node.open(filled.folder) as node:
        shown = published(node)
        open_values = [bytes(32), b"", node.site.log.key.vkey.key, node.site.log.key.name.encode()]
        with node.site.store.snapshot() as work:
            open_values += [one.leaf for one in work.ledger.entries()]
    everything = b"\n".join(shown.values())
    for guess in guesses(text, open_values):
        for spelled in (guess, guess.hex().encode(), base64.b64encode(guess).rstrip(b"=")):
            assert spelled not in everything


def test_the_same_plate_twice_looks_like_two(filled) -> None:
    commitments = [entry["committed"]["plate"] for entry in filled.entries("search.run")]
    assert len(commitments) > 1
    assert all(one != other for one, other in pairwise(sorted(commitments)))
