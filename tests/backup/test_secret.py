"""The backup passphrase and its shares: any two of three give it back, one says nothing, slips are told."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.backup import secret as backup_secret
from alpr_core.backup.secret import Recipient, new_secret, passphrase_of, secret_of, shares_of
from alpr_core.errors import InputError, VerificationFailed

BASE32 = string.ascii_uppercase + "234567"
SECRETS = st.binary(min_size=16, max_size=16)


@given(SECRETS)
def test_any_two_of_three_shares_give_the_passphrase_back(secret: bytes) -> None:
    shares = shares_of(secret)
    for two in itertools.permutations(shares, 2):
        assert secret_of(two) == secret
    assert secret_of(shares) == secret


@given(SECRETS)
def test_the_passphrase_is_read_as_it_was_printed_in_small_letters_and_without_dashes_too(
    secret: bytes,
) -> None:
    printed = passphrase_of(secret)
    assert secret_of([printed]) == secret
    assert secret_of([printed.lower().replace("-", " ")]) == secret


@given(SECRETS, st.integers(0, 31), st.integers(1, 31))
def test_a_misspelled_passphrase_or_share_is_told(secret: bytes, place: int, shift: int) -> None:
    shares = shares_of(secret)
    for text, others in ((passphrase_of(secret), []), (shares[0][3:], [shares[1]])):
        at = [i for i, each in enumerate(text) if each != "-"][place]
        other = BASE32[(BASE32.index(text[at]) + shift) % len(BASE32)]
        with pytest.raises(InputError):
            secret_of([text[:at] + other + text[at + 1 :], *others])


def test_every_secret_is_as_likely_behind_one_share() -> None:
    # For each possible byte of the secret there is exactly one line through it and the share's point.
    for number in (1, 2, 3):
        reached = {backup_secret._times(number, rise) for rise in range(256)}
        assert reached == set(range(256))


@pytest.mark.parametrize("a", range(1, 256))
def test_the_field_has_inverses(a: int) -> None:
    assert backup_secret._times(a, backup_secret._inverse(a)) == 1


def test_one_share_or_the_same_twice_is_not_enough() -> None:
    shares = shares_of(new_secret())
    with pytest.raises(InputError, match="2 different shares"):
        secret_of(shares[:1])
    with pytest.raises(InputError, match="2 different shares"):
        secret_of([shares[0], shares[0]])


def test_shares_of_two_passphrases_do_not_go_together() -> None:
    with pytest.raises(InputError, match="do not go together"):
        secret_of([shares_of(new_secret())[0], shares_of(new_secret())[1]])


def test_what_the_node_keeps_opens_nothing_and_only_the_passphrase_does() -> None:
    secret = new_secret()
    kept = Recipient.from_bytes(Recipient.of(secret).to_bytes())
    sealed = kept.seal(b"a key")
    assert kept.open(secret, sealed) == b"a key"
    assert kept.fits(secret)
    with pytest.raises(VerificationFailed, match="not that of this backup"):
        kept.open(new_secret(), sealed)
    with pytest.raises(VerificationFailed, match="was changed"):
        kept.open(secret, sealed[:-1] + bytes([sealed[-1] ^ 1]))


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"public": "00", "salt": "00"}', b'{"public": 1}'])
def test_a_file_that_is_no_public_key_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="no public key"):
        Recipient.from_bytes(data)
