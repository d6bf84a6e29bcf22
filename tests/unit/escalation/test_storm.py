"""Storms of tickets, and digests against storms of messages (E1, E3)."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from itsm_core.calendars import WeeklyHours
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.escalation import (
    Breached,
    Coverage,
    Digest,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ProposeMajorIncident,
    Step,
    Storm,
    StormWatch,
    digests,
    storms,
)
from itsm_core.escalation._triggers import Same
from itsm_core.events import TicketOpened
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.rosters import Responder, Roster
from itsm_core.spans import hours, micros, minutes

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def ladder(**given: object) -> Ladder:
    """Return a ladder that proposes a major incident at three tickets of a service in an hour."""
    values: dict[str, object] = {
        "name": "storm",
        "trigger": Storm(tickets=3, within=hours(1), same="service"),
        "actions": [ProposeMajorIncident()],
        **given,
    }
    return Ladder(name="desk", rules=(EscalationRule(**values),))  # type: ignore[arg-type]


def opened(minute: float, service: str = "mail", priority: str = "P2") -> TicketOpened:
    """Return a ticket about a service, so many minutes after nine."""
    return TicketOpened(
        ticket_id=TicketId(f"INC-{minute}"),
        occurred_at=AT + minutes(minute),
        service=ServiceId(service),
        priority=priority,
    )


def about(rungs: Ladder, *openings: TicketOpened) -> list[str]:
    """Return the tickets that storms were told about, up to the next day."""
    return [step.ticket_id for step in storms(openings, rungs, until=AT + hours(24))]


def test_storm_is_told_once_when_it_goes_on() -> None:
    """With the third ticket; the fourth and the fifth belong to it."""
    assert about(ladder(), *map(opened, (0, 10, 20, 30, 40))) == ["INC-20"]


def test_step_of_a_storm_has_its_place_and_its_key_when_told() -> None:
    """The second rung, its two actions numbered; the first opening of the storm is its subject."""
    storm = EscalationRule(
        name="storm",
        trigger=Storm(tickets=3, within=hours(1), same="service"),
        actions=[ProposeMajorIncident(), Notify(target="group", name="second line")],
    )
    other = EscalationRule(
        name="late", trigger=Breached(clock="resolution"), actions=[ProposeMajorIncident()]
    )
    rungs = Ladder(name="desk", rules=(other, storm))
    found = storms(map(opened, (0, 10, 20)), rungs, until=AT + hours(24))
    subject = f"storm.service.mail.{micros(AT)}"
    assert [(each.rule, each.level, each.occurrence, each.subject) for each in found] == [
        ("storm", 2, 1, subject)
    ] * 2
    assert [each.key for each in found] == [
        f"INC-20:{rungs.versions[1]}:{subject}:1:{number}" for number in (1, 2)
    ]
    assert [each.target for each in found] == ["", "group second line"]
    assert {each.reached_at for each in found} == {AT + minutes(20)}


def test_subject_of_a_storm_says_all_when_nothing_is_shared() -> None:
    """The whole desk is what these tickets have in common."""
    every = ladder(trigger=Storm(tickets=2, within=hours(1)))
    (step,) = storms(map(opened, (0, 1)), every, until=AT + hours(1))
    assert step.subject == f"storm.all.all.{micros(AT)}"


@pytest.mark.parametrize(
    ("same", "given"),
    [
        ("service", {"service": "x"}),
        ("configuration_item_id", {"configuration_item_id": "x"}),
        ("category_name", {"category": "x"}),
        ("group", {"group": "x"}),
    ],
)
def test_storm_is_of_the_fact_that_its_rule_names(same: Same, given: dict[str, Any]) -> None:
    """Two tickets that share it are a storm of two; without it they are none."""
    rungs = ladder(trigger=Storm(tickets=2, within=hours(1), same=same))
    bare = [attrs.evolve(opened(minute), service=ServiceId("")) for minute in (0, 1)]
    assert about(rungs, *bare) == []
    assert about(rungs, *(attrs.evolve(each, **given) for each in bare)) == ["INC-1"]


def test_storms_are_those_of_a_span_when_asked() -> None:
    """After `since`, up to and including `until`."""
    told = [*map(opened, (0, 10, 20)), *map(opened, (200, 210, 220))]
    first, second = AT + minutes(20), AT + minutes(220)

    def found(since: datetime | None, until: datetime) -> list[str]:
        return [each.ticket_id for each in storms(told, ladder(), since=since, until=until)]

    assert found(None, first - minutes(1)) == []
    assert found(None, first) == ["INC-20"]
    assert found(first, second) == ["INC-220"]
    assert found(first - minutes(1), second) == ["INC-20", "INC-220"]


def test_reader_of_a_storm_is_whoever_holds_the_ticket_when_told() -> None:
    """The assignee, the requester; the group where nobody has it yet."""
    holder: dict[str, Any] = {"assignee": "ana", "requester": "rob", "group": "one"}
    rungs = ladder(actions=[Notify(target="assignee"), Notify(target="requester")])
    mine = [attrs.evolve(opened(minute), **holder) for minute in (0, 1, 2)]
    found = storms(mine, rungs, until=AT + hours(1))
    assert [each.target for each in found] == ["person ana", "person rob"]
    free = [attrs.evolve(each, assignee=PersonId("")) for each in mine]
    assert storms(free, rungs, until=AT + hours(1))[0].target == "group one"


def test_storm_is_none_when_the_first_is_an_hour_old() -> None:
    """An opening exactly so long ago is no longer among them."""
    assert about(ladder(), *map(opened, (0, 30, 60))) == []
    assert about(ladder(), *map(opened, (0, 30, 59))) == ["INC-59"]


def test_next_storm_is_told_when_the_last_one_had_ended() -> None:
    """Fewer than three in an hour, then three again."""
    found = about(ladder(), *map(opened, (0, 10, 20, 200, 210, 220)))
    assert found == ["INC-20", "INC-220"]


def test_storm_is_of_one_service_when_tickets_share_it() -> None:
    """Three tickets of three services are none, and those without one neither."""
    assert about(ladder(), opened(0, "a"), opened(1, "b"), opened(2, "c")) == []
    assert about(ladder(), opened(0, ""), opened(1, ""), opened(2, "")) == []
    every = ladder(trigger=Storm(tickets=3, within=hours(1)))
    assert about(every, opened(0, "a"), opened(1, ""), opened(2, "c")) == ["INC-2"]


def test_storm_is_told_once_when_tickets_keep_coming_just_as_often() -> None:
    """Every twenty minutes for a day: each makes three in an hour, and it is one storm.

    It has ended when for a whole hour there were fewer.
    """
    steady = [opened(20 * n) for n in range(72)]
    assert about(ladder(), *steady) == ["INC-40"]
    again = [opened(minute) for minute in (0, 20, 40, 60, 100, 119, 120)]
    assert about(ladder(), *again) == ["INC-40"]
    ended = [opened(minute) for minute in (0, 20, 40, 99, 100, 101)]
    assert about(ladder(), *ended) == ["INC-40", "INC-101"]


def test_storm_is_not_told_again_when_an_opening_comes_to_be_known_late() -> None:
    """It belongs to the storm of its own time; without one, it is told when it was known."""
    first, second = opened(10), opened(20)
    late = attrs.evolve(opened(5), recorded_at=AT + minutes(90))
    assert about(ladder(), first, second, opened(30), late) == ["INC-30"]
    (step,) = storms((first, second, late), ladder(), until=AT + hours(24))
    assert (step.ticket_id, step.at) == ("INC-5", AT + minutes(90))
    parts = [
        storms((first, second, late), ladder(), since=since, until=since + hours(1))
        for since in (AT, AT + hours(1))
    ]
    assert parts == [(), (step,)]
    assert about(ladder(), first, opened(200), late) == []
    after = attrs.evolve(opened(15), recorded_at=AT + minutes(600))
    earlier = [opened(0), opened(10), *map(opened, (300, 310, 320))]
    assert about(ladder(), *earlier, after) == ["INC-320", "INC-15"]


def test_message_says_for_what_it_waits_when_its_reader_is_asleep() -> None:
    """Ana sleeps in the morning: until noon."""
    quiet = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 08:00-12:00"))
    coverage = Coverage(rosters=(Roster(name="desk", responders=(quiet,)),))
    rungs = ladder(actions=[Notify(target="person", name="ana")])
    (step,) = storms(map(opened, (0, 1, 2)), rungs, coverage, until=AT + hours(24))
    assert (step.at, step.note) == (AT + hours(3), "after the quiet hours of ana")


def test_storm_is_told_when_the_condition_holds_of_its_ticket() -> None:
    """Of the first one in it of which it does."""
    rungs = ladder(when=field("priority").is_("P1"))
    assert about(rungs, opened(0), opened(1), opened(2)) == []
    assert about(rungs, opened(0), opened(1), opened(2, priority="P1")) == ["INC-2"]
    late = [opened(0), opened(1), opened(2), opened(3, priority="P1"), opened(4, priority="P1")]
    assert about(rungs, *late) == ["INC-3"]


def test_storms_are_refused_when_a_rule_speaks_to_an_unknown_roster() -> None:
    """Before the night of the storm, not in it."""
    rungs = ladder(actions=[Notify(target="roster", name="dusk")])
    with pytest.raises(InvalidValue, match="dusk"):
        storms((), rungs, Coverage(rosters=(Roster(name="desk"),)), until=AT)


def test_storms_are_the_same_when_asked_at_any_times() -> None:
    """E3, for storms, also where openings come to be known late; no order of telling matters."""
    for seed in range(60):
        rng = random.Random(seed)
        openings = [opened(rng.randrange(600) + n / 100, rng.choice("ab")) for n in range(40)]
        openings = [
            attrs.evolve(each, recorded_at=each.occurred_at + minutes(rng.choice((0, 0, 20, 200))))
            for each in openings
        ]
        whole = storms(openings, ladder(), until=AT + hours(24))
        rng.shuffle(openings)
        assert storms(openings, ladder(), until=AT + hours(24)) == whole
        times = [AT - hours(1), *sorted(AT + minutes(rng.randrange(600)) for _ in range(6))]
        times.append(AT + hours(24))
        parts: list[Step] = []
        for since, until in itertools.pairwise(times):
            known = [each for each in openings if each.recorded_at <= until]
            parts += storms(known, ladder(), since=since, until=until)
        assert tuple(parts) == whole
        assert whole


def step(number: int, target: str = "person ana", **given: object) -> Step:
    """Return a message for somebody."""
    values: dict[str, object] = {"action": Notify(target="assignee"), "target": target, **given}
    return Step(
        at_us=1_767_600_000_000_000 + number,
        key=f"INC-{number}:x:response.1:1:1",
        ticket_id=TicketId(f"INC-{number}"),
        rule="late",
        level=1,
        subject="response.1",
        occurrence=1,
        why="response is breached",
        reached_us=0,
        **values,  # type: ignore[arg-type]
    )


def test_messages_are_one_when_a_target_would_get_too_many() -> None:
    """Five hundred tickets of one night are one list; ben's single message stays one."""
    found = digests([*map(step, range(500)), step(1_000, "person ben")])
    assert [(each.target, len(each.steps)) for each in found] == [
        ("person ana", 500),
        ("person ben", 1),
    ]
    assert found[0].text().startswith("500 messages for person ana\nINC-0 Mon ")
    assert found[1].key == "INC-1000:x:response.1:1:1"


