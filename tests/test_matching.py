"""Which listed plates a read meets, and the words that explain it to a person."""

from __future__ import annotations

import fnmatch
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import plates
from alpr_core.matching import find_matches, match_plate
from alpr_core.models import Box, Candidate, HotlistEntry, MatchKind, Read, ReadKey
from alpr_core.store import schema
from alpr_core.store.hotlist_rows import PackedEntries, insert_rows
from alpr_core.store.hotlists import begin_generation
from alpr_core.store.work import Store, Work

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)

plate_texts = st.text(alphabet=plates.ALPHABET, min_size=1, max_size=8)
candidate_texts = st.lists(plate_texts, min_size=1, max_size=10, unique=True)
partial_texts = st.text(alphabet="A0O1?*", min_size=1, max_size=7).filter(
    lambda text: text.strip("?*") and plates.is_partial(text)
)


def candidates(*texts: str) -> tuple[Candidate, ...]:
    return tuple(Candidate(text=text, confidence=1 / len(texts)) for text in texts)


def read_of(*texts: str, region: str = "", number: int = 0) -> Read:
    return Read(
        key=ReadKey(day="2026-11-23", id=str(number)),
        plate=texts[0],
        candidates=candidates(*texts),
        confidence=0.9,
        detection_confidence=0.9,
        region=region,
        region_confidence=0.9,
        captured_at=NOW,
        last_seen=NOW,
        frames=1,
        camera="car-7",
        box=Box.rectangle(0, 0, 10, 5),
    )


# --- pure --------------------------------------------------------------------------------------------------


def test_the_plate_itself_is_an_exact_match():
    match = match_plate(candidates("ABC123", "A8C123"), "ABC123")
    assert (match.kind, match.rank, match.of) == (MatchKind.EXACT, 1, 2)
    assert match.explanation == "candidate 1 of 2"


def test_a_lesser_candidate_that_is_the_plate_wins_over_a_better_one_that_looks_like_it():
    match = match_plate(candidates("A8C123", "ABC123"), "ABC123")
    assert (match.kind, match.candidate, match.rank) == (MatchKind.CANDIDATE, "ABC123", 2)
    assert match.explanation == "candidate 2 of 2"


def test_a_look_alike_says_which_characters_at_which_position():
    ten = candidates("QQQ999", "ABO12B", *(f"XYZ{n}" for n in range(8)))
    match = match_plate(ten, "AB0128")
    assert (match.kind, match.candidate, match.rank, match.of) == (MatchKind.CONFUSABLE, "ABO12B", 2, 10)
    assert match.explanation == "candidate 2 of 10; O/0 at position 3, B/8 at position 6"


def test_a_partial_plate_says_what_was_fitted():
    match = match_plate(candidates("XYZ987", "ABC199"), "AB?1*")
    assert (match.kind, match.candidate) == (MatchKind.PARTIAL, "ABC199")
    assert match.explanation == "candidate 2 of 2; fits AB?1*"


@pytest.mark.parametrize("listed", ["ABC124", "ABC12", "ABC1234", "AB?12", "?BC12", "*124"])
def test_another_plate_is_no_match(listed):
    assert match_plate(candidates("ABC123"), listed) is None


def test_a_partial_plate_is_taken_at_its_word():
    assert match_plate(candidates("ABO123"), "AB0*") is None


@given(texts=candidate_texts, data=st.data())
def test_a_plate_among_the_candidates_always_matches_as_itself(texts, data):
    listed = data.draw(st.sampled_from(texts))
    match = match_plate(candidates(*texts), listed)
    assert match.kind is (MatchKind.EXACT if listed == texts[0] else MatchKind.CANDIDATE)
    assert (match.candidate, texts[match.rank - 1], match.of) == (listed, listed, len(texts))


@given(one=plate_texts, other=plate_texts, swap=st.randoms(use_true_random=False))
def test_looking_alike_works_both_ways(one, other, swap):
    twin = "".join(swap.choice(_group(character)) for character in one)
    for first, second in ((one, other), (one, twin)):
        there, back = match_plate(candidates(first), second), match_plate(candidates(second), first)
        assert (there is None) == (back is None)
        assert there is None or there.kind == back.kind
    assert match_plate(candidates(one), twin) is not None


def _group(character: str) -> str:
    return next((group for group in plates.CONFUSABLE_GROUPS if character in group), character)


@given(partial=partial_texts, plate=st.text(alphabet="A0O1", min_size=1, max_size=7))
def test_wildcards_mean_what_they_mean_to_everybody(partial, plate):
    found = match_plate(candidates(plate), plates.parse(partial))
    assert (found is not None) == fnmatch.fnmatchcase(plate, partial)


# --- against the lists -------------------------------------------------------------------------------------


def put_in_force(work: Work, name: str, listed: list[HotlistEntry]) -> None:
    generation = begin_generation(work.connection, node="", process="", at=NOW)
    insert_rows(work.connection, generation, PackedEntries(listed).rows)
    work.hotlists.put_in_force(name, "test", generation, NOW)


