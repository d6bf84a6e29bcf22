"""What differs between two definitions, in words (law S13)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WallTime, WeeklyHours
from itsm_core.conditions import field
from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    METRICS,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
)
from itsm_core.sla._definitions import (
    DefinitionChange,
    Part,
    bears_on,
    calendar_words,
    definition_changes,
    is_same_target,
)
from tests.unit.sla.ticket import (
    IN_NETWORK,
    PAUSING,
    at,
    clock,
    held,
    opened,
    reopened,
    resolved,
    resumed,
    target,
)
from tests.unit.sla.ticket import changed as repriced

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
TARGET = ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "*": 4 * HOUR})
OLD = ServiceLevelAgreement(agreement_id=AgreementId("a"), calendar=OFFICE, targets=(TARGET,))


def words(**change: object) -> list[str]:
    """Return what differs when the target is changed."""
    new = attrs.evolve(OLD, targets=(attrs.evolve(TARGET, **change),))  # type: ignore[arg-type]
    return [str(each) for each in definition_changes(OLD, new)]


def test_nothing_is_said_of_equal_definitions() -> None:
    """A title is no part of them."""
    assert definition_changes(OLD, attrs.evolve(OLD, title="Another")) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"goals": {"P1": WallTime(HOUR), "P2": 2 * HOUR}},
            [
                "resolution: goal of P1: 1 h working time -> 1 h elapsed time",
                "resolution: goal of other priorities: 4 h working time -> no goal",
                "resolution: goal of P2: 4 h working time -> 2 h working time",
            ],
        ),
        ({"goals": {"P1": HOUR, "P2": 4 * HOUR, "*": 4 * HOUR}}, []),
        ({"calendar": OFFICE}, []),
        ({"pause_on": {"b", "a"}}, ["resolution: pauses while: never -> hold_reason in (a, b)"]),
        (
            {"pause_limits": (PauseLimit(reason="*", budget=HOUR),)},
            ["resolution: limits of pauses"],
        ),
        ({"anchor": "opened"}, ["resolution: anchor: occurred -> opened"]),
        ({"retarget": "share"}, ["resolution: retarget: from_start -> share"]),
        ({"reopen": "ignore"}, ["resolution: reopen: exclude_closed -> ignore"]),
        ({"warn_at_ratios": (0.5, 0.75)}, ["resolution: warnings at: none -> 0.5, 0.75"]),
        (
            {"rules": attrs.evolve(METRICS["resolution"], stop=field("category").is_("closed"))},
            [
                "resolution: stop when: category in (resolved, closed) -> category is closed",
            ],
        ),
        (
            {"metric": "agent_work", "rules": METRICS["agent_work"]},
            [
                "resolution: metric: resolution -> agent_work",
                "resolution: pauses while: never -> category is on_hold",
            ],
        ),
    ],
)
def test_each_part_of_a_target_is_told(change: dict[str, object], said: list[str]) -> None:
    """Both values, where they are short."""
    assert words(**change) == said


def test_metric_alone_is_told_when_a_clock_becomes_one_of_commitments() -> None:
    """Commitments have no goals and rules of their own: there is nothing to set against them."""
    promise = ServiceLevelTarget(metric="commitment", name="resolution")
    new = attrs.evolve(OLD, targets=(promise,))
    assert [str(each) for each in definition_changes(OLD, new)] == [
        "resolution: goal of P1: 1 h working time -> no goal",
        "resolution: goal of other priorities: 4 h working time -> no goal",
        "resolution: metric: resolution -> commitment",
    ]


def test_change_of_the_agreement_itself_bears_on_no_clock() -> None:
    """Which agreement holds is a reason of its own; that one is new judges nothing."""
    change = DefinitionChange(part="agreement", text="'a' version 2 is new")
    assert not bears_on(change, None, None, frozenset())


def test_another_calendar_is_told_once() -> None:
    """Whatever its parts are called."""
    (found,) = words(calendar=ALWAYS)
    assert found.startswith("resolution: calendar: ")


def test_parts_of_an_agreement_are_told() -> None:
    """Which tickets it is for, and when."""
    new = attrs.evolve(
        OLD,
        version=2,
        applies_to=field("service").is_("mail"),
        precedence=3,
        valid_from=datetime(2026, 1, 5, tzinfo=UTC),
        version_rule="latest",
    )
    assert [str(each) for each in definition_changes(OLD, new)] == [
        "a version 1 -> a version 2",
        "for: any ticket -> service is mail",
        "precedence: 0 -> 3",
        "in force: always -> from 2026-01-05 00:00+00:00",
        "version rule: at_creation -> latest",
    ]


def test_clock_that_is_new_or_gone_is_told() -> None:
    """By name."""
    more = attrs.evolve(OLD, targets=(TARGET, ServiceLevelTarget(metric="response", goals=HOUR)))
    assert [str(each) for each in definition_changes(OLD, more)] == ["response: new clock"]
    assert [str(each) for each in definition_changes(more, OLD)] == ["response: clock dropped"]
    assert not is_same_target(OLD, more, "response")
    assert is_same_target(OLD, more, "resolution")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (attrs.evolve(OFFICE, zone="Europe/Berlin"), "calendar: zone UTC -> Europe/Berlin"),
        (attrs.evolve(OFFICE, holidays=[date(2026, 1, 6)]), "calendar: holidays"),
        (attrs.evolve(OFFICE, hours=WeeklyHours.parse("Mo-Fr 08:00-18:00")), "calendar: hours"),
    ],
)
def test_calendars_say_which_parts_differ(other: Calendar, said: str) -> None:
    """The zone with both names."""
    assert calendar_words(OFFICE, other) == said


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"goals": {"P1": 2 * HOUR, "*": 4 * HOUR}}, ("goal", "resolution", "P1")),
        ({"goals": {"P1": HOUR, "*": 5 * HOUR}}, ("goal", "resolution", "*")),
        ({"calendar": ALWAYS}, ("calendar", "resolution", "")),
        ({"pause_on": {"parts"}}, ("pauses", "resolution", "")),
        (
            {"pause_limits": (PauseLimit(reason="*", budget=HOUR),)},
            ("limits", "resolution", ""),
        ),
        ({"anchor": "opened"}, ("anchor", "resolution", "")),
        ({"retarget": "share"}, ("retarget", "resolution", "")),
        ({"reopen": "ignore"}, ("reopen", "resolution", "")),
        ({"warn_at_ratios": (0.5,)}, ("warnings", "resolution", "")),
        ({"name": "repair"}, ("target", "resolution", "")),
        *(
            (
                {"rules": attrs.evolve(METRICS["resolution"], **{rule: IN_NETWORK})},
                ("rules", "resolution", ""),
            )
            for rule in ("start", "stop", "cancel", "reset", "resume")
        ),
        ({"metric": "ola", "rules": METRICS["resolution"]}, ("metric", "resolution", "")),
    ],
)
def test_change_names_its_part_its_clock_and_its_priority(
    change: dict[str, object], expected: tuple[str, str, str]
) -> None:
    """Programs sort changes by them; a priority is told of goals alone."""
    new = attrs.evolve(OLD, targets=(attrs.evolve(TARGET, **change),))  # type: ignore[arg-type]
    first = definition_changes(OLD, new)[0]
    assert (first.part, first.clock, first.priority) == expected


def test_change_of_an_agreement_names_no_clock() -> None:
    """It concerns all of them."""
    (change,) = definition_changes(OLD, attrs.evolve(OLD, precedence=1))
    assert (change.part, change.clock, change.priority) == ("agreement", "", "")


def test_kind_of_agreement_is_told_when_it_differs() -> None:
    """An agreement with a group is none with a customer."""
    (change,) = definition_changes(OLD, attrs.evolve(OLD, kind="ola"))
    assert change.text == "kind: sla -> ola"


def test_calendar_of_another_kind_names_its_parts_and_no_zone() -> None:
    """What has no zone has not changed its zone; spaces stand for underscores."""
    assert calendar_words(ALWAYS, OFFICE) == (
        "calendar: kind, zone, hours, holidays, exceptions, holiday scope"
    )


def test_warnings_dropped_are_told_as_none() -> None:
    """From two shares to none."""
    warned = attrs.evolve(OLD, targets=(attrs.evolve(TARGET, warn_at_ratios=(0.5, 2 / 3)),))
    assert [str(each) for each in definition_changes(warned, OLD)] == [
        "resolution: warnings at: 0.5, 0.6667 -> none"
    ]


class TestBearsOn:
    """Whether a change of definition can be why a clock is judged otherwise."""

    @pytest.mark.parametrize(
        ("part", "events", "expected"),
        [
            ("pauses", (), False),
            ("pauses", (held(10), resumed(11)), True),
            ("limits", (), False),
            ("limits", (held(10), resumed(11)), True),
            ("retarget", (), False),
            ("retarget", (repriced(10, "P2"),), True),
            ("reopen", (resolved(10),), False),
            ("reopen", (resolved(10), reopened(11)), True),
            ("calendar", (), True),
            ("metric", (), True),
            ("rules", (), True),
            ("target", (), True),
            ("agreement", (), False),
            ("warnings", (), False),
            ("anchor", (), False),
        ],
    )
    def test_change_matters_when_the_clock_met_what_it_is_about(
        self, part: Part, events: tuple[TicketEvent, ...], expected: bool
    ) -> None:
        """A clock that never paused is not late because of its pauses."""
        found = clock(target(pause_on={PAUSING}), opened(), *events, hour=12)
        change = DefinitionChange(part=part, clock="resolution", text="x")
        assert bears_on(change, found, found, frozenset({"state"})) is expected

    def test_warnings_matter_when_warnings_changed(self) -> None:
        """They judge nothing else."""
        found = clock(target(), opened(), hour=12)
        change = DefinitionChange(part="warnings", clock="resolution", text="x")
        assert bears_on(change, found, found, frozenset({"warnings"}))

    def test_anchor_matters_when_the_clock_started_elsewhere_or_on_one_side(self) -> None:
        """Typed in at ten."""
        early = clock(target(), opened(recorded_at=at(10)), hour=12)
        late = clock(target(anchor="registered"), opened(recorded_at=at(10)), hour=12)
        change = DefinitionChange(part="anchor", clock="resolution", text="x")
        assert bears_on(change, early, late, frozenset({"due"}))
        assert bears_on(change, None, late, frozenset({"due"}))
        assert bears_on(change, early, None, frozenset({"due"}))

    def test_calendar_does_not_matter_when_time_is_elapsed_time(self) -> None:
        """The wall clock has no hours."""
        found = clock(target(goals=WallTime(HOUR)), opened(), hour=12)
        change = DefinitionChange(part="calendar", clock="resolution", text="x")
        assert not bears_on(change, found, found, frozenset({"due"}))

    @pytest.mark.parametrize(
        ("priority", "expected"), [("P1", True), ("P2", True), ("P3", False), ("*", False)]
    )
    def test_goal_matters_when_the_ticket_had_its_priority(
        self, priority: str, expected: bool
    ) -> None:
        """P1, then P2; both are listed, so the goal of the others was never asked for."""
        promise = target(goals={"P1": HOUR, "P2": 2 * HOUR, "*": 4 * HOUR})
        found = clock(promise, opened(), repriced(10, "P2"), hour=12)
        change = DefinitionChange(part="goal", clock="resolution", priority=priority, text="x")
        assert bears_on(change, found, found, frozenset({"due"})) is expected

    def test_goal_of_others_matters_when_the_priority_is_not_listed(self) -> None:
        """P1 has no line of its own."""
        found = clock(target(goals={"P2": HOUR, "*": 4 * HOUR}), opened(), hour=12)
        change = DefinitionChange(part="goal", clock="resolution", priority="*", text="x")
        assert bears_on(change, found, found, frozenset({"due"}))

    @pytest.mark.parametrize(
        ("part", "priority"),
        [
            ("calendar", ""),
            ("pauses", ""),
            ("limits", ""),
            ("retarget", ""),
            ("reopen", ""),
            ("goal", "*"),
            ("goal", "P2"),
        ],
    )
    def test_change_matters_when_it_touches_the_clock_of_one_side(
        self, part: Part, priority: str
    ) -> None:
        """Before or after; a clock that is missing on the other side takes nothing away."""
        change = DefinitionChange(part=part, clock="resolution", priority=priority, text="x")
        events = (repriced(9.25, "P2"), held(9.5), resumed(9.75), resolved(10.5), reopened(11))
        touched = clock(
            target(goals={"P1": HOUR, "*": HOUR}, pause_on={PAUSING}), opened(), *events
        )
        plain = clock(target(goals={"P1": WallTime(HOUR)}), opened(), hour=12)
        for one, other in ((touched, plain), (plain, touched), (touched, None), (None, touched)):
            assert bears_on(change, one, other, frozenset({"due"}))
        assert not bears_on(change, plain, plain, frozenset({"due"}))

    def test_goal_of_the_first_priority_matters_when_it_was_left(self) -> None:
        """The clock was judged by P1 for an hour."""
        found = clock(target(goals={"P1": HOUR, "P2": HOUR}), opened(), repriced(10, "P2"), hour=12)
        change = DefinitionChange(part="goal", clock="resolution", priority="P1", text="x")
        assert bears_on(change, found, None, frozenset())
        assert bears_on(change, None, found, frozenset())


def test_metric_is_told_when_a_clock_of_commitments_becomes_another() -> None:
    """The other way round: the goals are new."""
    promise = ServiceLevelTarget(metric="commitment", name="resolution")
    old = attrs.evolve(OLD, targets=(promise,))
    assert [str(each) for each in definition_changes(old, OLD)] == [
        "resolution: goal of P1: no goal -> 1 h working time",
        "resolution: goal of other priorities: no goal -> 4 h working time",
        "resolution: metric: commitment -> resolution",
    ]


def test_calendars_that_say_the_same_differ_in_nothing_that_has_a_name() -> None:
    """Two values of one content."""
    assert calendar_words(OFFICE, attrs.evolve(OFFICE)) == "calendar"


def test_change_is_refused_when_its_fields_are_not_named() -> None:
    """Texts are easily mixed up."""
    with pytest.raises(TypeError, match="positional"):
        DefinitionChange("agreement", "", "", "x")  # type: ignore[call-arg]


def test_target_is_the_same_when_its_calendar_is_too() -> None:
    """That of the agreement counts where it has none of its own."""
    other = attrs.evolve(OLD, calendar=ALWAYS)
    own = attrs.evolve(OLD, targets=(attrs.evolve(TARGET, calendar=ALWAYS),))
    assert is_same_target(OLD, attrs.evolve(OLD), "resolution")
    assert not is_same_target(OLD, other, "resolution")
    assert not is_same_target(OLD, own, "resolution")
    assert not is_same_target(OLD, OLD, "response")