def test_digest_is_the_message_itself_when_it_holds_one() -> None:
    """Its ticket and its line, as if there were no digest, and no head over a list of one."""
    text = Digest(target="person ana", steps=(step(7),)).text()
    assert text == f"INC-7 {step(7).text()}"


def test_messages_stay_apart_when_there_are_few() -> None:
    """At most as many as were allowed."""
    assert [len(each.steps) for each in digests(map(step, range(5)))] == [1] * 5
    assert [len(each.steps) for each in digests(map(step, range(5)), most=4)] == [5]


def test_digest_has_one_key_when_its_steps_come_in_another_order() -> None:
    """Sent twice, it is the same message."""
    steps = [step(n) for n in range(9)]
    one = Digest(target="x", steps=tuple(steps))
    assert one.key == Digest(target="x", steps=tuple(reversed(steps))).key
    assert one.key != Digest(target="x", steps=tuple(steps[1:])).key


def test_only_messages_are_digested_when_steps_do_other_things() -> None:
    """An assignment is made, not read."""
    assign = step(1, "", action=EscalateToGroup(group=GroupId("second line")))
    role = step(2, "", action=EscalateToRole(role="manager"))
    assert [each.target for each in digests([assign, role])] == ["role manager"]


def test_messages_are_one_list_when_a_single_one_is_the_cap() -> None:
    """One goes out as it is, two as a list."""
    assert [len(each.steps) for each in digests([step(0)], most=1)] == [1]
    assert [len(each.steps) for each in digests([step(0), step(1)], most=1)] == [2]


@pytest.mark.parametrize("most", [0, -1, 1.5, True])
def test_digest_is_refused_when_the_cap_is_none(most: object) -> None:
    """A whole number above 0."""
    with pytest.raises(InvalidValue, match="how many messages"):
        digests([], most=most)  # type: ignore[arg-type]


def test_every_opening_is_refused_when_a_rule_speaks_to_an_unknown_roster() -> None:
    """From the first on, and again: a storm that nobody hears of must not pass for told."""
    rungs = ladder(actions=[Notify(target="roster", name="nights")])
    watch = StormWatch(Coverage())
    for minute in (0, 1, 2, 3):
        with pytest.raises(InvalidValue, match="nights"):
            watch.steps(opened(minute), rungs)


def test_step_of_a_storm_says_why_when_told() -> None:
    """And for whom."""
    rungs = ladder(actions=[Notify(target="group", name="second line")])
    (found,) = storms(map(opened, (0, 1, 2)), rungs, until=AT + timedelta(hours=1))
    assert str(found) == "Mon 09:02: notify second line, because 3 tickets came at once"
