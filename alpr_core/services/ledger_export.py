"""What of the ledger leaves the house: its export for outsiders, and proofs that are checked offline."""

from __future__ import annotations

from collections.abc import Callable

from alpr_core.act import Act
from alpr_core.errors import NotFound, StoreError, VerificationFailed
from alpr_ledger.errors import LedgerError, VerificationError
from alpr_ledger.export import Exported, export
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source


def export_ledger(act: Act, target: str, *, progress: Callable[[int, int], None] | None = None) -> Exported:
    """Write the ledger as static files that any web server serves, or add what an export of it lacks.

    Args:
        act: who exports.
        target: a folder, or a URL of an object store (``s3://bucket/prefix``).
        progress: told of entries done and entries in all.

    Raises:
        Denied: by the policy.
        VerificationFailed: the target holds another ledger, or the ledger is not what was signed.
        StoreError: the target cannot be written.
    """
    try:
        with act.send("ledger.export", target=target) as send:
            with open_source(act.ledger_source) as source:
                done = export(source, target, progress=progress)
            send.record(size=done.size, before=done.before)
    except VerificationError as error:
        raise VerificationFailed(f"nothing was exported: {error}") from error
    except LedgerError as error:
        raise StoreError(f"the export failed: {error}") from error
    return done


def prove_entry(act: Act, index: int, *, size: int | None = None) -> bytes:
    """Return the proof of one entry as a C2SP tlog-proof, with the entry's bytes in it.

    Args:
        act: who asks.
        index: of the entry.
        size: under the checkpoint of this size; the newest, if not given.

    Raises:
        Denied: by the policy.
        NotFound: there is no such entry, or no checkpoint of that size.
    """
    with act.look("ledger.read") as look:
        ledger = look.work.ledger
        size = _signed_size(ledger, size)
        if not 0 <= index < size:
            raise NotFound(f"no entry {index}: the checkpoint of size {size} covers entries 0 to {size - 1}")
        proof = ledger.receipt(index, size)
        look.record(count=1, first=index, last=index)
    return proof.to_bytes()


def prove_growth(act: Act, old: int, *, size: int | None = None) -> bytes:
    """Return the proof that the ledger continues the one of `old` entries; see `ConsistencyProof`.

    Args:
        act: who asks.
        old: size of the older checkpoint.
        size: of the newer one; the newest, if not given.

    Raises:
        Denied: by the policy.
        NotFound: there is no checkpoint of such a size.
    """
    with act.look("ledger.read") as look:
        ledger = look.work.ledger
        size = _signed_size(ledger, size)
        if not 0 < old <= size:
            raise NotFound(f"no older checkpoint of size {old}: the newer one is of size {size}")
        path = ledger.consistency_proof(old, size)
        proof = ConsistencyProof(old, tuple(path), ledger.checkpoint(size))
        look.record(count=0)
    return proof.to_bytes()


def _signed_size(ledger: Reader, size: int | None) -> int:
    """A size at which a checkpoint was signed."""
    if size is None:
        return ledger.size()
    if not ledger.checkpoint_sizes(size, size):
        nearest = ledger.checkpoint_sizes(size)[:1]
        hint = f" The next one is of size {nearest[0]}." if nearest else ""
        raise NotFound(f"no checkpoint was signed at size {size}: no commit ended there.{hint}")
    return size
