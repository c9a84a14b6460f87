"""Heartbeats: that a camera captures, and when it did not, with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from types import MappingProxyType

from alpr_core.act import Act
from alpr_core.clock import TOLERANCE, booted_at
from alpr_core.errors import AlprError, InputError
from alpr_core.services.notices import tell
from alpr_core.store.heartbeats import Gap, Heartbeat
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time

GAPS = "capture.gaps"

EVERY = timedelta(minutes=1)
"""How often a capture beats."""

LONGEST = timedelta(minutes=5)
"""Longer than this without a beat is a gap."""

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "stopped": "stopped by a person",
        "ended": "its source was at its end",
        "unreachable": "the camera could not be read",
        "failed": "storing failed",
        "stalled": "the capture stood still",
        "down": "the machine was down",
        "clock": "the clock was set back",
        "counter": "its counter is not the one that this capture left: the database was restored, or another "
        "process captures it too",
        "unknown": "unknown: the process was killed",
    }
)
"""Why a camera captured nothing."""


class Beats:
    """The heartbeats of one capture.

    Args:
        act: who operates the camera.
        camera: its name.
    """

    def __init__(self, act: Act, camera: str) -> None:
        self._act = act
        self._camera = camera
        self._counter = 0
        self._last = act.now
        self.reason = ""

    def start(self) -> None:
        """Begin: what has been missing since the last beat is put on record.

        Raises:
            LedgerUnwritable: an entry could not be committed.
        """
        now = self._act.now
        with self._act.heartbeats() as known:
            before = known.of(self._camera)
        if before is not None:
            since, reason = before.last_at, before.reason or _why_lost(before, now)
            self._look_back(since, now, reason)
        self._counter = before.counter if before else 0
        self._act.report(
            "capture.start",
            counter=self._counter,
            camera=self._camera,
            write=lambda work: work.heartbeats.start(self._camera, now),
        )
        self._counter += 1
        self._last = now

    def beat(self) -> None:
        """Count a beat, if the last one was a minute ago; a gap since then is put on record."""
        now = self._act.now
        if timedelta() <= now - self._last < EVERY:
            return
        self._look_back(self._last, now, "stalled")
        with self._act.heartbeats() as known:
            found = known.of(self._camera)
            known.beat(self._camera, now)
        if found is None or found.counter != self._counter:
            self._report(Gap(camera=self._camera, since=self._last, until=now, reason="counter"))
        self._counter = (found.counter if found else self._counter) + 1
        self._last = now

    def end(self, reason: str) -> None:
        """Put on record that the capture ended, and why: a code of `REASONS`."""
        now = self._act.now
        self._act.report(
            "capture.end",
            counter=self._counter,
            why=reason,
            last=format_time(now),
            camera=self._camera,
            write=lambda work: work.heartbeats.end(self._camera, now, reason),
        )

    def _look_back(self, since: datetime, now: datetime, reason: str) -> None:
        if since - now > TOLERANCE:
            self._report(Gap(camera=self._camera, since=since, until=now, reason="clock"))
        elif now - since > LONGEST:
            self._report(Gap(camera=self._camera, since=since, until=now, reason=reason))

    def _report(self, gap: Gap) -> None:
        until = gap.until or self._act.now
        self._act.report(
            "capture.gap",
            seconds=int(gap.lasts(until).total_seconds()),
            why=gap.reason,
            since=format_time(gap.since),
            until=format_time(until),
            camera=gap.camera,
            write=lambda work: work.heartbeats.add_gap(gap),
        )


@contextmanager
def beating(act: Act, camera: str) -> Iterator[Beats]:
    """Begin the heartbeats of a capture, and end them with the reason why it ended.

    Raises:
        LedgerUnwritable: an entry could not be committed.
    """
    beats = Beats(act, camera)
    beats.start()
    try:
        yield beats
    except InputError:
        _end(beats, "unreachable")
        raise
    except Exception:
        _end(beats, "failed")
        raise
    except BaseException:  # Ctrl-C, or whoever takes the reads took no more of them
        _end(beats, "stopped")
        raise
    beats.end(beats.reason or "ended")


def _end(beats: Beats, reason: str) -> None:
    with suppress(AlprError):  # what ended the capture is the error to be told
        beats.end(reason)


def list_gaps(
    act: Act, *, camera: str = "", since: datetime | None = None, until: datetime | None = None
) -> list[Gap]:
    """Return when cameras captured nothing, the oldest gap first; those that go on have no end.

    Args:
        act: who asks.
        camera: name of one; "" for all.
        since: gaps that ended after this; UTC.
        until: gaps that began before this.

    Raises:
        Denied: by the policy.
    """
    with act.look(GAPS) as look:
        known = look.work.heartbeats
        found = known.gaps(camera, since=since, until=until)
        now = act.now
        for one in known.all():
            missing = now - one.last_at > LONGEST
            wanted = camera in ("", one.camera) and (until is None or one.last_at < until)
            if missing and wanted:
                reason = one.reason or _why_lost(one, now)
                found.append(Gap(camera=one.camera, since=one.last_at, until=None, reason=reason))
        look.record(count=len(found))
    return found


def check_cameras(act: Act) -> Mapping[str, int]:
    """Look for captures that stopped without a word; each is put on record once, and somebody is told.

    Returns:
        How many cameras there are, how many of them capture, how many were found lost.

    Raises:
        LedgerUnwritable: an entry could not be committed.
    """
    now = act.now
    with act.heartbeats() as known:
        cameras = known.all()
    running = [one for one in cameras if not one.reason]
    lost = [one for one in running if now - one.last_at > LONGEST]
    for one in lost:
        reason = _why_lost(one, now)

        def note(work: Work, one: Heartbeat = one, reason: str = reason) -> None:
            work.heartbeats.end(one.camera, one.last_at, reason)

        act.report(
            "capture.end",
            counter=one.counter,
            why=reason,
            last=format_time(one.last_at),
            camera=one.camera,
            write=note,
        )
    if lost:
        tell(act, "capture.lost", count=len(lost))
    return {"cameras": len(cameras), "running": len(running) - len(lost), "lost": len(lost)}


def capture_line(act: Act, cameras: Sequence[Heartbeat]) -> str:
    """Return in words how many of these cameras capture; "" where none ever did."""
    if not cameras:
        return ""
    running = sum(not one.reason and act.now - one.last_at <= LONGEST for one in cameras)
    silent = sum(not one.reason for one in cameras) - running
    said = f"{running} of {len(cameras)} cameras capture"
    return f"{said}, {silent} stopped without a word: alpr-core devices gaps" if silent else said


def _why_lost(one: Heartbeat, now: datetime) -> str:
    """Return why a capture that did not end stopped beating: the machine went down, or nobody knows."""
    return "down" if booted_at(now) > one.last_at else "unknown"
