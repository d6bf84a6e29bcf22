"""Rows as values: their cells stand in the order of the roles."""

from __future__ import annotations

from itsm_core.interop import ROLES
from itsm_core.interop._dates import Moment
from itsm_core.interop._rows import Row, Snapshot, combinations


def test_snapshot_has_the_roles_in_their_order() -> None:
    """Cells are picked by place: another order would put the group under the priority."""
    assert Snapshot._fields == ROLES


def test_combinations_count_rows_by_the_cells_of_some_roles() -> None:
    """Two rows share state and priority, one differs."""
    blank = dict.fromkeys(ROLES, "")
    moment = Moment(0, 0)
    rows = [
        Row(n, n, moment, None, Snapshot(**{**blank, "state": state, "priority": "P1"}), ())
        for n, state in enumerate(("New", "New", "Done"))
    ]
    found = combinations([rows[:2], rows[2:]], ("state", "priority"))
    assert found == {("New", "P1"): 2, ("Done", "P1"): 1}
