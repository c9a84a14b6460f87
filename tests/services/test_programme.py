"""The programme file on both databases: stored whole, and who the designee was on a day."""

from __future__ import annotations

from datetime import date

import pytest

from alpr_core.errors import Denied, InputError
from alpr_core.programme import Document, DocumentKind, designee
from alpr_core.services.programme import MOST, add_document, show_programme, withdraw_document


def document(site, kind: DocumentKind = DocumentKind.GUIDELINE, **fields) -> Document:
    given = {"title": "Guide", "owner": "Kim Poe", "dated": date(2026, 1, 1), "added_at": site.clock()}
    return Document(kind=kind, **{**given, **fields})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "guide.txt"
    path.write_bytes(b"text")
    return path


def test_a_document_comes_back_as_it_was_added(site, act_as, file, tmp_path) -> None:
    act = act_as("admin")
    course = document(
        site,
        DocumentKind.COURSE,
        area="operate",
        roles=("officer", "admin"),
        valid="P1Y",
        review=date(2027, 1, 1),
    )
    added = add_document(act, course, file=file, folder=tmp_path / "documents")
    assert show_programme(act).documents == (added,)
    withdraw_document(act, added.id)
    (withdrawn,) = show_programme(act, withdrawn=True).documents
    assert withdrawn.withdrawn_at == site.clock()


def test_the_same_file_is_kept_once_and_may_be_two_documents(site, act_as, file, tmp_path) -> None:
    act = act_as("admin")
    for _ in range(2):
        add_document(act, document(site), file=file, folder=tmp_path / "documents")
    assert len(list((tmp_path / "documents").iterdir())) == 1
    assert len(show_programme(act).documents) == 2


@pytest.mark.parametrize("content", [b"", b"x" * (MOST + 1)])
def test_a_file_that_is_no_document_is_refused_before_anything_is_kept(
    site, act_as, file, tmp_path, content
) -> None:
    file.write_bytes(content)
    with pytest.raises(InputError, match="is empty, or longer"):
        add_document(act_as("admin"), document(site), file=file, folder=tmp_path / "documents")
    assert not (tmp_path / "documents").exists()


def test_only_who_the_policy_lets_adds_a_document(site, act_as, file, tmp_path) -> None:
    with pytest.raises(Denied):
        add_document(act_as("officer"), document(site), file=file, folder=tmp_path / "documents")
    assert not (tmp_path / "documents").exists()


@pytest.mark.parametrize(
    ("on", "owner"),
    [
        (date(2024, 12, 31), None),
        (date(2025, 1, 1), "Kim"),
        (date(2026, 5, 1), "Lee"),
        (date(2030, 1, 1), "Lee"),
    ],
)
def test_the_designee_of_a_day_is_the_one_whose_first_day_is_the_latest_by_then(site, on, owner) -> None:
    history = [
        document(site, DocumentKind.DESIGNEE, owner="Lee", dated=date(2026, 5, 1)),
        document(site, DocumentKind.DESIGNEE, owner="Kim", dated=date(2025, 1, 1)),
        document(site, dated=date(2025, 6, 1)),
    ]
    found = designee(history, on)
    assert (found.owner if found else None) == owner
