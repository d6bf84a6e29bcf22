"""`next`: who must act about each open ticket, by when; instants were worked out by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm_core.cli import main
from itsm_core.cli._next import Next, NextAct, next_acts, next_of_log
from itsm_core.errors import InvalidValue
from itsm_core.escalation import due
from itsm_core.events import ContactReceived, EscalationStepTaken, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.interop import load_mapping, read_log
from itsm_core.policy import load_policy
from tests.unit.interop.sample import write_log, write_mapping

PROMISE = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 08:00-18:00"

[[agreements]]
id = "gold"
calendar = "office"
[agreements.resolution]
goals = { P1 = "4h", P3 = "16h" }
pause_on = ["awaiting_requester"]
"""
LADDER = """
[[ladders.{name}.rules]]
name = "most"
trigger = {{ kind = "share_used", clock = "resolution", ratio = 0.75 }}
actions = [{{ {action} }}]
"""
GROUP = 'kind = "notify", target = "group", name = "second line"'
NIGHTS = """
[[rosters.net.layers]]
name = "weeks"
people = ["ann"]
zone = "Europe/Berlin"
start_on = 2016-01-04
hand_off = "08:00"

[[rosters.net.responders]]
person = "ann"
zone = "Europe/Berlin"
quiet = "Mo-Su 13:00-14:30"
"""
# A Monday. T1 has 16 h: 9 of them on Monday, due on Tuesday 15:00. T2 has 4 h: due on Monday 13:00.
# T3 waits for its requester since 11:00, 2 of 16 h used. T4 was solved.
ROWS = (
    "T1,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,tief,desk,ann,?,true",
    "T2,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,hoch,desk,?,?,true",
    "T3,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,tief,?,?,?,true",
    "T3,1,Kunde,04.01.2016 11:00,04.01.2016 09:00,ann,carl,tief,?,?,?,true",
    "T4,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,hoch,desk,ann,04.01.2016 14:00,true",
    "T4,1,Fertig,04.01.2016 14:00,04.01.2016 09:00,ann,carl,hoch,desk,ann,04.01.2016 14:00,true",
)


def policy_file(folder: Path, *more: str) -> Path:
    """Write a policy of one promise, and what else it is to have."""
    path = folder / "policy.toml"
    path.write_text("\n".join((*more, PROMISE)), encoding="utf-8")
    return path


def ladder(action: str, name: str = "day") -> str:
    """Return a ladder that acts when three quarters of the resolution time are used."""
    return LADDER.format(name=name, action=action)


def acts(
    folder: Path, *more: str, as_of: datetime, rows: tuple[str, ...] = ROWS
) -> dict[str, tuple[str, str, str]]:
    """Return when, who and what of each ticket."""
    log = read_log(write_log(folder, *rows), load_mapping(write_mapping(folder)))
    policy = load_policy(policy_file(folder, *more))
    found = next_acts(log.histories.values(), policy, as_of=as_of, zone="Europe/Berlin")
    return {each.ticket_id: (each.when, each.who, each.what) for each in found}


MONDAY = datetime(2016, 1, 4, 13, tzinfo=UTC)  # 14:00 in Berlin
TUESDAY = datetime(2016, 1, 5, 11, tzinfo=UTC)  # 12:00 in Berlin


def test_next_tells_due_instant_when_clock_runs(tmp_path: Path) -> None:
    """5 of 16 hours are used at 14:00."""
    assert acts(tmp_path, as_of=MONDAY)["T1"] == (
        "Tue 2016-01-05 15:00 CET",
        "ann",
        "resolution is due, 11 h left",
    )


def test_next_tells_how_late_when_promise_is_broken(tmp_path: Path) -> None:
    """Before anything that a ladder wants; a group has it."""
    assert acts(tmp_path, ladder(GROUP), as_of=MONDAY)["T2"] == (
        "Mon 2016-01-04 13:00 CET",
        "desk",
        "resolution is breached, 1 h late",
    )


def test_next_leaves_lateness_out_when_no_time_counted_since(tmp_path: Path) -> None:
    """One microsecond after its due instant."""
    at = datetime(2016, 1, 4, 12, 0, 0, 1, tzinfo=UTC)
    assert acts(tmp_path, as_of=at)["T2"][2] == "resolution is breached"


def test_next_tells_pause_without_instant_when_clock_is_paused(tmp_path: Path) -> None:
    """Nobody knows its end; nobody holds it either."""
    assert acts(tmp_path, ladder(GROUP), as_of=MONDAY)["T3"] == (
        "-",
        "nobody holds it",
        "resolution is paused while awaiting_requester, 14 h left",
    )


