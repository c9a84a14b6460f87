"""The effective settings: what has a part in their digest, how two of them differ, and what loosens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alpr_core import config
from alpr_core.effective import Effective, difference, gather, loosens, restore
from alpr_core.errors import ConfigError
from alpr_core.plugins import PluginHost

TOML = """\
[node]
name = "n"
[policy]
pack = "minimal"
[ledger]
origin = "test.example/ledger/1"
witnesses = "w.policy"
[[ledger.timestamps]]
url = "https://tsa.example/tsr"
certificates = ["root.pem"]
[recognizer]
use = "rapidocr"
[[source]]
use = "hotfile"
[[camera]]
name = "gate"
url = "rtsp://10.0.0.7/1"
password = { file = "keys/gate" }
"""
ROUTES = """\
[[notifier]]
use = "smtp"
[notifier.options]
host = "mail.example"
[[notice]]
to = ["chief@police.example", "deputy@police.example"]
via = "smtp"
roles = ["admin", "officer"]
at_least = "urgent"
[[notice]]
to = ["sam@police.example"]
via = "smtp"
badges = ["1002"]
"""
WITNESSES = "# whom we trust\nwitness a vkey-a https://a.example\nwitness b vkey-b\nquorum a\n"

OBSERVER = """
from alpr_core import hookimpl


@hookimpl
def review_decision(decision, context):
    return None
"""


class Folder:
    """A node's folder whose settings can be changed; gives what a node there would work under."""

    def __init__(self, path: Path, host: PluginHost) -> None:
        self.path, self.host = path, host
        self.write(TOML)
        (path / "w.policy").write_text(WITNESSES)
        (path / "root.pem").write_text("a certificate")

    def write(self, text: str) -> None:
        (self.path / "alpr.toml").write_text(text)

    def __call__(self, old: str = "", new: str = "", host: PluginHost | None = None) -> Effective:
        assert old in TOML
        self.write(TOML.replace(old, new) if old else TOML)
        return gather(config.load(self.path), host or self.host)


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost.load()


@pytest.fixture
def folder(tmp_path: Path, host: PluginHost) -> Folder:
    return Folder(tmp_path, host)


def places(old: Effective, new: Effective) -> list[str]:
    return [change.place for change in difference(old.document, new.document)]


# ---------------------------------------------------------------------------
# The document
# ---------------------------------------------------------------------------


def test_what_was_stored_is_read_again_and_is_the_same(folder: Folder, host: PluginHost) -> None:
    effective = folder()
    again = restore(json.loads(effective.text), folder.path, host)
    assert (again.digest, again.policy.digest) == (effective.digest, effective.policy.digest)
    assert again.settings.camera[0].password == effective.settings.camera[0].password


def test_the_digest_is_that_of_the_content_wherever_the_folder_lies(
    folder: Folder, host: PluginHost, tmp_path: Path
) -> None:
    here = folder().digest
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert Folder(elsewhere, host)().digest == here


def test_a_remark_a_layout_and_a_default_that_is_written_out_change_nothing(folder: Folder) -> None:
    here = folder()
    folder.write(
        f"# mine\n{TOML.replace('[node]', '[node]' + chr(10) + 'role = ' + chr(34) + 'server' + chr(34))}"
    )
    assert gather(config.load(folder.path), folder.host).digest == here.digest


def test_a_secret_stands_in_it_as_the_place_where_it_is_kept(folder: Folder) -> None:
    (folder.path / "keys").mkdir()
    (folder.path / "keys" / "gate").write_text("geheim")
    assert folder().document["settings"]["camera"][0]["password"] == {"file": "keys/gate"}
    assert "geheim" not in folder().text


def test_a_witness_file_that_is_gone_is_an_error_that_names_it(folder: Folder) -> None:
    (folder.path / "w.policy").unlink()
    with pytest.raises(ConfigError, match=r"w\.policy cannot be read"):
        folder()


def test_another_certificate_in_the_same_file_changes_the_digest_and_loosens(folder: Folder) -> None:
    before = folder()
    (folder.path / "root.pem").write_text("another certificate")
    after = folder()
    assert places(before, after) == ["certificate file root.pem"]
    assert [each for each in loosens(before, after) if "root.pem" in each]


def test_a_certificate_file_that_is_gone_is_an_error_that_names_it(folder: Folder) -> None:
    (folder.path / "root.pem").unlink()
    with pytest.raises(ConfigError, match=r"root\.pem cannot be read"):
        folder()


