"""``alpr-core status``: how the node is doing."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record


@click.command()
@json_option
@pass_invocation
def status(invocation: Invocation, as_json: bool) -> None:
    """Show what this node is and holds, and what is still open."""
    from alpr_core.config import alarm_gap
    from alpr_core.services.status import show_status

    node = invocation.node()
    settings = node.settings
    state = show_status(
        invocation.act(),
        witnesses=settings.witnesses,
        timestamps=settings.timestamps,
        fresh={one.name: one.stale_after for one in settings.hotlist},
    )
    waiting = [
        f"{one.count} {one.kind} since {one.oldest.astimezone(settings.zone):%Y-%m-%d %H:%M}"
        for one in state.undelivered
    ]
    record: dict[str, object] = {
        "node": settings.node.name,
        "role": settings.node.role,
        "mode": settings.node.mode,
        "settings": "as accepted" if node.pending is None else node.pending.headline,
        "policy": " with ".join([settings.policy.pack, *settings.policy.overlays]),
        "about the policy": state.policy if as_json else " ".join(state.policy),
        "missing for live": state.missing if as_json else "; ".join(state.missing),
        "reads": state.reads,
        "newest read": state.newest_read,
        "open hits": state.open_hits,
        "unverified for an hour": state.unverified,
        "hotlists": state.hotlists if as_json else [f"{name} ({n})" for name, n in state.hotlists.items()],
        "stale hotlists": state.stale if as_json else "; ".join(state.stale),
        "retention": state.retention if as_json else "; ".join(state.retention),
        "cameras": state.cameras,
        "readers": state.readers,
        "capture": state.capture,
        "clock": state.clock,
        "ledger entries": state.ledger_size,
        "ledger key": state.ledger_key,
        "ledger anchored": state.anchored,
        "witnesses": state.witnesses if as_json else "; ".join(state.witnesses),
        "ledger stamped": state.stamped,
        "unfinished sends": state.unfinished_sends,
        "undelivered notices": state.undelivered if as_json else waiting,
        "jobs": state.jobs if as_json else "; ".join(state.jobs),
        "alarms": alarm_gap(settings),
    }
    if as_json:
        record = {name.replace(" ", "_"): value for name, value in record.items()}
    print_record(record, as_json=as_json, zone=settings.zone)
