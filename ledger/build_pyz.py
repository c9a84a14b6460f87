"""Build ``alpr_ledger.pyz``: the verifier as one file, for an auditor who may not install anything.

    python ledger/build_pyz.py dist/alpr_ledger.pyz

The same sources make the same bytes, so that two people can compare what they built by its SHA-256.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

SOURCES = Path(__file__).parent / "alpr_ledger"
START = b"""import sys

from alpr_ledger.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
"""
EPOCH = (1980, 1, 1, 0, 0, 0)


def build(target: Path) -> str:
    """Write the file; return its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in SOURCES.iterdir() if path.suffix in {".py", ".json"})
    contents = [(f"alpr_ledger/{path.name}", path.read_bytes()) for path in files]
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in [("__main__.py", START), *contents]:
                archive.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)
    target.chmod(0o755)
    return hashlib.sha256(target.read_bytes()).hexdigest()


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "dist/alpr_ledger.pyz")
    sys.stdout.write(f"{build(place)}  {place}\n")
