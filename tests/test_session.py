"""Sessions: the token, and the file that keeps it."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alpr_core import session
from alpr_core.errors import StoreError
from alpr_core.session import (
    Token,
    idle_since,
    new_token,
    read_session,
    remove_session,
    session_file,
    write_session,
)


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Token]:
    """A session file with its token."""
    path, token = tmp_path / "state" / "session", new_token()
    write_session(path, token)
    return path, token


def test_a_token_is_thirty_two_random_bytes():
    assert len(bytes.fromhex(new_token().secret)) == 32
    assert new_token() != new_token()


def test_what_is_stored_of_a_token_is_its_sha256():
    token = new_token()
    assert token.sha256 == hashlib.sha256(bytes.fromhex(token.secret)).hexdigest()


def test_a_token_does_not_show_itself():
    token = new_token()
    assert token.secret not in f"{token!r} {token}"


def test_a_session_is_over_after_thirty_minutes_without_use():
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert now - idle_since(now) == timedelta(minutes=30)


def test_what_was_written_is_read_back(kept):
    path, token = kept
    assert read_session(path) == token


def test_the_file_and_the_folder_made_for_it_are_their_owners_alone(kept):
    path, _ = kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_replaced_by_one_that_they_cannot(kept):
    path, _ = kept
    path.chmod(0o644)
    write_session(path, new_token())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_laid_in_the_way_is_replaced_and_not_followed(tmp_path):
    victim, path = tmp_path / "victim", tmp_path / "session"
    victim.write_text("mine")
    path.symlink_to(victim)
    write_session(path, new_token())
    assert victim.read_text() == "mine"
    assert not path.is_symlink()


def test_a_write_that_fails_leaves_the_old_session_and_no_rest(kept, monkeypatch):
    path, token = kept
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match="No space left"):
        write_session(path, new_token())
    assert read_session(path) == token
    assert list(path.parent.iterdir()) == [path]


def test_no_file_is_no_session(tmp_path):
    assert read_session(tmp_path / "none") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622, 0o777])
def test_a_file_that_others_can_read_or_change_is_refused(kept, mode):
    path, _ = kept
    path.chmod(mode)
    with pytest.raises(StoreError, match=rf"by others \(mode {mode:04o}\)(?s:.*)chmod 600"):
        read_session(path)


def test_a_file_of_another_user_is_refused(kept, monkeypatch):
    path, _ = kept
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    with pytest.raises(StoreError, match="belongs to user"):
        read_session(path)


def test_a_link_to_a_session_is_refused(kept, tmp_path):
    path, _ = kept
    link = tmp_path / "link"
    link.symlink_to(path)
    with pytest.raises(StoreError, match="cannot be read"):
        read_session(link)


def test_what_is_no_plain_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(StoreError, match="not a plain file"):
        read_session(tmp_path / "pipe")
    with pytest.raises(StoreError):
        read_session(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        with pytest.raises(StoreError):
            read_session(tmp_path / "s")


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff" * 64, b"A" * 64, b"a" * 63, b"a" * 70])
def test_a_file_without_a_token_says_how_to_log_in(kept, content):
    path, _ = kept
    path.write_bytes(content)
    with pytest.raises(StoreError, match="alpr-core login"):
        read_session(path)


def test_a_session_is_kept_for_each_node_in_the_users_state_folder(tmp_path):
    environ = {"XDG_STATE_HOME": "/state"}
    one, other = (session_file(tmp_path / name, environ) for name in ("one", "other"))
    assert one.parent == other.parent == Path("/state/alpr-core/sessions")
    assert one != other


def test_one_node_has_one_session_file_however_it_is_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert session_file(Path("node"), {}) == session_file(tmp_path / "x" / ".." / "node", {})


@pytest.mark.parametrize("state", ["", "relative/path"])
def test_without_a_state_folder_the_one_of_the_xdg_specification_is_used(tmp_path, monkeypatch, state):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = session_file(tmp_path, {"XDG_STATE_HOME": state})
    assert path.parent == tmp_path / ".local" / "state" / "alpr-core" / "sessions"


def test_the_session_file_can_be_named(tmp_path):
    assert session_file(tmp_path, {"ALPR_SESSION": "/run/s", "XDG_STATE_HOME": "/state"}) == Path("/run/s")


def test_removing_a_session_twice_is_no_error(kept):
    path, _ = kept
    remove_session(path)
    remove_session(path)
    assert read_session(path) is None


def test_a_session_that_cannot_be_removed_says_so(tmp_path):
    with pytest.raises(StoreError, match="cannot be removed"):
        remove_session(tmp_path)


def test_the_reason_for_the_limit_stands_beside_it():
    assert "AC-11" in Path(session.__file__).read_text()