@pytest.fixture
def met(database_url, tmp_path):
    """Put entries on lists, match reads, and return ``(read id, hotlist, listed plate, explanation)`` of each."""
    store = Store(database_url, lock_path=tmp_path / "lock")
    with store.connection() as connection:
        schema.upgrade(connection)

    def met(entries: dict[str, list[HotlistEntry]], *reads: Read) -> list[tuple[str, str, str, str]]:
        with store.writing() as work:
            for name, listed in entries.items():
                put_in_force(work, name, listed)
        with store.snapshot() as work:
            return [
                (found.read.key.id, found.hotlist, found.listed.plate, found.match.explanation)
                for found in find_matches(work.hotlists, reads, NOW)
            ]

    yield met
    store.close()


def entries(*listed: str, **more: object) -> list[HotlistEntry]:
    return [HotlistEntry(plate=plate, **more) for plate in listed]


@pytest.mark.clause("M10")
def test_a_batch_meets_lists_in_every_way_at_once(met):
    lists = {"stolen": entries("ABC123", "XY0777"), "major": entries("?BC1*", "*C123", "ABD*", "B*")}
    found = met(lists, read_of("ABC123"), read_of("QQQ999", number=1), read_of("XX", "XYO777", number=2))
    assert found == [
        ("0", "stolen", "ABC123", "candidate 1 of 1"),
        ("0", "major", "?BC1*", "candidate 1 of 1; fits ?BC1*"),
        ("0", "major", "*C123", "candidate 1 of 1; fits *C123"),
        ("2", "stolen", "XY0777", "candidate 2 of 2; O/0 at position 3"),
    ]


def test_every_entry_of_a_plate_is_met_the_most_urgent_first(met):
    lists = {
        "wanted": [
            *entries("ABC123", priority=1),
            *entries("A8C123", priority=9),
            *entries("AB*", priority=5),
        ],
        "stolen": entries("ABC123", priority=7),
    }
    assert [(name, listed) for _, name, listed, _ in met(lists, read_of("ABC123"))] == [
        ("wanted", "A8C123"),
        ("stolen", "ABC123"),
        ("wanted", "AB*"),
        ("wanted", "ABC123"),
    ]


@pytest.mark.parametrize(
    ("region", "state", "said"),
    [
        ("us-wa", "OR", "; state differs: listed OR, read WA"),
        ("es", "OR", "; state differs: listed OR, read ES"),
        ("us-or", "OR", ""),
        ("us", "OR", ""),
        ("", "OR", ""),
        ("us-wa", "", ""),
    ],
)
def test_a_state_that_differs_is_said_and_stays_a_match(met, region, state, said):
    lists = {"stolen": entries("ABC123", state=state)}
    assert met(lists, read_of("ABC123", region=region)) == [
        ("0", "stolen", "ABC123", f"candidate 1 of 1{said}")
    ]


@pytest.mark.parametrize(
    ("effective", "expires", "is_met"),
    [
        (None, None, True),
        (NOW, None, True),
        (NOW + timedelta(seconds=1), None, False),
        (None, NOW + timedelta(seconds=1), True),
        (None, NOW, False),
    ],
)
@pytest.mark.parametrize("listed", ["ABC123", "ABC*"])
def test_an_entry_counts_from_its_effective_time_until_it_expires(met, listed, effective, expires, is_met):
    lists = {"stolen": entries(listed, effective=effective, expires=expires)}
    assert bool(met(lists, read_of("ABC123"))) is is_met


def test_an_entry_comes_back_as_it_was_stored(database_url, tmp_path):
    store = Store(database_url, lock_path=tmp_path / "lock")
    with store.connection() as connection:
        schema.upgrade(connection)
    entry = HotlistEntry(
        plate="ABC123",
        state="OR",
        category="stolen_vehicle",
        priority=3,
        effective=NOW - timedelta(days=1),
        expires=NOW + timedelta(microseconds=1),
        added_by="NCIC",
        reason='a "quoted"\nreason, é',
        case_number="26-1041",
        fields={"VMA": "HOND", "MIS": "\\ {} 'x'"},
    )
    with store.writing() as work:
        put_in_force(work, "stolen", [entry])
        (found,) = find_matches(work.hotlists, [read_of("ABC123")], NOW)
    assert found.listed == entry
    store.close()


def test_no_reads_meet_nothing(met):
    assert met({"stolen": entries("ABC123", "*1")}) == []


def test_a_large_batch_is_one_query(database_url, tmp_path):
    import sqlalchemy as sa

    store = Store(database_url, lock_path=tmp_path / "lock")
    with store.connection() as connection:
        schema.upgrade(connection)
    statements: list[str] = []
    reads = [read_of(*(f"AB{n:04}{c}" for c in "ABCDEFGHJK"), number=n) for n in range(4000)]
    with store.snapshot() as work:
        sa.event.listen(work.connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
        found = find_matches(work.hotlists, reads, NOW)
    store.close()
    assert found == []
    assert len([one for one in statements if "SELECT" in one]) == 1
