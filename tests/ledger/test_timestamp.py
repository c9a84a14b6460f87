"""One time stamp: what is sent to an authority, what is taken from it, and what is refused."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger import timestamp
from alpr_ledger.errors import KeyRefused, StampError, VerificationError
from alpr_ledger.timestamp import Authorities, load_certificates

TEXT = "ledger.example/test\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


@pytest.fixture
def trusted(authority):
    return Authorities(load_certificates(authority.root))


@pytest.fixture
def stamp(authority, trusted):
    """A stamp of the authority over TEXT."""
    return trusted.ask(authority.url, TEXT)


def test_the_authority_is_sent_a_hash_and_its_time_and_name_come_back(authority, stamp, tmp_path):
    assert stamp.authority == "Example Time"
    assert abs(stamp.time - datetime.now(UTC)) < timedelta(minutes=1)
    ((content_type, query),) = authority.queries
    assert content_type == "application/timestamp-query"
    (tmp_path / "query").write_bytes(query)
    words = ["openssl", "ts", "-query", "-in", str(tmp_path / "query"), "-text"]
    shown = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "Hash Algorithm: sha256" in shown
    assert "Certificate required: yes" in shown
    assert "Nonce: 0x" in shown
    assert TEXT.encode() not in query


def test_a_stamp_is_verified_again_from_its_token_alone(trusted, stamp):
    assert trusted.vouch_for(stamp.token)
    assert trusted.read(stamp.token, TEXT) == stamp


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("\n5\n", "\n6\n"), id="size"),
        pytest.param(lambda text: text.replace("47DE", "57DE"), id="root"),
        pytest.param(lambda text: text.replace("test", "other"), id="origin"),
        pytest.param(lambda text: text.rstrip("\n"), id="newline"),
    ],
)
def test_a_stamp_over_another_checkpoint_is_refused(trusted, stamp, change):
    with pytest.raises(VerificationError, match="over something else than this checkpoint"):
        trusted.read(stamp.token, change(TEXT))


def test_a_stranger_with_the_same_names_is_refused(trusted, make_authority):
    stranger = make_authority()
    token = Authorities(load_certificates(stranger.root)).ask(stranger.url, TEXT).token
    assert trusted.vouch_for(token)  # so it says
    with pytest.raises(VerificationError, match="unable to get local issuer certificate"):
        trusted.read(token, TEXT)
    with pytest.raises(StampError, match=r"127\.0\.0\.1 does not hold: certificate verify error"):
        trusted.ask(stranger.url, TEXT)


def test_an_authority_of_another_name_is_nobody_that_is_trusted(trusted, make_authority):
    other = make_authority("Other Time")
    token = Authorities(load_certificates(other.root)).ask(other.url, TEXT).token
    assert not trusted.vouch_for(token)


def test_an_authority_under_an_intermediate_certificate_is_trusted_by_the_root(authority, trusted):
    new = ["-newkey", "rsa:2048", "-nodes", "-config", "openssl.cnf"]
    by = ["-days", "9", "-extfile", "openssl.cnf", "-set_serial"]
    authority.openssl("req", *new, "-keyout", "between.key", "-out", "between.csr", "-subj", "/CN=Between")
    authority.openssl(
        "x509", "-req", "-in", "between.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "between.pem",
        *by, "8", "-extensions", "root",
    )  # fmt: skip
    authority.openssl(
        "x509", "-req", "-in", "tsa.csr", "-CA", "between.pem", "-CAkey", "between.key", "-out", "tsa.pem",
        *by, "9", "-extensions", "stamps",
    )  # fmt: skip
    with (authority.folder / "openssl.cnf").open("a") as file:
        file.write("certs = between.pem\n")
    stamp = trusted.ask(authority.url, TEXT)
    assert trusted.vouch_for(stamp.token)
    assert trusted.read(stamp.token, TEXT).authority == "Example Time"
    with pytest.raises(VerificationError):
        Authorities(load_certificates(authority.folder / "between.pem")).read(stamp.token, TEXT)


def test_an_answer_to_another_request_is_refused(authority, trusted):
    answers = []
    authority.answer = lambda query: (200, answers.append(authority.reply(query)) or answers[0])
    trusted.ask(authority.url, TEXT)
    with pytest.raises(StampError, match="the answer to another request"):
        trusted.ask(authority.url, TEXT)


def test_an_answer_over_something_else_is_refused(authority, trusted, monkeypatch):
    from rfc3161_client import TimestampRequestBuilder

    real = TimestampRequestBuilder.data
    monkeypatch.setattr(TimestampRequestBuilder, "data", lambda self, data: real(self, b"another text"))
    with pytest.raises(StampError, match="over something else"):
        trusted.ask(authority.url, TEXT)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, b"", "answered 500"),
        (302, b"", "answered 302"),
        (200, b"", "no time-stamp response"),
        (200, b"<html>It works!</html>", "no time-stamp response"),
        (200, bytes.fromhex("30053003020100"), "does not hold: it is no time-stamp token"),
        (200, bytes.fromhex("30053003020102"), "gave no stamp: rejected"),
        (200, bytes.fromhex("300e300c02010230070c056c61746572"), "rejected; later"),
        (200, bytes.fromhex("30053003020101"), "gave no stamp: granted with changes"),
        (200, bytes(timestamp.MAX_TOKEN + 1), "answers with more than 100,000 bytes"),
    ],
)
def test_an_authority_that_gives_no_stamp_is_told_in_words(authority, trusted, status, body, told):
    authority.answer = lambda _: (status, body)
    with pytest.raises(StampError, match=told):
        trusted.ask(authority.url, TEXT)


def test_an_authority_that_cannot_be_reached_is_told(trusted):
    with pytest.raises(StampError, match=r"127\.0\.0\.1 cannot be reached"):
        trusted.ask("http://127.0.0.1:1/", TEXT)


def test_a_certificate_that_is_not_for_time_stamps_is_refused(authority, trusted, tmp_path):
    (authority.folder / "openssl.cnf").write_text(
        (authority.folder / "openssl.cnf").read_text().replace("critical, timeStamping", "serverAuth")
    )
    words = ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "other.pem"]
    authority.openssl(*words, "-extfile", "openssl.cnf", "-extensions", "stamps", "-set_serial", "9")
    (authority.folder / "message").write_bytes(b"")
    # openssl's own authority refuses to sign with such a certificate; CMS alone would sign with any.
    words = ["-signer", "other.pem", "-inkey", "tsa.key", "-econtent_type", "1.2.840.113549.1.9.16.1.4"]
    authority.openssl(
        "cms", "-sign", "-binary", "-nodetach", "-in", info_of(authority, trusted), *words,
        "-outform", "DER", "-out", "token.tst",
    )  # fmt: skip
    with pytest.raises(VerificationError, match="certificate"):
        trusted.read((authority.folder / "token.tst").read_bytes(), TEXT)


def info_of(authority, trusted) -> str:
    """The TSTInfo of a good stamp, in a file."""
    (authority.folder / "good.tst").write_bytes(trusted.ask(authority.url, TEXT).token)
    authority.openssl(
        "cms", "-verify", "-noverify", "-inform", "DER", "-in", "good.tst", "-out", "info", "-binary"
    )  # fmt: skip
    return "info"


def test_a_chain_that_had_ended_before_the_stamp_is_refused(authority, trusted):
    words = ["x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "-1"]
    ended = [
        *words,
        "-extfile",
        "openssl.cnf",
        "-extensions",
        "stamps",
        "-out",
        "tsa.pem",
        "-set_serial",
        "9",
    ]
    authority.openssl(*ended)
    with pytest.raises(StampError, match="certificate has expired"):
        trusted.ask(authority.url, TEXT)


class TestAltered:
    def test_every_byte_of_a_token_counts(self, trusted, stamp):
        """All but the spelling of the signature's algorithm, which CMS does not sign and nobody follows."""
        accepted = []
        for at in range(len(stamp.token)):
            token = bytearray(stamp.token)
            token[at] ^= 1
            try:
                found = trusted.read(bytes(token), TEXT)
            except VerificationError:
                continue
            accepted.append(at)
            assert (found.authority, found.time) == (stamp.authority, stamp.time)
        ecdsa_with_sha256 = bytes.fromhex("2a8648ce3d040302")
        start = stamp.token.rindex(ecdsa_with_sha256)
        assert accepted == [at for at in accepted if start <= at < start + len(ecdsa_with_sha256)]

    def test_a_changed_token_is_never_a_strangers_and_never_says_something_else(self, trusted, stamp):
        @given(at=st.integers(0, len(stamp.token) - 1), bits=st.integers(1, 255))
        def refused(at, bits):
            token = bytearray(stamp.token)
            token[at] ^= bits
            assert trusted.vouch_for(bytes(token))
            try:
                found = trusted.read(bytes(token), TEXT)
            except VerificationError:
                return
            assert (found.authority, found.time) == (stamp.authority, stamp.time)

        refused()

    @pytest.mark.parametrize(
        ("start", "end", "more"),
        [(0, 0, b""), (0, -1, b""), (1, None, b""), (0, None, b"\0"), (0, 0, b"junk")],
    )
    def test_what_is_no_token_is_refused_in_words(self, trusted, stamp, start, end, more):
        with pytest.raises(VerificationError, match="no time-stamp token"):
            trusted.read(stamp.token[start:end] + more, TEXT)


