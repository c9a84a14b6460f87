"""The policy file of C2SP tlog-policy: whom somebody trusts."""

from __future__ import annotations

import itertools
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.cosignature import witness_vkey
from alpr_ledger.errors import PolicyError
from alpr_ledger.keys import SigningKey
from alpr_ledger.policy import load_policy, read_policy

LOG = SigningKey("ledger.example/test", bytes(range(32))).vkey
KEYS = {
    name: witness_vkey(SigningKey(f"witness.example/{name}", bytes([number]) * 32))
    for number, name in enumerate(("X1", "X2", "X3", "Y1", "Y2", "Y3"), start=1)
}
WITNESSES = "".join(f"witness {name} {key}\n" for name, key in KEYS.items())
EXAMPLE = f"""
log {LOG}

{WITNESSES}
  # the example of the specification
group X-witnesses 2 X1 X2 X3
\tgroup  Y-witnesses\tany Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def read(text: str):
    return read_policy(text.encode())


@pytest.mark.parametrize(
    ("witnessed", "is_quorum"),
    [("", False), ("X1 X2", False), ("X1 Y1", False), ("X1 X3 Y2", True), ("Y1 Y2 Y3", False)],
)
def test_the_example_of_the_specification_means_what_it_says(witnessed, is_quorum):
    policy = read(EXAMPLE)
    assert policy.is_met({KEYS[name] for name in witnessed.split()}) is is_quorum


def test_every_set_of_witnesses_is_judged_as_its_definition_says():
    policy = read(EXAMPLE)
    for count in range(7):
        for names in itertools.combinations(KEYS, count):
            expected = sum(n[0] == "X" for n in names) >= 2 and any(n[0] == "Y" for n in names)
            assert policy.is_met({KEYS[name] for name in names}) is expected


def test_logs_are_found_by_their_origin_and_may_have_a_url():
    policy = read(f"log {LOG} https://ledger.example/\nquorum none\n")
    assert policy.log_keys("ledger.example/test") == (LOG,)
    assert policy.log_keys("another.example") == ()
    assert policy.logs[0].url == "https://ledger.example/"
    assert policy.is_met(())


def test_names_are_opaque_bytes():
    kelvin = WITNESSES.replace("witness X1 ", "witness \u212a ").replace("witness X2 ", "witness K ")
    assert [one.name for one in read(kelvin + "quorum K\n").witnesses][:2] == ["\u212a", "K"]
    latin = f"witness caf\xe9 {KEYS['X1']}\nquorum caf\xe9\n".encode("latin-1")
    assert read_policy(latin).is_met([KEYS["X1"]])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "quorum line is missing"),
        ("quorum none\nquorum none\n", "line 2: a second quorum"),
        ("quorum nobody\n", "'nobody'"),
        (f"quorum X1\n{WITNESSES}", "line 1"),
        (f"{WITNESSES}group none any X1\nquorum none\n", "reserved"),
        (f"{WITNESSES}group g 4 X1 X2 X3\n", "'4'"),
        (f"{WITNESSES}group g 0 X1\n", "'0'"),
        (f"{WITNESSES}group g -1 X1\n", "'-1'"),
        (f"{WITNESSES}group g 01 X1\n", "'01'"),
        (f"{WITNESSES}group g any none\n", "'none'"),
        (f"{WITNESSES}group g any g\n", "'g'"),
        (f"{WITNESSES}group g any X1\ngroup h any X1\n", "in a group already"),
        (f"{WITNESSES}group g all X1 X1\n", "in a group already"),
        (f"{WITNESSES}group X1 any X2\n", "named twice"),
        (f"witness X1 {KEYS['X1']}\nwitness X1 {KEYS['X2']}\n", "named twice"),
        (f"witness A {KEYS['X1']}\nwitness B {KEYS['X1']}\n", "key of witness.example/X1 is named twice"),
        (f"log {LOG}\nlog {LOG}\n", "named twice"),
        (f"witness W {LOG}\n", "type 1"),
        (f"log {KEYS['X1']}\n", "type 4"),
        ("log mistyped\n", "line 1: a verifier key"),
        ("witness W\n", "a line is"),
        ("group g any\n", "a line is"),
        ("Quorum none\n", "a line is"),
        ("quorum none\r\n", "control character"),
        ("quorum none\x00\n", "control character"),
        (f"witness W {KEYS['X1']} https://a b\n", "a line is"),
    ],
)
def test_a_malformed_policy_is_refused_and_its_line_told(text, told):
    with pytest.raises(PolicyError) as caught:
        read(text)
    assert told in str(caught.value)


def test_the_file_is_named_when_it_is_wrong_or_missing(tmp_path):
    with pytest.raises(PolicyError, match=r"none\.policy"):
        load_policy(tmp_path / "none.policy")
    (tmp_path / "bad.policy").write_text("quorum")
    with pytest.raises(PolicyError, match=r"bad\.policy: line 1"):
        load_policy(tmp_path / "bad.policy")


@given(st.binary(max_size=80), st.integers(0, len(EXAMPLE)))
def test_any_bytes_are_a_policy_or_a_policy_error(junk, at):
    for data in (junk, EXAMPLE.encode()[:at] + junk + EXAMPLE.encode()[at:]):
        with suppress(PolicyError):
            read_policy(data)
