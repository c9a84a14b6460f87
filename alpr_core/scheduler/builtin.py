"""Our own jobs. A job is a line here, and a service that does the work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.anchoring import read_witnesses
from alpr_core.errors import StoreError, VerificationFailed
from alpr_core.retention import RetentionOpen
from alpr_core.scheduler.job import Job
from alpr_core.services.access_records import purge_access_records
from alpr_core.services.anchoring import ask_witnesses
from alpr_core.services.backup import back_up_if_due
from alpr_core.services.health import review_accounts, review_cameras, review_disk, review_hotlists
from alpr_core.services.heartbeats import check_cameras
from alpr_core.services.holds import review_holds
from alpr_core.services.hotlist_feeds import Feeds, take_in
from alpr_core.services.hotlist_fetching import fetch
from alpr_core.services.hotlist_import import clear_leftovers
from alpr_core.services.ledger import verify_ledger
from alpr_core.services.notices import deliver_waiting, tell
from alpr_core.services.purging import purge
from alpr_core.services.stamping import stamp_checkpoint
from alpr_core.services.sweeping import sweep_images
from alpr_core.services.timekeeping import check_clock
from alpr_core.services.upgrades import check_installed

if TYPE_CHECKING:
    from alpr_core.config import Settings
    from alpr_core.plugins import PluginHost

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def built_in(settings: Settings, host: PluginHost) -> tuple[Job, ...]:
    """Return our own jobs, as far as a node with these settings has anything to do for them."""
    jobs = [
        Job(
            name="verify-ledger",
            every=_DAY,
            run=partial(_verify, settings),
            says="Verifies the whole ledger; gives an alarm if it is not as it was written.",
        ),
        Job(
            name="account-review",
            every=7 * _DAY,
            run=review_accounts,
            says="Looks for accounts that nobody uses any more.",
        ),
        Job(
            name="hotlist-freshness",
            every=6 * _HOUR,
            run=partial(review_hotlists, fresh={one.name: one.stale_after for one in settings.hotlist}),
            says="Looks for hotlists that are older than they may be.",
        ),
        Job(
            name="hotlist-sweep",
            every=_HOUR,
            run=_sweep_hotlists,
            says="Clears away entries that imports which were cut off have left: they were never looked for.",
        ),
        Job(
            name="camera-health",
            every=6 * _HOUR,
            run=review_cameras,
            says="Looks for cameras of readers in service that have read nothing for a day.",
        ),
        Job(
            name="disk-health",
            every=6 * _HOUR,
            run=partial(review_disk, folder=settings.var),
            says="Looks how much of the node's disk is left.",
        ),
        Job(
            name="notices",
            every=timedelta(minutes=10),
            run=deliver_waiting,
            says="Tries again to deliver the notices that wait.",
        ),
        Job(
            name="purge",
            every=_HOUR,
            run=_purge,
            says="Destroys what is due and under no hold, where the schedule leaves that to it.",
        ),
        Job(
            name="image-sweep",
            every=_DAY,
            run=_sweep,
            says="Removes the files of images whose keys are destroyed, and those of captures that were cut off.",
        ),
        Job(
            name="access-records",
            every=_DAY,
            run=_purge_access_records,
            says="Destroys what stands behind the records of accesses whose own period is over.",
        ),
        Job(
            name="hold-review",
            every=_DAY,
            run=review_holds,
            says="Looks for holds whose day of review has come.",
        ),
        Job(
            name="clock",
            every=timedelta(minutes=10),
            run=check_clock,
            says="Compares the clock with the ledger; tells of one that was set back, or leapt.",
        ),
        Job(
            name="camera-gaps",
            every=timedelta(minutes=5),
            run=check_cameras,
            says="Looks for captures that stopped without a word.",
        ),
        Job(
            name="installed",
            every=_DAY,
            run=partial(check_installed, plugins=host.enabled, run=settings.var / "run"),
            says="Compares the files of alpr-core and of the plugins with what was recorded last.",
        ),
    ]
    if any(one.watch for one in settings.hotlist):
        jobs.append(
            Job(
                name="hotlist-inbox",
                every=timedelta(minutes=5),
                run=partial(take_in, feeds=Feeds(settings, host)),
                says="Imports the hotlists' files that lie in the folders which are watched.",
            )
        )
    if any(one.sftp for one in settings.hotlist):
        jobs.append(
            Job(
                name="hotlist-fetch",
                every=_HOUR,
                run=partial(fetch, feeds=Feeds(settings, host)),
                says="Fetches hotlists from the servers that they are offered on, and imports what has changed.",
            )
        )
    if settings.backup_to is not None:
        back_up = partial(back_up_if_due, settings=settings)
        says = "Makes a backup of the day, and one of the keys whenever they have changed."
        jobs.append(Job(name="backup", every=_HOUR, run=back_up, says=says))
    if settings.witnesses is not None:
        witness = partial(_ask_witnesses, settings)
        jobs.append(
            Job(
                name="witness",
                every=_HOUR,
                run=witness,
                says="Has the witnesses confirm the newest checkpoint.",
            )
        )
    if settings.timestamps:
        stamp = partial(_stamp, settings)
        jobs.append(
            Job(name="stamp", every=_DAY, run=stamp, says="Has the newest checkpoint stamped with the time.")
        )
    return tuple(jobs)


def _verify(settings: Settings, act: Act) -> Mapping[str, int]:
    try:
        report = verify_ledger(act, witnesses=settings.witnesses, timestamps=settings.timestamps)
    except VerificationFailed:
        tell(act, "ledger.unverified")
        raise
    return {"entries": report.size}


def _purge(act: Act) -> Mapping[str, int]:
    """Purge by the schedule; where the policy does not say yet how long data is kept, nothing is due."""
    try:
        run = purge(act, ordered=False)
    except RetentionOpen:  # what is missing for live says so
        return {"reads": 0}
    return {"reads": run.reads, "images": run.images} if run else {"reads": 0}


def _sweep_hotlists(act: Act) -> Mapping[str, int]:
    return {"imports": clear_leftovers(act)}


def _sweep(act: Act) -> Mapping[str, int]:
    swept, strays = sweep_images(act)
    return {"swept": swept, "strays": strays}


def _purge_access_records(act: Act) -> Mapping[str, int]:
    try:
        return {"values": purge_access_records(act)}
    except RetentionOpen:
        return {"values": 0}


def _ask_witnesses(settings: Settings, act: Act) -> Mapping[str, int]:
    """Ask those that have a URL; a witness that is asked by a stick is nobody's to ask here."""
    if not any(one.url for one in read_witnesses(settings.witnesses).witnesses):
        return {"asked": 0}
    words = ask_witnesses(act, settings.witnesses)
    confirmed = sum(word.size > 0 for word in words)
    if any(word.contradicts for word in words):
        tell(act, "ledger.contradicted")
        raise StoreError("a witness remembers another ledger than this one: alpr-core ledger witness")
    if not confirmed:
        raise StoreError("no witness has confirmed the newest checkpoint: alpr-core ledger witness says why")
    return {"asked": len(words), "confirmed": confirmed}


def _stamp(settings: Settings, act: Act) -> Mapping[str, int]:
    words = stamp_checkpoint(act, settings.timestamps)
    stamped = sum(word.size > 0 for word in words)
    if not stamped:
        raise StoreError("no authority has stamped the newest checkpoint: alpr-core ledger stamp says why")
    return {"asked": len(words), "stamped": stamped}
