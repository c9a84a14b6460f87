"""The effective settings: everything that decides how a node works, as one document with one digest."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from alpr_core import config, entries
from alpr_core.config import Settings
from alpr_core.errors import ConfigError
from alpr_core.plugins import PluginHost
from alpr_core.policy import Choice, Pack, Policy, RuleKinds, lay_over, load_packs, read_pack


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What a node works under.

    Attributes:
        settings: of alpr.toml, defaults included.
        packs: the department's pack and its overlays, as their files say.
        policy: what acts are decided by: those packs with what was filled in and chosen.
        plugins: those that take part, by name: distribution, version and the SHA-256 of their files.
        witnesses: the lines of the witness file, without remarks.
        certificates: the files that time-stamping authorities are trusted by: the SHA-256 of each, by its path.
    """

    settings: Settings
    packs: tuple[Pack, ...]
    policy: Policy
    plugins: Mapping[str, Mapping[str, str]]
    witnesses: tuple[str, ...] = ()
    certificates: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def document(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "settings": config.document(self.settings),
            "packs": [pack.as_json() for pack in self.packs],
            "plugins": {name: dict(each) for name, each in self.plugins.items()},
            "witnesses": list(self.witnesses),
            "certificates": dict(self.certificates),
        }

    @cached_property
    def text(self) -> str:
        """The document as it is stored."""
        return json.dumps(self.document)

    @cached_property
    def digest(self) -> str:
        """What stands for it on the ledger."""
        return digest_of(self.document)


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the digest of a document: base64 of the SHA-256 of its JSON, with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()).decode()


def gather(settings: Settings, host: PluginHost) -> Effective:
    """Return what a node would work under with these settings.

    Raises:
        ConfigError: a pack, an overlay, a value or a choice is wrong.
    """
    packs = _packs(settings, host)
    return Effective(
        settings=settings,
        packs=tuple(packs),
        policy=_policy(settings, packs),
        plugins=host.enabled(),
        witnesses=_witnesses(settings.witnesses),
        certificates=_certificates(settings),
    )


def policy_of(settings: Settings, host: PluginHost) -> Policy:
    """Return the policy that a node would work under with these settings. Raises ConfigError with every problem."""
    return _policy(settings, _packs(settings, host))


def _packs(settings: Settings, host: PluginHost) -> list[Pack]:
    chosen, kinds = settings.policy, RuleKinds(host.policy_rules())
    return load_packs(
        chosen.pack, chosen.overlays, folder=settings.folder, kinds=kinds, actions=entries.ACTIONS
    )


def restore(stored: Mapping[str, Any], folder: Path, host: PluginHost) -> Effective:
    """Return what a stored document says.

    Args:
        stored: as `Effective.document` was.
        folder: the node's.
        host: adds the rule kinds of plugins.

    Raises:
        ConfigError: this version of the program, with these plugins, cannot read it any more.
    """
    settings = config.from_document(stored["settings"], folder)
    kinds = RuleKinds(host.policy_rules())
    packs = [
        read_pack(pack, f"the accepted pack {pack.get('id', '')}", kinds=kinds) for pack in stored["packs"]
    ]
    return Effective(
        settings=settings,
        packs=tuple(packs),
        policy=_policy(settings, packs),
        plugins=stored["plugins"],
        witnesses=tuple(stored["witnesses"]),
        certificates=stored.get("certificates", {}),  # a document of before has none
    )


def _policy(settings: Settings, packs: list[Pack]) -> Policy:
    chosen = settings.policy
    choices = {name: Choice(each.follow, each.source) for name, each in chosen.choices.items()}
    return lay_over(packs, values=chosen.values, choices=choices, zone=settings.zone)


def _certificates(settings: Settings) -> dict[str, str]:
    """Return the hash of each file by which a time-stamping authority is trusted; what is in it, its reader tells."""
    found = {}
    for written, absolute in zip(settings.ledger.timestamps, settings.timestamps, strict=True):
        for name, path in zip(written.certificates, absolute.certificates, strict=True):
            try:
                found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError as error:
                problem = f"[[ledger.timestamps]] certificates: {path} cannot be read: {error.strerror}"
                raise ConfigError([problem], where="alpr.toml") from error
    return found


def _witnesses(file: Path | None) -> tuple[str, ...]:
    """Return the lines of the witness file that say something; whether they are right, its reader tells."""
    if file is None:
        return ()
    try:
        text = file.read_text("utf-8", "replace")
    except OSError as error:
        problem = f"[ledger] witnesses: {file} cannot be read: {error.strerror}"
        raise ConfigError([problem], where="alpr.toml") from error
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