def test_next_leaves_ticket_out_when_it_is_not_open(tmp_path: Path) -> None:
    """Solved at the instant, or not opened yet; before it was solved it is there."""
    assert set(acts(tmp_path, as_of=MONDAY)) == {"T1", "T2", "T3"}
    assert set(acts(tmp_path, as_of=MONDAY.replace(hour=12))) == {"T1", "T2", "T3", "T4"}
    assert acts(tmp_path, as_of=MONDAY.replace(hour=7)) == {}


def test_next_is_the_same_when_events_come_backward_and_twice(tmp_path: Path) -> None:
    """A history is a set of facts (law S1)."""
    log = read_log(write_log(tmp_path, *ROWS), load_mapping(write_mapping(tmp_path)))
    policy = load_policy(policy_file(tmp_path, ladder(GROUP)))
    histories = [list(history) for history in log.histories.values()]
    mixed = [[*reversed(history), *history] for history in histories]
    told = [next_acts(each, policy, as_of=MONDAY, zone="UTC") for each in (histories, mixed)]
    assert told[0] == told[1]
    assert [act.ticket_id for act in told[0]] == ["T2", "T1", "T3"]


def test_next_leaves_ticket_out_when_only_a_contact_about_it_was_before(tmp_path: Path) -> None:
    """Somebody called at nine; the ticket was opened at ten."""
    policy = load_policy(policy_file(tmp_path))
    nine, ten = (datetime(2016, 1, 4, hour, tzinfo=UTC) for hour in (9, 10))
    history = (
        ContactReceived(ticket_id=TicketId("T9"), occurred_at=nine),
        TicketOpened(ticket_id=TicketId("T9"), occurred_at=ten, priority="P1", state="new"),
    )
    before = next_acts([history], policy, as_of=datetime(2016, 1, 4, 9, 30, tzinfo=UTC), zone="UTC")
    (after,) = next_acts([history], policy, as_of=ten, zone="UTC")
    assert before == ()
    assert (after.ticket_id, after.when) == ("T9", "Mon 2016-01-04 15:00 CET")


def test_next_tells_planned_step_when_it_comes_before_due_instant(tmp_path: Path) -> None:
    """12 of 16 hours: 9 on Monday, 3 on Tuesday."""
    assert acts(tmp_path, ladder(GROUP), as_of=MONDAY)["T1"] == (
        "Tue 2016-01-05 11:00 CET",
        "second line",
        "notify second line, because 75 % of the resolution time is used",
    )


def test_next_tells_due_step_when_it_is_not_taken(tmp_path: Path) -> None:
    """At its instant, an hour ago: `plan` has it no more."""
    found = acts(tmp_path, ladder(GROUP), as_of=TUESDAY)["T1"]
    assert found[:2] == ("Tue 2016-01-05 11:00 CET", "second line")


def test_next_tells_due_instant_when_step_was_taken(tmp_path: Path) -> None:
    """A record of the step is enough."""
    log = read_log(write_log(tmp_path, *ROWS), load_mapping(write_mapping(tmp_path)))
    policy = load_policy(policy_file(tmp_path, ladder(GROUP)))
    history = log.histories[TicketId("T1")]
    (found,) = due(history, policy.ladders["day"], policy.catalogue, until=TUESDAY)
    taken = EscalationStepTaken(
        ticket_id=TicketId("T1"),
        occurred_at=TUESDAY,
        key=found.key,
        rule="most",
        action="notify",
        due_at=found.step.at,
    )
    (act,) = next_acts([(*history, taken)], policy, as_of=TUESDAY, zone="UTC")
    assert (act.when, act.is_late) == ("Tue 2016-01-05 15:00 CET", False)


def test_next_waits_for_end_of_quiet_hours_when_step_is_held(tmp_path: Path) -> None:
    """It came due at 11:00 and is found at 13:30, when ann is not to be called."""
    action = 'kind = "notify", target = "assignee", respect_quiet_hours = true'
    at = datetime(2016, 1, 5, 12, 30, tzinfo=UTC)
    assert acts(tmp_path, NIGHTS, ladder(action), as_of=at)["T1"][:2] == (
        "Tue 2016-01-05 14:30 CET",
        "ann",
    )


