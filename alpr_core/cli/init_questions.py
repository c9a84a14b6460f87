"""What ``alpr-core init`` asks, and how the answers of a file are checked."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alpr_core.cli.questions import Question
from alpr_core.config import Settings
from alpr_core.config.settings import LedgerSection, NodeSection
from alpr_core.errors import ConfigError
from alpr_core.policy import lay_over, load_pack, overlays_for, pack_names
from alpr_core.problems import suggestion

if TYPE_CHECKING:
    from alpr_core.policy import Clause, OpenValue, Pack

KEYS = (
    "department", "ori", "timezone", "state", "pack", "overlays", "values", "name", "origin", "role", "store",
    "badge", "person",
)  # fmt: skip
"""What an answers file may hold; ``values`` as ``[policy.values]`` of an alpr.toml."""

NEEDED = ("name", "origin", "badge", "person")
"""What a node cannot be made without: whatever else nobody said is asked for only where one of these is."""


def read_answers(file: Path) -> dict[str, Any]:
    """Return the answers of a TOML file.

    Raises:
        ConfigError: it cannot be read, or holds a key that is none; every one is named.
    """
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"cannot be read: {error}."], where=str(file)) from error
    problems = [f"{key}: unknown key.{suggestion(key, KEYS)}" for key in found if key not in KEYS]
    texts = {key: value for key, value in found.items() if key not in ("values", "overlays")}
    problems += [
        f"{key}: should be a text."
        for key, value in texts.items()
        if key in KEYS and not isinstance(value, str)
    ]
    overlays = found.get("overlays", [])
    if not (isinstance(overlays, list) and all(isinstance(each, str) for each in overlays)):
        problems.append("overlays: should be a list of names.")
    if not isinstance(found.get("values", {}), dict):
        problems.append("values: should be a table, by clause.")
    if problems:
        raise ConfigError(problems, where=str(file))
    return found


class InitQuestions:
    """The questions of ``init``.

    Args:
        load: reads a pack or an overlay by name, as the node will.
    """

    def __init__(self, load: Callable[..., Pack] = load_pack) -> None:
        self._load = load

    def __call__(self, known: Mapping[str, Any]) -> Iterator[Question]:
        """Yield every question; those about the policy's open values once the pack is known."""
        yield Question(
            key="department", text="Department", optional=True, help="Its name, as its policy has it.",
            read=_setting(NodeSection, "department"),
        )  # fmt: skip
        yield Question(
            key="ori", text="ORI", optional=True, read=_setting(NodeSection, "ori", str.upper),
            help="The originating agency identifier that NCIC knows your agency by, nine letters and digits. Ask "
            "whoever keeps your state terminal.",
        )  # fmt: skip
        yield Question(
            key="timezone", text="Time zone", default="UTC", read=_setting(NodeSection, "timezone"),
            help="As America/Los_Angeles. Times are entered and shown in it, and a day is counted in it.",
        )  # fmt: skip
        yield Question(
            key="state", text="State", optional=True, read=_state,
            help="Two letters. It decides which packs are named first, and which laws are laid over yours.",
        )  # fmt: skip
        yield self._pack(known.get("state"))
        if known.get("pack"):
            yield self._overlays(known)
            yield from self._open_values(known)
        yield Question(
            key="name", text="Name of this node", read=_setting(NodeSection, "name"),
            help="Short, without spaces: medford-server.",
        )  # fmt: skip
        yield Question(
            key="origin", text="Name of its ledger, as HOST/ledger/ID (it never changes)",
            read=_setting(LedgerSection, "origin"), help="For example alpr.medford.example/ledger/2026.",
        )  # fmt: skip
        yield Question(
            key="badge", text="Your badge number", help="Of the first person, who sets the node up."
        )
        yield Question(key="person", text="Your legal name", help="Of the first person; kept off the ledger.")

    def _pack(self, state: str | None) -> Question:
        names = sorted(pack_names(), key=lambda name: (self._load(name).state != state, name))
        own = [name for name in names if state and self._load(name).state == state]
        return Question(
            key="pack",
            text="Policy pack",
            default=own[0] if len(own) == 1 else "minimal",
            read=self._known_pack,
            help=f"Your policy as clauses: a .toml file, or one of {', '.join(names)}. Each but minimal and template "
            "is an example made from one department's published text (alpr-core policy show NAME).",
        )

    def _known_pack(self, typed: str) -> str:
        try:
            self._load(typed)
        except ConfigError as error:
            raise ValueError(error.message) from None
        return typed

    def _overlays(self, known: Mapping[str, Any]) -> Question:
        state = known.get("state") or self._load(known["pack"]).state
        return Question(
            key="overlays",
            text="Laws laid over it",
            default=", ".join(overlays_for(state)) or "none",
            read=self._known_overlays,
            help=f"Names with commas between them, or none. There are {', '.join(pack_names('overlay'))}; made from "
            "public summaries, so counsel must check them.",
        )

    def _known_overlays(self, typed: str) -> tuple[str, ...]:
        names = tuple(name for each in typed.split(",") if (name := each.strip()) and name != "none")
        for name in names:
            try:
                self._load(name, kind="overlay")
            except ConfigError as error:
                raise ValueError(error.message) from None
        return names

    def _open_values(self, known: Mapping[str, Any]) -> Iterator[Question]:
        overlays = known.get("overlays") or ()
        packs = [self._load(known["pack"]), *(self._load(name, kind="overlay") for name in overlays)]
        filled = known.get("values") or {}
        for clause, name, value in [each for pack in packs for each in pack.open_values]:
            if clause.id in filled:
                continue
            key = f"{clause.id}\n{name}"
            yield self._value(key, clause, name, value, packs)
            if known.get(key) is not None:
                yield Question(
                    key=f"{key}\nsource",
                    text=f"{clause.id}: where is that written",
                    help="Document, item and date: whoever reads your policy will want to find it.",
                )

    def _value(self, key: str, clause: Clause, name: str, value: OpenValue, packs: list[Pack]) -> Question:
        def read(typed: str) -> object:
            given: object = int(typed) if typed.isascii() and typed.isdigit() else typed
            try:
                lay_over(packs, values={clause.id: {name: given, "source": "asked"}})
            except ConfigError as error:
                raise ValueError(error.problems[0]) from None
            return given

        return Question(
            key=key,
            text=f"{clause.id}: {value.open}",
            optional=True,
            read=read,
            help=f"{clause.says} Usually found: {value.found} A period is written P30D, P6M or P1Y.",
        )


