"""Accounts and logins."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, PERSON, WHY, EntryKind

KINDS = (
    EntryKind(
        name="person.add",
        says="An account was made, with these roles.",
        public={"person": "code!", "roles": "list!", "second": "code", "alone": "bool"},
        committed={"name": PERSON, "badge": PERSON},
    ),
    EntryKind(name="person.list", says="The accounts were looked at.", public={"count": "int!"}),
    EntryKind(name="person.login", says="A person logged in.", public={"person": "code!"}),
    EntryKind(
        name="person.fail",
        by_itself=True,
        says="A login failed; the person is named where the badge was right.",
        public={"person": "code", "locked": "bool"},
        committed={"badge": ACCESS},
    ),
    EntryKind(
        name="person.confirm",
        by_itself=True,
        says="A person gave passphrase and second factor, to agree to what another does.",
        public={"person": "code!"},
    ),
    EntryKind(
        name="person.acknowledge",
        says="A person acknowledged what the policy tells whoever logs in.",
        public={"person": "code!"},
    ),
    EntryKind(
        name="person.grant",
        says="An account's roles were changed; a second person agreed to those that approve, manage or audit.",
        public={
            "person": "code!",
            "added": "list!",
            "removed": "list!",
            "second": "code",
            "alone": "bool",
        },
        committed=WHY,
    ),
    EntryKind(
        name="person.leave",
        says="An account is closed for good from this time on; so many sessions, authorities and delegations ended.",
        public={
            "person": "code!",
            "from": "time!",
            "second": "code",
            "alone": "bool",
            "sessions": "int!",
            "authorities": "int!",
            "delegations": "int!",
        },
        committed=WHY,
    ),
    EntryKind(
        name="person.reopen",
        says="An account that was locked or closed for want of use was opened again, or its end was taken back.",
        public={"person": "code!", "stays": "bool"},
        committed=WHY,
    ),
    EntryKind(
        name="person.reset",
        says="A second factor that was lost was taken off an account, by somebody else.",
        public={"person": "code!"},
        committed=WHY,
    ),
    EntryKind(
        name="person.totp",
        says="A person set up their second factor.",
        public={"person": "code!"},
    ),
    EntryKind(
        name="person.passphrase",
        says="A person changed their passphrase; their other sessions ended.",
        public={"person": "code!", "sessions": "int!"},
    ),
    EntryKind(name="person.logout", says="A person logged out.", public={"person": "code!"}),
)
