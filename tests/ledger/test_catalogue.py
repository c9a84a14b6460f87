"""The catalogue of kinds: undeclared fields are failures, unknown kinds are not."""

from __future__ import annotations

import json

import pytest

from alpr_ledger.catalogue import load_catalogue, read_catalogue
from alpr_ledger.commitment import commit
from alpr_ledger.errors import CatalogueError, EntryError

C = commit("plate", "ABC123").c
CATALOGUE = read_catalogue(
    json.dumps(
        {
            "version": 1,
            "kinds": {
                "search.run": {
                    "public": {
                        "count": {"type": "int", "required": True},
                        "purpose": {"type": "code"},
                        "exact": {"type": "bool"},
                        "since": {"type": "time"},
                        "policy": {"type": "digest"},
                        "note": {"type": "str"},
                        "ids": {"type": "list"},
                        "by": {"type": "map"},
                    },
                    "committed": {"plate": "access", "case": "access"},
                }
            },
        }
    )
)


def body(public=None, committed=None, **header):
    fields = {
        "v": 1,
        "kind": "search.run",
        "t": "2026-11-23T06:34:00.123456Z",
        "public": {"count": 1, **(public or {})},
    }
    if committed is not None:
        fields["committed"] = committed
    return {**fields, **header}


@pytest.mark.parametrize(
    "fields",
    [
        body(),
        body({"purpose": "10.05 V", "exact": False, "since": "2026-11-23T06:34:00.123456Z"}),
        body({"note": "", "ids": [], "by": {}}),
        body({"policy": "ab" * 32}),
        body({"policy": "sha256:" + "ab" * 32}),
        body({"policy": C}),
        body(committed={"plate": C, "case": [C, C]}),
        body(actor={"id": "x"}, node="n", policy={}, clauses=["10.05 V"]),
        body(req="r", ref=0, purpose="p", outcome="done"),
    ],
)
def test_what_is_declared_passes(fields):
    assert CATALOGUE.check(fields)


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        (body({"plate": "ABC123"}), "public.plate"),
        (body({"count": "1"}), "public.count"),
        (body({"count": True}), "public.count"),
        (body({"purpose": "two\nlines"}), "public.purpose"),
        (body({"purpose": "x" * 81}), "public.purpose"),
        (body({"exact": 1}), "public.exact"),
        (body({"since": "yesterday"}), "public.since"),
        (body({"policy": "abc"}), "public.policy"),
        (body({"ids": {}}), "public.ids"),
        ({**body(), "public": {}}, "public.count: required"),
        ({key: value for key, value in body().items() if key != "public"}, "public.count: required"),
        (body(committed={"name": C}), "committed.name"),
        (body(committed={"plate": "ABC123"}), "committed.plate"),
        (body(committed={"plate": [C, "ABC123"]}), "committed.plate"),
        (body(committed={"plate": None}), "committed.plate"),
        (body(committed=[C]), "committed"),
        (body(plate="ABC123"), "plate: no entry has such a field"),
        (body(v=2), "v:"),
        (body(v=True), "v:"),
        (body(kind="two\nlines"), "kind"),
        (body(actor="x"), "actor"),
        (body(clauses="x"), "clauses"),
        (body(clauses=[1]), "clauses"),
        (body(ref=-1), "ref"),
        (body(ref=True), "ref"),
    ],
)
def test_anything_else_is_refused_by_its_place(fields, where):
    with pytest.raises(EntryError, match=where):
        CATALOGUE.check(fields)


def test_an_unknown_kind_is_told_apart_and_its_header_still_checked():
    assert not CATALOGUE.check(body({"anything": 1}, kind="later.invention"))
    with pytest.raises(EntryError):
        CATALOGUE.check(body(kind="later.invention", extra=1))


def test_the_shipped_catalogue_knows_the_opening_of_a_ledger():
    assert "ledger.open" in load_catalogue()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "kinds": {}}',
        '{"version": 1, "kinds": []}',
        '{"version": 1, "kinds": {"a": []}}',
        '{"version": 1, "kinds": {"a": {"other": {}}}}',
        '{"version": 1, "kinds": {"a": {"public": []}}}',
        '{"version": 1, "kinds": {"a": {"public": {"x": "int"}}}}',
        '{"version": 1, "kinds": {"a": {"public": {"x": {"type": "plate"}}}}}',
        '{"version": 1, "kinds": {"a": {"public": {"x": {"type": []}}}}}',
        '{"version": 1, "kinds": {"a": {"committed": {"x": 1}}}}',
        "[" * 100_000,
    ],
)
def test_a_malformed_catalogue_is_refused(text):
    with pytest.raises(CatalogueError):
        read_catalogue(text)
