"""What this library answers to the hard cases: one short function a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, cast

from itsm_core.calendars import WeeklyHours
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, EventId, PersonId, TicketId
from itsm_core.policy import parse_goal
from itsm_core.policy._goals import parse_duration
from itsm_core.rosters import Absence, Roster, Rotation, Swap, Unit
from itsm_core.sla import (
    ClockState,
    Metric,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
)
from itsm_core.testing.corpus import Answer, ClockAnswer, HardCase

_Table = Mapping[str, str]

_MOVES: Final[Mapping[str, tuple[type[TicketEvent], str]]] = {
    "hold": (TicketPutOnHold, "on_hold"),
    "resume": (TicketResumed, "in_progress"),
    "resolve": (TicketResolved, "resolved"),
    "reopen": (TicketReopened, "in_progress"),
    "close": (TicketClosed, "closed"),
    "cancel": (TicketCancelled, "cancelled"),
}
_NOTES: Final[Mapping[str, type[TicketEvent]]] = {
    "open": TicketOpened,
    "answer": AnswerSent,
    "contact": ContactReceived,
    "prioritise": PriorityChanged,
}
_FIELDS: Final = ("priority", "reason", "automatic")


def answer_of(case: HardCase) -> Answer:
    """Return what the library answers to a case; what it refuses is raised."""
    return _ANSWERS[case.kind](case)


def history_of(case: HardCase) -> tuple[TicketEvent, ...]:
    """Return the story of a case as events, as they were told."""
    story = cast("list[Mapping[str, str | bool]]", case.given["story"])
    return tuple(_event(number, line) for number, line in enumerate(story))


def _event(number: int, line: Mapping[str, str | bool]) -> TicketEvent:
    do, told = str(line["do"]), line.get("told")
    fields: dict[str, object] = {name: line[name] for name in _FIELDS if name in line}
    kind, state = _MOVES[do] if do in _MOVES else (_NOTES[do], "")
    if state:
        fields["state"] = state
    make = cast("Callable[..., TicketEvent]", kind)
    return make(
        ticket_id=TicketId("INC-1"),
        occurred_at=datetime.fromisoformat(str(line["at"])),
        recorded_at=None if told is None else datetime.fromisoformat(str(told)),
        actor=PersonId("rob" if do in ("open", "contact") else "ann"),
        event_id=EventId(str(line.get("id", f"e{number}"))),
        sequence=number,
        **({"requester": PersonId("rob")} if do == "open" else {}),
        **fields,
    )


def _between(case: HardCase) -> Answer:
    return case.calendar.between(case.instant("start"), case.instant("end"))


def _add(case: HardCase) -> Answer:
    return case.calendar.add(case.instant(), parse_duration(case.text("duration")))


def _subtract(case: HardCase) -> Answer:
    return case.calendar.subtract(case.instant(), parse_duration(case.text("duration")))


def _due(case: HardCase) -> Answer:
    return parse_goal(case.text("goal")).due(case.calendar, case.instant(), "close")


def _is_open(case: HardCase) -> Answer:
    return case.calendar.is_open(case.instant())


def _next_open(case: HardCase) -> Answer:
    return case.calendar.next_open(case.instant())


def _next_close(case: HardCase) -> Answer:
    return case.calendar.next_close(case.instant())


def _clocks(case: HardCase) -> Answer:
    goals = cast("_Table", case.given["goals"])
    metric = cast("Metric", case.text("metric", "resolution"))
    target = ServiceLevelTarget(
        metric=metric,
        goals={priority: parse_goal(goals[priority]) for priority in goals},
        pause_on={"awaiting_requester"},
    )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("standard"), calendar=case.calendar, targets=(target,)
    )
    known_at = case.instant("known_at") if "known_at" in case.given else None
    as_of = case.instant("as_of")
    judged = evaluate(history_of(case), agreement, as_of=as_of, known_at=known_at)
    if judged.state(metric) is ClockState.NOT_STARTED:
        return {metric: ClockAnswer(ClockState.NOT_STARTED.value)}
    clock = judged[metric]
    return {metric: ClockAnswer(clock.state.value, clock.due_at, clock.elapsed)}


def _on_call(case: HardCase) -> Answer:
    own = cast("Mapping[str, object]", case.given.get("rotation", {}))
    restriction = own.get("restriction")
    layer = Rotation(
        name="turns",
        people=cast("list[str]", own.get("people", ["ana", "ben"])),
        zone="Europe/Berlin",
        start_on="2026-01-05",
        hand_off="09:00",
        unit=cast("Unit", own.get("unit", "weeks")),
        restriction=None if restriction is None else WeeklyHours.parse(str(restriction)),
    )
    swaps = cast("list[_Table]", case.given.get("swaps", []))
    absences = cast("list[_Table]", case.given.get("absences", []))
    roster = Roster(
        name="first line",
        layers=(layer,),
        swaps=[
            Swap(giver=x["giver"], taker=x["taker"], start=x["start"], end=x["end"]) for x in swaps
        ],
        absences=[
            Absence(person=x["person"], substitute=x["substitute"], start=x["start"], end=x["end"])
            for x in absences
        ],
    )
    return tuple(map(str, roster.on_call(case.instant()).people))


_ANSWERS: Final[Mapping[str, Callable[[HardCase], Answer]]] = {
    "between": _between,
    "add": _add,
    "subtract": _subtract,
    "due": _due,
    "is_open": _is_open,
    "next_open": _next_open,
    "next_close": _next_close,
    "clocks": _clocks,
    "on_call": _on_call,
}
