"""``ledger checkpoint`` and ``ledger witness``: somebody outside confirms the ledger, from the first day on."""

from __future__ import annotations

import json
import re

import pytest
from witnessing import ORIGIN, assert_refused, recover, remember

from alpr_ledger.keys import SigningKey
from alpr_ledger.stick import answer_requests
from alpr_ledger.witness import origin_hash


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def anchored(node) -> str:
    return json.loads(node("status", "--json").stdout)["ledger_anchored"]


def test_the_newest_checkpoint_is_a_signed_note_and_its_being_handed_out_is_on_record(as_admin) -> None:
    shown = as_admin("ledger", "checkpoint")
    lines = shown.stdout.split("\n")
    assert (lines[0], lines[3]) == (ORIGIN, "")
    assert lines[4].startswith(f"\N{EM DASH} {ORIGIN} ")
    (entry,) = as_admin.entries("ledger.checkpoint")
    assert entry["public"] == {"size": int(lines[1])}


def test_the_half_page_holds_all_that_is_needed_to_compare_later(as_admin) -> None:
    note = json.loads(as_admin("ledger", "checkpoint", "--json").stdout)
    page = as_admin("ledger", "checkpoint", "--print").stdout
    assert note["vkey"] in page
    assert "Date and signature" in page
    assert re.search(r"Entries  \d+\nRoot     [A-Za-z0-9+/]{43}=\n", page)
    assert "█▀▀▀▀▀█" in page  # the corner of a QR code, in ink
    assert len(page.split("\n")) <= 60
    assert max(map(len, page.split("\n"))) <= 120


def test_the_qr_code_reads_as_key_and_checkpoint() -> None:
    cv2 = pytest.importorskip("cv2")
    import numpy as np

    from alpr_core.cli.clerk_page import clerk_page

    log = SigningKey(ORIGIN, bytes(range(32)))
    note = log.sign_checkpoint(2, bytes(range(32)))
    page = clerk_page(str(log.vkey), note)
    rows = [line.removeprefix("     ") for line in page.split("\n") if re.search("[█▀▄]", line)]
    width = max(map(len, rows))
    cells = [[(c in "█▀", c in "█▄") for c in row.ljust(width)] for row in rows]
    bits = np.array([[one[half] for one in row] for row in cells for half in (0, 1)])
    image = np.pad(np.where(bits, 0, 255).astype(np.uint8), 4, constant_values=255)
    text, *_ = cv2.QRCodeDetector().detectAndDecode(cv2.resize(image, None, fx=8, fy=8, interpolation=0))
    assert text == f"{log.vkey}\n{note.decode()}"


def test_until_somebody_confirmed_it_every_report_says_not_anchored(as_admin, trust) -> None:
    for _ in range(2):
        assert "not anchored: the department could still rewrite this" in anchored(as_admin)
        assert "not anchored" in as_admin("ledger", "verify").stdout
        trust()


def test_a_witness_is_asked_over_http_and_what_it_confirmed_is_anchored(
    as_admin, witness, trust, url
) -> None:
    trust(url)
    asked = as_admin("ledger", "witness", "--json")
    assert asked.exit_code == 0, asked.output
    said = json.loads(asked.stdout)
    assert (said["witness"], said["problem"]) == ("clerk", "")
    assert f"anchored up to size {said['size']}" in anchored(as_admin)
    assert (
        "witnessed by witness.example/clerk at 2026-11-23 08:00:00 UTC" in as_admin("ledger", "verify").stdout
    )
    (entry,) = as_admin.entries("ledger.witness")
    assert entry["public"] == {
        "size": said["size"],
        "confirmed": [witness.vkey.key_id.hex()],
        "refused": [],
    }
    again = json.loads(as_admin("ledger", "witness", "--json").stdout)
    assert again["size"] > said["size"]


def test_a_witness_that_knows_another_size_is_asked_again_from_there(
    as_admin, witness, trust, url, stick
) -> None:
    trust(url)
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))  # it cosigned, but its answer never came home
    asked = as_admin("ledger", "witness")
    assert asked.exit_code == 0, asked.output


def test_a_stick_carries_the_request_there_and_the_answer_home(as_admin, witness, trust, stick) -> None:
    trust()
    assert as_admin("ledger", "witness", "--to", str(stick)).exit_code == 0
    waiting = as_admin("ledger", "witness", "--from", str(stick))
    assert (waiting.exit_code, "has not answered" in waiting.stdout) == (1, True)
    list(answer_requests(stick, witness))
    home = as_admin("ledger", "witness", "--from", str(stick))
    assert home.exit_code == 0, home.output
    assert "; anchored up to size" in anchored(as_admin)


