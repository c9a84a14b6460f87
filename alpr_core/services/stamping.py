"""Having time-stamping authorities (RFC 3161) say when the ledger was how long.

They are asked over HTTP, outside of any transaction: the hash of the newest checkpoint's text goes out, and no more.
What comes back is verified under the certificates that ``[[ledger.timestamps]]`` names before it is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from alpr_core.act import Act
from alpr_core.anchoring import read_certificates
from alpr_core.config.settings import TimestampSection
from alpr_core.errors import ConfigError
from alpr_ledger.errors import StampError
from alpr_ledger.note import parse_note
from alpr_ledger.timestamp import Authorities, Stamp, is_available

_WHERE = "[ledger] timestamps"


@dataclass(frozen=True, kw_only=True, slots=True)
class StampWord:
    """What one authority said.

    Attributes:
        authority: its host.
        size: number of entries that it stamped, 0 for none.
        time: when, by its clock, UTC.
        problem: why it did not.
    """

    authority: str
    size: int = 0
    time: datetime | None = None
    problem: str = ""


def stamp_checkpoint(act: Act, timestamps: Sequence[TimestampSection]) -> list[StampWord]:
    """Have every authority stamp the newest checkpoint, and keep what they give.

    Args:
        act: who asks.
        timestamps: the authorities, each with the certificates that it is trusted under.

    Raises:
        Denied: by the policy.
        ConfigError: there are none, a certificate is wrong, or the packages for it are missing.
    """
    act.admit("ledger.stamp")
    authorities = _authorities(timestamps)
    with act.look("ledger.checkpoint") as look:
        size = look.work.ledger.size()
        text = parse_note(look.work.ledger.checkpoint(size)).text
        look.record(size=size)
    answers = [(one, _asked(trusted, one.url, text)) for one, trusted in authorities]
    with act.change("ledger.stamp") as change:
        for one, answer in answers:
            if isinstance(answer, Stamp):
                change.work.stamps.save(size, one.name, answer.token)
        change.record(
            size=size,
            stamped=[one.name for one, answer in answers if isinstance(answer, Stamp)],
            refused=[one.name for one, answer in answers if not isinstance(answer, Stamp)],
        )
    return [_word(one.name, size, answer) for one, answer in answers]


def _authorities(timestamps: Sequence[TimestampSection]) -> list[tuple[TimestampSection, Authorities]]:
    if not timestamps:
        problem = "none is named: write [[ledger.timestamps]] with url and certificates (docs/auditors.md)"
        raise ConfigError([problem], where=_WHERE)
    if not is_available():
        raise ConfigError(["they need more packages: pip install 'alpr-core[timestamps]'"], where=_WHERE)
    return [(one, Authorities(read_certificates([one]))) for one in timestamps]


def _asked(trusted: Authorities, url: str, text: str) -> Stamp | str:
    try:
        return trusted.ask(url, text)
    except StampError as error:
        return str(error)


def _word(name: str, size: int, answer: Stamp | str) -> StampWord:
    if isinstance(answer, str):
        return StampWord(authority=name, problem=answer)
    return StampWord(authority=name, size=size, time=answer.time)
