"""``alpr-core policy publish``: a page for everybody, and the same for programs; whole or not at all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from alpr_core.errors import StoreError
from alpr_core.policy import load_pack, read_pack
from alpr_core.policy.publishing import write_site

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


def brightness(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb (WCAG 2.2, "relative luminance")."""
    digits = colour.removeprefix("#")
    full = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def style(published: Path) -> str:
    (text,) = re.findall(r"<style>(.*?)</style>", (published / "index.html").read_text(), re.DOTALL)
    return text


def test_every_colour_of_text_stands_out_from_the_page_by_seven_to_one(published) -> None:
    text, ground = style(published), brightness("#fff")
    colours = re.findall(r"(?<![-\w])color: (#[0-9a-f]+)", text)
    assert len(colours) >= 3
    assert re.findall(r"background: (\S+?);", text) == ["#fff"]
    assert all((ground + 0.05) / (brightness(colour) + 0.05) >= 7 for colour in colours)


def test_the_style_has_a_part_for_paper_and_one_for_narrow_screens_and_holds_no_words(published) -> None:
    text = style(published)
    assert "@media print" in text
    assert "@media (max-width: " in text
    assert re.findall(r"content: ([^;]+);", text) == ['attr(data-column) ": "']
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_forbids_all_that_is_not_in_it(page, published) -> None:
    (policy,) = (each["content"] for each in page.named("meta") if "http-equiv" in each)
    digest = base64.b64encode(hashlib.sha256(style(published).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"


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


def test_a_page_that_cannot_be_written_whole_leaves_the_earlier_one_and_nothing_else(published) -> None:
    before = {path.name: path.read_bytes() for path in published.iterdir()}
    with pytest.raises(StoreError, match="cannot be written"):
        write_site(published, {"index.html": b"half", "no/such/folder": b"rest"})
    assert {path.name: path.read_bytes() for path in published.iterdir()} == before
    assert list(published.parent.iterdir()) == [published]


def test_a_page_that_somebody_else_made_is_not_replaced(run, tmp_path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("ours since 1999")
    for record in (None, "{}", "no JSON", '{"made_by": "somebody"}'):
        if record is not None:
            (folder / "policy.json").write_text(record)
        refused = run("policy", "publish", str(folder), "--pack", "minimal")
        assert (refused.exit_code, "holds a page that is not ours" in refused.stderr) == (1, True)
    assert (folder / "index.html").read_text() == "ours since 1999"


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


def test_nothing_that_a_node_holds_of_plates_lists_or_accounts_is_on_the_page(node, tmp_path) -> None:
    node.log_in()
    node.add("1002", "Sam Roe", "officer")
    listed = tmp_path / "leds.csv"
    listed.write_text("LIC,LIS,OCA,MKE\nZZQ104,OR,LEDS26104,ESV\n")
    imported = node(
        "hotlist",
        "import",
        str(listed),
        "--name",
        "leds-extract",
        "--origin",
        "leds",
        "--purpose",
        "administration",
    )
    assert imported.exit_code == 0, imported.output
    assert node("policy", "publish", str(tmp_path / "site")).exit_code == 0
    held = ("ZZQ104", "LEDS26104", "leds-extract", "Sam Roe", "Alex Doe", "1001", "1002", "test-node")
    for file in (tmp_path / "site").iterdir():
        text = file.read_text().casefold()
        assert [word for word in held if word.casefold() in text] == []


def test_who_may_not_publish_writes_nothing(as_officer, tmp_path) -> None:
    assert as_officer("policy", "publish", str(tmp_path / "site")).exit_code == 3
    assert not (tmp_path / "site").exists()
