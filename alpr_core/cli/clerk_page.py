"""The half page that somebody outside the department signs and files: the ledger's first anchor."""

from __future__ import annotations

import textwrap
from itertools import zip_longest

import segno

WIDTH = 76


def clerk_page(genesis: str, note: bytes) -> str:
    """Return the page: key and checkpoint, in letters and as a QR code, and lines to sign on.

    Args:
        genesis: the verifier key that the ledger was opened under.
        note: the signed checkpoint. The QR code holds the key, a newline, and these bytes.
    """
    origin, size, root = note.decode("utf-8").split("\n")[:3]
    why = textwrap.fill(
        "Whoever holds this page can tell, at any later time, whether the department has since rewritten "
        "its ledger of accesses: a ledger that does not grow from this checkpoint is not the one of today. "
        "Please sign, date and file it, and hand it to nobody who keeps the ledger.",
        WIDTH,
    )
    facts = f"Ledger   {origin}\nEntries  {size}\nRoot     {root}\nKey      {genesis}"
    code = _qr(genesis.encode() + b"\n" + note)
    return (
        f"CHECKPOINT OF AN AUDIT LEDGER, to be kept outside of the department\n\n{why}\n\n{facts}\n\n{code}\n"
        "Received by (name, office)  ________________________________________________\n\n"
        "Date and signature          ________________________________________________\n"
    )


def _qr(data: bytes) -> str:
    """The QR code in half blocks, ink for dark as paper wants it; the paper around it is its quiet zone."""
    rows = [*segno.make_qr(data, error="l").matrix, ()]
    lines = []
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        pairs = zip_longest(upper, lower, fillvalue=0)
        lines.append(
            "     " + "".join(" ▀▄█"[bool(above) + 2 * bool(below)] for above, below in pairs).rstrip()
        )
    return "\n".join(lines) + "\n"
