"""A checkpoint in somebody's drawer: given to a verification, it must be the beginning of the ledger."""

from __future__ import annotations

import json

import pytest

from alpr_ledger.__main__ import main
from alpr_ledger.errors import SourceError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Log, draft
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


def check(ledger, *kept, **options):
    with open_source(ledger.target) as source:
        return verify(source, kept=kept, **options)


def test_every_checkpoint_of_the_past_is_accepted_and_the_report_says_how_far_they_reach(ledger):
    kept = [ledger.append_some(count).checkpoint for count in (5, 300, 2)]
    ledger.append_some(400)
    report = check(ledger, *kept)
    assert (report.kept, report.as_json()["kept"]) == ((6, 306, 308), [6, 306, 308])
    assert any(
        "checkpoints that you kept (3, up to size 308) are its beginning" in line for line in report.lines()
    )
    assert check(ledger, *kept, since=report.state).kept == (6, 306, 308)
    assert "kept" not in "\n".join(check(ledger).lines())


def test_one_of_a_longer_ledger_tells_of_a_cut_tail(ledger, key):
    ledger.append_some(5)
    with pytest.raises(VerificationError, match="missing at the end") as caught:
        check(ledger, key.sign_checkpoint(9, bytes(32)))
    assert (caught.value.entry, caught.value.expected, caught.value.got) == (6, "size 9", "size 6")


@pytest.mark.parametrize("size", [0, 4, 6])
def test_one_of_another_history_is_refused_and_its_size_named(ledger, key, size):
    ledger.append_some(5)
    with pytest.raises(VerificationError, match=f"kept checkpoint of size {size} is not the beginning"):
        check(ledger, key.sign_checkpoint(size, bytes(32)))


def test_one_that_no_key_of_the_ledger_signed_or_of_another_name_is_refused(ledger, key):
    checkpoint = ledger.append_some(5).checkpoint
    with pytest.raises(VerificationError, match="size 6: signed by none of the known keys"):
        check(ledger, SigningKey.generate(key.name).sign_checkpoint(6, bytes(32)))
    with pytest.raises(VerificationError, match="of another ledger"):
        check(ledger, SigningKey.generate("elsewhere.example").sign_checkpoint(6, bytes(32)))
    with pytest.raises(VerificationError, match=r"size 5: the signature .* is wrong"):
        check(ledger, checkpoint.replace(b"\n6\n", b"\n5\n"))


def test_one_by_a_key_that_was_revoked_since_is_still_what_has_to_be_compared(ledger, make_body, key):
    kept = ledger.append_some(5).checkpoint
    second = SigningKey.generate(key.name)
    with ledger.transaction() as connection:
        note = ledger.log.succession(connection, second)
        handing = make_body(kind="key.rotate", public={"note": note})
        ledger.log.append(connection, [draft(handing)], successor=second)
    ledger.log = Log(second)
    ledger.append(draft(make_body(kind="key.revoke", public={"vkey": str(key.vkey), "last": 3})))
    assert check(ledger, kept).kept == (6,)
    with pytest.raises(VerificationError, match="size 6 is not the beginning"):
        check(ledger, key.sign_checkpoint(6, bytes(32)))


def test_the_command_takes_files_of_them(sqlite_ledger, key, tmp_path, capsys):
    kept, forged = tmp_path / "march", tmp_path / "april"
    kept.write_bytes(sqlite_ledger.append_some(5).checkpoint)
    forged.write_bytes(key.sign_checkpoint(3, bytes(32)))
    command = ["verify", sqlite_ledger.target, "--json", "--checkpoint", str(kept)]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == [6]
    assert main([*command, "--checkpoint", str(forged)]) == 4
    assert "size 3" in json.loads(capsys.readouterr().out)["error"]
    for path, why in ((tmp_path / "none", "cannot be read"), (sqlite_ledger.path, "kept checkpoint is none")):
        assert main(["verify", sqlite_ledger.target, "--checkpoint", str(path)]) == 2
        assert why in capsys.readouterr().err


@pytest.mark.parametrize("data", [b"", b"junk", b"\xff", b"a\nb\n\n\xe2\x80\x94 a AAAAAAA=\n"])
def test_what_is_no_checkpoint_is_said_in_words(sqlite_ledger, data):
    with pytest.raises(SourceError, match="a kept checkpoint is none"):
        check(sqlite_ledger, data)
