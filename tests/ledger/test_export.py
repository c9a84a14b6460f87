"""An export is the same ledger as static files: it grows, it verifies, and never shows half of itself."""

from __future__ import annotations

import shutil
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.errors import LedgerError, SourceError, VerificationError
from alpr_ledger.export import Exported, export
from alpr_ledger.log import draft
from alpr_ledger.note import parse_note
from alpr_ledger.source import open_source
from alpr_ledger.storage import FolderStorage
from alpr_ledger.verify import verify


def write(ledger, target, **options):
    with open_source(ledger.target) as source:
        return export(source, target, **options)


def check(target, **options):
    with open_source(target) as source:
        return verify(source, **options)


def files(folder):
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: data for path, data in found.items() if path != ".lock"}


@pytest.fixture
def exported(sqlite_ledger, make_body, tmp_path):
    """The export of a ledger of 600 entries, with request ids."""
    sqlite_ledger.append(*(draft(make_body(n, req=f"r{n}")) for n in range(599)))
    write(sqlite_ledger, tmp_path / "export")
    return tmp_path / "export"


def test_it_lies_where_the_specification_says_and_holds_nothing_else(exported):
    assert set(files(exported)) == {
        "checkpoint",
        *(f"tile/{row}/{n}" for row in ("0", "entries") for n in ("000", "001", "002.p/88")),
        "tile/1/000.p/2",
    }


def test_its_checkpoint_is_the_ledgers_own_to_the_byte(exported, sqlite_ledger):
    ((note,),) = sqlite_ledger.query("SELECT note FROM checkpoint WHERE size = 600")
    assert (exported / "checkpoint").read_bytes() == bytes(note)


def test_any_web_server_may_read_it(exported):
    assert stat.S_IMODE((exported / "tile" / "0" / "000").stat().st_mode) & 0o044 == 0o044


def test_it_verifies_to_the_same_report_as_the_database(ledger, make_body, tmp_path, key):
    ledger.append(*(draft(make_body(n, req=f"r{n}")) for n in range(300)))
    assert write(ledger, tmp_path / "export") == Exported(size=301, before=0)
    ours, theirs = check(ledger.target), check(tmp_path / "export", vkeys=[str(key.vkey)])
    assert (theirs.size, theirs.root, theirs.checkpoint) == (ours.size, ours.root, ours.checkpoint)
    assert theirs.pinned
    assert theirs.unknown_kinds == ours.unknown_kinds


