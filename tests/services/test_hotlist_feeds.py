"""Hotlists that come in by themselves: a folder that is watched, and a server that offers them by SFTP.

The server is asyncssh's own, in this process, on a socket of 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from alpr_core.config.hotlists import HotlistSection
from alpr_core.config.settings import LedgerSection, NodeSection, Settings
from alpr_core.errors import Denied, InputError, SourceUnavailable
from alpr_core.plugins import PluginHost
from alpr_core.services import hotlist_feeds, hotlist_fetching
from alpr_core.services.hotlist_feeds import Feeds, take_in
from alpr_core.services.hotlist_fetching import fetch
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.hotlists import list_hotlists


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def admin(act_as):
    return act_as("admin")


@pytest.fixture
def settings(tmp_path):
    """``settings(section, ...)`` are those of a node with these hotlists, in a folder of its own."""

    def make(*sections: dict) -> Settings:
        made = Settings(
            node=NodeSection(name="test"),
            ledger=LedgerSection(origin="test.example/ledger"),
            hotlist=[HotlistSection(**one) for one in sections],
        )
        made.found_in(tmp_path, {})
        return made

    return make


def entries(site, kind: str) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


# --- a folder that is watched ------------------------------------------------------------------------------


@pytest.fixture
def inbox(tmp_path, site):
    """Lays a file into the folder, as old as it is said to be."""
    folder = tmp_path / "inbox"
    folder.mkdir()

    def lay(name: str, text: str, *, age: timedelta = timedelta(minutes=2)) -> None:
        path = folder / name
        path.write_text(text)
        moment = (site.clock() - age).timestamp()
        os.utime(path, (moment, moment))

    lay.folder = folder
    return lay


WATCHED = {"name": "ncic", "watch": "inbox"}


def test_a_file_that_lies_whole_in_the_folder_is_imported_and_put_away(
    site, admin, settings, host, inbox
) -> None:
    inbox("extract.csv", "LIC\nABC123\n")
    assert take_in(admin, Feeds(settings(WATCHED), host)) == {"imported": 1, "refused": 0}
    assert [(one.name, one.entries) for one in list_hotlists(admin)] == [("ncic", 1)]
    (put_away,) = (inbox.folder / "done").iterdir()
    assert put_away.name.endswith("-extract.csv")
    assert [one["purpose"] for one in entries(site, "hotlist.import")] == ["administration"]
    assert take_in(admin, Feeds(settings(WATCHED), host)) == {"imported": 0, "refused": 0}


@pytest.mark.parametrize("name", [".extract.csv", "extract.csv.part", "extract.TMP"])
def test_what_is_still_being_written_is_left_alone(admin, settings, host, inbox, name) -> None:
    inbox(name, "LIC\nABC123\n")
    inbox("fresh.csv", "LIC\nABC123\n", age=timedelta(seconds=59))
    assert take_in(admin, Feeds(settings(WATCHED), host)) == {"imported": 0, "refused": 0}
    assert (inbox.folder / name).exists()


def test_a_link_is_no_file(admin, settings, host, inbox, tmp_path) -> None:
    (tmp_path / "elsewhere.csv").write_text("LIC\nABC123\n")
    os.utime(tmp_path / "elsewhere.csv", (0, 0))
    (inbox.folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert take_in(admin, Feeds(settings(WATCHED), host)) == {"imported": 0, "refused": 0}


def test_files_are_taken_in_the_order_they_were_written(admin, settings, host, inbox) -> None:
    inbox("b.csv", "LIC\nABC123\nDEF456\n", age=timedelta(hours=3))
    inbox("a.csv", "LIC,change\nGHI789,add\n", age=timedelta(hours=1))
    with pytest.raises(InputError):  # the first file is no list of changes that could change anything
        take_in(admin, Feeds(settings({**WATCHED, "delta": True}), host))
    inbox("b.csv", "LIC\nABC123\nDEF456\n", age=timedelta(hours=3))
    inbox("a.csv", "LIC\nGHI789\nJKL012\nMNO345\n", age=timedelta(hours=1))
    take_in(admin, Feeds(settings(WATCHED), host))
    assert [one.entries for one in list_hotlists(admin)] == [3]


def test_a_bad_file_is_put_aside_with_a_note_the_others_go_on_and_the_job_fails(
    admin, settings, host, inbox
) -> None:
    inbox("a.csv", "LIC\n!\n", age=timedelta(hours=2))
    inbox("b.csv", "LIC\nABC123\n")
    with pytest.raises(InputError, match="1 files of hotlists were refused"):
        take_in(admin, Feeds(settings(WATCHED), host))
    assert [one.entries for one in list_hotlists(admin)] == [1]
    note, refused = sorted(path.name for path in (inbox.folder / "refused").iterdir())[::-1]
    assert (refused[-6:], note[-14:]) == ("-a.csv", "-a.csv.why.txt")
    assert "line 2: LIC" in (inbox.folder / "refused" / note).read_text()


def test_options_and_what_is_dropped_are_those_of_the_list(admin, settings, host, inbox) -> None:
    section = {
        **WATCHED,
        "drop": ["immigration violator"],
        "options": {"columns": {"LIC": [1, 8], "category": [9, 30]}, "origin": "ncic"},
    }
    inbox("fixed.txt", "ABC123  Stolen\nDEF456  Immigration Violator\n")
    assert take_in(admin, Feeds(settings(section), host)) == {"imported": 1, "refused": 0}
    assert [one.entries for one in list_hotlists(admin)] == [1]


def test_what_a_run_could_not_finish_is_the_next_runs_first(act_as, settings, host, inbox) -> None:
    inbox("a.csv", "LIC\nABC123\n")
    with pytest.raises(Denied):
        take_in(act_as("officer"), Feeds(settings(WATCHED), host))
    assert [path.name[-6:] for path in (inbox.folder / "taken").iterdir()] == ["-a.csv"]
    inbox("b.csv", "LIC\nDEF456\nGHI789\n", age=timedelta(hours=3))
    assert take_in(act_as("admin"), Feeds(settings(WATCHED), host)) == {"imported": 2, "refused": 0}
    assert [one.entries for one in list_hotlists(act_as("admin"))] == [2]


def test_a_file_is_taken_before_it_is_read_and_what_another_run_holds_is_left_to_it(
    admin, settings, host, inbox, monkeypatch
) -> None:
    inbox("a.csv", "LIC\nABC123\n")
    feeds = Feeds(settings(WATCHED), host)
    seen = []

    def another_run(act, path, *given):
        seen.append((path.parent.name, take_in(act, feeds) if not seen else None))

    monkeypatch.setattr(hotlist_feeds, "import_for", another_run)
    assert take_in(admin, feeds) == {"imported": 1, "refused": 0}
    assert seen == [("taken", {"imported": 0, "refused": 0})]


@pytest.mark.parametrize("text", ["LIC\nABC123\n", "LIC\n!\n"])
@pytest.mark.parametrize("name", [b"a" * 251 + b".csv", b"extr\xe4ct.csv", b"two\nlines.csv"])
def test_any_name_that_a_file_may_have_is_one_that_it_is_put_away_under(
    admin, settings, host, inbox, name, text
) -> None:
    inbox(os.fsdecode(name), text)
    is_bad = "!" in text
    with pytest.raises(InputError, match="1 files") if is_bad else nullcontext():
        take_in(admin, Feeds(settings(WATCHED), host))
    put_away = [path.name for path in (inbox.folder / ("refused" if is_bad else "done")).iterdir()]
    assert len(put_away) == 1 + is_bad
    assert all(one.isprintable() for one in put_away)
    assert [path.name for path in inbox.folder.iterdir() if path.is_file()] == []


def test_a_list_whose_source_cannot_be_made_keeps_no_other_from_coming(
    admin, settings, host, inbox, tmp_path
) -> None:
    broken = {"name": "state", "watch": "other", "options": {"separator": "?"}}
    inbox("a.csv", "LIC\nABC123\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "b.csv").write_text("LIC\nABC123\n")
    os.utime(tmp_path / "other" / "b.csv", (0, 0))
    with pytest.raises(InputError, match=r"state: (.|\n)*separator"):
        take_in(admin, Feeds(settings(broken, WATCHED), host))
    assert [one.name for one in list_hotlists(admin)] == ["ncic"]
    assert (tmp_path / "other" / "b.csv").exists()


def test_two_lists_cannot_watch_one_folder(settings) -> None:
    with pytest.raises(ValueError, match="'a' and 'b' watch the same folder"):
        settings({"name": "a", "watch": "in/x"}, {"name": "b", "watch": "in/y/../x"})
    settings({"name": "a", "watch": "in/x"}, {"name": "b", "watch": "in/y"}, {"name": "c"}, {"name": "d"})


# --- a server ----------------------------------------------------------------------------------------------


class Server(asyncssh.SSHServer):
    """Knows nobody by a password."""

    def password_auth_supported(self) -> bool:
        return False


class Stalling(asyncssh.SFTPServer):
    """Opens a file, and says nothing any more, to nobody, until the test is over."""

    is_over = threading.Event()

    def read(self, file_obj, *_):
        with file_obj:
            self.is_over.wait(60)
        return b""


class BeingWritten(asyncssh.SFTPServer):
    """Has a file to which somebody goes on writing while it is read."""

    def read(self, file_obj, offset, size):
        piece = super().read(file_obj, offset, size)
        if offset == 0:
            with Path(os.fsdecode(file_obj.name)).open("ab") as again:
                again.write(b"DEF456\n" * 3)
        return piece


@pytest.fixture
def serving():
    """What serves files: a test may put another class in its place."""
    return {"class": asyncssh.SFTPServer}


@pytest.fixture
def sftp(tmp_path, serving):
    """A server with an account ``medford``; its files lie in ``offered``."""
    (tmp_path / "offered").mkdir()
    (tmp_path / "keys").mkdir(exist_ok=True)
    server_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key = asyncssh.generate_private_key("ssh-ed25519")
    client_key.write_private_key(tmp_path / "keys" / "client")
    (tmp_path / "keys" / "client").chmod(0o600)
    client_key.write_public_key(tmp_path / "keys" / "authorized")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    Stalling.is_over.clear()

    async def listen():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[server_key],
            authorized_client_keys=str(tmp_path / "keys" / "authorized"),
            sftp_factory=lambda chan: serving["class"](chan, chroot=os.fsencode(tmp_path / "offered")),
        )

    async def close():
        listening.close()
        await listening.wait_closed()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    listening = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    port = listening.get_port()
    public = server_key.export_public_key().decode().strip()
    (tmp_path / "keys" / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}\n")
    yield {
        "host": "127.0.0.1",
        "port": port,
        "user": "medford",
        "path": "/ncic.csv",
        "key": "keys/client",
        "known_hosts": "keys/known_hosts",
    }
    Stalling.is_over.set()
    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def offered(tmp_path):
    """Has the server offer a file."""
    return lambda text: (tmp_path / "offered" / "ncic.csv").write_text(text)


def test_a_list_is_fetched_and_imported_only_if_it_has_changed(
    site, admin, settings, host, sftp, offered, tmp_path
) -> None:
    fetched = settings({"name": "ncic", "sftp": sftp})
    offered("LIC\nABC123\n")
    assert fetch(admin, Feeds(fetched, host)) == {"fetched": 1, "imported": 1}
    assert fetch(admin, Feeds(fetched, host)) == {"fetched": 1, "imported": 0}
    offered("LIC\nABC123\nDEF456\n")
    assert fetch(admin, Feeds(fetched, host)) == {"fetched": 1, "imported": 1}
    assert [(one.name, one.entries) for one in list_hotlists(admin)] == [("ncic", 2)]
    assert len(entries(site, "hotlist.import")) == 2
    assert not list((tmp_path / "var").glob("fetch-*"))


def test_a_file_that_is_still_written_is_left_for_the_next_run(
    admin, settings, host, sftp, offered, serving
) -> None:
    feeds = Feeds(settings({"name": "ncic", "sftp": sftp}), host)
    offered("LIC\nABC123\n")
    serving["class"] = BeingWritten
    assert fetch(admin, feeds) == {"fetched": 0, "imported": 0}
    assert list_hotlists(admin) == []
    serving["class"] = asyncssh.SFTPServer
    assert fetch(admin, feeds) == {"fetched": 1, "imported": 1}
    assert [one.entries for one in list_hotlists(admin)] == [4]


def test_a_server_that_says_nothing_any_more_is_hung_up_on(
    admin, settings, host, sftp, offered, serving, monkeypatch
) -> None:
    monkeypatch.setattr(hotlist_fetching, "AT_MOST", 0.5)
    offered("LIC\nABC123\n")
    serving["class"] = Stalling
    with pytest.raises(SourceUnavailable, match="not there within"):
        fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))


def test_what_the_server_goes_on_offering_takes_not_the_place_of_what_came_in_another_way(
    site, admin, settings, host, sftp, offered, tmp_path
) -> None:
    feeds = Feeds(settings({"name": "ncic", "sftp": sftp}), host)
    offered("LIC\nABC123\n")
    fetch(admin, feeds)
    (tmp_path / "by-hand.csv").write_text("LIC\nABC123\nDEF456\n")
    import_hotlist(
        admin,
        tmp_path / "by-hand.csv",
        host.data_source("hotfile"),
        source_name="hotfile",
        name="ncic",
        purpose="administration",
    )
    site.clock.advance(timedelta(days=2))
    assert fetch(admin, feeds) == {"fetched": 1, "imported": 0}
    (listed,) = list_hotlists(admin)
    assert listed.entries == 2
    assert listed.imported_at == site.clock() - timedelta(
        days=2
    )  # nothing new came, so it is as old as it was


def test_what_a_run_that_was_cut_off_had_fetched_is_removed(
    site, admin, settings, host, sftp, offered, tmp_path
) -> None:
    offered("LIC\nABC123\n")
    for name, age in (("fetch-old", timedelta(hours=25)), ("fetch-new", timedelta(hours=1))):
        (tmp_path / "var" / name).mkdir(parents=True)
        (tmp_path / "var" / name / "ncic.csv").write_text("LIC\nABC123\n")
        os.utime(tmp_path / "var" / name, times=((site.clock() - age).timestamp(),) * 2)
    fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))
    assert [path.name for path in (tmp_path / "var").glob("fetch-*")] == ["fetch-new"]


def test_a_list_of_many_megabytes_is_fetched_whole(admin, settings, host, sftp, offered) -> None:
    offered("LIC,reason\n" + "".join(f"A{n:06},{'x' * 90}\n" for n in range(60_000)))
    fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))
    assert [one.entries for one in list_hotlists(admin)] == [60_000]


def test_a_server_with_another_host_key_is_not_asked_for_anything(
    admin, settings, host, sftp, offered, tmp_path
) -> None:
    offered("LIC\nABC123\n")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    (tmp_path / "keys" / "known_hosts").write_text(f"[127.0.0.1]:{sftp['port']} {other}")
    with pytest.raises(SourceUnavailable, match="host key that is not in"):
        fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))
    assert list_hotlists(admin) == []


def test_a_key_that_the_server_does_not_know_gets_nothing(admin, settings, host, sftp, tmp_path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "keys" / "client")
    with pytest.raises(SourceUnavailable, match="does not let medford in"):
        fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))


def test_a_private_key_that_others_may_read_is_not_used(admin, settings, host, sftp, tmp_path) -> None:
    (tmp_path / "keys" / "client").chmod(0o644)
    with pytest.raises(SourceUnavailable, match="chmod 600"):
        fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"path": "/none.csv"}, "cannot be fetched"),
        ({"port": 1}, "cannot be fetched"),
        ({"key": "keys/none"}, "is not there"),
        ({"key": "keys/known_hosts"}, "is no private key"),
    ],
)
def test_what_cannot_be_fetched_is_said_and_the_other_lists_come(
    admin, settings, host, sftp, offered, tmp_path, change, said
) -> None:
    offered("LIC\nABC123\n")
    (tmp_path / "keys" / "known_hosts").chmod(0o600)
    lists = settings({"name": "a", "sftp": {**sftp, **change}}, {"name": "ncic", "sftp": sftp})
    with pytest.raises(SourceUnavailable, match=f"a: (.|\n)*{said}"):
        fetch(admin, Feeds(lists, host))
    assert [one.name for one in list_hotlists(admin)] == ["ncic"]


def test_a_fetched_file_that_is_refused_leaves_the_list_as_it_was(
    admin, settings, host, sftp, offered, tmp_path
) -> None:
    fetched = settings({"name": "ncic", "sftp": sftp})
    offered("LIC\nABC123\nDEF456\nGHI789\n")
    fetch(admin, Feeds(fetched, host))
    offered("LIC\nABC123\n")
    with pytest.raises(SourceUnavailable, match="1 would be left"):
        fetch(admin, Feeds(fetched, host))
    assert [one.entries for one in list_hotlists(admin)] == [3]
    assert not list((tmp_path / "var").glob("fetch-*"))


def test_without_asyncssh_it_is_said_what_to_install(admin, settings, host, sftp, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "asyncssh", None)
    with pytest.raises(SourceUnavailable, match=r"alpr-core\[sftp\]"):
        fetch(admin, Feeds(settings({"name": "ncic", "sftp": sftp}), host))


def test_a_list_that_is_never_old_is_no_list(settings) -> None:
    with pytest.raises(ValueError, match="soon"):
        settings({"name": "ncic", "fresh": "soon"})
    assert settings({"name": "ncic", "fresh": "PT12H"}).hotlist[0].stale_after == timedelta(hours=12)
