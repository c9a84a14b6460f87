"""Having somebody outside confirm the ledger: a checkpoint to keep on paper, and witnesses that cosign it.

Whose word counts is in the witness file (C2SP tlog-policy), which ``[ledger] witnesses`` names. A witness is asked
over HTTP or by files on a stick; either way the same bytes go out and come back, and what came back is verified
against the ledger before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from alpr_core.act import Act
from alpr_core.anchoring import read_witnesses
from alpr_core.errors import ConfigError, StoreError
from alpr_core.store.work import Work
from alpr_ledger import heard, stick
from alpr_ledger.asking import read_word
from alpr_ledger.errors import LedgerError, NoteError, WitnessError
from alpr_ledger.heard import Verdict
from alpr_ledger.note import Vkey, parse_note
from alpr_ledger.policy import Party
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.remembered import judge
from alpr_ledger.witness import CONFLICT, UNPROCESSABLE, Answer, read_answer
from alpr_ledger.witness_http import fetch_checkpoint, submit

Submit = Callable[[str, ConsistencyProof], Answer]
Fetch = Callable[[str, str], bytes | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Filing:
    """A checkpoint for somebody outside to keep.

    Attributes:
        genesis: the verifier key that the ledger was opened under.
        size: number of entries that it covers.
        note: the signed note, with the cosignatures that are known.
    """

    genesis: str
    size: int
    note: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What one witness said.

    Attributes:
        witness: its name.
        size: number of entries that it confirmed, 0 for none.
        problem: why it did not.
        contradicts: whether it remembers another ledger than this one: a restored backup, or a fork. Where that is
            certain, this ledger takes no entry from then on.
    """

    witness: str
    size: int = 0
    problem: str = ""
    contradicts: bool = False


def newest_checkpoint(act: Act) -> Filing:
    """Return the newest checkpoint, for somebody outside to keep.

    Raises:
        Denied: by the policy.
    """
    with act.look("ledger.checkpoint") as look:
        ledger = look.work.ledger
        size = ledger.size()
        public = ledger.entry(0).body["public"]
        genesis = str(public["vkey"]) if isinstance(public, Mapping) else ""
        lines = look.work.cosignatures.over(size)
        filing = Filing(genesis=genesis, size=size, note=ledger.checkpoint(size) + b"".join(lines))
        look.record(size=size)
    return filing


def ask_witnesses(
    act: Act, witnesses: Path | None, *, send: Submit = submit, fetch: Fetch = fetch_checkpoint
) -> list[Word]:
    """Ask every witness that has a URL to cosign the newest checkpoint, and keep what they give.

    Of one that refuses, what it remembers is kept: where that is another ledger, this one takes no entry until it is
    settled.

    Args:
        act: who asks.
        witnesses: the witness file.
        send: carries a request to a URL.
        fetch: gets from a URL what the witness remembers of a ledger.

    Raises:
        Denied: by the policy.
        ConfigError: the witness file is missing or wrong, or names no URL.
    """
    act.admit("ledger.witness")
    policy = read_witnesses(witnesses)
    asked = [one for one in policy.witnesses if one.url]
    if not asked:
        raise ConfigError(["no witness in it has a URL; use --to and --from a stick"], where=str(witnesses))
    size, requests = _requests(act, asked, {})
    answers: list[tuple[Party, Answer | str]] = []
    behind: dict[Vkey, int] = {}
    for party in asked:
        answer = _sent(send, party, requests[party.vkey])
        told = _conflict(answer, party)
        if told is not None and told <= size:
            behind[party.vkey] = told  # it knows another size than we do: ask again from there
        else:
            answers.append((party, answer))
    if behind:
        again = [one for one in asked if one.vkey in behind]
        _, requests = _requests(act, again, behind, size)
        answers += [(party, _sent(send, party, requests[party.vkey])) for party in again]
    origin = Vkey.parse(act.vkey).name
    memories = [
        _memory(party, origin, partial(fetch, party.url, origin))
        for party, answer in answers
        if _refuses(answer)
    ]
    return _keep(act, [(party, size, answer) for party, answer in answers], size, memories)


def write_stick(act: Act, witnesses: Path | None, folder: Path) -> int:
    """Lay a request to each witness on a stick; return the size of the checkpoint in it.

    Raises:
        Denied: by the policy.
        ConfigError: the witness file is missing or wrong.
        StoreError: the stick cannot be written.
    """
    act.admit("ledger.witness")
    policy = read_witnesses(witnesses)
    origin = Vkey.parse(act.vkey).name
    try:
        told: dict[Vkey, int] = {}
        for party in policy.witnesses:
            exchange = _exchange(folder, origin, party)
            conflict = _conflict(exchange[1], party) if exchange else None
            if conflict is not None:
                told[party.vkey] = conflict
        size, requests = _requests(act, policy.witnesses, told)
        for party in policy.witnesses:
            stick.write_request(folder, origin, party.vkey, requests[party.vkey])
    except (LedgerError, OSError) as error:
        raise StoreError(f"{folder}: the requests cannot be written: {error}") from error
    return size


