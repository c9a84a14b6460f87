"""Accounts and logins."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, PERSON, EntryKind

KINDS = (
    EntryKind(
        name="person.add",
        says="An account was made, with these roles.",
        public={"person": "code!", "roles": "list!"},
        committed={"name": PERSON, "badge": PERSON},
    ),
    EntryKind(name="person.list", says="The accounts were looked at.", public={"count": "int!"}),
    EntryKind(name="person.login", says="A person logged in.", public={"person": "code!"}),
    EntryKind(
        name="person.fail",
        by_itself=True,
        says="A login failed; the person is named where the badge was right.",
        public={"person": "code"},
        committed={"badge": ACCESS},
    ),
    EntryKind(name="person.logout", says="A person logged out.", public={"person": "code!"}),
)
