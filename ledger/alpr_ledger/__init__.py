"""An audit ledger that outsiders can check.

Entries are hash-chained and are the leaves of an RFC 6962 Merkle tree; every commit is covered by a
signed C2SP checkpoint; personal data stands in an entry only as a salted commitment, and its value lies
in a vault from which it can be erased without touching a proof.

Verifying (`entry`, `commitment`, `merkle`, `note`, `checkpoint`, `proof`, `catalogue`, `source`, `verify`)
needs PyNaCl and the standard library. Writing (`store`, `log`, `group`, `vault`, `reader`) needs the extra
``[sql]``. Nothing is imported here, so that an auditor's machine need not have the second half.
"""

__version__ = "0.1.0"
