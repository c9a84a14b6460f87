"""``ledger stamp``: time-stamping authorities say when the ledger was how long."""

from __future__ import annotations

import json
import sys

import pytest
import sqlalchemy as sa

from alpr_core.node import Node
from alpr_ledger.__main__ import main
from alpr_ledger.stamping import NO_WITNESS


@pytest.fixture
def as_admin(node):
    """The node, with its administrator logged in."""
    assert node.log_in().exit_code == 0
    return node


@pytest.fixture
def trust(as_admin):
    """Names authorities in the settings, each with its root certificate in the node's folder."""

    def write(*authorities) -> None:
        toml = as_admin.folder / "alpr.toml"
        for number, one in enumerate(authorities):
            (as_admin.folder / f"root-{number}.pem").write_bytes(one.root.read_bytes())
            section = f'[[ledger.timestamps]]\nurl = "{one.url}"\ncertificates = ["root-{number}.pem"]\n'
            toml.write_text(f"{toml.read_text()}\n{section}")
        as_admin.accept()

    return write


def host(authority) -> str:
    return authority.url.removeprefix("http://").removesuffix("/tsr")


def status(node) -> dict[str, str]:
    return json.loads(node("status", "--json").stdout)


def test_the_newest_checkpoint_is_stamped_kept_and_told(as_admin, trust, authority) -> None:
    trust(authority)
    done = as_admin("ledger", "stamp", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["authority"], said["problem"]) == (host(authority), "")
    assert said["time"].endswith("Z")
    (entry,) = as_admin.entries("ledger.stamp")
    assert entry["public"] == {"size": said["size"], "stamped": [host(authority)], "refused": []}
    told = as_admin("ledger", "verify").stdout
    assert f"stamped by Example Time at {said['time'][:10]}" in told
    assert f": {said['size']} entries existed then\n{NO_WITNESS}\nnot anchored" in told
    assert f"{said['size']} entries existed then" in status(as_admin)["ledger_stamped"]
    assert "not anchored" in status(as_admin)["ledger_anchored"]
    as_json = json.loads(as_admin("ledger", "verify", "--json").stdout)
    assert [one["size"] for one in as_json["timestamps"]] == [said["size"]]
    again = json.loads(as_admin("ledger", "stamp", "--json").stdout)
    assert again["size"] > said["size"]


def test_an_authority_that_gives_none_is_told_and_the_others_stamps_are_kept(
    as_admin, trust, authority, make_authority
) -> None:
    broken = make_authority("Other Time")
    broken.answer = lambda query: (500, b"")
    trust(broken, authority)
    done = as_admin("ledger", "stamp")
    assert done.exit_code == 1, done.output
    assert "answered 500" in done.stdout
    (entry,) = as_admin.entries("ledger.stamp")
    assert (entry["public"]["stamped"], entry["public"]["refused"]) == ([host(authority)], [host(broken)])
    assert status(as_admin)["ledger_stamped"].startswith("stamped by Example Time")


def test_a_stamp_that_the_certificate_does_not_vouch_for_is_not_kept(
    as_admin, trust, authority, make_authority
) -> None:
    stranger = make_authority()
    authority.root = stranger.root
    trust(authority)
    done = as_admin("ledger", "stamp")
    assert (done.exit_code, "does not hold" in done.stdout) == (1, True)
    assert status(as_admin)["ledger_stamped"] == ""


def test_an_auditor_verifies_the_nodes_database_and_its_export_with_the_certificate(
    as_admin, trust, authority, tmp_path, capsys
) -> None:
    trust(authority)
    assert as_admin("ledger", "stamp").exit_code == 0
    assert as_admin.add("1003", "Ben Roe", "auditor").exit_code == 0
    as_admin.log_in("1003")
    assert as_admin("ledger", "export", str(tmp_path / "export")).exit_code == 0
    for target in (as_admin.folder / "var" / "alpr.db", tmp_path / "export"):
        assert main(["verify", str(target), "--tsa-cert", str(authority.root)]) == 0
        assert "stamped by Example Time at " in capsys.readouterr().out


def test_a_stamp_that_was_replaced_ends_verification_with_status_4(as_admin, trust, authority) -> None:
    trust(authority)
    as_admin("ledger", "stamp")
    with Node.open(as_admin.folder) as node, node.site.store.writing() as work:
        work.connection.execute(sa.text("DROP TRIGGER stamp_no_UPDATE"))
        work.connection.execute(sa.text("UPDATE stamp SET token = x'3000'"))
    done = as_admin("ledger", "verify")
    assert (done.exit_code, "is refused: it is no time-stamp token" in done.stderr) == (4, True)
    assert "is refused" in status(as_admin)["ledger_stamped"]


def test_without_authorities_it_is_said_what_to_write(as_admin) -> None:
    done = as_admin("ledger", "stamp")
    assert (done.exit_code, "write [[ledger.timestamps]]" in done.stderr) == (2, True)
    assert as_admin.entries("ledger.stamp") == []


def test_without_the_packages_it_is_said_what_to_install(as_admin, trust, authority, monkeypatch) -> None:
    trust(authority)
    assert as_admin("ledger", "stamp").exit_code == 0
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    done = as_admin("ledger", "stamp")
    assert (done.exit_code, "pip install 'alpr-core[timestamps]'" in done.stderr) == (2, True)
    assert "pip install" in status(as_admin)["ledger_stamped"]


@pytest.mark.parametrize("content", [None, "junk"])
def test_a_certificate_that_is_missing_or_wrong_is_told_with_its_file(
    as_admin, trust, authority, content
) -> None:
    trust(authority)
    file = as_admin.folder / "root-0.pem"
    file.unlink()
    if content:
        file.write_text(content)
    stamped = as_admin("ledger", "stamp")  # the file is part of the settings, and nobody accepted this one
    assert (stamped.exit_code, file.name in stamped.stderr) == (3, True), stamped.output
    verified = as_admin("ledger", "verify")
    assert (verified.exit_code, str(file) in verified.stderr) == (2, True), verified.output
    assert "Traceback" not in stamped.output + verified.output
    assert str(file) in status(as_admin)["ledger_stamped"]


def test_a_node_from_before_time_stamps_is_upgraded_when_it_is_opened(as_admin, trust, authority) -> None:
    with Node.open(as_admin.folder) as node, node.site.store.writing() as work:
        work.connection.execute(sa.text("DROP TABLE stamp"))
        work.connection.execute(sa.text("UPDATE ledger_version SET version = 1"))
    trust(authority)
    assert as_admin("ledger", "stamp").exit_code == 0
    assert as_admin("ledger", "verify").exit_code == 0


def test_a_node_of_a_newer_program_is_refused_in_words(as_admin) -> None:
    with Node.open(as_admin.folder) as node, node.site.store.writing() as work:
        work.connection.execute(sa.text("UPDATE ledger_version SET version = 99"))
    done = as_admin("status")
    assert (done.exit_code, "version 99" in done.stderr, "Traceback" in done.output) == (1, True, False)