def test_one_changed_byte_of_a_plugin_changes_the_digest(plugin_site, tmp_path: Path) -> None:
    source = OBSERVER
    plugin_site.install("mine", source, module="mine_plugin")
    folder = Folder(tmp_path, plugin_site.host())
    toml = '[node]\nname = "n"\n[ledger]\norigin = "o"\n'
    folder.write(toml)

    def now() -> Effective:
        return gather(config.load(tmp_path), plugin_site.host())

    before = now()
    (plugin_site.folder / "mine_plugin.py").write_text(source + "# another\n")
    after = now()
    assert places(before, after) == ["plugin mine"]
    assert loosens(before, after) == ("the plugin mine is not the one that was accepted",)
    (plugin_site.folder / "mine_plugin.py").write_text(source)
    assert now().digest == before.digest


def test_a_helper_beside_a_strangers_plugin_counts_too(plugin_site, tmp_path: Path) -> None:
    plugin_site.install("mine", OBSERVER)
    (info,) = plugin_site.folder.glob("*.dist-info")
    (plugin_site.folder / "mine_helper.py").write_text("LIMIT = 1\n")
    (info / "RECORD").write_text("mine_helper.py,,\n")
    before = plugin_site.host().enabled()
    (plugin_site.folder / "mine_helper.py").write_text("LIMIT = 2\n")
    assert plugin_site.host().enabled() != before


# ---------------------------------------------------------------------------
# How two differ
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ('name = "n"', 'name = "m"', "[node] name", "n -> m"),
        ("10.0.0.7", "10.0.0.8", "[[camera]] gate: url", "rtsp://10.0.0.7/1 -> rtsp://10.0.0.8/1"),
        ('pack = "minimal"', 'pack = "minimal"\noverlays = ["or-sb1516"]', "[policy] overlays",
         "nothing -> or-sb1516"),
        ('witnesses = "w.policy"\n', "", "[ledger] witnesses", "w.policy -> nothing"),
        ('use = "hotfile"', 'use = "hotfile"\noptions = { timezone = "UTC" }',
         "[[source]] hotfile: options, timezone", "nothing -> UTC"),
    ],
)  # fmt: skip
def test_each_line_is_told_with_old_and_new(
    folder: Folder, old: str, new: str, place: str, words: str
) -> None:
    changes = difference(folder().document, folder(old, new).document)
    assert f"{place}: {words}" in [str(change) for change in changes]


def test_what_cannot_be_had_as_it_was_is_said(folder: Folder) -> None:
    url = '[store]\nurl = "sqlite:///var/other.db"\n[recognizer]'
    (change,) = difference(folder().document, folder("[recognizer]", url).document)
    assert change.is_in_force
    assert "cannot be kept" in str(change)


def test_a_clause_is_one_line_where_it_is_new_and_one_a_value_where_it_changes(folder: Folder) -> None:
    text = (Path(config.__file__).parents[1] / "policy" / "packs" / "minimal.toml").read_text()
    (folder.path / "own.toml").write_text(text)
    before = folder('pack = "minimal"', 'pack = "own.toml"')
    changed = text.replace(
        'id = "3(c)"\nrow = "M7"\nstrength = "must"', 'id = "3(c)"\nrow = "M7"\nstrength = "should"'
    )
    new = '[[clause]]\nid = "9"\nstrength = "must"\nrule = "statement"\nwho = "X"\nsays = "More."\n'
    (folder.path / "own.toml").write_text(changed + new)
    after = folder('pack = "minimal"', 'pack = "own.toml"')
    told = places(before, after)
    assert told == ["pack minimal", "pack minimal, clause 3(c)", "pack minimal, clause 9"]


def test_nothing_differs_from_itself_and_any_other_digest_is_told(folder: Folder) -> None:
    effective = folder()
    assert difference(effective.document, effective.document) == ()
    turned = {**effective.document, "packs": [{**effective.document["packs"][0]}]}
    turned["packs"][0]["clause"] = turned["packs"][0]["clause"][::-1]
    (change,) = difference(effective.document, turned)
    assert "order" in change.place


# ---------------------------------------------------------------------------
# What loosens
# ---------------------------------------------------------------------------

LOOSER = [
    ('name = "n"', 'name = "n"\nmode = "live"', "goes live"),
    ('name = "n"', 'name = "n"\ntimezone = "America/Chicago"', "another zone"),
    ('name = "n"', 'name = "n"\nrole = "vehicle"', "[node] role"),
    ('witnesses = "w.policy"\n', "", "witness file is given up"),
    ("https://tsa.example/tsr", "https://other.example/tsr", "time-stamping authority"),
    ('use = "hotfile"', 'use = "hotfile"\noptions = { timezone = "UTC" }', "data source hotfile"),
    ("[recognizer]", '[plugins.grant]\nhotfile = ["plate"]\n[recognizer]', "is to see each plate"),
    ("[recognizer]", '[store]\nurl = "sqlite:///var/other.db"\n[recognizer]', "[store] url"),
    ("[ledger]\n", '[ledger]\nlast_signed = "x"\n', "[ledger] last_signed"),
]
HARMLESS = [
    ('name = "n"', 'name = "m"'),
    ('name = "n"', 'name = "n"\ndepartment = "Springfield"\nori = "OR0150200"'),
    ("10.0.0.7", "10.0.0.8"),
    ('use = "rapidocr"', 'use = "auto"'),
]


