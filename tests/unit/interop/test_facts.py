"""Facts of a log: recomputed by hand, and the published ones of the UCI log."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from itsm_core.interop import load_mapping, read_log
from itsm_core.interop._facts import percentile
from tests.unit.interop.sample import HEADER, MAPPING, ROWS, write_log, write_mapping


def facts(folder: Path, *rows: str, mapping: str = MAPPING) -> dict[str, object]:
    """Return the facts of a log."""
    log = read_log(write_log(folder, *rows), load_mapping(write_mapping(folder, mapping)))
    return dict(log.facts)


def test_facts_count_rows_states_and_tickets_when_read(tmp_path: Path) -> None:
    """The counts of the hand-made log."""
    found = facts(tmp_path)
    assert (found["events"], found["incidents"]) == (7, 2)
    assert found["states"] == {"Neu": 2, "Arbeit": 2, "Kunde": 1, "Fertig": 1, "Zu": 1}


def test_facts_take_wall_hours_when_resolved(tmp_path: Path) -> None:
    """T1 took from 4 January 09:00 to 6 January 10:00 on the log's clock: 49 hours."""
    found = facts(tmp_path)
    assert found["resolved_at_missing"] == 1
    assert cast("dict[str, float]", found["mttr_h"])["mean"] == 49.0


def test_facts_keep_wall_hours_when_the_clock_changes(tmp_path: Path) -> None:
    """Hours are differences of readings: a spring night has no hour less."""
    row = ROWS[6].replace("05.01.2016 12:00", "26.03.2016 12:00")
    (found,) = (facts(tmp_path, row.replace("?,true", "27.03.2016 12:00,true")),)
    assert cast("dict[str, float]", found["mttr_h"])["mean"] == 24.0


def test_facts_share_verdicts_when_the_log_has_its_own(tmp_path: Path) -> None:
    """5 of 7 rows, 2 of 2 first rows and 1 of 2 final rows say kept."""
    found = cast("dict[str, float]", facts(tmp_path)["made_sla"])
    assert (found["by_event_row"], found["by_first_row"], found["by_final_row"]) == (
        0.7143,
        1.0,
        0.5,
    )


def test_facts_leave_out_what_is_not_mapped_when_columns_are_few(tmp_path: Path) -> None:
    """Without the columns there is no fact, rather than a zero."""
    text = MAPPING.replace('own_verdict = "Kept"', "").replace('resolved_at = "Solved"', "")
    found = facts(tmp_path, mapping=text)
    assert {"mttr_h", "made_sla", "fcr_variants", "agents"}.isdisjoint(found)


def test_facts_say_so_when_nothing_is_resolved(tmp_path: Path) -> None:
    """No mean of nothing."""
    found = facts(tmp_path, ROWS[6])
    assert found["resolved_at_missing"] == 1
    assert "mttr_h" not in found


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 2.5), (0.9, 3.7), (1.0, 4)])
def test_percentile_is_type_seven_when_between_values(share: float, expected: float) -> None:
    """The definition of Hyndman and Fan's type 7 on 1, 2, 3, 4."""
    assert percentile([1, 2, 3, 4], share) == pytest.approx(expected)


EXTENDED = MAPPING.replace(
    "[states]",
    'reopen_count = "Re"\nreassignment_count = "Moves"\nresolved_by = "Solver"\n\n[states]',
)


def extended(folder: Path) -> dict[str, dict[str, float]]:
    """Return the facts of the hand-made log with counters and solver."""
    rows = [f"{row},1,1,bob" for row in ROWS[:6]]
    rows.append(
        "T1,6,Arbeit,12.01.2016 10:00,04.01.2016 09:00,ann,carl,hoch,lab,bob,"
        "06.01.2016 13:00,false,1,1,bob"
    )
    rows.append(
        "T2,0,Fertig,05.01.2016 12:30,05.01.2016 12:00,dora,dora,tief,desk,?,"
        "05.01.2016 12:30,true,0,0,ann"
    )
    path = write_log(folder, *rows, header=f"{HEADER},Re,Moves,Solver")
    log = read_log(path, load_mapping(write_mapping(folder, EXTENDED)))
    return cast("dict[str, dict[str, float]]", dict(log.facts))


def test_facts_tell_first_contact_in_variants_when_counters_are_mapped(tmp_path: Path) -> None:
    """T2 is solved at once by the first to see it, T1 by no definition."""
    variants = extended(tmp_path)["fcr_variants"]
    assert set(variants.values()) == {0.5}
    assert len(variants) == 8


def test_facts_count_reopenings_when_counters_are_mapped(tmp_path: Path) -> None:
    """T1 came back; its resolve date is three hours after its first resolved row."""
    assert extended(tmp_path)["reopen"] == {
        "reopen_count>0": 1,
        "backward_state_tickets": 1,
        "resolved_at_overwritten_by_reopen_>1h": 1,
        "median_shift_h": 3.0,
    }


def test_facts_count_people_when_the_solver_is_mapped(tmp_path: Path) -> None:
    """Two solvers with a ticket each; one kept all of hers."""
    assert extended(tmp_path)["agents"] == {
        "n": 2,
        "n_lt_10": 2,
        "raw_100pct": 1,
        "median_n_of_100pct": 1,
    }


def test_facts_average_groups_without_weights_when_asked_for_that_mistake(tmp_path: Path) -> None:
    """Lab kept 0 of 1, desk 1 of 1: the unweighted mean is a half."""
    assert extended(tmp_path)["made_sla"]["unweighted_mean_over_groups"] == 0.5