def filled_in(answers: Mapping[str, Any]) -> dict[str, dict[str, object]]:
    """Return the open values that were answered, as ``[policy.values]`` has them."""
    values: dict[str, dict[str, object]] = {
        clause: dict(each) for clause, each in (answers.get("values") or {}).items()
    }
    for key, answer in answers.items():
        clause, _, name = key.partition("\n")
        if name and answer is not None:
            values.setdefault(clause, {})[name.rpartition("\n")[2]] = answer
    return values


def _setting(section: type[Any], name: str, change: Callable[[str], str] = str) -> Callable[[str], str]:
    """Return what reads one setting as the section that it belongs to would."""

    def read(typed: str) -> str:
        from pydantic import ValidationError

        from alpr_core.problems import sentences

        value = change(typed)
        try:
            section.model_validate({name: value})
        except ValidationError as error:
            own = [each for each in error.errors() if each["loc"][:1] == (name,)]
            if own:
                told = sentences(error, Settings, lambda place: str(place[0]))
                raise ValueError(next(each for each in told if each.startswith(name))) from None
        return value

    return read


def _state(typed: str) -> str:
    state = typed.upper()
    if len(state) != 2 or not state.isascii() or not state.isalpha():
        raise ValueError("A state is two letters, as OR.")
    return state
