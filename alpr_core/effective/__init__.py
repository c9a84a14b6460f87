"""What a node works under, whole: its settings, its policy, its plugins byte for byte, its witnesses.

They have one digest, which stands on the ledger once somebody has accepted them. What else they could be, how two
of them differ and which of the two is the looser is decided here, without a database.
"""

from __future__ import annotations

from alpr_core.effective.difference import Change, difference
from alpr_core.effective.document import Effective, digest_of, gather, policy_of, restore
from alpr_core.effective.loosening import loosens
from alpr_core.effective.pending import GOES_ON, Pending, refusal

__all__ = [
    "GOES_ON",
    "Change",
    "Effective",
    "Pending",
    "difference",
    "digest_of",
    "gather",
    "loosens",
    "policy_of",
    "refusal",
    "restore",
]
