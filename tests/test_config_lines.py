"""On which line of a TOML file a key stands."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from alpr_core.config.lines import line_of, lines_of


def test_lines_know_tables_arrays_of_tables_dotted_and_quoted_keys() -> None:
    text = '[a]\nb = 1\n"c d".e = 2\n[[f]]\n[[f]]\ng = """\nb = 1\n[a]\n"""\n[f.h]\ni = 3\n[a."x.y"]\nz = 4\n'
    tomllib.loads(text)
    assert lines_of(text) == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c d", "e"): 3,
        ("f", 0): 4,
        ("f", 1): 5,
        ("f", 1, "g"): 6,
        ("f", 1, "h"): 10,
        ("f", 1, "h", "i"): 11,
        ("a", "x.y"): 12,
        ("a", "x.y", "z"): 13,
    }


def test_a_value_inside_an_inline_table_is_on_the_line_of_its_key() -> None:
    lines = lines_of('[store]\npassword = { fil = "x" }\n')
    assert line_of(("store", "password", "fil"), lines) == 2
    assert line_of(("nowhere",), lines) is None


@given(st.text())
def test_lines_of_any_text_never_fail(text: str) -> None:
    assert all(number >= 1 for number in lines_of(text).values())
