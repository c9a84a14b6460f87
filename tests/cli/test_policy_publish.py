"""``alpr-core policy publish``: a page for everybody, and the same for programs; whole or not at all."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from alpr_core.policy import load_pack, read_pack

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """What a page is made of, as far as these tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def published(run, tmp_path) -> Path:
    folder = tmp_path / "site"
    result = run("policy", "publish", str(folder), "--pack", "medford-or", "--overlay", "or-sb1516")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def page(published) -> Page:
    return Page((published / "index.html").read_text(encoding="utf-8"))


def test_the_page_can_be_used_without_seeing_it_and_without_anything_from_elsewhere(page) -> None:
    assert page.named("html")[0]["lang"] == "en"
    assert len(page.named("title")) == len(page.named("h1")) == len(page.named("main")) == 1
    headings = [int(tag[1]) for tag, _ in page.tags if tag in {"h1", "h2", "h3", "h4"}]
    assert all(after - before <= 1 for before, after in pairwise(headings))
    targets = {attributes["id"] for _, attributes in page.tags if attributes.get("id")}
    links = [attributes["href"] or "" for attributes in page.named("a")]
    assert links[0].startswith("#")  # past the navigation, to what it is about
    assert all(link[1:] in targets for link in links if link.startswith("#"))
    assert all(attributes.get("scope") for attributes in page.named("th"))
    assert len(page.named("caption")) == len(page.named("table"))
    loaded = [attributes for tag in ("script", "img", "iframe") for attributes in page.named(tag)]
    assert loaded == [each for each in page.named("link") if "stylesheet" in (each.get("rel") or "")] == []


def test_the_page_has_every_clause_in_its_words_and_the_disclaimer(page) -> None:
    text = " ".join(" ".join(page.text).split())
    pack = load_pack("medford-or")
    assert pack.disclaimer in text
    for clause in (*pack.clauses, *load_pack("or-sb1516", kind="overlay").clauses):
        assert clause.id in text
        assert clause.says in text


def test_the_record_for_programs_holds_packs_that_can_be_read_again(published) -> None:
    record = json.loads((published / "policy.json").read_text())
    digests = [read_pack(one["pack"], "published").digest for one in record["packs"]]
    assert digests == [one["digest"] for one in record["packs"]]
    assert digests[0] == load_pack("medford-or").digest


def test_an_earlier_page_is_replaced_and_a_folder_with_anything_else_is_left_alone(run, published) -> None:
    again = ("policy", "publish", str(published), "--pack", "minimal")
    assert run(*again).exit_code == 0
    assert json.loads((published / "policy.json").read_text())["policy"] == "minimal"
    (published / "diary.txt").write_text("mine")
    refused = run(*again)
    assert (refused.exit_code, "holds something else (diary.txt)" in refused.stderr) == (1, True)
    assert (published / "diary.txt").read_text() == "mine"


def test_a_file_in_the_place_of_the_folder_is_refused(run, tmp_path) -> None:
    (tmp_path / "file").write_text("mine")
    refused = run("policy", "publish", str(tmp_path / "file"), "--pack", "minimal")
    assert (refused.exit_code, "is a file; name a folder" in refused.stderr) == (1, True)


def test_words_that_look_like_markup_are_words(run, tmp_path) -> None:
    minimal = load_pack("minimal").as_json()
    file = tmp_path / "own.toml"
    text = "\n".join(
        [
            'id = "own"\ntitle = "<script>alert(1)</script>"\nversion = "1"\ndepartment = "A & B"',
            'document = "D"\nsource = "S"\neffective = 2026-01-01\ndisclaimer = "X"\nroles = { officer = "Officer" }',
            f'[[clause]]\nid = "1"\nstrength = "must"\nrule = "statement"\nsays = {json.dumps(minimal["title"])}',
        ]
    )
    file.write_text(text)
    assert run("policy", "publish", str(tmp_path / "site"), "--pack", str(file)).exit_code == 0
    page = (tmp_path / "site" / "index.html").read_text()
    assert "<script>" not in page
    assert Page(page).named("script") == []


@pytest.mark.clause("F12")
def test_at_a_node_the_page_has_the_programmes_documents_and_the_designee_and_goes_on_record(
    node, tmp_path
) -> None:
    node.log_in()
    (tmp_path / "guide.txt").write_text("Who may search, and when.")
    guide = ("guideline", str(tmp_path / "guide.txt"), "--title", "ALPR guideline", "--owner", "Kim Poe")
    person = ("designee", "--title", "Lieutenant", "--owner", "Lee Fox")
    for words in (guide, person):
        assert node("policy", "documents", "add", *words, "--date", "2026-01-01").exit_code == 0
    assert node("policy", "publish", str(tmp_path / "site")).exit_code == 0
    text = " ".join((tmp_path / "site" / "index.html").read_text().split())
    assert "ALPR guideline" in text
    assert "Lieutenant Lee Fox" in text
    record = json.loads((tmp_path / "site" / "policy.json").read_text())
    assert [paper["title"] for paper in record["documents"]] == ["ALPR guideline"]
    assert [entry.get("outcome") for entry in node.entries("policy.publish")] == ["intent", "done"]


def test_who_may_not_publish_writes_nothing(as_officer, tmp_path) -> None:
    assert as_officer("policy", "publish", str(tmp_path / "site")).exit_code == 3
    assert not (tmp_path / "site").exists()
