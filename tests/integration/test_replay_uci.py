"""The main job on a real log: 141,712 rows, judged from the command line.

The published facts (law M4) are compared with what `replay --json` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from itsm_core.cli import main
from itsm_core.events import TicketOpened
from itsm_core.interop import NOT_YET_COVERED, load_mapping, read_log
from itsm_core.priority import learn_matrix

LOG = "data/uci_incident_event_log/incident_event_log.csv.gz"


def flat(facts: Mapping[str, object], path: str = "") -> dict[str, object]:
    """Return nested facts by their path."""
    found: dict[str, object] = {}
    for key, value in facts.items():
        if isinstance(value, dict):
            found |= flat(cast("Mapping[str, object]", value), f"{path}{key}.")
        else:
            found[path + key] = value
    return found


@pytest.fixture(scope="module")
def told(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Return what `replay --json` says about the UCI log."""
    out = tmp_path_factory.mktemp("uci") / "out.json"
    options = ["--mapping", "servicenow_uci", "--policy", "servicenow_uci", "--json", str(out)]
    assert main(["replay", str(shared / LOG), *options]) == 0
    return cast("dict[str, object]", json.loads(out.read_text(encoding="utf-8")))


@pytest.mark.slow
def test_replay_reproduces_every_fact_when_it_is_covered(
    told: dict[str, object], shared: Path
) -> None:
    """Every published number of this step comes out, to the place it was published with."""
    text = (shared / "field" / "uci_log_facts.json").read_text(encoding="utf-8")
    published = flat(json.loads(text)["facts"])
    ours = flat(cast("Mapping[str, object]", told["facts"]))
    covered = {
        path: value for path, value in published.items() if not path.startswith(NOT_YET_COVERED)
    }
    assert len(covered) >= 40
    assert {path: ours.get(path) for path in covered} == covered


@pytest.mark.slow
def test_replay_counts_known_defects_when_it_reports_quality(told: dict[str, object]) -> None:
    """The counts that the log's own description names."""
    quality = cast("dict[str, object]", told["data_quality"])
    assert quality["counter_gaps"] == 14_892
    assert quality["tickets_counter_complete"] == 15_659
    assert quality["zone_assumed"]


@pytest.mark.slow
def test_replay_judges_every_ticket_when_it_is_done(told: dict[str, object]) -> None:
    """Each incident has one verdict for each clock; the log ends with all of them closed."""
    promises = cast("list[dict[str, object]]", told["promises"])
    for metric in ("response", "resolution"):
        mine = [each for each in promises if each["metric"] == metric]
        decided = sum(cast("int", each["kept"]) + cast("int", each["broken"]) for each in mine)
        assert decided == 24_918
    assert cast("dict[str, object]", told["reopenings"])["tickets"] == 276


@pytest.mark.slow
def test_priority_has_no_exception_when_learned_from_the_import(shared: Path) -> None:
    """The import keeps impact, urgency and priority together: f(impact, urgency) holds (P4)."""
    log = read_log(shared / LOG, load_mapping("servicenow_uci"))
    openings = [history[0] for history in log.histories.values()]
    learned = learn_matrix(
        (opened.impact, opened.urgency, opened.priority)
        for opened in openings
        if isinstance(opened, TicketOpened)
    )
    assert learned.exceptions == ()