def test_after_a_lost_answer_the_stick_goes_twice(as_admin, witness, trust, stick) -> None:
    trust()
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))
    for file in stick.iterdir():
        file.unlink()
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))
    refused = as_admin("ledger", "witness", "--from", str(stick))
    assert (refused.exit_code, "another size" in refused.stdout) == (1, True)
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))
    assert as_admin("ledger", "witness", "--from", str(stick)).exit_code == 0


def test_a_witness_that_remembers_more_than_the_ledger_has_ends_with_status_4(
    as_admin, witness, trust, url
) -> None:
    trust(url)
    as_admin("status")  # the witnesses were asked, and are not for another hour
    remember(as_admin, witness, 500)
    asked = as_admin("ledger", "witness")
    assert asked.exit_code == 4, asked.output
    assert "the witness clerk confirmed 500 entries at 2026-11-23 08:00:00 UTC" in asked.stdout
    assert "ledger recover" in asked.stderr
    assert_refused(as_admin, "confirmed 500 entries")
    recover(as_admin)
    assert as_admin.entries("ledger.witness")[-1]["public"]["refused"] == [witness.vkey.key_id.hex()]
    assert "not anchored" in anchored(as_admin)
    again = as_admin("ledger", "witness")
    assert again.exit_code == 1, again.output  # told, and settled
    assert "Its keeper has to make a new one" in again.stdout


def test_a_fork_ends_with_status_4(as_admin, witness, trust, url) -> None:
    trust(url)
    as_admin("status")
    remember(as_admin, witness, 2)
    asked = as_admin("ledger", "witness")
    assert (asked.exit_code, "does not hold" in asked.stdout) == (4, True)
    assert_refused(as_admin, "confirmed 2 entries")


def test_a_witness_that_cannot_be_reached_is_told(as_admin, trust) -> None:
    trust("http://127.0.0.1:1")
    asked = as_admin("ledger", "witness")
    assert (asked.exit_code, "cannot be reached" in asked.stdout) == (1, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no witnesses are named"), ("quorum nobody\n", "line 1"), ("quorum none\n", "no witness in it")],
)
def test_a_witness_file_that_is_missing_or_wrong_is_told_with_its_line(
    as_admin, trust, content, told
) -> None:
    if content is not None:
        trust()
        (as_admin.folder / "witnesses.policy").write_text(content)
        as_admin.accept()
    asked = as_admin("ledger", "witness")
    assert asked.exit_code == 2, asked.output
    assert told in asked.stderr
    assert "Traceback" not in asked.output
    assert "not anchored" in anchored(as_admin)


def test_a_damaged_stick_is_told_and_anchors_nothing(as_admin, witness, trust, stick) -> None:
    trust()
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))
    stem = f"{origin_hash(ORIGIN)}.{witness.vkey.key_id.hex()}"
    answer = stick / f"{stem}.cosignature"
    data = bytearray(answer.read_bytes())
    data[-20] ^= 1
    answer.write_bytes(bytes(data))
    home = as_admin("ledger", "witness", "--from", str(stick))
    assert (home.exit_code, "no valid cosignature" in home.stdout) == (1, True)
    (stick / f"{stem}.add-checkpoint").write_bytes(b"junk")
    home = as_admin("ledger", "witness", "--from", str(stick))
    assert (home.exit_code, "the stick was damaged" in home.stdout) == (1, True)
    assert "not anchored" in anchored(as_admin)


def test_a_stick_brings_the_word_of_a_witness_home_that_refused(as_admin, witness, trust, stick) -> None:
    trust()
    remember(as_admin, witness, 500)
    as_admin("ledger", "witness", "--to", str(stick))
    list(answer_requests(stick, witness))
    home = as_admin("ledger", "witness", "--from", str(stick))
    assert (home.exit_code, "confirmed 500 entries" in home.stdout) == (4, True)
    assert_refused(as_admin, "confirmed 500 entries")


def test_a_size_on_a_stick_that_no_signature_vouches_for_locks_nothing(
    as_admin, witness, trust, stick
) -> None:
    trust()
    as_admin("ledger", "witness", "--to", str(stick))
    stem = f"{origin_hash(ORIGIN)}.{witness.vkey.key_id.hex()}"
    (stick / f"{stem}.size").write_bytes(b"500\n")
    for memory in (None, b"junk"):
        if memory is not None:
            (stick / f"{stem}.checkpoint").write_bytes(memory)
        home = as_admin("ledger", "witness", "--from", str(stick))
        assert (home.exit_code, "another size last: 500" in home.stdout) == (4, True)
        assert as_admin("status").exit_code == 0
