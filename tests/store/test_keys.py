"""Keys are files of their own, private, and gone for good once destroyed."""

from __future__ import annotations

import pytest

from alpr_core.errors import StoreError
from alpr_core.store.keys import KEY_BYTES, KeyStore
from alpr_ledger.errors import KeyDestroyed


@pytest.fixture
def keys(tmp_path):
    return KeyStore(tmp_path / "keys")


def test_a_new_key_is_a_private_file_named_by_its_id(keys) -> None:
    key_id, key = keys.current("read", "2026-11-23/default")
    file = keys.folder / "read" / "2026-11-23" / "default.key"
    assert key_id == "read/2026-11-23/default"
    assert file.read_bytes() == key
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_scope_has_the_same_key_in_another_process(keys) -> None:
    assert KeyStore(keys.folder).current("access", "2026-11") == keys.current("access", "2026-11")


def test_two_scopes_and_two_classes_have_different_keys(keys) -> None:
    made = [keys.current("read", "2026-11-23/default"), keys.current("read", "2026-11-24/default")]
    made += [keys.current("access", "2026-11-23/default"), ("", keys.index_key("read"))]
    assert len({key for _, key in made}) == 4
    assert all(len(key) == KEY_BYTES for _, key in made)


def test_a_key_that_is_gone_is_reported_as_destroyed(keys) -> None:
    with pytest.raises(KeyDestroyed, match="read/2026-01-01/default"):
        keys.get("read/2026-01-01/default")


def test_a_key_that_others_can_read_is_refused(keys) -> None:
    keys.current("read", "2026-11-23/default")
    (keys.folder / "read/2026-11-23/default.key").chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        KeyStore(keys.folder).get("read/2026-11-23/default")


def test_a_cut_key_file_is_refused(keys) -> None:
    keys.current("read", "2026-11-23/default")
    (keys.folder / "read/2026-11-23/default.key").write_bytes(b"short")
    with pytest.raises(StoreError, match="this file 5"):
        KeyStore(keys.folder).get("read/2026-11-23/default")


@pytest.mark.parametrize(
    "key_id", ["../ledger", "/etc/passwd", "read/../../x", "read//x", "", "read/.hidden", "Read"]
)
def test_an_id_that_leads_out_of_the_folder_is_refused(keys, key_id) -> None:
    with pytest.raises(StoreError, match="not a key's ID"):
        keys.get(key_id)


def test_a_wrapped_key_opens_again_and_only_unchanged(keys) -> None:
    secret = bytes(range(32))
    key_id, wrapped = keys.wrap("read", "2026-11-23/default", secret)
    assert secret not in wrapped
    assert keys.unwrap(key_id, wrapped) == secret
    for position in (0, 12, len(wrapped) - 1):
        changed = bytearray(wrapped)
        changed[position] ^= 1
        with pytest.raises(StoreError, match="changed"):
            keys.unwrap(key_id, bytes(changed))


def test_a_key_whose_folder_cannot_be_made_is_a_clear_error(keys) -> None:
    (keys.folder / "read").symlink_to("nowhere")
    with pytest.raises(StoreError, match="the key cannot be written"):
        keys.current("read", "2026-11-23/default")