@pytest.mark.parametrize(("old", "new", "told"), LOOSER)
def test_a_second_person_has_to_agree_to_it(folder: Folder, old: str, new: str, told: str) -> None:
    before, after = folder(), folder(old, new)
    assert told in "; ".join(loosens(before, after))


@pytest.mark.parametrize(("old", "new"), HARMLESS)
def test_nobody_has_to_agree_to_it_nor_to_the_way_back(folder: Folder, old: str, new: str) -> None:
    before, after = folder(), folder(old, new)
    assert before.digest != after.digest
    assert loosens(before, after) == loosens(after, before) == ()


TOLD_LESS = [
    ('host = "mail.example"', 'host = "mail.other"', "the notifier smtp is new, or delivers in another way"),
    ('to = ["chief@police.example", ', "to = [", "chief@police.example is told less"),
    ('"admin", "officer"', '"admin"', "deputy@police.example is told less"),
    ('at_least = "urgent"', 'at_least = "alarm"', "chief@police.example is told less"),
    ('badges = ["1002"]', 'badges = ["1003"]', "sam@police.example is told less"),
    ('badges = ["1002"]', 'roles = ["officer"]', "sam@police.example is told less"),
    (
        ROUTES[ROUTES.rindex("[[notice]]") :],
        "",
        "sam@police.example is told less by smtp than before, or nothing",
    ),
    (ROUTES, "", "the notifier smtp is off"),
]
TOLD_MORE = [
    ('at_least = "urgent"\n', ""),
    ('roles = ["admin", "officer"]\n', ""),
    ('badges = ["1002"]\n', ""),
    ('to = ["sam@police.example"]', 'to = ["sam@police.example", "kim@police.example"]'),
    ('"admin", "officer"]\nat_least = "urgent"', '"officer", "admin", "auditor"]'),
]


@pytest.mark.parametrize(("old", "new", "told"), TOLD_LESS)
def test_whoever_is_told_less_has_a_second_person_agree(
    folder: Folder, old: str, new: str, told: str
) -> None:
    before = folder("[[camera]]", f"{ROUTES}[[camera]]")
    assert old in ROUTES
    after = folder("[[camera]]", f"{ROUTES.replace(old, new)}[[camera]]")
    assert told in "; ".join(loosens(before, after))


@pytest.mark.parametrize(("old", "new"), TOLD_MORE)
def test_telling_somebody_more_loosens_nothing(folder: Folder, old: str, new: str) -> None:
    before = folder("[[camera]]", f"{ROUTES}[[camera]]")
    assert old in ROUTES
    after = folder("[[camera]]", f"{ROUTES.replace(old, new)}[[camera]]")
    assert before.digest != after.digest
    assert loosens(before, after) == ()


def test_a_first_notifier_is_judged_as_a_new_source_is(folder: Folder) -> None:
    before, after = folder(), folder("[[camera]]", f"{ROUTES}[[camera]]")
    assert loosens(before, after) == ("the notifier smtp is new, or delivers in another way",)


def test_an_overlay_off_loosens_and_one_without_a_minimum_tightens(folder: Folder) -> None:
    bare, under = folder(), folder('pack = "minimal"', 'pack = "minimal"\noverlays = ["ma-dcjis"]')
    assert "the overlay ma-dcjis is taken off" in loosens(under, bare)
    assert loosens(bare, under) == ()


def test_a_witness_less_loosens_and_one_more_does_not(folder: Folder) -> None:
    before = folder()
    (folder.path / "w.policy").write_text(WITNESSES + "witness c vkey-c\n")
    more = folder()
    assert loosens(before, more) == ()
    assert loosens(more, before) == ("the witness file no longer says: witness c vkey-c",)


def test_a_plugin_off_loosens_and_so_does_one_that_is_new(folder: Folder, host: PluginHost) -> None:
    all_on = folder()
    one_off = folder(host=host.reloaded(disable=["hotfile"], grants={}))
    assert "the plugin hotfile is off" in "; ".join(loosens(all_on, one_off))
    assert loosens(one_off, all_on) == ("the plugin hotfile is new",)


def test_what_was_never_accepted_before_loosens_nothing(folder: Folder) -> None:
    assert loosens(None, folder()) == ()
