"""The notifier ``smtp`` against a real mail server: what arrives, how the way is encrypted, and what is refused."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from mailing import MailServer, certificate
from pydantic import ValidationError

from alpr_core import InputError, Notice
from alpr_core.plugins import PluginHost
from alpr_notify_smtp import SmtpOptions

NOTICE = Notice(
    kind="account.reset",
    node="server",
    at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    to="chief@police.example",
    numbers={"entry": 17},
)


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("mail"))


@pytest.fixture
def notifier(host, tmp_path):
    """``notifier(server, **options)`` is the notifier for that server, made as the core makes it."""

    def make(server, **options):
        given = {"host": "127.0.0.1", "port": server.port, "sender": "alpr@police.example", **options}
        return host.notifier("smtp", given, folder=tmp_path)

    return make


def test_a_notice_is_one_plain_mail(notifier) -> None:
    with MailServer() as server:
        notifier(server, security="none").send(NOTICE)
    (mail,) = server.mails
    assert (mail["From"], mail["To"]) == ("alpr@police.example", "chief@police.example")
    assert mail["Subject"] == "alpr-core server: account.reset (urgent)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == [NOTICE.text, "", "server, 2026-11-23 14:00 UTC"]


@pytest.mark.parametrize("security", ["starttls", "ssl"])
class TestEncrypted:
    def test_a_server_that_is_trusted_takes_it_after_a_login(self, notifier, pem, tmp_path, security) -> None:
        (tmp_path / "password").write_text("geheim\n")
        (tmp_path / "password").chmod(0o600)
        (tmp_path / "root.pem").write_bytes(pem.read_bytes())
        login = {"user": "alpr", "password": {"file": "password"}}
        with MailServer(security=security, certificate=pem, login=("alpr", "geheim")) as server:
            notifier(server, security=security, certificates="root.pem", **login).send(NOTICE)
            assert len(server.mails) == 1
            (tmp_path / "password").write_text("wrong\n")
            with pytest.raises(InputError, match="SMTPAuthenticationError 535") as refused:
                notifier(server, security=security, certificates="root.pem", **login).send(NOTICE)
        assert "wrong" not in refused.value.message
        assert len(server.mails) == 1

    def test_a_stranger_does_not_get_it_unless_that_is_wanted(self, notifier, pem, security) -> None:
        with MailServer(security=security, certificate=pem) as server:
            with pytest.raises(InputError, match="no certificate that is trusted"):
                notifier(server, security=security).send(NOTICE)
            assert server.mails == []
            notifier(server, security=security, check_certificate=False).send(NOTICE)
        assert len(server.mails) == 1


def test_a_server_that_cannot_encrypt_gets_nothing(notifier) -> None:
    with MailServer() as server, pytest.raises(InputError, match="SMTPNotSupportedError"):
        notifier(server).send(NOTICE)
    assert server.mails == []


def test_a_refused_address_is_told_by_its_code_alone(notifier) -> None:
    with MailServer() as server:
        server.refuses = {NOTICE.to}
        with pytest.raises(InputError, match="does not take mail for this address: 550") as refused:
            notifier(server, security="none").send(NOTICE)
    assert "no such user" not in refused.value.message


def test_a_server_that_is_not_there_or_never_answers_is_given_up(host) -> None:
    given = {"host": "127.0.0.1", "sender": "alpr@police.example", "timeout": 0.1}
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(InputError, match="cannot be used: "):
            host.notifier("smtp", {**given, "port": port}).send(NOTICE)
    with pytest.raises(InputError, match="cannot be used: Connection refused"):
        host.notifier("smtp", {**given, "port": port}).send(NOTICE)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"user": "alpr"}, "user and password go together"),
        ({"user": "alpr", "password": {"env": "X"}, "security": "none"}, "not sent unencrypted"),
        ({"password": "geheim"}, "never written into the configuration"),
        ({"sender": "nobody"}, "pattern"),
        ({"timeout": 60}, "less than or equal to 5"),
    ],
)
def test_options_that_cannot_be_are_refused(options, says) -> None:
    with pytest.raises(ValidationError, match=says):
        SmtpOptions.model_validate({"host": "mail.example", "sender": "a@b.example", **options})
