"""What is known of plates: normal form, look-alikes, partial plates, syntaxes, n-best."""

from __future__ import annotations

import itertools
import math
import re
import sqlite3
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_core import plates
from alpr_core.errors import InputError, PluginError
from alpr_core.models import Candidate

quick = settings(max_examples=60, deadline=None)
plate_texts = st.text(alphabet=plates.ALPHABET, min_size=1, max_size=8)
partial_texts = st.text(alphabet="AB1?*", min_size=1, max_size=7).filter(lambda text: text.strip("?*"))


@st.composite
def candidate_lists(draw):
    texts = draw(st.lists(plate_texts, min_size=1, max_size=8, unique=True))
    shares = [draw(st.integers(0, 1000)) for _ in texts]
    whole = max(1, sum(shares))
    return [Candidate(text=t, confidence=s / whole) for t, s in zip(texts, shares, strict=True)]


# --- normal form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "normal"),
    [("abc-123", "ABC123"), (" 7 ABC 1·2 ", "7ABC12"), ("MÜ-AB 1", "MUAB1"), ("ＡＢ１２", "AB12"), ("–", "")],
)
def test_normal_form_is_upper_case_letters_and_digits_alone(written, normal):
    assert plates.normalize(written) == normal


@quick
@given(st.text(max_size=20))
def test_normalizing_twice_changes_nothing_more(text):
    once = plates.normalize(text)
    assert plates.normalize(once) == once
    assert set(once) <= set(plates.ALPHABET)


# --- what people write -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "plate"),
    [("abc-123", "ABC123"), ("Ü·1 2/3", "U123"), (" ab?-1** ", "AB?1*"), ("7", "7"), ("ＡＢ？", "AB?")],
)
def test_a_plate_is_taken_as_people_write_it(written, plate):
    assert plates.parse(written) == plate


@pytest.mark.parametrize(
    "written", ["", " - ", "?*", "AB[12]3", "AB_1", "AB%", "ØB1", "АВ1", "A" * 17, "A\0B"]
)
def test_what_cannot_stand_on_a_plate_is_refused_and_not_left_out(written):
    with pytest.raises(InputError):
        plates.parse(written)


@quick
@given(st.one_of(plate_texts, partial_texts))
def test_a_normal_form_is_its_own_writing(text):
    once = plates.parse(text)
    assert plates.parse(once) == once
    assert once == re.sub(r"\*+", "*", text)


# --- look-alikes -------------------------------------------------------------------------------------------


def test_no_character_belongs_to_two_groups_of_look_alikes():
    every = "".join(plates.CONFUSABLE_GROUPS)
    assert len(every) == len(set(every))


@pytest.mark.parametrize("pair", ["O0", "I1", "B8", "S5", "Z2", "D0", "G6"])
def test_the_pairs_that_readers_confuse_share_a_skeleton(pair):
    assert plates.skeleton(pair[0]) == plates.skeleton(pair[1])


def test_confusions_name_the_position_and_the_pair():
    assert plates.confusions("AB01Z", "ABOIZ") == ((3, "0/O"), (4, "1/I"))


@pytest.mark.parametrize(
    ("seen", "listed"), [("ABC123", "ABC123"), ("ABC123", "ABD123"), ("ABC12", "ABC123")]
)
def test_nothing_is_confused_between_equal_plates_or_unlike_ones(seen, listed):
    assert plates.confusions(seen, listed) == ()


@quick
@given(plate_texts, st.data())
def test_plates_differing_only_in_look_alikes_are_exactly_those_that_confusions_explains(plate, data):
    groups = {c: group for group in plates.CONFUSABLE_GROUPS for c in group}
    other = "".join(data.draw(st.sampled_from(groups.get(c, c))) for c in plate)
    assert plates.skeleton(other) == plates.skeleton(plate)
    explained = dict(plates.confusions(plate, other))
    assert explained == {
        i: f"{a}/{b}" for i, (a, b) in enumerate(zip(plate, other, strict=True), start=1) if a != b
    }


# --- partial plates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partial", "plate", "fits"),
    [
        ("AB?123", "ABC123", True),
        ("AB?123", "AB123", False),
        ("*123", "123", True),
        ("*123", "XY123", True),
        ("A*3", "A13Z", False),
        ("abc-1??", "ABC123", True),
        ("ABC123", "ABC123", True),
    ],
)
def test_a_question_mark_is_one_character_and_a_star_any_number(partial, plate, fits):
    assert plates.Partial.parse(partial).matches(plate) is fits


