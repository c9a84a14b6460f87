"""Untrusted text has one spelling for each value, and a wrong one is None, never a ValueError."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.cosignature import witness_vkey
from alpr_ledger.errors import KeyRefused, SourceError, WitnessError
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import Vkey
from alpr_ledger.state import State
from alpr_ledger.text import MAX_DECIMAL, decode_base64, decode_decimal, encode_base64
from alpr_ledger.witness import Answer, read_answer

KEY = SigningKey("witness.example/clerk", bytes([7]) * 32)
TEXT = "ledger.example/test\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
# Letters of base64, what other decoders let pass, digits of other scripts, half a surrogate pair.
ODD = st.text(st.sampled_from("AQgw/+=-_ \n\t09\u0661\u00b2\uff11\ud800é"), max_size=12)


@given(st.binary(max_size=40))
def test_what_was_encoded_is_decoded(data):
    assert decode_base64(encode_base64(data)) == data
    assert decode_base64(encode_base64(data), len(data) + 1) is None


@given(st.one_of(ODD, st.text(max_size=12)))
def test_base64_is_the_one_spelling_of_its_bytes_or_none(text):
    data = decode_base64(text)
    assert data is None or encode_base64(data) == text


@given(st.one_of(ODD, st.text(max_size=12), st.integers(0, 2**70).map(str)))
def test_a_decimal_is_the_one_spelling_of_its_number_or_none(text):
    number = decode_decimal(text)
    assert number is None or (str(number) == text and 0 <= number <= MAX_DECIMAL)


@pytest.mark.parametrize("text", ["\u0661", "\u00b2", "\uff11", "1_0", "+1", " 1", "1 ", "1\n", "9" * 5000])
def test_what_int_would_read_is_no_decimal(text):
    assert decode_decimal(text) is None


@given(ODD, ODD, ODD)
def test_any_text_is_a_verifier_key_or_refused(name, identity, encoded):
    with pytest.raises(KeyRefused):
        Vkey.parse(f"{name}+{identity}+{encoded}")


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ODD), st.lists, max_leaves=3
)


@given(st.dictionaries(st.sampled_from(["keys", "size", "leaf", "frontier", "checkpoint"]), values), values)
def test_any_json_is_a_state_or_a_source_error(fields, vkey):

    fields = {"format": "alpr-ledger/state/v1", "keys": [{"vkey": vkey, "first": 1}], **fields}
    with pytest.raises(SourceError):
        State.parse(json.dumps(fields).encode())


@given(
    st.sampled_from([200, 409, 422, 0, -1]),
    st.one_of(
        st.binary(max_size=60),
        ODD.map(lambda text: f"\N{EM DASH} {KEY.name} {text}\n".encode("utf-8", "surrogatepass")),
        st.binary(min_size=68, max_size=80).map(
            lambda data: f"\N{EM DASH} {KEY.name} {encode_base64(witness_vkey(KEY).key_id + data)}\n".encode()
        ),
    ),
)
def test_any_answer_of_a_witness_is_a_cosignature_or_a_witness_error(status, body):
    with pytest.raises(WitnessError):
        read_answer(Answer(status, body), TEXT, witness_vkey(KEY))
