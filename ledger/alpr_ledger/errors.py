"""The errors of the ledger, as one tree.

LedgerError
├── EntryError             a body or an entry breaks the profile; says where in it
│   └── DuplicateRequest   the request id already has an entry: the act was recorded before
├── KeyRefused             a key, its file or its text form is unsafe or malformed
├── NoteError              a signed note or checkpoint is malformed
├── CatalogueError         the catalogue of kinds itself is malformed
├── PolicyError            a policy file that names logs, witnesses and a quorum is malformed
├── Unreachable            somebody outside gave no answer
├── WitnessError           a witness could not be asked, or did not cosign; says why
├── StampError             a time-stamping authority could not be asked, or gave no stamp; says why
├── StoreError             the tables are not a ledger's, are newer than this program, or moved underneath us
│   ├── GroupCommitError   the shared commit failed; nothing of the group was stored
│   └── LedgerBehind       the database lacks entries that were signed: going on would sign a fork
├── VaultError             a vault value cannot be opened
│   ├── ValueDestroyed     it was erased, as a purge does
│   └── KeyDestroyed       the key that sealed it was erased
├── SourceError            the thing to be verified cannot be read: missing, locked, not a ledger, cut off
└── VerificationError      it can be read, and it is not what was signed
    └── ProofError         an inclusion or consistency proof does not prove it
"""

from __future__ import annotations


class LedgerError(Exception):
    """Base of everything this package raises on purpose."""


class EntryError(LedgerError):
    """A body or an entry breaks the profile of canonical entries."""


class DuplicateRequest(EntryError):
    """The request id already has an entry.

    Attributes:
        req: the request id.
    """

    def __init__(self, req: str) -> None:
        super().__init__(
            f"request {req!r} already has an entry: it was recorded before. "
            "Look that entry up instead of repeating the act."
        )
        self.req = req


class KeyRefused(LedgerError):
    """A key, its file or its text form is unsafe or malformed."""


class NoteError(LedgerError):
    """A signed note or a checkpoint is malformed."""


class CatalogueError(LedgerError):
    """The catalogue of kinds is malformed."""


class PolicyError(LedgerError):
    """A policy file that names logs, witnesses and a quorum is malformed."""


class Unreachable(LedgerError):
    """Somebody outside gave no answer, or a longer one than is taken."""


class WitnessError(LedgerError):
    """A witness could not be asked, or did not cosign.

    Attributes:
        status: what it answered as an HTTP status, 0 where there was no answer.
        size: of a conflict (409), the size that it cosigned last.
    """

    def __init__(self, message: str, *, status: int = 0, size: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.size = size


class StampError(LedgerError):
    """A time-stamping authority could not be asked, or gave no stamp that holds."""


class StoreError(LedgerError):
    """The tables are not a ledger's, or not in the state that the writer knew."""


class GroupCommitError(StoreError):
    """The commit that this caller shared with others failed; nothing of the group was stored."""


class LedgerBehind(StoreError):
    """The database lacks entries that this host has signed for: going on would sign a fork."""


class VaultError(LedgerError):
    """A vault value cannot be opened."""


class ValueDestroyed(VaultError):
    """The value was erased from the vault, as a purge does."""


class KeyDestroyed(VaultError):
    """The key that sealed the value was erased."""


class SourceError(LedgerError):
    """What should be verified cannot be read."""


class VerificationError(LedgerError):
    """What was read is not what was signed.

    Attributes:
        entry: index of the entry concerned, or None where it concerns no single one.
        expected: what the evidence demands.
        got: what was found instead.
    """

    def __init__(
        self,
        problem: str,
        *,
        entry: int | None = None,
        expected: object = None,
        got: object = None,
    ) -> None:
        where = "" if entry is None else f"entry {entry}: "
        values = "" if expected is None and got is None else f": expected {expected}, got {got}"
        super().__init__(f"{where}{problem}{values}")
        self.problem = problem
        self.entry = entry
        self.expected = expected
        self.got = got

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are pickled by their message alone; this one comes back whole from a worker process.
        return _rebuild, (type(self), self.problem, self.entry, self.expected, self.got)


class ProofError(VerificationError):
    """An inclusion or consistency proof does not prove what it should."""


def _rebuild(
    kind: type[VerificationError], problem: str, entry: int | None, expected: object, got: object
) -> VerificationError:
    return kind(problem, entry=entry, expected=expected, got=got)
