"""Settings as acts: accepting them, with a second person where they loosen, and who accepted which."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alpr_core.act import Act
from alpr_core.effective import Change, Pending, difference
from alpr_core.errors import InputError
from alpr_core.models import Actor
from alpr_core.services.login import Credentials
from alpr_core.services.notices import tell
from alpr_core.services.second_person import agreed
from alpr_core.store.accepted import Accepted

APPLY, AGREE, HISTORY = "config.apply", "config.agree", "config.history"


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """That somebody accepted settings.

    Attributes:
        entry: index of the ledger entry that says so.
        at: when, UTC.
        who: the person's name; the pseudonym where the account is gone.
        second: of who agreed; "" where nobody had to.
        digest: of the settings.
        changes: the lines that differ from what was accepted before.
    """

    entry: int
    at: datetime
    who: str
    second: str
    digest: str
    changes: tuple[Change, ...]


def agreed_by(act: Act, credentials: Credentials) -> Actor:
    """Return the second person, who agrees to settings that loosen.

    Args:
        act: of the first person.
        credentials: of the second: badge number and passphrase.

    Raises:
        Denied: badge number or passphrase is wrong, or the policy does not let this person agree; recorded.
        InputError: it is the first person again.
    """
    return agreed(act, credentials, doing=APPLY, agreeing=AGREE)


def needs_second(act: Act, pending: Pending) -> bool:
    """Return whether somebody has to agree: settings that loosen, and a second account was ever made."""
    if not pending.loosening:
        return False
    with act.before_login() as known:
        return known.people.count() > 1


def apply_settings(act: Act, pending: Pending, *, second: Actor | None = None, reason: str = "") -> int:
    """Accept the settings that wait, and return the index of the entry that says so.

    Args:
        act: of the program manager.
        pending: what waits, as it was shown.
        second: who agrees (`agreed_by`); needed where the settings loosen, from the second account on.
        reason: why.

    Raises:
        Denied: by the policy that was accepted before.
        InputError: they cannot be accepted, nobody agreed to what they loosen, or others were accepted meanwhile.
    """
    act.admit(APPLY, reason=reason)
    wanted, before = pending.wanted, pending.accepted
    if pending.problem or wanted is None:
        raise InputError(f"Nothing is accepted: {pending.headline}.")
    agreed = second is not None and second.id != act.actor.id
    with act.change(APPLY, reason=reason) as change:
        alone = bool(pending.loosening) and not agreed
        if alone and change.work.people.count() > 1:
            raise InputError(
                f"Nothing is accepted: a second person has to agree, for {'; '.join(pending.loosening)}."
            )
        accepted = change.work.accepted
        if accepted.digest() != (before.digest if before else ""):
            raise InputError("Somebody accepted other settings meanwhile. Look at the difference again.")
        if before is None and any(change.work.ledger.entries(kind=APPLY)):
            raise InputError(
                "The ledger says that settings were accepted, and the database has none: its tables were altered. "
                "Bring the database back from a backup."
            )
        accepted.add(
            Accepted(
                entry=change.work.ledger.size(),
                digest=wanted.digest,
                text=wanted.text,
                at=act.now,
                person=act.actor.delegated_by or act.actor.id,
                second=second.id if second else "",
            )
        )
        known = {"previous": before.digest if before else "", "second": second.id if second else ""}
        change.record(
            scopes=None,
            digest=wanted.digest,
            changes=len(pending.changes),
            alone=alone,
            lines="\n".join(map(str, pending.changes)),
            **{name: value for name, value in known.items() if value},
        )
    assert change.receipt is not None  # noqa: S101  it is set where the change ends
    if pending.loosening:  # along the routes of before: whom the new ones leave out hears of it too
        tell(act, "settings.loosened", count=len(pending.loosening), entry=change.receipt.first)
    return change.receipt.first


def settings_history(act: Act) -> list[Acceptance]:
    """Return who accepted which settings, oldest first.

    Raises:
        Denied: by the policy.
        InputError: the database lacks an acceptance that the ledger has.
    """
    with act.look(HISTORY) as look:
        accepted = look.work.accepted.all()
        recorded = [entry.idx for entry in look.work.ledger.entries(kind=APPLY)]
        if recorded != [one.entry for one in accepted]:
            raise InputError(
                f"The ledger has the acceptances {recorded}, and the database {[one.entry for one in accepted]}: its "
                "tables were altered."
            )
        names = {person.id: person.name for person in look.work.people.all()}
        look.record(count=len(accepted))
    found = []
    before = None
    for one in accepted:
        found.append(
            Acceptance(
                entry=one.entry,
                at=one.at,
                who=names.get(one.person, one.person),
                second=names.get(one.second, one.second),
                digest=one.digest,
                changes=difference(before.document if before else None, one.document),
            )
        )
        before = one
    return found
