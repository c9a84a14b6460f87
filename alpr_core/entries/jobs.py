"""Jobs: what is asked of the scheduler, and what went wrong. What a job did stands in the entries of its acts."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="job.run",
        says="It was asked that a job be run now.",
        public={"job": "code!"},
        committed=WHY,
    ),
    EntryKind(
        name="job.pause",
        says="A job was paused, or goes on.",
        public={"job": "code!", "paused": "bool!"},
        committed=WHY,
    ),
    EntryKind(
        name="job.fail",
        by_itself=True,
        says="A run of a job failed, or was cut off with its process; `due` is the moment that it was for.",
        public={"job": "code!", "due": "time!", "attempt": "int!", "error": "code!"},
        committed={"problem": ACCESS},
    ),
    EntryKind(
        name="job.miss",
        by_itself=True,
        says="A job was not run so many times, from `first` to `last`: no process led (`down`), or it still ran "
        "(`busy`).",
        public={"job": "code!", "count": "int!", "first": "time!", "last": "time!", "why": "code!"},
    ),
)
