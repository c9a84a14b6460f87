"""Writes stamped/ beside this file: the export of ledger.db after an authority stamped its checkpoint of 5 entries.

    python tests/auditor/build_stamped.py

It needs ``alpr-ledger[sql,timestamps]`` and openssl. The files stay as they are from then on: a chain has to have
been valid at the time of the stamp, so they verify when the certificates in them have long ended.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path

from sqlalchemy import create_engine

from alpr_ledger import stamped, store
from alpr_ledger.export import export
from alpr_ledger.note import parse_note
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.timestamp import Authorities, load_certificates

HERE = Path(__file__).parent
SIZE = 5


def main() -> None:
    sys.path.insert(0, str(HERE.parent))
    from conftest import TimeStamping

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(HERE / "ledger.db", folder)
        engine = create_engine(f"sqlite:///{folder / 'ledger.db'}")
        authority = TimeStamping(folder, "Example Time")
        with authority.server, engine.begin() as connection:
            threading.Thread(target=authority.server.handle_request).start()
            store.create(connection)
            text = parse_note(Reader(connection).checkpoint(SIZE)).text
            found = Authorities(load_certificates(authority.root)).ask(authority.url, text)
            stamped.save(connection, SIZE, "time.example", found.token)
        engine.dispose()
        shutil.rmtree(HERE / "stamped", ignore_errors=True)
        with open_source(folder / "ledger.db") as source:
            export(source, HERE / "stamped")
        shutil.copy(authority.root, HERE / "stamped" / "time-root.pem")
    (HERE / "stamped" / ".lock").unlink()


if __name__ == "__main__":
    main()
