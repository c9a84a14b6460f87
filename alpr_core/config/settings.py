"""The shape of alpr.toml: a model for each table, and `Settings` around them. docs/config.md describes every key."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from alpr_core.config.backup import BackupSection
from alpr_core.config.hotlists import HotlistSection, HotlistSections
from alpr_core.config.jobs import JobsSection
from alpr_core.config.notices import NoticeSection, NotifierSection, check_via
from alpr_core.config.section import Name, Section
from alpr_core.files import state_folder
from alpr_core.options import Secret, ZoneName

FILE_NAME = "alpr.toml"

SQLITE = "sqlite:///"
"""What stands before the path of a SQLite database."""


class NodeSection(Section):
    """``[node]``."""

    name: Name = Field(description="What this node is called, on its screens and in its entries.")
    role: Literal["server", "vehicle"] = Field(default="server", description="Where it stands.")
    mode: Literal["training", "live"] = Field(
        default="training", description="`live` needs every value that the policy leaves open."
    )
    timezone: ZoneName = Field(
        default="UTC",
        description="IANA zone that times are entered and shown in, and that a day or a year is counted in.",
    )
    department: str = Field(default="", max_length=200, description="Whose node this is.")
    ori: str = Field(
        default="", description="The agency's originating agency identifier: nine letters and digits."
    )

    @field_validator("ori")
    @classmethod
    def _nine(cls, ori: str) -> str:
        if ori and not re.fullmatch("[A-Z0-9]{9}", ori):
            raise ValueError("an ORI has nine capital letters and digits, as OR0150200")
        return ori


class ChoiceSection(Section):
    """One of ``[policy.choices]``: what is followed where two clauses leave nothing between them."""

    follow: str = Field(min_length=1, description="The clause's id.")
    source: str = Field(min_length=1, description="Who decided, and where that is written.")


class PolicySection(Section):
    """``[policy]``."""

    pack: Name = Field(default="minimal", description="Name of the policy pack.")
    overlays: list[Name] = Field(default=[], description="Packs laid over it; the strictest clause wins.")
    values: dict[str, dict[str, Any]] = Field(
        default={}, description="What the pack leaves open, by clause; each table names its `source`."
    )

    choices: dict[str, ChoiceSection] = Field(
        default={}, description="By the name of a limit, which clause is followed where two leave nothing."
    )

    @field_validator("values")
    @classmethod
    def _each_has_its_source(cls, values: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for clause, value in values.items():
            if not (isinstance(value.get("source"), str) and value["source"].strip()):
                raise ValueError(f"{clause!r} needs a source: who decided it, and where that is written")
        return values


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        password, _ = (
            parts.password,
            parts.port,
        )  # a port that is no number is told of only when it is asked for
    except ValueError as error:
        raise ValueError(f"is no URL: {error}") from error
    if password or "password" in parse_qs(parts.query, keep_blank_values=True):
        raise ValueError(
            'holds a password. Take it out and write password = { file = "keys/NAME" } beside it'
        )
    return url


class StoreSection(Section):
    """``[store]``."""

    url: str = Field(
        default="sqlite:///var/alpr.db",
        description="`sqlite:///PATH`, from the node's folder, or `postgresql+psycopg://USER@HOST/DATABASE`.",
    )
    password: Secret | None = Field(default=None, description="Of the PostgreSQL user.")

    @field_validator("url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.isprintable():
            raise ValueError("holds a character that cannot be printed")
        if url.startswith(SQLITE) and not url.endswith(("/", ":memory:")):
            if "?" in url:
                raise ValueError("has options after '?', but a SQLite database has none here")
            return url
        if url.startswith("postgresql+psycopg://"):
            return _without_password(url)
        raise ValueError("should be sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE")


class TimestampSection(Section):
    """``[[ledger.timestamps]]``."""

    url: str = Field(description="Where a time-stamping authority (RFC 3161) answers.")
    certificates: list[Annotated[Path, Field(strict=False)]] = Field(
        description="Files with the root certificates that it is trusted under, PEM or DER."
    )

    @field_validator("url")
    @classmethod
    def _answers_over_http(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            named, _ = (
                parts.username,
                parts.port,
            )  # a port that is no number is told of only when it is asked for
        except ValueError as error:
            raise ValueError(f"is no URL: {error}") from error
        if named is not None:
            raise ValueError("holds a name or password; an authority is asked without one")
        if parts.scheme not in ("https", "http") or not parts.hostname or not re.fullmatch("[!-~]+", url):
            raise ValueError("should be https://HOST/PATH or http://HOST/PATH")
        return url

    @field_validator("certificates")
    @classmethod
    def _somebody_vouches(cls, certificates: list[Path]) -> list[Path]:
        if not certificates:
            raise ValueError(
                "should name a file at least: a stamp that no certificate vouches for shows nothing"
            )
        return certificates

    @property
    def name(self) -> str:
        """What the authority is called: its host, with the port where the URL names one."""
        return urlsplit(self.url).netloc.lower()


class LedgerSection(Section):
    """``[ledger]``."""

    origin: str = Field(description="The ledger's name in its checkpoints, for ever; a host name and a path.")
    last_signed: Path | None = Field(
        default=None,
        strict=False,
        description="File that remembers the last checkpoint. Default: outside of the node, in `$XDG_STATE_HOME`.",
    )

    witnesses: Path | None = Field(
        default=None,
        strict=False,
        description="File that names those outside who confirm checkpoints (C2SP tlog-policy).",
    )
    timestamps: list[TimestampSection] = Field(
        default=[], max_length=16, description="Authorities that stamp checkpoints, each with its time."
    )

    @field_validator("timestamps")
    @classmethod
    def _one_word_each(cls, timestamps: list[TimestampSection]) -> list[TimestampSection]:
        names = [one.name for one in timestamps]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(map(repr, twice))} stands there twice")
        return timestamps

    @field_validator("origin")
    @classmethod
    def _key_name(cls, origin: str) -> str:
        # C2SP signed-note: a key name is not empty and has neither Unicode spaces nor a plus.
        if not origin or "+" in origin or any(c.isspace() or not c.isprintable() for c in origin):
            raise ValueError("should be like police.example/alpr/server: no spaces, no plus")
        return origin


class RecognizerSection(Section):
    """``[recognizer]``."""

    use: str = Field(
        default="auto", description="A recognizer, or `auto`: fast_alpr if it can, else rapidocr."
    )
    options: dict[str, Any] = Field(default={}, description="That recognizer's own.")

    @model_validator(mode="after")
    def _options_of_whom(self) -> RecognizerSection:
        if self.use == "auto" and self.options:
            raise ValueError("options belong to one recognizer: write its name instead of use = 'auto'")
        return self


class RetentionSection(Section):
    """``[retention]``."""

    use: str = Field(
        default="auto",
        description="A retention strategy, or `auto`: `vendor` where the policy follows one, `schedule` where data "
        "may or should be purged, `fixed` where it must.",
    )
    options: dict[str, Any] = Field(default={}, description="That strategy's own.")

    @model_validator(mode="after")
    def _options_of_whom(self) -> RetentionSection:
        if self.use == "auto" and self.options:
            raise ValueError("options belong to one strategy: write its name instead of use = 'auto'")
        return self


class SourceSection(Section):
    """``[[source]]``."""

    use: str = Field(description="A data source.")
    options: dict[str, Any] = Field(default={}, description="That data source's own.")


class CameraSection(Section):
    """``[[camera]]``."""

    name: Name = Field(description="What its reads are stored under.")
    url: str = Field(description="Where its stream is, without a password.")
    password: Secret | None = Field(default=None, description="Of the camera's user.")

    _no_password = field_validator("url")(_without_password)


class PluginsSection(Section):
    """``[plugins]``."""

    disable: list[str] = Field(default=[], description="Plugins that are not even imported.")
    grant: dict[str, list[Literal["plate"]]] = Field(
        default={}, description="What a plugin may see of reads and hits beyond ids and classes."
    )


class Settings(Section):
    """A node's whole configuration. ``folder`` is the node's folder, absolute."""

    node: NodeSection
    policy: PolicySection = PolicySection()
    store: StoreSection = StoreSection()
    ledger: LedgerSection
    recognizer: RecognizerSection = RecognizerSection()
    retention: RetentionSection = RetentionSection()
    source: list[SourceSection] = Field(default=[])
    hotlist: HotlistSections = Field(default=[])
    camera: list[CameraSection] = Field(default=[])
    notifier: list[NotifierSection] = Field(default=[])
    notice: list[NoticeSection] = Field(default=[])
    jobs: JobsSection = JobsSection()
    plugins: PluginsSection = PluginsSection()
    backup: BackupSection = BackupSection()

    _folder: Path = PrivateAttr(default=Path())
    _written: Mapping[str, Any] = PrivateAttr(default={})

    @field_validator("source", "hotlist", "camera", "notifier")
    @classmethod
    def _once_each(cls, sections: list[Any]) -> list[Any]:
        named = (CameraSection, HotlistSection)
        names = [section.name if isinstance(section, named) else section.use for section in sections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(map(repr, twice))} stands there twice")
        return sections

    @field_validator("notice")
    @classmethod
    def _by_a_notifier_that_is_there(
        cls, notices: list[NoticeSection], info: ValidationInfo
    ) -> list[NoticeSection]:
        if "notifier" in info.data:  # else its own problems are told
            check_via(notices, info.data["notifier"])
        return notices

    def found_in(self, folder: Path, written: Mapping[str, Any]) -> None:
        """Say where these settings come from: the node's folder, and the document as it was written there."""
        self._folder, self._written = folder, written

    @property
    def folder(self) -> Path:
        """The node's folder, absolute."""
        return self._folder

    @property
    def as_written(self) -> Mapping[str, Any]:
        """What alpr.toml says, without any default."""
        return self._written

    @property
    def file(self) -> Path:
        """The alpr.toml."""
        return self._folder / FILE_NAME

    @property
    def var(self) -> Path:
        """The folder of the database, images and keys: for the node's account alone."""
        return self._folder / "var"

    @property
    def inbox(self) -> Path:
        """The folder that files come in by."""
        return self._folder / "inbox"

    @property
    def outbox(self) -> Path:
        """The folder that files go out by."""
        return self._folder / "outbox"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone that times are entered and shown in."""
        return ZoneInfo(self.node.timezone)

    @property
    def last_signed(self) -> Path:
        """The file that remembers the last signed checkpoint, absolute; by default outside of the node."""
        if self.ledger.last_signed is not None:
            return self._folder / self.ledger.last_signed
        return state_folder(os.environ) / hashlib.sha256(self.ledger.origin.encode()).hexdigest()

    @property
    def witnesses(self) -> Path | None:
        """The file that names the ledger's witnesses, absolute; None where nobody outside was chosen yet."""
        return None if self.ledger.witnesses is None else self._folder / self.ledger.witnesses

    @property
    def timestamps(self) -> tuple[TimestampSection, ...]:
        """The authorities that stamp the ledger's checkpoints; the paths of their certificates are absolute."""
        return tuple(
            one.model_copy(update={"certificates": [self._folder / path for path in one.certificates]})
            for one in self.ledger.timestamps
        )

    @property
    def backup_to(self) -> Path | None:
        """The folder that backups are made into, absolute; None where nobody chose one."""
        return None if self.backup.to is None else self._folder / self.backup.to

    @property
    def backup_keys_to(self) -> Path | None:
        """The folder that backups of the keys are made into, absolute; None for one beside the data."""
        return None if self.backup.keys_to is None else self._folder / self.backup.keys_to

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, absolute; None if the database is on a server."""
        if not self.store.url.startswith(SQLITE):
            return None
        return self._folder / self.store.url.removeprefix(SQLITE)

    def database_url(self) -> str:
        """Return the database's URL with an absolute path or the password in it. Never show it.

        Raises:
            ConfigError: if the password cannot be read.
        """
        if self.sqlite_file is not None:
            # In a URL these two mean something else, and the node's folder may have any name.
            return f"{SQLITE}{self.sqlite_file}".replace("%", "%25").replace("?", "%3F")
        if self.store.password is None:
            return self.store.url
        scheme, _, rest = self.store.url.partition("://")
        user, _, place = rest.rpartition("@")
        return f"{scheme}://{user}:{quote(self.store.password.read(), safe='')}@{place}"
