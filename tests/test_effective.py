"""What a node works under, as one document: its digest, how two differ, and which is the looser."""

from __future__ import annotations

import pytest

from alpr_core.config import load
from alpr_core.effective import Effective, difference, digest_of, gather, loosens, restore
from alpr_core.plugins import PluginHost


@pytest.fixture
def effective(tmp_path):
    """``effective(text)`` is what a node with this alpr.toml works under."""

    def make(text: str) -> Effective:
        (tmp_path / "alpr.toml").write_text(text)
        settings = load(tmp_path)
        host = PluginHost.load(disable=settings.plugins.disable, grants=settings.plugins.grant)
        return gather(settings, host)

    return make


PLAIN = '[node]\nname = "n"\n[ledger]\norigin = "alpr.example/ledger/1"\n[policy]\npack = "minimal"\n'


def test_the_digest_is_of_what_is_meant_not_of_how_it_is_written(effective) -> None:
    first = effective(PLAIN)
    assert effective(f"# a remark\n{PLAIN}overlays = []\n").digest == first.digest
    assert effective(PLAIN.replace('"n"', '"m"')).digest != first.digest
    assert digest_of(first.text) == first.digest


def test_a_secret_stands_in_it_as_the_place_where_it_is_kept(effective, monkeypatch) -> None:
    monkeypatch.setenv("ALPR_DATABASE_PASSWORD", "hunter2")
    store = (
        '[store]\nurl = "postgresql+psycopg://a@127.0.0.1/a"\npassword = { env = "ALPR_DATABASE_PASSWORD" }\n'
    )
    text = effective(PLAIN + store).text
    assert "ALPR_DATABASE_PASSWORD" in text
    assert "hunter2" not in text


def test_a_pack_that_was_edited_in_place_differs_by_its_clause(effective, tmp_path) -> None:
    from importlib import resources

    text = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text(encoding="utf-8")
    (tmp_path / "own.toml").write_text(text)
    own = PLAIN.replace('"minimal"', '"own.toml"')
    old = effective(own)
    (tmp_path / "own.toml").write_text(
        text.replace('["person.add", "hotlist.remove", "config.apply"]', '"person.add"')
    )
    new = effective(own)
    (change,) = difference(old.document, new.document)
    assert (change.place, change.new) == ("pack minimal, clause 2(b), action", "person.add")
    assert loosens(old, new) == ("2(b) binds less than it did, or not at all (must role)",)
    assert loosens(new, old) == ()


@pytest.mark.parametrize(
    ("added", "what"),
    [
        ('[plugins]\ndisable = ["hotfile"]\n', "the plugin hotfile is off"),
        ('[plugins.grant]\nhotfile = ["plate"]\n', "the plugin hotfile is to see each plate"),
        ('[[source]]\nuse = "hotfile"\n', "the data source hotfile is new"),
    ],
)
def test_what_plugins_get_or_lose_loosens(effective, added, what) -> None:
    assert any(what in each for each in loosens(effective(PLAIN), effective(PLAIN + added)))


def test_an_overlay_tightens_and_taking_it_off_loosens(effective) -> None:
    without, with_it = effective(PLAIN), effective(f'{PLAIN}overlays = ["ma-dcjis"]\n')
    assert loosens(without, with_it) == ()
    assert "the overlay ma-dcjis is taken off" in loosens(with_it, without)


def test_going_live_and_giving_up_a_witness_loosen(effective, tmp_path) -> None:
    (tmp_path / "w.policy").write_text("witness clerk clerk.example+1+aa\nwitness other other.example+2+bb\n")
    named = PLAIN.replace("[policy]", 'witnesses = "w.policy"\n[policy]')
    old = effective(named)
    live = effective(named.replace('name = "n"', 'name = "n"\nmode = "live"'))
    assert loosens(old, live) == ("the node goes live: it works on real cases",)
    (tmp_path / "w.policy").write_text("# fewer\nwitness clerk clerk.example+1+aa\n")
    assert loosens(old, effective(named)) == (
        "the witness file no longer says: witness other other.example+2+bb",
    )
    assert "the witness file is given up" in loosens(old, effective(PLAIN))


def test_names_loosen_nothing(effective) -> None:
    assert loosens(effective(PLAIN), effective(PLAIN.replace('"n"', '"m"\ndepartment = "Springfield"'))) == ()


def test_nothing_loosens_what_never_was(effective) -> None:
    assert loosens(None, effective(PLAIN)) == ()


def test_what_was_stored_is_read_again_as_it_was(effective, tmp_path) -> None:
    stored = effective(f'{PLAIN}overlays = ["ma-dcjis"]\n')
    again = restore(stored.document, tmp_path, PluginHost.load())
    assert (again.digest, again.policy.digest) == (stored.digest, stored.policy.digest)
    assert loosens(stored, again) == ()
    assert loosens(again, stored) == ()
