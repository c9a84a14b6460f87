"""From what the core asks to the messages that ask it, by the rules of one state's profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alpr_core import InputError, QueryKind, StateQuery
from alpr_source_switch.message import ORI, PARTIAL, REASON, Message, check_query, in_order
from alpr_source_switch.profile import PARTS_ASKED, PUBLISHED, Profile

EVERYWHERE = "NL"
"""The destination that stands for all states."""


def questions(
    profile: Profile, query: StateQuery, *, ori: str, dialect: str, keys: Mapping[str, str]
) -> tuple[Message, ...]:
    """Return the messages that ask a query, each checked; all have the query's control field.

    Args:
        profile: of the system that is asked.
        query: what is asked.
        ori: the agency's own, which the query has to be from.
        dialect: that it will be written in.
        keys: what of the profile's unknowns the node's options set.

    Raises:
        InputError: the query breaks a rule, in a sentence that holds none of its values.
    """
    if (query.ori or ori) != ori:
        raise InputError(
            "the query is from another ORI than the one that this source is set up for: [source.options] ori"
        )
    if profile.system.certificate and not query.operator:
        raise InputError(
            f"{profile.system.title} is asked by certified operators only: the query lacks the operator's number"
        )
    fields = in_order(_fields(query, dialect, keys))
    messages = tuple(
        Message(
            key=key,
            origin=ori,
            destination=destination,
            control=query.control,
            fields=tuple(each for each in fields if key != "QV" or each[0] != REASON),  # it is Nlets' own
        )
        for key, destination in _keys(profile, query, keys)
    )
    for message in messages:
        _check(profile, message, keys)
    return messages


def parts(profile: Profile, kind: QueryKind, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Return who answers a query of this kind, given what is set of the profile's unknowns."""
    if kind in PARTS_ASKED:
        return PARTS_ASKED[kind]
    return (*profile.system.parts, *(("state_file",) if "state_file" in keys else ()))


def _keys(profile: Profile, query: StateQuery, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each message's key and where it goes."""
    own = query.to == profile.system.state
    if query.kind is QueryKind.CONFIRMATION:
        if not ORI.fullmatch(query.to):
            raise InputError(
                "a confirmation goes to the agency that entered the record: to is its ORI, nine characters"
            )
        yield "YQ", query.to
    elif query.kind is QueryKind.PARTIAL:
        yield _partial(profile, query, keys, own), query.to
    else:
        yield (keys["registration"] if own and "registration" in keys else "RQ"), query.to
        # How NCIC and the state's own file are addressed is not public: the key tells, and the switch is the state's.
        yield "QV", profile.system.state
        if "state_file" in keys:
            yield keys["state_file"], profile.system.state


def _partial(profile: Profile, query: StateQuery, keys: Mapping[str, str], own: bool) -> str:
    if len(query.to) != 2 or query.to == EVERYWHERE:
        raise InputError("a partial plate is asked of one state at a time (Nlets RPQ): to is two letters")
    if not PARTIAL.fullmatch(query.plate):
        raise InputError("a partial plate is up to 10 letters, digits, ? and *")
    if not own:
        return "RPQ"
    if "partial" not in keys:
        raise InputError(
            f"how {profile.system.title} is asked for a partial plate of its own state is not public. Set "
            "[source.options] keys.partial to the key that your integrator names, or look the plate up locally"
        )
    return keys["partial"]


def _fields(query: StateQuery, dialect: str, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if bool(query.plate) == bool(query.vin):
        raise InputError("a query is about a plate or about a VIN: one of the two")
    if query.kind is QueryKind.PARTIAL and query.vin:
        raise InputError("a partial plate is no VIN")
    if query.kind is not QueryKind.PARTIAL and not query.plate.isalnum() and query.plate:
        raise InputError("the plate is letters and digits, without blanks, hyphens and wildcards")
    if query.kind is QueryKind.CONFIRMATION:
        values = _of_a_confirmation(query)
    else:
        values = {"LIC": query.plate, "LIY": query.plate_year, "LIT": query.plate_type}
        values |= {"VIN": query.vin, "VMA": query.make, "VYR": query.model_year}
        yield from _reason(query, dialect, keys)
    by = ("LIC", "LIY", "LIT", "LIS") if query.plate else ("VIN", "VMA", "VYR")
    strangers = [name for name in values if name in _ABOUT and name not in by and values[name]]
    if strangers:
        raise InputError(f"{', '.join(strangers)} is not asked with {by[0]}: the query would be rejected")
    yield from ((name, value) for name, value in values.items() if value)
    if "operator" in keys:
        yield keys["operator"], query.operator


_ABOUT = frozenset({"LIC", "LIY", "LIT", "LIS", "VIN", "VMA", "VYR"})


def _of_a_confirmation(query: StateQuery) -> dict[str, str]:
    values = {
        "RTY": query.request_type,
        "RNO": str(query.number),
        "PRI": query.priority.value,
        "OCA": query.case,
        "NIC": query.nic,
        "LIC": query.plate,
        "VIN": query.vin,
    }
    if query.reason:
        raise InputError("a confirmation has no reason code")
    if query.request_type == "SL":  # any other with one of these would be rejected
        if not query.state:
            raise InputError("the confirmation of a stolen plate names the plate's state")
        values |= {"LIS": query.state, "LIY": query.plate_year, "LIT": query.plate_type}
    return values


def _reason(query: StateQuery, dialect: str, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not query.reason:
        return
    if dialect == "nlets-niem":
        yield REASON, query.reason
    elif "reason" in keys:
        yield keys["reason"], query.reason
    else:
        raise InputError(
            "how a reason code is written in nlets-text is not public. Set [source.options] keys.reason to the "
            "prefix that your integrator names, or use nlets-niem, or give no reason"
        )


def _check(profile: Profile, message: Message, keys: Mapping[str, str]) -> None:
    if message.key in PUBLISHED - profile.keys:
        raise InputError(f"{profile.system.title} is not asked by {message.key}")
    check_query(message)
    given = {name for name, _ in message.fields}
    # A state's own key for registrations asks what RQ asks.
    meant = "RQ" if message.key == keys.get("registration") else message.key
    for rule in profile.requirements:
        if rule.key != meant or rule.to not in ("", message.destination):
            continue
        if rule.given and rule.given not in given:
            continue
        if lacking := [name for name in rule.needs if name not in given]:
            where = f" to {rule.to}" if rule.to else ""
            by = f" by {rule.given}" if rule.given else ""
            raise InputError(f"a {message.key}{where}{by} needs {' and '.join(lacking)} too ({rule.source})")
