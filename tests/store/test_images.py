"""An image on disk is ciphertext under its own key, and a changed one is noticed."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.errors import NotFound, StoreError, VerificationFailed
from alpr_core.store.images import ImageStore
from alpr_core.store.keys import KeyStore

PICTURE = b"\xff\xd8 a picture of ABC123 " * 50


@pytest.fixture
def images(tmp_path):
    return ImageStore(tmp_path / "images", KeyStore(tmp_path / "keys"))


@pytest.fixture
def stored(images):
    return images.put(PICTURE, kind="frame", day="2026-11-23", retention_class="default")


def file_of(images, stored):
    return images.folder / stored.day / stored.sha256


def test_it_comes_back_as_it_was(images, stored) -> None:
    assert images.get(stored) == PICTURE
    assert stored.size == len(PICTURE)


def test_its_file_is_private_ciphertext_named_by_its_own_hash(images, stored) -> None:
    file = file_of(images, stored)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == stored.sha256
    assert b"ABC123" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_same_picture_twice_gives_two_files_that_look_unrelated(images, stored) -> None:
    again = images.put(PICTURE, kind="frame", day="2026-11-23", retention_class="default")
    assert again.sha256 != stored.sha256
    assert again.wrapped_key != stored.wrapped_key


def test_a_changed_file_is_refused(images, stored) -> None:
    file = file_of(images, stored)
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(data)
    with pytest.raises(VerificationFailed, match="changed after it was stored"):
        images.get(stored)


def test_a_lost_file_is_named(images, stored) -> None:
    file_of(images, stored).unlink()
    with pytest.raises(VerificationFailed, match=stored.sha256):
        images.get(stored)


def test_without_the_days_key_it_is_gone_for_good(images, stored) -> None:
    (images.keys.folder / "read/2026-11-23/default.key").unlink()
    fresh = replace(images, keys=KeyStore(images.keys.folder))
    with pytest.raises(NotFound, match="was purged"):
        fresh.get(stored)


def test_a_full_disk_is_a_clear_error_and_leaves_no_half_file(images, monkeypatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    images.keys.current("read", "2026-11-23/default")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        images.put(PICTURE, kind="frame", day="2026-11-23", retention_class="default")
    assert [file for file in images.folder.rglob("*") if file.is_file()] == []


def test_a_file_where_an_older_version_put_it_is_found_and_removed(images, stored) -> None:
    file = file_of(images, stored)
    former = images.folder / stored.sha256[:2] / stored.sha256
    former.parent.mkdir()
    file.rename(former)
    assert images.get(stored) == PICTURE
    assert images.remove(stored.day, stored.sha256)
    assert not former.exists()


def test_old_files_are_listed_by_day_and_an_empty_day_goes(images, stored) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    assert dict(images.older_than(datetime.now(UTC) - timedelta(days=1))) == {"2026-11-23": []}
    assert dict(images.older_than(later)) == {"2026-11-23": [stored.sha256]}
    images.discard(stored)
    assert dict(images.older_than(later)) == {"2026-11-23": []}
    assert list(images.folder.iterdir()) == []


def test_a_file_that_is_put_away_meanwhile_keeps_no_other_from_being_listed(images, stored) -> None:
    (file_of(images, stored).parent / "gone").symlink_to(
        "nowhere"
    )  # listed, and not there when it is looked at
    later = datetime.now(UTC) + timedelta(days=2)
    assert dict(images.older_than(later)) == {"2026-11-23": [stored.sha256]}