@pytest.mark.parametrize("text", ["", "*", "??", "?*?", "* - *", "%_"])
def test_a_partial_plate_of_nothing_but_wildcards_is_refused(text):
    with pytest.raises(InputError, match="known letter or digit"):
        plates.Partial.parse(text)


def test_a_partial_plate_longer_than_any_plate_is_refused():
    with pytest.raises(InputError, match="at most"):
        plates.Partial.parse("A" + "?" * plates.LONGEST)


@quick
@given(st.text(max_size=20))
def test_whatever_is_typed_the_like_pattern_holds_nothing_but_plate_characters_and_wildcards(text):
    try:
        partial = plates.Partial.parse(text)
    except InputError:
        return
    assert set(partial.like) <= set(plates.ALPHABET) | set("_%")


@quick
@given(partial_texts, st.lists(st.text(alphabet="AB1", max_size=7), min_size=1, max_size=20))
def test_the_like_pattern_finds_the_same_plates_as_the_predicate(text, listed):
    partial = plates.Partial.parse(text)
    with sqlite3.connect(":memory:") as connection:
        found = [
            connection.execute("SELECT ? LIKE ?", (plate, partial.like)).fetchone()[0] for plate in listed
        ]
    connection.close()
    assert [bool(answer) for answer in found] == [partial.matches(plate) for plate in listed]


@quick
@given(plate_texts, st.data())
def test_a_plate_meets_every_partial_made_by_hiding_some_of_it(plate, data):
    hidden = data.draw(st.lists(st.booleans(), min_size=len(plate), max_size=len(plate)))
    text = "".join("?" if hide else c for c, hide in zip(plate, hidden, strict=True))
    if text.strip("?"):
        partial = plates.Partial.parse(text)
        assert partial.matches(plate)
        assert partial.known == hidden.count(False)
        assert partial.is_exact == (not any(hidden))


# --- syntaxes ----------------------------------------------------------------------------------------------

STATES = ("ca", "fl", "il", "ma", "mo", "ny", "oh", "or", "tx", "wa")


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_published_syntaxes_with_their_sources(state):
    syntaxes = plates.published().of(f"us-{state}")
    assert syntaxes
    assert all(syntax.source.startswith("http") and syntax.name for syntax in syntaxes)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("7ABC123", "us-ca"),
        ("8Z99999", "us-ca"),
        ("ABCD12", "us-fl"),
        ("AB12345", "us-il"),
        ("12345B", "us-il"),
        ("1ABC23", "us-ma"),
        ("AB1C2D", "us-mo"),
        ("ABC1234", "us-ny"),
        ("12345MB", "us-ny"),
        ("ABC1234", "us-oh"),
        ("123ABC", "us-or"),
        ("ABC1234", "us-tx"),
        ("ABC1234", "us-wa"),
        ("C12345D", "us-wa"),
        ("0749JFT", "es"),
    ],
)
def test_a_plate_of_a_state_has_one_of_its_layouts(text, region):
    assert plates.matches(text, region)
    assert plates.matches(text, region.partition("-")[0])
    assert plates.matches(text)


@pytest.mark.parametrize(
    ("text", "region"), [("AB1C2D", "us-or"), ("ABC12O4", "us-oh"), ("1OBC23", "us-ma"), ("A", "us")]
)
def test_a_plate_that_a_state_does_not_issue_has_none_of_its_layouts(text, region):
    assert not plates.matches(text, region)


def test_a_country_is_not_mistaken_for_another_that_begins_alike():
    assert plates.published().of("u") == ()


@pytest.mark.parametrize(
    ("pattern", "fits", "fits_not"),
    [
        ("@@-#", None, None),
        ("@#[A-C1]{2,3}Z", "X9AB1Z", "X9AZ"),
        ("#{3}", "123", "1234"),
        ("[Z-A]", None, None),
        ("#{3,2}", None, None),
        (".*", None, None),
        ("(A)", None, None),
    ],
)
def test_a_pattern_means_what_it_says_or_is_refused_where_it_is_made(pattern, fits, fits_not):
    def make() -> plates.Syntax:
        return plates.Syntax(region="xx", name="n", pattern=pattern, source="http://example.org")

    if fits is None:
        with pytest.raises(PluginError, match="syntax"):
            make()
    else:
        assert make().matches(fits)
        assert not make().matches(fits_not)


