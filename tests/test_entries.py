"""The catalogue of entries: what verification reads and what the documentation says are made from it."""

from __future__ import annotations

import ast
from importlib import resources
from pathlib import Path

import pytest

import alpr_core
from alpr_core import entries
from alpr_core.entries import CATALOGUE, EntryKind, UndeclaredField, check_fields
from alpr_ledger.catalogue import load_catalogue

DOCS = Path(__file__).parents[1] / "docs"
CORE = Path(alpr_core.__file__).parent


def test_verification_reads_exactly_this_catalogue() -> None:
    shipped = resources.files("alpr_ledger").joinpath("catalogue.json").read_text(encoding="utf-8")
    assert shipped == entries.catalogue_json()


@pytest.mark.skipif(not DOCS.is_dir(), reason="the documentation is not beside the tests")
def test_the_page_about_entries_is_what_the_catalogue_says() -> None:
    assert (DOCS / "entries.md").read_text(encoding="utf-8") == entries.entries_page()


def test_the_ledgers_own_reader_knows_every_kind() -> None:
    shipped = load_catalogue()
    assert all(name in shipped for name in CATALOGUE)


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.name)
class TestKind:
    def test_its_name_is_noun_and_verb_and_it_says_what_it_is(self, kind: EntryKind) -> None:
        noun, _, verb = kind.name.partition(".")
        assert noun.isidentifier()
        assert verb.isidentifier()
        assert kind.says.endswith(".")

    def test_its_fields_have_known_types_and_no_field_is_both_public_and_committed(
        self, kind: EntryKind
    ) -> None:
        assert {type_.rstrip("!") for type_ in kind.public.values()} <= entries.FIELD_TYPES
        assert not set(kind.public) & set(kind.committed)

    def test_what_a_person_can_type_is_committed_never_public(self, kind: EntryKind) -> None:
        typed = {
            "plate",
            "case",
            "reason",
            "name",
            "badge",
            "camera",
            "hotlist",
            "query",
            "file",
            "recipient",
            "place",
        }
        assert not typed & set(kind.public)


def test_an_undeclared_field_is_refused() -> None:
    with pytest.raises(UndeclaredField, match="colour"):
        check_fields(CATALOGUE["hotlist.list"], {"count": 1, "colour": "red"}, {})


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(UndeclaredField, match="count"):
        check_fields(CATALOGUE["hotlist.list"], {}, {})


def test_every_kind_is_written_somewhere() -> None:
    """A kind that nothing writes would be a promise that the ledger does not keep."""
    written = {
        node.value
        for file in CORE.rglob("*.py")
        if file.parent.name != "entries"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(CATALOGUE) - written == set()