def take_stick(act: Act, witnesses: Path | None, folder: Path) -> list[Word]:
    """Keep the cosignatures that came back on a stick.

    Raises:
        Denied: by the policy.
        ConfigError: the witness file is missing or wrong.
        StoreError: the stick cannot be read.
    """
    act.admit("ledger.witness")
    policy = read_witnesses(witnesses)
    origin = Vkey.parse(act.vkey).name
    words: list[tuple[Party, int, Answer | str]] = []
    for party in policy.witnesses:
        try:
            exchange = _exchange(folder, origin, party)
            if exchange is None:
                words.append((party, 0, "has not answered"))
            else:
                words.append((party, exchange[0].signed()[1].size, exchange[1]))
        except NoteError as error:
            words.append((party, 0, f"the stick was damaged: {error}"))
        except LedgerError as error:
            raise StoreError(str(error)) from error
    memories = [
        _memory(party, origin, partial(stick.read_memory, folder, origin, party.vkey))
        for party in policy.witnesses
    ]
    return _keep(act, words, max((size for _, size, _ in words), default=0), memories)


def _requests(
    act: Act, parties: Iterable[Party], told: Mapping[Vkey, int], size: int | None = None
) -> tuple[int, dict[Vkey, ConsistencyProof]]:
    """A request to each witness for the checkpoint of `size`, by default the newest."""
    with act.look("ledger.checkpoint") as look:
        ledger, cosignatures = look.work.ledger, look.work.cosignatures
        size = ledger.size() if size is None else size
        note = ledger.checkpoint(size)
        requests = {}
        for party in parties:
            old = told.get(party.vkey, cosignatures.newest_size(party.vkey))
            old = min(old, size)  # it knows more than this ledger has: let it say so again
            requests[party.vkey] = ConsistencyProof(old, tuple(ledger.consistency_proof(old, size)), note)
        look.record(size=size)
    return size, requests


def _sent(send: Submit, party: Party, request: ConsistencyProof) -> Answer | str:
    try:
        return send(party.url, request)
    except WitnessError as error:
        return str(error)


def _exchange(folder: Path, origin: str, party: Party) -> tuple[ConsistencyProof, Answer] | None:
    return stick.read_exchange(folder, origin, party.vkey)


def _conflict(answer: Answer | str, party: Party) -> int | None:
    """The size that the witness cosigned last, where that is what it answered."""
    if isinstance(answer, str) or answer.status != CONFLICT:
        return None
    try:
        read_answer(answer, "", party.vkey)
    except WitnessError as error:
        return error.size
    return None


def _refuses(answer: Answer | str) -> bool:
    return not isinstance(answer, str) and answer.status in (CONFLICT, UNPROCESSABLE)


def _memory(party: Party, origin: str, read: Callable[[], bytes | None]) -> heard.Word | None:
    """What a witness remembers of this ledger, verified; None where that cannot be known."""
    try:
        word = read_word(party, origin, read())
    except LedgerError:
        return None  # that it refused is told
    return word if word.note else None


def _keep(
    act: Act,
    answers: Iterable[tuple[Party, int, Answer | str]],
    size: int,
    memories: Iterable[heard.Word | None],
) -> list[Word]:
    """Verify the answers against the ledger's own checkpoints, and keep what holds."""
    with act.change("ledger.witness") as change:
        ledger = change.work.ledger
        judged = {word.witness: judge(ledger, word) for word in memories if word is not None}
        words = [
            (party, _word(change.work, party, at, answer, judged.get(str(party.vkey))))
            for party, at, answer in answers
        ]
        change.record(
            size=size,
            confirmed=[party.vkey.key_id.hex() for party, word in words if word.size],
            refused=[party.vkey.key_id.hex() for party, word in words if not word.size],
        )
    if act.heard is not None and judged:  # only now: from here on nothing may be appended
        try:
            act.heard.take(judged.values(), act.now, asked=False)
        except LedgerError as error:
            raise StoreError(f"what the witnesses remember cannot be kept: {error}") from error
    return [word for _, word in words]


def _word(work: Work, party: Party, size: int, answer: Answer | str, memory: heard.Word | None) -> Word:
    if memory is not None and memory.verdict is Verdict.CONTRADICTS:
        problem = f"{memory}, which this ledger does not hold: entries were lost, as by a restored backup, or forked"
        return Word(witness=party.name, problem=problem, contradicts=True)
    if memory is not None and memory.verdict is Verdict.SETTLED:
        problem = f"{memory}, which were lost, as entry {memory.entry} says. Its keeper has to make a new one"
        return Word(witness=party.name, problem=problem)
    if isinstance(answer, str):
        return Word(witness=party.name, problem=answer)
    try:
        text = parse_note(work.ledger.checkpoint(size)).text
        work.cosignatures.save(size, read_answer(answer, text, party.vkey))
    except WitnessError as error:
        # What it remembers could not be had or verified: this is told, and locks nothing.
        forked = error.status == UNPROCESSABLE or (error.size or 0) > work.ledger.size()
        problem = f"{error}" + (": this is not the ledger that it confirmed before" if forked else "")
        return Word(witness=party.name, problem=problem, contradicts=forked)
    except LedgerError as error:
        return Word(witness=party.name, problem=str(error))
    return Word(witness=party.name, size=size)