class TestCertificates:
    def test_pem_der_and_several_in_one_file_are_read(self, authority, make_authority, tmp_path):
        authority.openssl("x509", "-in", "root.pem", "-outform", "DER", "-out", "root.der")
        der = (authority.folder / "root.der").read_bytes()
        assert load_certificates(authority.folder / "root.der") == (der,)
        other = make_authority("Other Time").root
        file = tmp_path / "both.pem"
        file.write_text(f"Our authorities\n{authority.root.read_text()}\nand\n{other.read_text()}")
        assert load_certificates(file) == (der, *load_certificates(other))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n",
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            bytes.fromhex("30") + bytes(timestamp.MAX_CERTIFICATES),
        ],
    )
    def test_what_is_none_is_refused_with_the_files_name(self, tmp_path, content):
        file = tmp_path / "root.pem"
        file.write_bytes(content)
        with pytest.raises(KeyRefused, match=r"root\.pem: not a file of certificates"):
            load_certificates(file)

    def test_a_file_that_is_not_there_is_told(self, tmp_path):
        with pytest.raises(KeyRefused, match=r"none\.pem: cannot be read"):
            load_certificates(tmp_path / "none.pem")

    def test_a_malformed_one_is_refused(self):
        with pytest.raises(KeyRefused, match="malformed"):
            Authorities([b"\x30\x03\x02\x01\x00"])
