"""A witness cosigns what grows from what it cosigned before, and nothing else; over whatever carries the bytes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.cosignature import verify_cosignatures
from alpr_ledger.errors import NoteError, ProofError, StoreError, WitnessError
from alpr_ledger.keys import SigningKey
from alpr_ledger.merkle import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash, node_hash
from alpr_ledger.note import parse_note, verify_note
from alpr_ledger.policy import read_policy
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.witness import Answer, Witness, origin_hash, read_answer

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ORIGIN = "ledger.example/test"


class Tree:
    """A log of small entries, of which every size can be signed."""

    def __init__(self, key: SigningKey, entries: list[bytes]) -> None:
        self.key = key
        self.leaves = [leaf_hash(one) for one in entries]

    def checkpoint(self, size: int) -> bytes:
        frontier = Frontier()
        frontier.extend(self.leaves[:size])
        return self.key.sign_checkpoint(size, frontier.root())

    def request(self, old: int, size: int) -> ConsistencyProof:
        proof = tuple(consistency_proof(old, size, self.node)) if old <= size else ()
        return ConsistencyProof(old, proof, self.checkpoint(size))

    def node(self, level: int, n: int) -> bytes:
        if level == 0:
            return self.leaves[n]
        return node_hash(self.node(level - 1, 2 * n), self.node(level - 1, 2 * n + 1))


@pytest.fixture
def tree(key):
    return Tree(key, [b"entry %d" % n for n in range(40)])


@pytest.fixture
def fork(key):
    """The same log, rewritten from entry 3 on by whoever holds its key."""
    return Tree(key, [b"entry %d" % n if n < 3 else b"forged %d" % n for n in range(40)])


@pytest.fixture
def make_witness(tmp_path, key):
    def make(policy: str = f"log {key.vkey}\nquorum none\n", clock=lambda: AT) -> Witness:
        witness_key = SigningKey("witness.example/clerk", bytes([7]) * 32)
        return Witness(witness_key, read_policy(policy.encode()), tmp_path, clock)

    return make


@pytest.fixture
def witness(make_witness):
    return make_witness()


def ask(witness: Witness, request: ConsistencyProof) -> Answer:
    return witness.add_checkpoint(request.to_bytes())


def test_a_request_is_spelled_as_the_specification_spells_it():
    example = (
        "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\N{EM DASH} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
        "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    ).encode()
    request = ConsistencyProof.parse(example)
    assert (request.old, len(request.path), request.signed()[1].size) == (20852014, 4, 20852163)
    assert request.to_bytes() == example


def test_a_log_that_grows_is_cosigned_each_time(witness, tree):
    for old, size in ((0, 1), (1, 5), (5, 5), (5, 40)):
        answer = ask(witness, tree.request(old, size))
        assert answer.status == 200, answer.body
        text = parse_note(tree.checkpoint(size)).text
        found = read_answer(answer, text, witness.vkey)
        assert (found.witness, found.time) == (witness.vkey, AT)


def test_the_memory_of_a_witness_outlives_it(make_witness, tree, fork):
    assert ask(make_witness(), tree.request(0, 10)).status == 200
    again = make_witness()
    answer = ask(again, tree.request(0, 20))
    assert (answer.status, answer.body, answer.content_type) == (409, b"10\n", "text/x.tlog.size")
    assert ask(again, fork.request(10, 20)).status == 422
    assert ask(again, tree.request(10, 20)).status == 200


def test_the_memory_is_the_checkpoint_that_monitors_read(witness, tree, key):
    assert witness.checkpoint(origin_hash(ORIGIN)) is None
    answer = ask(witness, tree.request(0, 10))
    note = parse_note(witness.checkpoint(origin_hash(ORIGIN)))
    assert verify_note(note, [key.vkey]) == (key.vkey,)
    (found,) = verify_cosignatures(note.text, note.signatures, [witness.vkey])
    assert found.line.encode() == answer.body
    assert parse_checkpoint(note.text).size == 10
    assert witness.checkpoint("../witness.key") is None


AFTER_SIZE_10 = {
    "the same again": (200, lambda tree, fork: tree.request(10, 10)),
    "another tree of that size": (422, lambda tree, fork: fork.request(10, 10)),
    "a fork": (422, lambda tree, fork: fork.request(10, 20)),
    "no proof": (422, lambda tree, fork: ConsistencyProof(10, (), tree.checkpoint(20))),
    "a proof of nothing": (422, lambda tree, fork: ConsistencyProof(10, (bytes(32),), tree.checkpoint(10))),
    "an old size above the new": (400, lambda tree, fork: ConsistencyProof(20, (), tree.checkpoint(10))),
    "a tail cut off": (400, lambda tree, fork: ConsistencyProof(10, (), tree.checkpoint(3))),
    "an old size below the last": (409, lambda tree, fork: tree.request(3, 20)),
    "a restored backup": (409, lambda tree, fork: tree.request(3, 3)),
    "a first request": (409, lambda tree, fork: tree.request(0, 20)),
    "an old size above the last": (409, lambda tree, fork: tree.request(12, 20)),
}


@pytest.mark.parametrize(("status", "make"), AFTER_SIZE_10.values(), ids=AFTER_SIZE_10)
def test_after_size_10_a_witness_answers_by_the_specification(witness, tree, fork, status, make):
    assert ask(witness, tree.request(0, 10)).status == 200
    assert ask(witness, make(tree, fork)).status == status
    if status != 200:
        assert (
            ask(witness, tree.request(10, 11)).status == 200
        )  # it remembers what it cosigned, not what it refused


def test_a_first_checkpoint_needs_no_proof_and_takes_none(witness, tree):
    assert ask(witness, ConsistencyProof(0, (bytes(32),), tree.checkpoint(5))).status == 422
    assert ask(witness, ConsistencyProof(0, (), tree.checkpoint(5))).status == 200


def test_an_empty_log_has_the_root_of_the_empty_tree(witness, key):
    assert ask(witness, ConsistencyProof(0, (), key.sign_checkpoint(0, bytes(32)))).status == 422
    assert ask(witness, ConsistencyProof(0, (), key.sign_checkpoint(0, EMPTY_ROOT))).status == 200


def test_an_unknown_log_is_404_and_an_untrusted_signature_403(witness, tree):
    other = SigningKey("other.example/log", bytes([9]) * 32)
    assert ask(witness, ConsistencyProof(0, (), other.sign_checkpoint(1, bytes(32)))).status == 404
    stranger = SigningKey(ORIGIN, bytes([9]) * 32)
    assert ask(witness, ConsistencyProof(0, (), stranger.sign_checkpoint(1, bytes(32)))).status == 403
    forged = tree.checkpoint(5).replace(b"\n5\n", b"\n6\n", 1)
    assert ask(witness, ConsistencyProof(0, (), forged)).status == 403


def test_both_keys_of_a_log_that_changed_its_key_are_known(make_witness, tree, key):
    successor = SigningKey(ORIGIN, bytes([9]) * 32)
    witness = make_witness(f"log {key.vkey}\nlog {successor.vkey}\nquorum none\n")
    assert ask(witness, tree.request(0, 5)).status == 200
    assert ask(witness, Tree(successor, [b"entry %d" % n for n in range(40)]).request(5, 9)).status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"old 0",
        b"old 0\n\n",
        b"old 00\n\nx\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n",
        b"old -1\n\n",
        b"old 1\nnot base64\n\nx\n",
        b"old 1\n" + b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n" * 64 + b"\nx\n",
        b"\xff\xfe\n\n",
    ],
)
def test_a_malformed_request_is_400(witness, data):
    assert witness.add_checkpoint(data).status == 400
    with pytest.raises((NoteError, ProofError)):
        ConsistencyProof.parse(data).signed()


@given(data=st.data())
def test_a_request_with_any_byte_changed_never_makes_a_witness_sign_another_tree(data, tmp_path_factory):
    key = SigningKey(ORIGIN, bytes(range(32)))
    tree = Tree(key, [b"entry %d" % n for n in range(20)])
    policy = read_policy(f"log {key.vkey}\nquorum none\n".encode())
    folder = tmp_path_factory.mktemp("witness")
    witness = Witness(SigningKey("witness.example/clerk", bytes([7]) * 32), policy, folder, lambda: AT)
    assert ask(witness, tree.request(0, 7)).status == 200
    changed = bytearray(tree.request(7, 20).to_bytes())
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at] ^= data.draw(st.integers(1, 255))
    answer = witness.add_checkpoint(bytes(changed))
    if answer.status == 200:  # a byte of a signature line that nobody reads
        read_answer(answer, parse_note(tree.checkpoint(20)).text, witness.vkey)


@pytest.mark.parametrize("damage", [b"", b"junk", None])
def test_a_witness_with_a_damaged_memory_signs_nothing(witness, tree, fork, tmp_path, damage):
    assert ask(witness, tree.request(0, 10)).status == 200
    file = tmp_path / origin_hash(ORIGIN) / "checkpoint"
    file.write_bytes(fork.checkpoint(20) if damage is None else damage)
    with pytest.raises(StoreError):
        ask(witness, tree.request(10, 20))


def test_of_requests_at_once_exactly_one_is_cosigned_from_each_size(witness, tree):
    answers: list[int] = []

    def send(size: int) -> None:
        answers.append(ask(witness, tree.request(0, size)).status)

    threads = [threading.Thread(target=send, args=(size,)) for size in range(1, 9)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [200] + [409] * 7


def test_the_time_of_a_cosignature_is_the_witnesss_own(make_witness, tree):
    times = iter([AT, AT + timedelta(hours=1)])
    witness = make_witness(clock=lambda: next(times))
    text = parse_note(tree.checkpoint(10)).text
    ask(witness, tree.request(0, 10))
    found = read_answer(ask(witness, tree.request(10, 10)), text, witness.vkey)
    assert found.time == AT + timedelta(hours=1)


@pytest.mark.parametrize(
    ("answer", "told", "size"),
    [
        (Answer(409, b"17\n"), "another size last: 17", 17),
        (Answer(409, b"many\n"), "unreadable", None),
        (Answer(422, b"no proof\n"), r"refused \(422\): no proof", None),
        (Answer(200, b""), "no valid cosignature", None),
        (Answer(200, b"\xff\n"), "no valid cosignature", None),
    ],
)
def test_a_refusal_says_who_refused_and_why(witness, answer, told, size):
    with pytest.raises(WitnessError, match=told) as caught:
        read_answer(answer, "x\n", witness.vkey)
    assert (caught.value.status, caught.value.size) == (answer.status if answer.status != 200 else 0, size)


def test_an_answer_by_somebody_else_is_no_cosignature(witness, tree):
    answer = ask(witness, tree.request(0, 10))
    other = SigningKey("witness.example/other", bytes([8]) * 32)
    from alpr_ledger.cosignature import witness_vkey

    with pytest.raises(WitnessError, match="none is by its key"):
        read_answer(answer, parse_note(tree.checkpoint(10)).text, witness_vkey(other))
    with pytest.raises(WitnessError, match="no valid cosignature"):
        read_answer(answer, parse_note(tree.checkpoint(11)).text, witness.vkey)
