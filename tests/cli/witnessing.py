"""The city clerk's witness, and what the tests of it do."""

from __future__ import annotations

from alpr_ledger.keys import SigningKey
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.witness import Witness

ORIGIN = "test.example/ledger/1"
KEY = SigningKey("witness.example/clerk", bytes([7]) * 32)


def remember(node, witness: Witness, size: int) -> None:
    """Have the witness cosign a ledger of the node's name and key that the node does not hold."""
    key = SigningKey.load(node.folder / "var" / "keys" / "ledger.key")
    request = ConsistencyProof(0, (), key.sign_checkpoint(size, bytes(32)))
    assert witness.add_checkpoint(request.to_bytes()).status == 200


def assert_refused(node, told: str) -> None:
    """Nothing can be done with the node, and it is said why and what to do."""
    for words in (("status",), ("hotlist", "list"), ("ledger", "verify")):
        done = node(*words)
        assert done.exit_code == 1, done.output
        assert told in done.stderr
        assert "alpr-core ledger recover" in done.stderr
        assert "Traceback" not in done.output


def recover(node) -> dict:
    """Two persons answer for the loss; returns what their entry holds in clear."""
    file = str(node.passphrase_file)
    both = ("--passphrase-file", file, "--second-passphrase-file", file)
    done = node("ledger", "recover", "--badge", "1001", "--second", "1003", *both, "--reason", "disk lost")
    assert done.exit_code == 0, done.output
    assert node.log_in().exit_code == 0
    return node.entries("ledger.recover")[-1]["public"]