@pytest.mark.hypothesis
def test_grown_step_by_step_it_is_what_one_export_writes(make_ledger, tmp_path_factory):
    @settings(max_examples=max(10, settings.default.max_examples // 20))
    @given(st.lists(st.sampled_from([1, 2, 100, 255, 256, 257, 600]), min_size=1, max_size=5))
    def grows(counts):
        folder = tmp_path_factory.mktemp("grow")
        ledger, size = make_ledger(folder / "ledger.db"), 1
        for count in counts:
            ledger.append_some(count)
            done = write(ledger, folder / "grown")
            assert done == Exported(size=size + count, before=size if size > 1 else 0)
            size += count
            assert check(folder / "grown", content=False).size == size
        write(ledger, folder / "whole")
        grown, whole = files(folder / "grown"), files(folder / "whole")
        assert {path: grown[path] for path in whole} == whole
        # What it holds beyond that are older partial tiles, for readers of an older checkpoint.
        assert all(".p/" in path for path in grown.keys() - whole.keys())

    grows()


def test_partial_tiles_go_when_the_full_one_is_there(sqlite_ledger, exported):
    assert (exported / "tile/entries/002.p/88").exists()
    sqlite_ledger.append_some(100)
    write(sqlite_ledger, exported)
    assert (exported / "tile/entries/002.p/88").exists()
    sqlite_ledger.append_some(100)
    write(sqlite_ledger, exported)
    assert not (exported / "tile/entries/002.p").exists()
    assert not (exported / "tile/0/002.p").exists()
    assert (exported / "tile/1/000.p/2").exists()


def test_whoever_came_before_the_partial_tiles_went_still_finds_his_tree(sqlite_ledger, exported):
    with open_source(exported) as source:
        sqlite_ledger.append_some(1000)
        write(sqlite_ledger, exported)
        assert verify(source).size == 600


def test_only_what_is_new_is_written(sqlite_ledger, exported, monkeypatch):
    sqlite_ledger.append_some(10)
    written = []
    real = FolderStorage.write
    monkeypatch.setattr(
        FolderStorage, "write", lambda self, path, data: (written.append(path), real(self, path, data))
    )
    write(sqlite_ledger, exported)
    assert written == ["tile/entries/002.p/98", "tile/0/002.p/98", "checkpoint"]
    written.clear()
    assert write(sqlite_ledger, exported) == Exported(size=610, before=610)
    assert written == []


@pytest.mark.parametrize("after", range(0, 9, 2))
def test_cut_off_anywhere_it_shows_the_old_tree_and_the_next_one_finishes(
    sqlite_ledger, exported, monkeypatch, after
):
    sqlite_ledger.append_some(800)
    real, left = FolderStorage.write, iter(range(after))

    def failing(self, path, data):
        if next(left, None) is None:
            raise SourceError("no space left on device")
        real(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(FolderStorage, "write", failing)
        with pytest.raises(SourceError):
            write(sqlite_ledger, exported)
    assert check(exported).size == 600
    write(sqlite_ledger, exported)
    assert check(exported).size == 1400


def test_an_export_of_another_ledger_is_left_alone(exported, tmp_path, make_ledger, sqlite_ledger):
    other = make_ledger(tmp_path / "other.db")
    other.append_some(700)  # same name, same key, another past: a fork
    before = files(exported)
    with pytest.raises(VerificationError, match="not a continuation of this export of 600 entries"):
        write(other, exported)
    (exported / "checkpoint").write_bytes((exported / "checkpoint").read_bytes().replace(b"/", b"-", 1))
    with pytest.raises(VerificationError, match="another ledger"):
        write(sqlite_ledger, exported)
    (exported / "checkpoint").write_bytes(before["checkpoint"])
    assert files(exported) == before


def test_a_ledger_restored_from_a_backup_does_not_take_the_export_back(exported, tmp_path, make_ledger):
    restored = make_ledger(tmp_path / "restored.db")
    with pytest.raises(VerificationError, match="restored from a backup"):
        write(restored, exported)
    assert check(exported).size == 600


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'test.note', 'test.nope') AS BLOB) "
        "WHERE idx = 605",
        "DELETE FROM entry WHERE idx >= 605",
        "UPDATE entry SET bytes = 7 WHERE idx = 605",
        "DELETE FROM checkpoint WHERE size = 610",
        "UPDATE tile SET hashes = zeroblob(64)",
    ],
)
def test_a_damaged_ledger_is_not_published(sqlite_ledger, exported, statement):
    sqlite_ledger.append_some(10)
    before = (exported / "checkpoint").read_bytes()
    sqlite_ledger.tamper(statement)
    with pytest.raises(VerificationError):
        write(sqlite_ledger, exported)
    assert (exported / "checkpoint").read_bytes() == before
    assert check(exported).size == 600


