"""The states of the United States by their names, as some systems write them out."""

from __future__ import annotations

import re

from alpr_source_reads import values

_NAMES = {
    "al": "alabama", "ak": "alaska", "az": "arizona", "ar": "arkansas", "ca": "california", "co": "colorado",
    "ct": "connecticut", "de": "delaware", "dc": "district of columbia", "fl": "florida", "ga": "georgia",
    "hi": "hawaii", "id": "idaho", "il": "illinois", "in": "indiana", "ia": "iowa", "ks": "kansas",
    "ky": "kentucky", "la": "louisiana", "me": "maine", "md": "maryland", "ma": "massachusetts",
    "mi": "michigan", "mn": "minnesota", "ms": "mississippi", "mo": "missouri", "mt": "montana",
    "ne": "nebraska", "nv": "nevada", "nh": "new hampshire", "nj": "new jersey", "nm": "new mexico",
    "ny": "new york", "nc": "north carolina", "nd": "north dakota", "oh": "ohio", "ok": "oklahoma",
    "or": "oregon", "pa": "pennsylvania", "ri": "rhode island", "sc": "south carolina", "sd": "south dakota",
    "tn": "tennessee", "tx": "texas", "ut": "utah", "vt": "vermont", "va": "virginia", "wa": "washington",
    "wv": "west virginia", "wi": "wisconsin", "wy": "wyoming",
}  # fmt: skip

_CODES = {name: code for code, name in _NAMES.items()}


def state_code(written: str, country: str) -> str:
    """Return the code of a state as we write it, ``us-or``; "" for one that is not known.

    Args:
        written: ``OR``, ``Oregon`` or ``us-or``.
        country: two small letters.
    """
    state = " ".join(written.lower().split())
    if "-" in state and (code := values.region(state)):
        return code
    if country == "us":
        code = _CODES.get(state, state)
        return f"us-{code}" if code in _NAMES else ""
    return f"{country}-{state}" if re.fullmatch(r"[a-z0-9]{1,4}", state) else ""
