"""Where a field's value came from, and which fields are personal.

What a source's rule closes goes by the first, what a policy does not let be collected by the second. A read's own
fields are observed here. What a hotlist says came with it: from the department itself, from NCIC, or from a state's
system, whose restrictions follow the data wherever it is copied (OAR 257-015-0060 for LEDS).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Self

_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Origin(str):
    """Where a value came from: ``own``, ``ncic``, or a state's system by the code that its data source declares.

    Raises:
        ValueError: it is no such code.
    """

    __slots__ = ()

    OWN: ClassVar[Origin]
    NCIC: ClassVar[Origin]

    def __new__(cls, code: str) -> Self:
        """Return the origin of this code."""
        if not _CODE.fullmatch(code):
            raise ValueError("an origin is own, ncic, or the code of a state's system")
        return super().__new__(cls, code)


Origin.OWN, Origin.NCIC = Origin("own"), Origin("ncic")


PERSONAL_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "NAM": "name",
        "DOB": "date_of_birth",
        "SOC": "social_security_number",
        "RAC": "race",
        "SEX": "sex",
    }
)
"""NCIC's codes of fields about a person, each with what policies call it."""

_IN_TEXT = {
    "social_security_number": re.compile(
        r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)|\bS(?:OC|SN)\b", re.ASCII | re.IGNORECASE
    ),
    "date_of_birth": re.compile(r"\bD\.?O\.?B\b|\bdate of birth\b|\bborn\b", re.ASCII | re.IGNORECASE),
    "race": re.compile(r"\bRAC(?:E)?\b", re.ASCII | re.IGNORECASE),
    "sex": re.compile(r"\bSEX\b", re.ASCII | re.IGNORECASE),
    "name": re.compile(r"\bNAM(?:E)?\s*[:/=]", re.ASCII | re.IGNORECASE),
}


def personal_in(texts: Iterable[str]) -> Iterator[str]:
    """Yield which personal fields free text shows that it holds: by a label, or a number written as one is.

    A name without a label cannot be told from any other word, so none is claimed to be found.
    """
    for text in texts:
        for name, pattern in _IN_TEXT.items():
            if pattern.search(text):
                yield name
