"""`Tables` grow with what is asked, and stay as they are when they reach that far."""

from __future__ import annotations

from itsm_core.bulk._tables import Tables
from tests.unit.bulk.cases import OFFICE


def test_a_table_is_kept_when_it_has_the_years_asked_for() -> None:
    """Asking again costs nothing; asking beyond joins the years; a distant century stands alone."""
    tables = Tables(OFFICE)
    made = tables.table_of(range(2020, 2024))
    assert made.years == range(1970, 2024)
    assert tables.table_of(range(2021, 2022)) is made
    assert tables.table_of(range(2300, 2301)).years == range(2300, 2301)
