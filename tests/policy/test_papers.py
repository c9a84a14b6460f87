"""The packs beside the papers they were made from: not a paragraph is forgotten, and none was invented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alpr_core.policy import Pack, load_pack

PAPERS = {
    "medford-or": "medford-or-462.txt",
    "florence-or": "florence-or-807.txt",
    "belton-mo": "belton-mo-461.txt",
    "marion-oh": "marion-oh-427.txt",
    "leicester-ma": "leicester-ma-10.05.txt",
}

_HEAD_OF_A_PAGE = re.compile(
    r"#|---|.*Policy Manual$|.*Services Manual$|.*Police Department$|Automated License Plate Readers \(ALPRs?\)$"
)
_HEADING = re.compile(r"(?:#+ \**)?(\d{3}\.\d+(?:\.\d+)?) ")
_LETTER = re.compile(r"(?:- )?(\([a-z]\))(?: (\d)\.)?")
_NUMBER = re.compile(r"- (\d)\.")


def paragraphs_of(text: str) -> Iterator[str]:
    """Yield each paragraph's number; one without a letter is named by its place below the heading."""
    heading, letter, unlettered = "", "", 0
    for line in filter(None, map(str.strip, text.splitlines())):
        if found := _HEADING.match(line):
            heading, letter, unlettered = found[1], "", 0
        elif _HEAD_OF_A_PAGE.match(line) or not heading:
            continue
        elif found := _LETTER.match(line):
            letter = found[1]
            yield heading + letter
            if found[2]:
                yield heading + letter + found[2]
        elif found := _NUMBER.match(line):
            yield heading + letter + found[1]
        else:
            unlettered += 1
            yield heading if unlettered == 1 else f"{heading} ({unlettered})"


_SECTION = re.compile(r"([IV]+)\. ")
_FOOTNOTE = {"¹": "10.05 fn 1", "²": "10.05 fn 2"}


def sections_of(text: str) -> Iterator[str]:
    """Yield each paragraph of Leicester's paper: its title, those below a Roman numeral, bullets and footnotes."""
    yield "10.05"
    section, unlettered, bullets = "", 0, 0
    for line in filter(None, map(str.strip, text.splitlines())):
        if found := _SECTION.match(line):
            section, unlettered, bullets = f"10.05 {found[1]}", 0, 0
        elif line[0] in _FOOTNOTE:
            yield _FOOTNOTE[line[0]]
        elif section and line.startswith("- "):
            bullets += 1
            yield f"{section}({bullets})"
        elif section:
            unlettered += 1
            yield section if unlettered == 1 else f"{section} ({unlettered})"


def numbers_of(pack: Pack, text: str) -> list[str]:
    """Return the paragraphs of a pack's paper."""
    return list(sections_of(text) if pack.id == "leicester-ma" else paragraphs_of(text))


@pytest.fixture(params=PAPERS)
def pack(request):
    return load_pack(request.param)


@pytest.fixture
def paper(pack, shared: Path) -> str:
    """The paper's text; skips where it is not beside this repository."""
    file = shared / "policies" / PAPERS[pack.id]
    if not file.is_file():
        pytest.skip(f"the paper {file.name} is not beside this repository")
    return file.read_text(encoding="utf-8")


def test_the_pack_has_the_papers_paragraphs_and_no_other(pack, paper) -> None:
    assert set(pack.paragraphs) == set(numbers_of(pack, paper))


def test_the_paragraphs_stand_in_the_papers_order(pack, paper) -> None:
    assert list(pack.paragraphs) == numbers_of(pack, paper)


def test_the_clauses_stand_in_the_papers_order(pack) -> None:
    sections = [re.split(r"[ (]", clause.id)[0] for clause in pack.clauses]
    assert sections == sorted(sections)


def test_a_clause_says_the_paragraph_in_words_of_its_own(pack, paper) -> None:
    flat = " ".join(paper.split())
    long = [clause.id for clause in pack.clauses if len(clause.says.split()) > 12 and clause.says in flat]
    assert len(long) < len(pack.clauses) / 4


def test_every_blank_of_the_paper_is_a_clause_without_words(pack, paper) -> None:
    blank = {clause.id for clause in pack.clauses if not clause.says}
    assert blank == {
        number for number in pack.paragraphs if pack.paragraphs[number] == "Blank in the document"
    }
    assert bool(blank) == (pack.id == "florence-or")
