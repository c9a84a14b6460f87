"""What witnesses remember outlives the moment in which they could be asked, and stops a second history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alpr_ledger.checkpoint import Checkpoint
from alpr_ledger.cosignature import cosign, witness_vkey
from alpr_ledger.errors import LedgerBehind, LedgerError, StoreError
from alpr_ledger.heard import ASK_EACH, Heard, Verdict, Word
from alpr_ledger.keys import SigningKey, sign_note
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.log import Log, draft
from alpr_ledger.note import format_note, parse_note
from alpr_ledger.reader import Reader
from alpr_ledger.remembered import check, lacking

ORIGIN = "ledger.example/test"
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
CLERK = SigningKey("witness.example/clerk", bytes([7]) * 32)
OTHER = SigningKey("witness.example/other", bytes([8]) * 32)


def word(
    size: int, root: bytes = bytes(32), *, log: SigningKey | None = None, by: SigningKey = CLERK
) -> Word:
    """A verified word, as asking gives it."""
    text = Checkpoint(ORIGIN, size, root).text()
    note = parse_note(sign_note(text, [log or SigningKey(ORIGIN, bytes(range(32)))]))
    return Word(
        witness=str(witness_vkey(by)),
        name=by.name.rpartition("/")[2],
        note=format_note(text, [*note.signatures, cosign(by, text, AT)]),
        time=AT,
    )


def trouble(why: str, by: SigningKey = CLERK) -> Word:
    return Word(witness=str(witness_vkey(by)), name=by.name.rpartition("/")[2], trouble=why)


def contradict(heard: Heard, name: str) -> None:
    """Have a word judged as one that the database does not hold."""
    heard.judge(replace(one, verdict=Verdict.CONTRADICTS) for one in heard.words if one.name == name)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "signed"


@pytest.fixture
def heard(path):
    return LastSigned(path).heard


class TestFile:
    def test_where_nobody_was_asked_nothing_is_known_and_it_is_due(self, heard):
        assert (heard.asked, heard.words, heard.lines()) == (None, (), [])
        assert heard.is_due(AT)
        heard.check()

    def test_it_is_due_once_an_hour_and_when_the_clock_went_back(self, heard):
        heard.take([], AT)
        assert not heard.is_due(AT)
        assert not heard.is_due(AT + ASK_EACH - timedelta(seconds=1))
        assert heard.is_due(AT + ASK_EACH)
        assert heard.is_due(AT - timedelta(seconds=1))

    def test_another_process_reads_what_this_one_heard(self, heard, path):
        reading = LastSigned(path).heard
        assert reading.words == ()
        heard.take([word(3), trouble("down", OTHER)], AT)
        one, other = reading.words
        assert (one, reading.asked) == (word(3), AT)
        assert (other.trouble, other.since) == ("down", AT)

    def test_trouble_is_told_since_when_and_ends_with_an_answer(self, heard):
        heard.take([word(3)], AT)
        for hours in (1, 2):
            heard.take([trouble("down")], AT + timedelta(hours=hours))
        assert heard.lines() == [
            "witnesses last asked 2026-11-23 10:00 UTC",
            "witness clerk could not be asked since 2026-11-23 09:00 UTC: down",
        ]
        assert heard.words[0].checkpoint.size == 3
        heard.take([word(3)], AT + timedelta(hours=3))
        assert heard.words == (word(3),)

    def test_a_witness_that_forgot_is_told(self, heard):
        heard.take([word(3)], AT)
        heard.take([Word(witness=str(witness_vkey(CLERK)), name="clerk")], AT)
        assert "remembers nothing of this ledger any more" in heard.lines()[1]
        assert heard.words[0].checkpoint.size == 3

    def test_a_witness_that_left_the_witness_file_is_forgotten_unless_it_contradicts(self, heard):
        heard.take([word(3), word(4, by=OTHER)], AT)
        heard.judge(
            [
                Word(witness=w.witness, name="", note=w.note, verdict=Verdict.CONTRADICTS)
                for w in heard.words[1:]
            ]
        )
        heard.take([], AT)
        assert [one.name for one in heard.words] == ["other"]

    def test_a_contradiction_is_not_forgotten_for_a_smaller_word(self, heard):
        heard.take([word(5)], AT)
        contradict(heard, "clerk")
        heard.take([word(4)], AT)
        with pytest.raises(LedgerBehind, match="clerk confirmed 5 entries"):
            heard.check()
        heard.take([word(6)], AT)
        assert (heard.words[0].checkpoint.size, heard.words[0].verdict) == (6, Verdict.NEW)

    @pytest.mark.parametrize(
        "data",
        [
            b"nonsense",
            b"[]",
            b'{"format": "other"}',
            b'{"format": "alpr-ledger/heard/v1", "asked": "yesterday", "words": []}',
            b'{"format": "alpr-ledger/heard/v1", "asked": null, "words": [{}]}',
            b"[" * 100_000,
            b"\xff",
        ],
    )
    def test_a_damaged_file_is_refused_by_name(self, heard, path, data):
        path.parent.mkdir()
        heard.path.write_bytes(data)
        with pytest.raises(StoreError, match=f"{heard.path}: .*damaged"):
            heard.check()

    def test_a_file_that_a_power_cut_emptied_counts_as_none(self, heard, path):
        path.parent.mkdir()
        heard.path.touch()
        assert heard.words == ()

    def test_a_folder_that_cannot_be_made_is_told(self, heard, path):
        path.parent.write_text("a file")
        with pytest.raises(LedgerError, match="cannot be written"):
            heard.take([], AT)


def log_of(ledger, path) -> Log:
    return Log(ledger.log.key, last_signed=LastSigned(path))


def append(ledger, log: Log, kind: str = "test.note", **public: object) -> None:
    body = {"v": 1, "kind": kind, "t": "2026-11-23T06:34:00.123456Z", "public": public}
    with ledger.transaction() as connection:
        receipt = log.append(connection, [draft(body)])
    log.last_signed.record(receipt.checkpoint, replace=kind == "ledger.recover")


def judged(ledger, log: Log):
    with ledger.reading() as connection:
        return lacking(connection, ORIGIN, log.last_signed)


def recover(ledger, log: Log) -> None:
    found = judged(ledger, log)
    names = [one.note.decode() for one in found]
    append(ledger, log, "ledger.recover", lost=names[0], witnesses=names[1:])


def root(ledger, size: int) -> bytes:
    with ledger.reading() as connection:
        return Reader(connection).root(size)


class TestJudging:
    def test_a_word_that_the_database_holds_stops_nothing(self, ledger, path):
        log = log_of(ledger, path)
        append(ledger, log)
        log.last_signed.heard.take([word(1, root(ledger, 1)), word(2, root(ledger, 2), by=OTHER)], AT)
        assert judged(ledger, log) == []
        assert {one.verdict for one in log.last_signed.heard.words} == {Verdict.HELD}
        append(ledger, log)

    @pytest.mark.parametrize("size", [1, 7], ids=["a fork", "more entries"])
    def test_a_word_that_it_lacks_is_refused_at_the_start_and_by_who_runs_on_until_two_persons_answer(
        self, ledger, path, size
    ):
        running, log = log_of(ledger, path), log_of(ledger, path)
        append(ledger, running)
        log.last_signed.heard.take([word(size)], AT)
        with ledger.reading() as connection:
            with pytest.raises(
                LedgerBehind, match=f"clerk confirmed {size} entries at 2026-11-23 08:00:00 UTC"
            ):
                check(connection, ORIGIN, log.last_signed)
            with pytest.raises(LedgerBehind):  # also offline: the word is kept
                log_of(ledger, path).check(connection)
        for one in (running, log, log_of(ledger, path)):
            with pytest.raises(LedgerBehind):
                append(ledger, one)
        recover(ledger, log)
        append(ledger, running)
        assert judged(ledger, log) == []
        (settled,) = log.last_signed.heard.words
        assert (settled.verdict, settled.entry) == (Verdict.SETTLED, 2)
        assert "entry 2 answers for that" in log.last_signed.heard.lines()[1]

    def test_the_same_word_locks_no_more_on_a_host_that_forgot_and_a_new_one_does(self, ledger, path):
        log = log_of(ledger, path)
        append(ledger, log)
        log.last_signed.heard.take([word(7)], AT)
        recover(ledger, log)
        elsewhere = log_of(ledger, path.with_name("elsewhere"))
        elsewhere.last_signed.heard.take([word(7)], AT)
        assert judged(ledger, elsewhere) == []
        elsewhere.last_signed.heard.take([word(8)], AT)
        assert len(judged(ledger, elsewhere)) == 1

    def test_one_recovery_names_them_all_and_the_host_that_died_after_it_is_not_locked(self, ledger, path):
        log = log_of(ledger, path)
        append(ledger, log)
        before = log.last_signed.note
        log.last_signed.heard.take([word(7), word(1, by=OTHER)], AT)
        first, second = judged(ledger, log)
        assert "confirmed 7" in first.why
        assert "confirmed 1" in second.why
        kept = log.last_signed.heard.path.read_bytes()
        recover(ledger, log)
        log.last_signed.heard.path.write_bytes(kept)  # it never learned of the commit
        assert before != log.last_signed.note
        assert judged(ledger, log_of(ledger, path)) == []

    def test_bringing_the_newer_database_back_settles_it_too(self, ledger, path):
        log = log_of(ledger, path)
        append(ledger, log)
        append(ledger, log)
        log.last_signed.heard.take([word(3, root(ledger, 3))], AT)
        log.last_signed.heard.judge(
            [
                Word(witness=w.witness, name="", note=w.note, verdict=Verdict.CONTRADICTS)
                for w in log.last_signed.heard.words
            ]
        )
        assert judged(ledger, log) == []
        append(ledger, log)

    def test_a_word_signed_by_no_key_of_the_ledger_counts_and_says_so(self, ledger, path):
        log = log_of(ledger, path)
        newer = SigningKey(ORIGIN, bytes([9]) * 32)
        log.last_signed.heard.take([word(7, log=newer)], AT)
        (found,) = judged(ledger, log)
        assert "a newer key did, or the witness is wrong" in found.why
        log.last_signed.heard.take([word(8)], AT)
        (found,) = judged(ledger, log)
        assert "newer key" not in found.why


def test_the_file_is_beside_that_of_the_last_checkpoint(path):
    assert LastSigned(path).heard.path == Heard(path.with_name("signed.heard")).path
