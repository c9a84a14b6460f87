"""Random packs of every rule kind, with values that clash, and random requests with every fact, right and wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from alpr_core.models import ANONYMOUS, Actor, Request
from alpr_core.policy import FACTS
from alpr_core.policy.rules import BUILT_IN

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()

ROLES = ("officer", "auditor")
ACTIONS = ("search.run", "read.purge", "release.make", "hold.place")
CODES = ("wanted", "audit")
PERIODS = ("P1D", "P30D", "P90D", "P1Y")
OPEN = {"open": "The period", "found": "The schedule"}

# ---------------------------------------------------------------------------
# Clauses
# ---------------------------------------------------------------------------

some_roles = st.lists(st.sampled_from((*ROLES, "everyone")), min_size=1, max_size=2, unique=True)
one_role = st.sampled_from(ROLES)
some_actions = st.one_of(
    st.just("*"), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
)
some_codes = st.lists(st.sampled_from(CODES), min_size=1, unique=True)
periods = st.sampled_from(PERIODS)
codes_or_none = {"purpose": some_codes}

VALUES = {
    "role": ({"role": some_roles}, {}),
    "delegation": ({"of": one_role}, {}),
    "purposes": ({}, {}),
    "access_record": (
        {
            "fields": st.lists(
                st.sampled_from(("name", "date", "purpose", "case", "reason")), min_size=1, unique=True
            )
        },
        {},
    ),
    "access_record_kept": ({"at_least": periods}, {}),
    "training": ({"area": st.sampled_from(("operate", "access"))}, {"valid": periods}),
    "authority": ({"system": st.sampled_from(("leds", "mules"))}, {}),
    "approval": ({"approver": some_roles}, {"designee": st.booleans()}),
    "verification": ({"system": st.sampled_from(("leds", "mules"))}, {}),
    "location_approval": ({"approver": st.just("The Mayor")}, {}),
    "prohibited_fields": ({"fields": st.just(["name", "race"])}, {}),
    "retention": (
        {
            "period": st.one_of(periods, st.just(OPEN)),
            "keeps": st.sampled_from(("at_least", "exactly", "at_most")),
            "then": st.just("may_purge"),
        },
        {},
    ),
    "hold": ({"reasons": st.just(["criminal"])}, {}),
    "evidence": ({"mode": st.sampled_from(("book_portable_media", "attach_to_report"))}, {}),
    "transfer_limit": ({"at_most": periods}, {}),
    "release": (
        {"to": st.lists(st.sampled_from(("law_enforcement", "other")), min_size=1, unique=True)},
        {"verified": st.booleans(), "legal_basis": st.booleans(), "within_state": st.just("or")},
    ),
    "referral": ({"to": some_roles}, {}),
    "closed": ({"origin": st.just("leds"), "to": st.just("public")}, {}),
    "audit_schedule": ({"every": periods}, {}),
    "annual_report": ({"due": st.sampled_from(("01-31", "12-31"))}, {}),
    "publish": ({"what": st.just("policy")}, {}),
    "breach": ({}, {"within": periods}),
    "banner": ({}, {"every": periods}),
    "statement": ({}, {}),
}
"""Of each rule kind the values that it needs, and those that it may have beside."""

uses = st.one_of(
    st.fixed_dictionaries({"use": st.just("tracking")}, optional={"approver": one_role}),
    st.fixed_dictionaries({"use": st.just("area"), "purpose": some_codes}, optional={"approver": one_role}),
    st.fixed_dictionaries({"use": st.just("bulk"), "at_most": st.integers(0, 5)}),
    st.fixed_dictionaries({"use": st.just("offence"), "offences": st.just("minor")}),
    st.fixed_dictionaries({"use": st.just("destination"), "destinations": st.just("public")}),
)
exempt = st.fixed_dictionaries(
    {}, optional={"origin": st.sampled_from(("server", "vehicle")), "role": one_role, "purpose": some_codes}
)
bound = st.fixed_dictionaries(
    {"strength": st.sampled_from(("must", "should")), "action": some_actions}, optional={"exempt": exempt}
)


def of_kind(kind: str) -> st.SearchStrategy[dict]:
    """Clauses of a kind that bind."""
    if kind == "prohibited_uses":
        return st.builds(lambda own, values: {**own, "rule": kind, **values}, bound, uses)
    needed, optional = VALUES[kind]
    values = st.fixed_dictionaries(needed, optional=optional)
    return st.builds(lambda own, values: {**own, "rule": kind, **values}, bound, values)


restrictions = st.sampled_from(sorted(BUILT_IN)).flatmap(of_kind)
role_grants = st.fixed_dictionaries(
    {"strength": st.just("may"), "rule": st.just("role"), "role": some_roles, "action": some_actions}
)
grants = st.one_of(
    role_grants,
    st.fixed_dictionaries(
        {"strength": st.just("may"), "rule": st.just("delegation"), "of": one_role, "action": some_actions}
    ),
    st.fixed_dictionaries(
        {
            "strength": st.just("may"),
            "rule": st.just("purposes"),
            "codes": st.sampled_from([{code: code.title()} for code in CODES]),
        },
        optional={"role": some_roles, "action": some_actions},
    ),
)
LISTED = {
    "strength": "may",
    "rule": "purposes",
    "codes": {code: code.title() for code in CODES},
    "role": "auditor",
}
clauses = st.builds(
    lambda first, more, binding: [LISTED, first, *more, *binding],
    role_grants,
    st.lists(grants, max_size=3),
    st.lists(restrictions, max_size=4),
)

# ---------------------------------------------------------------------------
# Requests
# ---------------------------------------------------------------------------

wrong = st.sampled_from((None, "", "yes", 0, 7, (), ["criminal"]))
RIGHT = {
    "bool": st.booleans(),
    "int": st.integers(0, 9),
    "code": st.sampled_from(("leds", "criminal", "law_enforcement", "other", "or", "public", "minor")),
    "codes": st.lists(
        st.sampled_from(("access", "operate", "leds", *ROLES, "designee", "name")), max_size=3, unique=True
    ),
    "text": st.sampled_from(("", "A law")),
    "time": st.sampled_from([NOW - timedelta(days=days) for days in (0, 20, 31, 400)]),
}
facts = st.fixed_dictionaries(
    {}, optional={name: st.one_of(RIGHT[fact.type], wrong) for name, fact in FACTS.items()}
)
actors = st.one_of(
    st.builds(Actor, id=st.just("p1"), roles=st.frozensets(st.sampled_from(ROLES))),
    st.sampled_from(
        (
            ANONYMOUS,
            Actor(id="system:capture", roles=frozenset({"officer"})),
            Actor(id="system:capture", roles=frozenset({"officer"}), delegated_by="p1"),
        )
    ),
)
requests = st.builds(
    Request,
    action=st.sampled_from((*ACTIONS, "never.named", "")),
    actor=actors,
    at=st.just(NOW),
    purpose=st.sampled_from(("", *CODES, "curiosity")),
    case=st.sampled_from(("", "26-1")),
    reason=st.sampled_from(("", "because")),
    origin=st.sampled_from(("server", "vehicle")),
    facts=facts,
)
