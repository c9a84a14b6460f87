"""Every column that may hold a plate, a name, a case number or a place: its class, and when it ends.

A test fails for a text or JSON column that stands neither here nor among the harmless ones; ``docs/data.md`` is made
from this table (``python -m alpr_core.store.data_map``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

READ_ENDS = "with the read, at its purge"
NODE_ENDS = "with the node: who runs it, and how, is kept as long as its ledger"
LIST_ENDS = "when the list is replaced, or the plate is taken off it"
ACCESS_ENDS = "when the records of the access may be destroyed"
REGISTER_ENDS = "when it is off the register, and the records of what it received may be destroyed"
PERSON_ENDS = "when the account's records may be destroyed"


@dataclass(frozen=True, slots=True)
class Datum:
    """What a column may hold, the class it belongs to, and when it ends."""

    holds: str
    vault_class: str
    ends: str


PERSONAL: dict[str, Datum] = {
    "plate.text": Datum("plate", "read", "with the last read of that plate"),
    "plate.skeleton": Datum("plate, look-alikes folded", "read", "with the last read of that plate"),
    "read.candidates": Datum("plates", "read", READ_ENDS),
    "read.box": Datum("where in the picture", "read", READ_ENDS),
    "read.camera": Datum("place", "read", READ_ENDS),
    "read.latitude": Datum("place", "read", READ_ENDS),
    "read.longitude": Datum("place", "read", READ_ENDS),
    "foreign_read.foreign_id": Datum(
        "name of a read in another system: camera, time, plate", "read", READ_ENDS
    ),
    "hotlist.name": Datum("free text", "list", LIST_ENDS),
    "hotlist_entry.plate": Datum("plate", "list", LIST_ENDS),
    "hotlist_entry.skeleton": Datum("plate, look-alikes folded", "list", LIST_ENDS),
    "hotlist_entry.category": Datum("free text of the list", "list", LIST_ENDS),
    "hotlist_entry.added_by": Datum("name", "list", LIST_ENDS),
    "hotlist_entry.reason": Datum("free text", "list", LIST_ENDS),
    "hotlist_entry.case_number": Datum("case number", "list", LIST_ENDS),
    "hotlist_entry.fields": Datum("VIN, NCIC and case numbers", "list", LIST_ENDS),
    "hit.hotlist": Datum("free text", "read", READ_ENDS),
    "hit.listed": Datum("plate, name, case number", "read", READ_ENDS),
    "hit.category": Datum("free text of the list", "read", READ_ENDS),
    "hit.candidate": Datum("plate", "read", READ_ENDS),
    "hit.explanation": Datum("plate", "read", READ_ENDS),
    "verification.plate": Datum("plate, as a person saw it", "read", READ_ENDS),
    "verification.ran_by": Datum("name or badge number", "read", READ_ENDS),
    "hit_outcome.category": Datum("free text of the list", "access", ACCESS_ENDS),
    "hold.wanted": Datum("plate, place, times", "access", ACCESS_ENDS),
    "hold.case_number": Datum("case number", "access", ACCESS_ENDS),
    "device.name": Datum("place", "person", "when the device is taken out of the register"),
    "device.place": Datum("place", "person", "when the device is taken out of the register"),
    "device.latitude": Datum("place", "person", "when the device is taken out of the register"),
    "device.longitude": Datum("place", "person", "when the device is taken out of the register"),
    "location_approval.signer": Datum(
        "name and office", "person", "when the device is taken out of the register"
    ),
    "camera.name": Datum("place", "person", "when the camera is taken out of the register"),
    "heartbeat.camera": Datum("place", "person", "when the camera is taken out of the register"),
    "capture_gap.camera": Datum("place", "person", "when the camera is taken out of the register"),
    "person.badge": Datum("badge number", "person", PERSON_ENDS),
    "person.name": Datum("name", "person", PERSON_ENDS),
    "person.title": Datum("job title", "person", PERSON_ENDS),
    "training.course": Datum("free text", "person", PERSON_ENDS),
    "authority.certificate": Datum("number of a certificate", "person", PERSON_ENDS),
    "incident.case_number": Datum("case number", "access", ACCESS_ENDS),
    "incident.partials": Datum("plates, partial and whole", "access", ACCESS_ENDS),
    "canvass.area": Datum("place", "access", ACCESS_ENDS),
    "canvass.cameras": Datum("places", "access", ACCESS_ENDS),
    "agency.name": Datum("name of an agency", "access", REGISTER_ENDS),
    "agency.method": Datum("free text", "access", REGISTER_ENDS),
    "agency_person.name": Datum("name", "access", REGISTER_ENDS),
    "agency_person.method": Datum("free text", "access", REGISTER_ENDS),
    "release_request.requester": Datum("name", "access", ACCESS_ENDS),
    "release_request.wanted": Datum("plate, place, times", "access", ACCESS_ENDS),
    "release_request.legal_basis": Datum("free text", "access", ACCESS_ENDS),
    "release_request.case_number": Datum("case number", "access", ACCESS_ENDS),
    "breach.summary": Datum("free text", "access", ACCESS_ENDS),
    "breach.referred_to": Datum("name and office", "access", ACCESS_ENDS),
    "misuse.summary": Datum("free text", "access", ACCESS_ENDS),
    "misuse.outcome": Datum("free text", "access", ACCESS_ENDS),
    "vendor_access.mark": Datum(
        "name of an access in a vendor's log, or a hash of it", "access", ACCESS_ENDS
    ),
    "vendor_access.digest": Datum("hash of a line of a vendor's log", "access", ACCESS_ENDS),
    "lately.plate": Datum("plate", "access", "when the time in which the policy counts it is over"),
    "approval.case_number": Datum("case number", "access", ACCESS_ENDS),
    "approval.reason": Datum("free text", "access", ACCESS_ENDS),
    "approval.query": Datum("plate, place, times", "access", ACCESS_ENDS),
    "approval.plate": Datum("plate", "access", ACCESS_ENDS),
    "approval.facts": Datum("category of a hotlist entry, as it was typed", "access", ACCESS_ENDS),
    "approval.note": Datum("free text", "access", ACCESS_ENDS),
    "approval.signer": Datum("name and office", "access", ACCESS_ENDS),
    "document.title": Datum(
        "free text", "person", "when the document is withdrawn and its successor's time is over"
    ),
    "document.owner": Datum(
        "name", "person", "when the document is withdrawn and its successor's time is over"
    ),
    "document.file": Datum(
        "free text", "person", "when the document is withdrawn and its successor's time is over"
    ),
    "adoption.adopted_by": Datum("name and office", "person", "with the policy's own records"),
    "adoption.counsel": Datum("name", "person", "with the policy's own records"),
    "person.passphrase_hash": Datum("argon2id hash", "person", PERSON_ENDS),
    "notice.address": Datum(
        "address of a person", "person", "when the notice is delivered, or no route goes there any more"
    ),
    "accepted_settings.document": Datum("places: names and addresses of cameras", "person", NODE_ENDS),
}
"""``table.column`` to what it may hold."""

HARMLESS: dict[str, str] = {
    "read.day": "date",
    "read.id": "random",
    "read.region": "code of a state",
    "read.retention_class": "code from a closed list",
    "image.day": "date",
    "image.read_id": "random",
    "image.kind": "code from a closed list",
    "image.sha256": "hash of a ciphertext",
    "image.key_id": "ID of a key",
    "foreign_read.day": "date",
    "foreign_read.read_id": "random",
    "foreign_read.source": "name of a plugin",
    "device.kind": "code from a closed list",
    "location_approval.signed_on": "date",
    "location_approval.sha256": "hash of a paper",
    "location_approval.recorded_by": "pseudonym",
    "duty.person_id": "pseudonym",
    "duty.set_by": "pseudonym",
    "hotlist.source": "name of a plugin",
    "hotlist.digest": "hash of a whole file",
    "hotlist.fetched": "hash of a whole file",
    "hotlist_generation.node": "name of a node",
    "hotlist_generation.process": "random",
    "hotlist_entry.state": "code of a state",
    "hotlist_entry.origin": "code of a system",
    "hit.id": "random",
    "hit.day": "date",
    "hit.read_id": "random",
    "hit.match_kind": "code from a closed list",
    "hit.disposition": "code from a closed list",
    "hit.disposed_by": "pseudonym",
    "verification.hit_id": "random",
    "verification.day": "date",
    "verification.read_id": "random",
    "verification.kind": "code from a closed list",
    "verification.system": "code of a system",
    "verification.result": "code from a closed list",
    "verification.why": "code from a closed list",
    "verification.agency": "identifier of an agency",
    "verification.state": "code of a state",
    "verification.made_by": "pseudonym",
    "verification.how": "code from a closed list",
    "hit_outcome.id": "random",
    "hit_outcome.match_kind": "code from a closed list",
    "hit_outcome.disposition": "code from a closed list",
    "hit_outcome.system": "code of a system",
    "hit_outcome.verified": "code from a closed list",
    "hit_outcome.verified_by": "code from a closed list",
    "hold.scope": "code from a closed list",
    "hold.reason_code": "code of the pack",
    "hold.placed_by": "pseudonym",
    "hold.review_on": "date",
    "hold.ended_by": "pseudonym",
    "hold_read.day": "date",
    "hold_read.read_id": "random",
    "purge.strategy": "name of a plugin",
    "purge.terms": "periods by code from a closed list",
    "purge.signed_by": "pseudonym",
    "key_erasure.key_id": "ID of a key",
    "image_sweep.day": "date",
    "image_sweep.sha256": "hash of a ciphertext",
    "schedule.digest": "hash of a document",
    "schedule.signed_by": "pseudonym",
    "camera.device_id": "number",
    "person.id": "pseudonym",
    "person.added_by": "pseudonym",
    "person_role.person_id": "pseudonym",
    "person_role.role": "code of the pack",
    "session.token_sha256": "hash of 32 random bytes",
    "session.id": "random",
    "session.person_id": "pseudonym",
    "login_state.person_id": "pseudonym",
    "login_state.reset_by": "pseudonym",
    "login_failure.person_id": "pseudonym",
    "correction.day": "date",
    "correction.read_id": "random",
    "correction.made_by": "pseudonym",
    "approval.action": "kind of a ledger entry",
    "approval.requester": "pseudonym",
    "approval.purpose": "code of the pack",
    "approval.clauses": "ids of clauses",
    "approval.verdict": "code from a closed list",
    "approval.decided_by": "pseudonym",
    "approval.offices": "codes of the pack",
    "approval.recorded_by": "pseudonym",
    "approval.sha256": "hash of a paper",
    "incident.type": "code of the pack",
    "incident.opened_by": "pseudonym",
    "canvass.started_by": "pseudonym",
    "agency.recipient_class": "code from a closed list",
    "agency.state": "code of a state",
    "agency.ori": "identifier of an agency",
    "agency.added_by": "pseudonym",
    "agency_person.added_by": "pseudonym",
    "release_request.recipient_class": "code from a closed list",
    "release_request.received_by": "pseudonym",
    "release_request.referred_to": "codes of the pack",
    "release_request.outcome": "code from a closed list",
    "release_request.closed_by": "pseudonym",
    "breach.people": "pseudonyms",
    "breach.reported_by": "pseudonym",
    "misuse.about": "pseudonym",
    "misuse.source": "code from a closed list",
    "misuse.opened_by": "pseudonym",
    "misuse.closed_by": "pseudonym",
    "vendor_access.source": "name of a plugin",
    "vendor_access.person_id": "pseudonym",
    "lately.person_id": "pseudonym",
    "lately.action": "kind of a ledger entry",
    "training.person_id": "pseudonym",
    "training.area": "code from a closed list, or of a system",
    "training.recorded_by": "pseudonym",
    "authority.person_id": "pseudonym",
    "authority.system": "code of a system",
    "authority.ori": "identifier of an agency",
    "authority.granted_by": "pseudonym",
    "delegation.office": "code of the pack",
    "delegation.given_by": "pseudonym",
    "delegation.person_id": "pseudonym",
    "delegation.actions": "kinds of ledger entries",
    "adoption.policy_digest": "hash of a policy",
    "document.kind": "code from a closed list",
    "document.sha256": "hash of a document",
    "document.area": "code from a closed list",
    "document.roles": "codes of the pack",
    "document.valid": "period",
    "notice.kind": "code from a closed list",
    "notice.numbers": "numbers of entries and approvals",
    "notice.via": "name of a plugin",
    "lease.name": "code from a closed list",
    "lease.holder": "name of a node and of a machine, number of a process",
    "job_run.job": "name of a job",
    "job_run.result": "code from a closed list",
    "job_run.counts": "counts",
    "job_run.error": "name of a class of errors",
    "job_request.job": "name of a job",
    "job_request.wanted": "code from a closed list",
    "job_request.asked_by": "pseudonym",
    "intent.kind": "kind of a ledger entry",
    "intent.node": "name of a node",
    "intent.process": "random",
    "heartbeat.reason": "code from a closed list",
    "capture_gap.reason": "code from a closed list",
    "proven_time.trouble": "code from a closed list",
    "installed.name": "name of a plugin",
    "installed.distribution": "name of a distribution",
    "installed.version": "version of a distribution",
    "installed.sha256": "hash of a program",
    "accepted_settings.digest": "hash of the settings",
    "accepted_settings.person_id": "pseudonym",
    "accepted_settings.second_id": "pseudonym",
}
"""Text columns that can hold nothing personal, and why."""


def page() -> str:
    """Return the text of ``docs/data.md``."""
    lines = [
        "# Where personal data stands\n",
        "Every column of the database that may hold a plate, a name, a case number or a place. The ledger holds",
        "none of them: see [ledger entries](entries.md). This page is made from `alpr_core/store/data_map.py`.\n",
        "| column | may hold | class | ends |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {datum.holds} | {datum.vault_class} | {datum.ends} |"
        for name, datum in sorted(PERSONAL.items())
    ]
    lines += ["\nText columns that can hold none of it:\n", "| column | holds |", "|---|---|"]
    lines += [f"| `{name}` | {holds} |" for name, holds in sorted(HARMLESS.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[2] / "docs" / "data.md").write_text(page(), encoding="utf-8")
