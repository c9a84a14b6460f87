"""An auditor's half needs PyNaCl and the standard library, and no half needs alpr-core."""

from __future__ import annotations

import subprocess
import sys

AUDITORS = (
    "errors text entry commitment merkle ed25519 note checkpoint keys proof catalogue source content kept verify "
    "lock cosignature policy witness outgoing witness_http stick anchoring timestamp stamping witness_command "
    "__main__"
)
WRITERS = "store log group vault reader cosigned stamped postgresql"


def loaded_by(modules):
    code = (
        f"import sys\nfor name in {modules.split()!r}: __import__('alpr_ledger.' + name)\n"
        "print(' '.join(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_verifying_loads_no_database_library():
    loaded = loaded_by(AUDITORS)
    assert "nacl" in loaded
    assert not loaded & {"sqlalchemy", "psycopg", "cryptography", "alpr_core"}


def test_writing_loads_nothing_of_alpr_core():
    assert not {name for name in loaded_by(WRITERS) if name.startswith("alpr_")} - {"alpr_ledger"}
