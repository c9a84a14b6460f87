"""Private files are whole and durable, or not there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from alpr_core.files import write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_file_and_every_folder_made_for_it_are_this_accounts_alone(tmp_path) -> None:
    file = tmp_path / "one" / "two" / "key"
    assert write_private(file, b"secret")
    assert file.read_bytes() == b"secret"
    assert [mode(file), mode(file.parent), mode(file.parent.parent)] == [0o600, 0o700, 0o700]


def test_it_takes_the_place_of_an_old_one_unless_that_is_to_stay(tmp_path) -> None:
    file = tmp_path / "key"
    write_private(file, b"old")
    assert not write_private(file, b"new", replace=False)
    assert file.read_bytes() == b"old"
    assert write_private(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_its_name_and_that_of_a_new_folder_are_synced_too(tmp_path, monkeypatch) -> None:
    synced: list[Path] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_private(tmp_path / "new" / "key", b"secret")
    assert tmp_path in synced
    assert synced[-1] == tmp_path / "new"


def test_a_write_that_fails_leaves_nothing_and_says_why(tmp_path, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(tmp_path / "key", b"secret")
    assert list(tmp_path.iterdir()) == []
