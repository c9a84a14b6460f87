"""What can be set for a state's switch: encryption to any other machine, files that only the node reads, keys."""

from __future__ import annotations

import ssl

import pytest
from mailing import certificate
from switching import NOTHING, ORI, RECORD, answers, both_asked, wait_for_the_end
from switching import asking as asking  # a fixture

from alpr_core import ConfigError, SourceUnavailable
from alpr_core.plugins import Kind, PluginHost


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    file = certificate(tmp_path_factory.mktemp("switch"))
    file.chmod(0o600)
    return file


@pytest.fixture
def server_tls(pem):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pem)
    context.load_cert_chain(pem)
    return context


def good(talk):
    control = both_asked(talk)
    talk.reply("RR", control, "LIC/SIM123")
    talk.reply("QV", control, "NO RECORD")
    wait_for_the_end(talk)


# --- encryption --------------------------------------------------------------------------------------------


def test_the_way_to_a_server_that_is_trusted_is_encrypted(asking, pem, server_tls):
    source, _ = asking(good, encrypted=server_tls, tls={"ca": pem})
    assert answers(source) == [RECORD, NOTHING]


def test_a_server_that_asks_for_a_certificate_gets_the_nodes(asking, pem, server_tls):
    server_tls.verify_mode = ssl.CERT_REQUIRED
    source, _ = asking(good, encrypted=server_tls, tls={"ca": pem, "certificate": pem, "key": pem})
    assert answers(source) == [RECORD, NOTHING]


def test_a_server_that_nobody_vouches_for_is_sent_nothing(asking, server_tls):
    source, _ = asking(good, encrypted=server_tls, tls={})
    with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
        answers(source)


def test_a_server_with_another_name_is_sent_nothing(asking, pem, server_tls):
    source, _ = asking(good, encrypted=server_tls, tls={"ca": pem, "server_name": "leds.example"})
    with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
        answers(source)


def test_a_server_that_speaks_no_later_tls_than_1_1_is_sent_nothing(asking, pem, server_tls):
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        server_tls.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        server_tls.maximum_version = ssl.TLSVersion.TLSv1_1
    server_tls.set_ciphers("ALL:@SECLEVEL=0")
    source, _ = asking(good, encrypted=server_tls, tls={"ca": pem})
    with pytest.raises(SourceUnavailable, match="no encryption could be agreed on"):
        answers(source)


def test_a_server_that_does_not_encrypt_is_sent_nothing(asking, pem):
    source, _ = asking(good, tls={"ca": pem})
    with pytest.raises(SourceUnavailable, match="no encryption could be agreed on"):
        answers(source)


# --- options -----------------------------------------------------------------------------------------------


def problems(host, /, name="leds", **changes):
    """What the core says of these options, when it reads them or when it makes the source."""
    given = {"host": "127.0.0.1", "port": 7001, "ori": ORI, **changes}
    given = {key: value for key, value in given.items() if value is not None}
    found = host.option_problems("data_source", name, given, where="[[source]] 1")
    if found:
        return found
    plugin = host.get(Kind.DATA_SOURCE, name)
    try:
        plugin.factory(plugin.options.model_validate(given)).close()
    except ConfigError as error:
        return list(error.problems)
    return []


def test_few_options_are_enough(host):
    assert problems(host) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"host": None}, "host"),
        ({"port": 70000}, "port"),
        ({"ori": None}, "ori"),
        ({"ori": "or0000000"}, "ori"),
        ({"ori": "WA0000000"}, "ori is none that may ask Oregon's LEDS"),
        ({"dialect": "morse"}, "dialect"),
        ({"host": "leds.example"}, "[source.options.tls]"),
        ({"host": "localhost"}, "127.0.0.1"),
        ({"host": "192.0.2.1"}, "encrypted"),
        ({"keys": {"stolen": "ZZZ"}}, "has no such key"),
        ({"keys": {"state_file": "z z"}}, "no key"),
        ({"keys": {"state_file": "QV"}}, "published key"),
        ({"keys": {"operator": "OPERATOR"}}, "three capital letters"),
        ({"no_record": ["NO"]}, "fewer than four letters"),
        ({"tls": {"certificate": "a.pem"}}, "certificate and key go together"),
        ({"tls": {"ca": "/no/such/file.pem"}}, "/no/such/file.pem cannot be used"),
        ({"tls": {"verify": False}}, "verify"),
        ({"pasword": "x"}, "pasword"),
    ],
    ids=str,
)
def test_what_is_wrong_with_an_option_is_said(host, changes, says):
    assert says in " ".join(problems(host, **changes))


def test_another_machine_is_asked_over_tls(host, pem):
    assert problems(host, host="leds.example", tls={"ca": str(pem)}) == []


def test_a_key_that_others_may_read_is_refused(host, pem, tmp_path):
    key = tmp_path / "key.pem"
    key.write_bytes(pem.read_bytes())
    key.chmod(0o640)
    found = problems(host, tls={"certificate": str(pem), "key": str(key)})
    assert "chmod 600" in " ".join(found)


def test_files_are_taken_from_the_nodes_folder(host, pem):
    plugin = host.get(Kind.DATA_SOURCE, "leds")
    given = {"host": "192.0.2.1", "port": 1, "ori": ORI, "tls": {"ca": pem.name}}
    options = plugin.options.model_validate(given, context={"folder": pem.parent})
    assert options.tls.ca == pem
