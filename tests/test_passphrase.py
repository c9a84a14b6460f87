"""Passphrases: how they are kept, checked and chosen."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type
from argon2.profiles import RFC_9106_LOW_MEMORY

from alpr_core import passphrase
from alpr_core.errors import InputError
from alpr_core.passphrase import check_passphrase, hash_passphrase, needs_rehash, verify_passphrase

GOOD = "correct horse battery staple"


@pytest.fixture(scope="module", autouse=True)
def as_shipped(shipped_hasher):
    """Here passphrases are hashed as the program does it, at its full cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passphrase, "_HASHER", shipped_hasher)
        yield


@pytest.fixture(scope="module")
def stored(as_shipped) -> str:
    return hash_passphrase(GOOD)


def test_the_right_passphrase_is_right_and_any_other_is_wrong(stored):
    assert verify_passphrase(stored, GOOD)
    assert not verify_passphrase(stored, GOOD + " ")
    assert not verify_passphrase(stored, "")


def test_a_hash_is_argon2id_with_the_parameters_of_rfc_9106(stored):
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    assert RFC_9106_LOW_MEMORY.type is Type.ID


def test_the_same_passphrase_is_never_stored_the_same_way(stored):
    assert hash_passphrase(GOOD) != stored


def test_an_account_that_does_not_exist_costs_one_verification_of_the_same_parameters(monkeypatch):
    checked = []
    real = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda self, h, p: checked.append(h) or real(self, h, p))
    assert not verify_passphrase(None, GOOD)
    assert [extract_parameters(one) for one in checked] == [RFC_9106_LOW_MEMORY]


def test_a_passphrase_is_the_same_whichever_way_its_accents_were_typed():
    assert verify_passphrase(hash_passphrase("caf\u00e9 au lait noir"), "cafe\u0301 au lait noir")


def test_bytes_that_are_no_text_are_a_passphrase_like_any_other():
    typed = b"correct horse \xff\xfe".decode("utf-8", "surrogateescape")
    assert verify_passphrase(hash_passphrase(typed), typed)


def test_a_stored_text_that_is_no_hash_lets_nobody_in():
    assert not verify_passphrase("plain text", "plain text")


def test_a_passphrase_of_a_megabyte_is_wrong_without_being_hashed(stored, monkeypatch):
    monkeypatch.setattr(passphrase, "_HASHER", None)
    assert not verify_passphrase(stored, "a" * 1_000_000)


def test_a_hash_of_weaker_parameters_is_due_for_renewal(stored):
    assert not needs_rehash(stored)
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("short one", "has 9 characters and needs at least 12"),
        ("aaaaaaaaaaaaaaaa", "repeats a few characters"),
        ("Jordan  Smith-Lee", "is the badge number or the name"),
        ("OFFICER-40711-X", "is the badge number or the name"),
        ("long enough " * 100, "has more than 1024 characters"),
    ],
)
def test_a_passphrase_that_is_easy_to_guess_is_refused_with_the_reason_and_not_quoted(given, problem):
    with pytest.raises(InputError) as caught:
        check_passphrase(given, badge="officer40711x", name="Jordan Smith Lee")
    assert problem in caught.value.message
    assert given not in caught.value.message


def test_everything_wrong_with_a_passphrase_is_said_at_once():
    with pytest.raises(InputError, match="needs at least 12, and repeats a few characters, and is the badge"):
        check_passphrase("1111", badge="1111", name="A")


def test_a_long_passphrase_of_unrelated_words_is_taken():
    check_passphrase(GOOD, badge="1001", name="Alex Doe")