def test_a_book_takes_further_syntaxes_and_leaves_the_published_ones_as_they_were():
    mine = plates.Syntax(region="xx", name="n", pattern="@{9}", source="http://example.org")
    book = plates.published().extended([mine])
    assert book.matches("ABCDEFGHI", "xx")
    assert not plates.matches("ABCDEFGHI")


# --- weighing ----------------------------------------------------------------------------------------------


def weighed(*pairs: tuple[str, float], region: str = "us") -> list[str]:
    return [c.text for c in plates.weigh([Candidate(text=t, confidence=p) for t, p in pairs], region)]


def test_of_two_likely_readings_the_one_with_a_layout_comes_first():
    assert weighed(("5LQD95I", 0.5), ("5LQD951", 0.4)) == ["5LQD951", "5LQD95I"]


def test_what_was_seen_clearly_stands_without_a_layout():
    assert weighed(("GO4IT", 0.97), ("GO41T1", 0.01)) == ["GO4IT", "GO41T1"]


def test_a_country_without_known_syntaxes_is_not_weighed_by_those_of_others():
    assert weighed(("5LQD95I", 0.5), ("5LQD951", 0.4), region="fr") == ["5LQD95I", "5LQD951"]


def test_layouts_of_neighbouring_states_count_as_the_states_own():
    assert weighed(("AB1C20", 0.5), ("AB1C2D", 0.4), region="us-or") == ["AB1C2D", "AB1C20"]


@quick
@given(candidate_lists(), st.sampled_from(["", "us", "us-or", "es", "fr"]))
def test_weighing_keeps_every_candidate_and_the_sum_and_sorts_by_probability(candidates, region):
    after = plates.weigh(candidates, region)
    assert sorted(c.text for c in after) == sorted(c.text for c in candidates)
    assert sum(c.confidence for c in after) == pytest.approx(sum(c.confidence for c in candidates))
    assert all(0 <= c.confidence <= 1 for c in after)
    assert all(a.confidence >= b.confidence for a, b in itertools.pairwise(after))


# --- n-best ------------------------------------------------------------------------------------------------

slot_lists = st.lists(
    st.lists(st.integers(0, 9).map(lambda n: n / 9), min_size=4, max_size=4), min_size=1, max_size=4
)


def all_strings(slots: list[list[float]], alphabet: str, pad: str) -> dict[str, float]:
    best: dict[str, float] = defaultdict(float)
    for path in itertools.product(range(len(alphabet)), repeat=len(slots)):
        text = "".join(alphabet[i] for i in path).replace(pad, "")
        p = math.prod(slot[i] for slot, i in zip(slots, path, strict=True))
        if text and p > 0:
            best[text] = max(best[text], p)
    return best


@quick
@given(slot_lists, st.integers(1, 12))
def test_n_best_are_the_most_probable_strings_of_all(slots, n):
    everything = all_strings(slots, "AB1_", "_")
    found = plates.n_best(slots, "AB1_", n, "_")
    assert [c.confidence for c in found] == pytest.approx(sorted(everything.values(), reverse=True)[:n])
    assert all(c.confidence == pytest.approx(everything[c.text]) for c in found)


@quick
@given(slot_lists, st.integers(1, 12))
def test_n_best_come_in_order_and_no_string_twice(slots, n):
    found = plates.n_best(slots, "AB1_", n, "_")
    assert len({c.text for c in found}) == len(found) <= n
    assert all(a.confidence >= b.confidence for a, b in itertools.pairwise(found))


def test_asking_for_more_strings_only_adds_to_the_end():
    slots = [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]]
    assert plates.n_best(slots, "AB_", 9, "_")[:4] == plates.n_best(slots, "AB_", 4, "_")


def test_slots_that_say_nothing_give_no_string():
    assert plates.n_best([[0.0, 0.0]], "AB", 5) == ()
    assert plates.n_best([[0.0, 1.0]], "A_", 5, "_") == ()
    assert plates.n_best([], "AB", 5) == ()
