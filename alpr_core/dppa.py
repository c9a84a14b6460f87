"""The permissible uses of the federal Driver's Privacy Protection Act: one is named where registry data leaves.

Source: 18 U.S.C. 2721(b)(1) to (14), in our words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

USES: Mapping[str, str] = MappingProxyType(
    {
        "b1": "a government agency, including a court or law enforcement, in carrying out its functions",
        "b2": "motor vehicle or driver safety and theft, emissions, recalls",
        "b3": "a business that verifies what somebody told it",
        "b4": "a proceeding before a court, an agency or an arbiter, and what goes before it",
        "b5": "research and statistics that publish no personal information",
        "b6": "an insurer's claims, anti-fraud work, rating or underwriting",
        "b7": "notice to owners of towed or impounded vehicles",
        "b8": "a licensed investigator or security service, for a use of this list",
        "b9": "an employer or insurer who verifies a commercial driver's licence",
        "b10": "the operation of private toll facilities",
        "b11": "another use, with the express consent of the person",
        "b12": "surveys, marketing or solicitations, with the express consent of the person",
        "b13": "a requester with the written consent of the person",
        "b14": "another use that a state's law authorizes, related to motor vehicles or public safety",
    }
)
"""Each use's code, its paragraph, with what it is."""