def test_a_folder_that_cannot_be_written_is_said_in_words(sqlite_ledger, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be written"):
        write(sqlite_ledger, tmp_path / "file" / "export")


def test_the_newest_cosigned_checkpoint_stands_beside_a_newer_one(sqlite_ledger, exported):
    line = "\N{EM DASH} witness.example AAAAAAAA\n".encode()
    insert = "INSERT INTO cosignature (size, vkey, line) VALUES (?, ?, ?)"
    sqlite_ledger.tamper(insert, 600, "witness", line)
    write(sqlite_ledger, exported)
    assert (exported / "checkpoint").read_bytes().endswith(line)
    sqlite_ledger.append_some(5)
    write(sqlite_ledger, exported)
    assert not (exported / "checkpoint").read_bytes().endswith(line)
    assert (exported / "checkpoint.witnessed").read_bytes().endswith(line)
    with open_source(exported) as source:
        assert [row[0] for page in source.checkpoints() for row in page] == [600, 605]
        assert [row for page in source.cosignatures() for row in page] == [(600, line)]


def test_at_no_moment_is_the_cosigned_checkpoint_newer_than_the_other(sqlite_ledger, exported, monkeypatch):
    written, seen = FolderStorage.write, []

    def size(name):
        return parse_checkpoint(parse_note((exported / name).read_bytes()).text).size

    def write_and_look(storage, path, data):
        written(storage, path, data)
        if (exported / "checkpoint.witnessed").exists():
            seen.append((size("checkpoint.witnessed"), size("checkpoint")))

    def confirm(size):
        line = "\N{EM DASH} witness.example AAAAAAAA\n".encode()
        sqlite_ledger.tamper("INSERT INTO cosignature (size, vkey, line) VALUES (?, ?, ?)", size, "w", line)

    monkeypatch.setattr(FolderStorage, "write", write_and_look)
    confirm(600)
    write(sqlite_ledger, exported)
    sqlite_ledger.append_some(5)
    write(sqlite_ledger, exported)
    sqlite_ledger.append_some(2)
    confirm(607)
    sqlite_ledger.append_some(5)
    write(sqlite_ledger, exported)
    assert dict.fromkeys(seen) == dict.fromkeys([(600, 600), (600, 605), (600, 612), (607, 612)])


@pytest.mark.parametrize(
    ("path", "entry"),
    [("tile/entries/001", 256), ("tile/entries/002.p/88", 512), ("tile/0/001", 256), ("tile/1/000.p/2", 0)],
)
def test_a_file_that_is_missing_or_cut_is_named_with_its_first_entry(exported, path, entry):
    data = (exported / path).read_bytes()
    for change in (lambda: (exported / path).write_bytes(data[:-1]), (exported / path).unlink):
        change()
        with pytest.raises(VerificationError, match="tile/") as caught:
            check(exported)
        assert caught.value.entry is not None
        assert entry <= caught.value.entry < entry + 256


def test_entries_swapped_with_their_level_0_hashes_are_detected(exported):
    bundle = (exported / "tile/entries/000").read_bytes()
    half = len(bundle) // 2
    (exported / "tile/entries/000").write_bytes(bundle[half:] + bundle[:half])
    with pytest.raises(VerificationError):
        check(exported)
    (exported / "tile/entries/000").write_bytes(bundle)
    first, second = (exported / "tile/0/000").read_bytes(), (exported / "tile/0/001").read_bytes()
    data = (exported / "tile/entries/001").read_bytes()
    for row, one, two in (("entries", data, bundle), ("0", second, first)):
        (exported / "tile" / row / "000").write_bytes(one)
        (exported / "tile" / row / "001").write_bytes(two)
    with pytest.raises(VerificationError):
        check(exported)


def test_a_cut_tail_needs_a_checkpoint_that_only_the_key_can_make(exported):
    note = (exported / "checkpoint").read_bytes()
    (exported / "checkpoint").write_bytes(note.replace(b"\n600\n", b"\n512\n"))
    with pytest.raises(VerificationError):
        check(exported)


@pytest.mark.parametrize(
    "note", [b"", b"garbage", b"\xff" * 100, b"a\n99999999999999999999\nb\n\n", b"x" * 1_000_001]
)
def test_a_malformed_checkpoint_is_refused_in_words(exported, note):
    (exported / "checkpoint").write_bytes(note)
    with pytest.raises(LedgerError, match="checkpoint"):
        check(exported)


def test_a_checkpoint_of_an_impossible_size_ends_at_the_first_missing_file(exported):
    text = parse_checkpoint(parse_note((exported / "checkpoint").read_bytes()).text)
    note = (exported / "checkpoint").read_bytes()
    (exported / "checkpoint").write_bytes(note.replace(b"\n%d\n" % text.size, b"\n%d\n" % (2**62 + 5)))
    with pytest.raises(VerificationError, match="missing in the export"):
        check(exported)


def test_a_pipe_laid_in_its_place_holds_nobody_up(exported):
    import os

    (exported / "tile/entries/001").unlink()
    os.mkfifo(exported / "tile/entries/001")
    with pytest.raises(SourceError, match="not a plain file"):
        check(exported)


def test_a_folder_without_one_is_said_to_be_none(exported):
    shutil.rmtree(exported)
    exported.mkdir()
    with pytest.raises(SourceError, match="not the folder of an export"):
        check(exported)