def test_next_tells_pause_when_step_is_held_by_it(tmp_path: Path) -> None:
    """It came due at 12:00, the clock was paused at 12:30, and nobody knows until when."""
    rows = (
        "T1,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,hoch,desk,ann,?,true",
        "T1,1,Kunde,04.01.2016 12:30,04.01.2016 09:00,ann,carl,hoch,desk,ann,?,true",
    )
    assert acts(tmp_path, ladder(GROUP), as_of=MONDAY, rows=rows)["T1"] == (
        "-",
        "ann",
        "resolution is paused while awaiting_requester, 30 min left",
    )


def test_next_names_role_and_ladder_when_there_are_several(tmp_path: Path) -> None:
    """Which of them a ticket has is not known here; of equals the first in the file."""
    role = ladder('kind = "escalate_to_role", role = "manager"', name="night")
    assert acts(tmp_path, role, ladder(GROUP, name="week"), as_of=MONDAY)["T1"] == (
        "Tue 2016-01-05 11:00 CET",
        "second line",
        "notify second line, because 75 % of the resolution time is used (ladder week)",
    )
    assert acts(tmp_path, role, as_of=MONDAY)["T1"][1:] == (
        "the manager",
        "escalate to the manager, because 75 % of the resolution time is used",
    )


def test_next_tells_that_nothing_is_due_when_nothing_is_promised(tmp_path: Path) -> None:
    """A priority without a goal has no clock."""
    rows = ("T1,0,Neu,04.01.2016 09:00,04.01.2016 09:00,ann,carl,?,desk,ann,?,true",)
    assert acts(tmp_path, as_of=MONDAY, rows=rows)["T1"] == ("-", "ann", "nothing is due")


def test_next_prints_earliest_first_when_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of the end of the log, which is 14:00 on Monday; the JSON has what is not printed."""
    log, mapping = write_log(tmp_path, *ROWS), write_mapping(tmp_path)
    figures = tmp_path / "next.json"
    arguments = [
        "next",
        str(log),
        "--mapping",
        str(mapping),
        "--policy",
        str(policy_file(tmp_path)),
    ]
    assert main([*arguments, "--most", "2", "--json", str(figures)]) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "3 open tickets as of Mon 2016-01-04 14:00 CET, 1 late",
        "Mon 2016-01-04 13:00 CET  T2  desk  resolution is breached, 1 h late",
        "Tue 2016-01-05 15:00 CET  T1  ann   resolution is due, 11 h left",
        "and 1 more; --most says how many to print",
    ]
    told = json.loads(figures.read_text(encoding="utf-8"))
    assert told["as_of"] == "2016-01-04T13:00:00+00:00"
    assert [each["at"] for each in told["tickets"]] == [
        "2016-01-04T12:00:00+00:00",
        "2016-01-05T14:00:00+00:00",
        None,
    ]
    assert [each["is_late"] for each in told["tickets"]] == [True, False, False]


def test_next_prints_heading_alone_when_nothing_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both of T4's rows, judged at their end."""
    log, mapping = write_log(tmp_path, *ROWS[-2:]), write_mapping(tmp_path)
    next_of_log(Next(log=log, mapping=str(mapping), policy=str(policy_file(tmp_path))))
    assert capsys.readouterr().out == "0 open tickets as of Mon 2016-01-04 14:00 CET, 0 late\n"


@pytest.mark.parametrize(
    ("option", "value"), [("--most", "0"), ("--as-of", "2015-01-01T00:00Z"), ("--as-of", "today")]
)
def test_next_is_refused_when_argument_is_wrong(tmp_path: Path, option: str, value: str) -> None:
    """One message, and no file."""
    log, mapping = write_log(tmp_path, *ROWS), write_mapping(tmp_path)
    arguments = [
        "next",
        str(log),
        "--mapping",
        str(mapping),
        "--policy",
        str(policy_file(tmp_path)),
    ]
    assert main([*arguments, option, value, "--json", str(tmp_path / "a.json")]) == 2
    assert not (tmp_path / "a.json").exists()


def test_next_is_refused_when_json_is_the_log(tmp_path: Path) -> None:
    """It would destroy it."""
    log, mapping = write_log(tmp_path, *ROWS), write_mapping(tmp_path)
    asked = Next(log=log, mapping=str(mapping), policy=str(policy_file(tmp_path)), json=log)
    with pytest.raises(InvalidValue, match="--json is the log"):
        next_of_log(asked)


def test_act_has_no_time_when_there_is_no_instant() -> None:
    """In words and as data."""
    act = NextAct(ticket_id=TicketId("T1"), zone="UTC", who="ann", what="nothing is due")
    assert (act.when, act.to_json()["at"]) == ("-", None)
