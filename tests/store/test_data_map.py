"""No column may hold personal data without saying so."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from alpr_core.store import data_map
from alpr_core.store.tables import metadata

DOCS = Path(__file__).parents[2] / "docs"
FREE = (sa.Text, sa.String, sa.JSON)


def test_every_column_of_free_content_is_in_the_data_map() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, FREE)
    }
    assert columns - set(data_map.PERSONAL) - set(data_map.HARMLESS) == set()


def test_the_data_map_names_no_column_that_is_gone() -> None:
    columns = {f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns}
    assert (set(data_map.PERSONAL) | set(data_map.HARMLESS)) - columns == set()


def test_no_column_is_both_personal_and_harmless() -> None:
    assert set(data_map.PERSONAL) & set(data_map.HARMLESS) == set()


@pytest.mark.skipif(not DOCS.is_dir(), reason="the documentation is not beside the tests")
def test_the_page_about_data_is_what_the_map_says() -> None:
    assert (DOCS / "data.md").read_text(encoding="utf-8") == data_map.page()
