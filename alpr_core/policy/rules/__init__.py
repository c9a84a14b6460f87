"""The kinds of rules a clause may have: one small class each, whose fields are the clause's values.

A rule is asked about one request and answers whether the clause is met, and why. What follows from that, a
grant, a warning or a denial, is the affair of the clause's strength. A *duty* is never asked.
"""

from __future__ import annotations

from alpr_core.policy.rules.access import (
    TO_FOLLOW,
    AccessRecord,
    Approval,
    Authority,
    Delegation,
    LocationApproval,
    Purposes,
    Role,
    Training,
    Verification,
    purpose_of_the_list,
    unlisted_purpose,
)
from alpr_core.policy.rules.base import (
    ANY_ACTION,
    EVERYONE,
    Bound,
    Code,
    Codes,
    How,
    Judgement,
    Line,
    Rule,
    Strength,
    holds,
    one_line,
    shown,
    speaks_on,
)
from alpr_core.policy.rules.data import RECIPIENTS, AccessRecordKept, Closed, Hold, Referral, Retention
from alpr_core.policy.rules.duties import Banner, Breach, MajorCrimes
from alpr_core.policy.rules.kinds import BUILT_IN, GRANTING, WORDS_OF_A_CLAUSE, RuleKinds
from alpr_core.policy.rules.limits import AnswerLimit, SearchLimit
from alpr_core.policy.rules.prohibitions import ProhibitedFields, ProhibitedUses

__all__ = [
    "ANY_ACTION",
    "BUILT_IN",
    "EVERYONE",
    "GRANTING",
    "RECIPIENTS",
    "TO_FOLLOW",
    "WORDS_OF_A_CLAUSE",
    "AccessRecord",
    "AccessRecordKept",
    "AnswerLimit",
    "Approval",
    "Authority",
    "Banner",
    "Bound",
    "Breach",
    "Closed",
    "Code",
    "Codes",
    "Delegation",
    "Hold",
    "How",
    "Judgement",
    "Line",
    "LocationApproval",
    "MajorCrimes",
    "ProhibitedFields",
    "ProhibitedUses",
    "Purposes",
    "Referral",
    "Retention",
    "Role",
    "Rule",
    "RuleKinds",
    "SearchLimit",
    "Strength",
    "Training",
    "Verification",
    "holds",
    "one_line",
    "purpose_of_the_list",
    "shown",
    "speaks_on",
    "unlisted_purpose",
]
