"""The independent checker: sound verdicts pass, every single change is refused (laws S2, S3)."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from benchmarks.mutate_verdicts import every_mutation
from itsm_core.calendars import BusinessCalendar, WallTime, WeeklyHours, WorkingDays
from itsm_core.events import (
    AnswerSent,
    BreachExplained,
    CommitmentKept,
    CommitmentMade,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockState,
    LedgerKind,
    PauseLimit,
    Regime,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    Verdict,
    evaluate,
    evaluate_regimes,
    verify,
)
from itsm_core.spans import micros

ID = TicketId("INC-1")
HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
OFFICE = BusinessCalendar(
    zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"), holidays=[date(2026, 1, 6)]
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=OFFICE,
    targets=(
        ServiceLevelTarget(metric="response", goals=HOUR, warn_at_ratios=(0.5,)),
        ServiceLevelTarget(metric="next_reply", goals=WallTime(2 * HOUR)),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": 4 * HOUR, "P2": WorkingDays(2)},
            pause_on={"awaiting_requester"},
            pause_limits=[PauseLimit(reason="awaiting_requester", longest=2 * HOUR)],
            warn_at_ratios=(0.5, 0.75),
        ),
        ServiceLevelTarget(metric="commitment"),
    ),
)


def at(hour: float, day: int = 5) -> datetime:
    """Return an instant of January 2026; the 5th is a Monday, the 6th a holiday."""
    return datetime(2026, 1, day, tzinfo=UTC) + hour * HOUR


def opened() -> TicketOpened:
    """Return the opening of all histories."""
    return TicketOpened(
        ticket_id=ID, occurred_at=at(10), priority="P1", group=GroupId("desk"), actor=PersonId("bo")
    )


HISTORY: tuple[TicketEvent, ...] = (
    opened(),
    AnswerSent(ticket_id=ID, occurred_at=at(10.5), actor=PersonId("ann")),
    CommitmentMade(ticket_id=ID, occurred_at=at(11), commitment_id="call", due_at=at(15)),
    TicketPutOnHold(ticket_id=ID, occurred_at=at(12), state="hold", reason="awaiting_requester"),
    TicketResumed(ticket_id=ID, occurred_at=at(15), state="work"),
    TicketAssigned(ticket_id=ID, occurred_at=at(15.5), group=GroupId("network")),
    ContactReceived(ticket_id=ID, occurred_at=at(15.75)),
    CommitmentKept(ticket_id=ID, occurred_at=at(16), commitment_id="call"),
    TimeExcluded(
        ticket_id=ID,
        occurred_at=at(16),
        actor=PersonId("lea"),
        approver=PersonId("max"),
        start_at=at(16),
        end_at=at(16.5),
        reason="fire drill",
    ),
    PriorityChanged(ticket_id=ID, occurred_at=at(16.75), priority="P2"),
    TicketResolved(ticket_id=ID, occurred_at=at(9, 7), state="resolved"),
    TicketReopened(ticket_id=ID, occurred_at=at(10, 7), state="work"),
    TicketClosed(ticket_id=ID, occurred_at=at(16, 9), state="closed"),
    BreachExplained(ticket_id=ID, occurred_at=at(17, 9), clock="resolution", reason="supplier"),
)
INSTANTS = (at(10), at(13), at(15.6), at(16.2), at(9.5, 7), at(18, 9))


def judged(as_of: datetime = INSTANTS[-1]) -> Verdict:
    """Return the verdict on the history."""
    return evaluate(HISTORY, GOLD, as_of=as_of).verdict()


class TestAccepts:
    """What is accepted."""

    @pytest.mark.parametrize("as_of", INSTANTS, ids=str)
    def test_verdict_is_accepted_when_nothing_was_changed(self, as_of: datetime) -> None:
        """Paused, excluded, reopened, retargeted, over a holiday: at every instant."""
        answer = verify(judged(as_of), HISTORY, GOLD)
        assert answer.accepted, answer.explain()
        assert answer.explain().startswith("accepted")

    def test_evaluation_is_accepted_as_it_is_when_given(self) -> None:
        """No need to make a verdict first."""
        assert verify(evaluate(HISTORY, GOLD, as_of=at(13)), HISTORY, GOLD).accepted

    def test_verdict_is_accepted_when_the_history_is_told_otherwise(self) -> None:
        """Backwards and twice: the same facts (law S14)."""
        assert verify(judged(), HISTORY[::-1] + HISTORY, GOLD).accepted

    def test_verdict_is_accepted_when_the_history_has_grown(self) -> None:
        """What happened after `as_of` does not concern it."""
        assert verify(judged(at(13)), HISTORY, GOLD).accepted
        assert not verify(judged(at(13)), HISTORY[:2], GOLD).accepted

    def test_belief_is_accepted_when_later_records_are_in_the_history(self) -> None:
        """`known_at` is part of the verdict (law S14)."""
        late = attrs.evolve(HISTORY[1], recorded_at=at(14))
        history = (HISTORY[0], late, *HISTORY[2:])
        believed = evaluate(history, GOLD, as_of=at(12), known_at=at(12)).verdict()
        assert believed.clocks[0].state is ClockState.BREACHED
        assert verify(believed, history, GOLD).accepted
        assert not verify(attrs.evolve(believed, known_at_us=None).sealed(), history, GOLD).accepted

    def test_verdict_is_accepted_when_the_agreement_changed(self) -> None:
        """The sequence of agreements by which it was judged (law S13)."""
        silver = attrs.evolve(GOLD, agreement_id=AgreementId("silver"), targets=GOLD.targets[2:3])
        regimes = ((micros(at(0)), GOLD), (micros(at(14)), silver))
        evaluation = evaluate_regimes(HISTORY, regimes, as_of=at(18, 9))
        answer = verify(evaluation, HISTORY, regimes)
        assert answer.accepted, answer.explain()
        assert not verify(evaluation, HISTORY, GOLD).accepted
        told = [Regime(*each, why="told") for each in regimes]
        assert verify(evaluation, HISTORY, told).accepted

    def test_verdict_is_accepted_when_the_ticket_is_older_than_1970(self) -> None:
        """An agreement that is given alone holds always."""
        old = attrs.evolve(opened(), occurred_at=datetime(1960, 1, 4, 10, tzinfo=UTC))
        evaluation = evaluate([old], GOLD, as_of=datetime(1960, 1, 5, 10, tzinfo=UTC))
        assert verify(evaluation, [old], GOLD).accepted


class TestRefuses:
    """What is refused, and in which words."""

    @pytest.mark.parametrize("as_of", INSTANTS[3:5], ids=str)
    def test_verdict_is_refused_when_any_single_field_is_changed(self, as_of: datetime) -> None:
        """Each field of the verdict, of each clock, of each line, in each of several ways (S3)."""
        accepted = [
            mutation.place
            for mutation in every_mutation(judged(as_of))
            if verify(mutation.verdict, HISTORY, GOLD).accepted
        ]
        assert accepted == []

    def test_verdict_is_refused_when_it_is_changed_and_sealed_anew(self) -> None:
        """What it claims gives it away, not only the seal."""
        verdict = judged()
        for mutation in every_mutation(verdict):
            # As of another instant, or as known at one, it can be true: see `Verdict.seal`.
            if mutation.place.startswith(("seal", "as_of_us", "known_at_us", "clocks")):
                continue
            try:
                changed = mutation.verdict.sealed()
            except ValueError:
                continue
            answer = verify(changed, HISTORY, GOLD)
            assert not answer.accepted, mutation.place
            assert all(each.place != "seal" for each in answer.discrepancies)

    def test_clock_is_refused_when_it_is_changed_and_sealed_anew(self) -> None:
        """The same within the clocks; the place is named."""
        for mutation in every_mutation(judged(at(16.2))):
            if mutation.place.startswith("clocks["):
                answer = verify(mutation.verdict.sealed(), HISTORY, GOLD)
                assert not answer.accepted, mutation.place
                assert all(each.place.startswith("clocks") for each in answer.discrepancies)

    def test_refusal_says_where_and_why_when_a_breach_is_hidden(self) -> None:
        """Resolution was due on the 7th at 10:00 plus what did not count; it is called met."""
        verdict = judged()
        place, clock = next(
            (n, each) for n, each in enumerate(verdict.clocks) if each.name == "resolution"
        )
        assert clock.state is ClockState.BREACHED
        clocks = list(verdict.clocks)
        clocks[place] = attrs.evolve(clock, state=ClockState.MET)
        answer = verify(attrs.evolve(verdict, clocks=tuple(clocks)).sealed(), HISTORY, GOLD)
        assert answer.explain() == (
            "refused:\nclocks[resolution #1].state: stated met, found breached "
            "(met is a stop at or before due, and a breach stays one (S4))"
        )

    def test_ledger_is_refused_as_a_certificate_when_it_has_a_gap(self) -> None:
        """Adjacency and sums are looked at on their own, before anything is judged again (S2)."""
        verdict = judged(at(13))
        clock = verdict.clocks[0]
        shorter = attrs.evolve(clock.ledger[0], start_us=clock.started_us + HOUR_US // 4)
        changed = attrs.evolve(clock, ledger=(shorter, *clock.ledger[1:]))
        claim = attrs.evolve(verdict, clocks=(changed, *verdict.clocks[1:])).sealed()
        said = verify(claim, HISTORY, GOLD).explain()
        assert "lines are adjacent and not empty (S2)" in said
        assert "the lines of the ledger add up to it (S2)" in said

    def test_ledger_is_refused_as_a_certificate_with_the_place_and_both_values(self) -> None:
        """An empty line, an end too early, one line told as two; opened at ten, asked at one."""
        verdict = evaluate([opened()], GOLD, as_of=at(13)).verdict()
        clock = next(each for each in verdict.clocks if each.name == "resolution")
        (line,) = clock.ledger
        noon = micros(at(12))
        ten, twelve, one = (f"2026-01-05T{hour}:00:00+00:00" for hour in (10, 12, 13))
        empty = attrs.evolve(line, end_us=line.start_us)
        early, late = attrs.evolve(line, end_us=noon), attrs.evolve(line, start_us=noon)
        place = "clocks[resolution #1].ledger"
        for ledger, said in (
            (
                (empty, line),
                (
                    f"{place}[0].start_us: stated {ten}, found {ten} "
                    "(lines are adjacent and not empty (S2))"
                ),
            ),
            (
                (late,),
                (
                    f"{place}[0].start_us: stated {twelve}, found {ten} "
                    "(lines are adjacent and not empty (S2))"
                ),
            ),
            (
                (early,),
                f"{place}.end_us: stated {twelve}, found {one} (it ends where the clock does (S2))",
            ),
            ((), f"{place}.end_us: stated {ten}, found {one} (it ends where the clock does (S2))"),
            (
                (early,),
                (
                    f"{place}.wall_us: stated {3 * HOUR_US}, found {2 * HOUR_US} "
                    "(the lines of the ledger add up to it (S2))"
                ),
            ),
            (
                (early,),
                (
                    f"{place}.elapsed_us: stated {3 * HOUR_US}, found {2 * HOUR_US} "
                    "(the lines of the ledger add up to it (S2))"
                ),
            ),
            ((early, late), f"{place}[0].end_us: stated {twelve}, found {one} (one line (S2))"),
        ):
            changed = attrs.evolve(clock, ledger=ledger)
            clocks = tuple(changed if each is clock else each for each in verdict.clocks)
            answer = verify(attrs.evolve(verdict, clocks=clocks).sealed(), [opened()], GOLD)
            assert said in answer.explain().splitlines()

    @pytest.mark.parametrize(
        ("part", "field", "value", "why"),
        [
            ("verdict", "ticket_id", "X", "the history is of this ticket"),
            ("verdict", "format", 2, "the form is another one than this checker reads"),
            ("verdict", "agreement_id", "X", "the agreement is called so"),
            ("verdict", "agreement_hash", "X", "it was judged by another agreement, or by another"),
            ("verdict", "history_hash", "X", "the history was another one"),
            ("verdict", "tz_database", "X", "local hours may lie elsewhere under another tz"),
            ("verdict", "holiday_data", "X", "holidays may differ under another version of"),
            ("verdict", "priority", "X", "the ticket had another priority"),
            ("clock", "subject", "X", "it is another one"),
            ("clock", "calendar_hash", "X", "the time of this clock counts on another calendar"),
            ("clock", "goal", '"X"', "the agreement promises something else"),
            ("clock", "priority", "X", "the ticket had another priority"),
            ("clock", "started_us", 5, "the clock started at another instant"),
            ("clock", "stopped_us", 5, "the events say when it stopped"),
            ("clock", "cancelled_us", 5, "the events say when it was cancelled"),
            ("clock", "state", ClockState.MET, "met is a stop at or before due, and a breach"),
            ("clock", "raw_state", ClockState.MET, "that is the state without exclusions (S10)"),
            ("clock", "raw_due_us", 5, "that is the due instant without exclusions (S10)"),
            ("clock", "due_us", 5, "the goal, moved by what does not count, ends there (S4)"),
            ("clock", "projected_due_us", 5, "a paused clock would be due then if work went on"),
            ("clock", "breached_us", 5, "a promise breaks when it is due, or when it comes too"),
            ("clock", "warnings_us", (), "the shares of the goal were used up at other instants"),
            ("clock", "allowance_us", 5, "the goal allows another amount of counted time"),
            ("clock", "elapsed_us", 5, "the counted lines add up to another amount (S2)"),
            ("clock", "wall_us", 5, "start and end lie that far apart (S2)"),
            ("clock", "breach_reason", "X", "the history explains it otherwise (S10)"),
            ("clock", "breach_owner", "X", "the history names another owner (S10)"),
            ("line", "kind", LedgerKind.EXCLUDED, "calendar, pauses and exclusions say so (S2)"),
            ("line", "reason", "X", "the history gives another reason (S2)"),
            ("line", "author", "X", "somebody else excluded it (S10)"),
            ("line", "group", "X", "another group held the ticket (S2)"),
            ("line", "assignee", "X", "another person held the ticket (S2)"),
        ],
    )
    def test_refusal_says_why_when_one_field_is_another(
        self, part: str, field: str, value: object, why: str
    ) -> None:
        """Each field has its own reason."""
        verdict = judged(at(16.2))
        place, clock = next(
            (n, each) for n, each in enumerate(verdict.clocks) if each.name == "resolution"
        )
        change: Any = {field: value}
        if part == "verdict":
            claim = attrs.evolve(verdict, **change)
        else:
            if part == "line":
                change = {"ledger": (attrs.evolve(clock.ledger[0], **change), *clock.ledger[1:])}
            clocks = list(verdict.clocks)
            clocks[place] = attrs.evolve(clock, **change)
            claim = attrs.evolve(verdict, clocks=tuple(clocks))
        reasons = [
            each.why
            for each in verify(claim.sealed(), HISTORY, GOLD).discrepancies
            if each.place.endswith(f".{field}") or each.place == field
        ]
        assert any(reason.startswith(why) for reason in reasons), reasons

    @pytest.mark.parametrize(
        ("field", "value", "stated"),
        [
            ("due_us", micros(at(12)), "stated 2026-01-05T12:00:00+00:00, found 20"),
            ("stopped_us", micros(at(12)), "stated 2026-01-05T12:00:00+00:00, found none"),
            ("elapsed_us", 5, "stated 5, found 1"),
            ("wall_us", 5, "stated 5, found 2"),
            ("allowance_us", 5, "stated 5, found 14400000000 "),
            ("state", ClockState.MET, "stated met, found running"),
        ],
    )
    def test_refusal_shows_instants_as_texts_and_amounts_as_numbers(
        self, field: str, value: object, stated: str
    ) -> None:
        """Opened at ten, asked at 16:12 of the first day."""
        verdict = judged(at(16.2))
        change: Any = {field: value}
        clocks = tuple(
            attrs.evolve(each, **change) if each.name == "resolution" else each
            for each in verdict.clocks
        )
        said = verify(attrs.evolve(verdict, clocks=clocks).sealed(), HISTORY, GOLD).explain()
        assert f"clocks[resolution #1].{field}: {stated}" in said

    @pytest.mark.parametrize("history", [(), (HISTORY[1],)], ids=["empty", "unopened"])
    def test_verdict_is_refused_when_the_history_opens_no_ticket(
        self, history: tuple[TicketEvent, ...]
    ) -> None:
        """An answer, not an exception."""
        answer = verify(judged(), history, GOLD)
        assert not answer.accepted
        assert "opening of ticket" in answer.explain()

    def test_verdict_is_refused_when_the_history_is_of_two_tickets(self) -> None:
        """An answer, not an exception."""
        other = attrs.evolve(HISTORY[1], ticket_id=TicketId("INC-2"))
        assert "another ticket" in verify(judged(), (*HISTORY, other), GOLD).explain()

    def test_verdict_is_refused_when_an_instant_is_out_of_range(self) -> None:
        """An answer, not an exception, wherever the instant stands."""
        verdict = judged()
        clock = attrs.evolve(verdict.clocks[0], due_us=1 << 62)
        for claim in (
            attrs.evolve(verdict, as_of_us=1 << 62),
            attrs.evolve(verdict, as_of_us=-(1 << 62)),
            attrs.evolve(verdict, clocks=(clock, *verdict.clocks[1:])),
        ):
            assert not verify(claim, HISTORY, GOLD).accepted

    def test_verdict_is_refused_when_no_agreement_is_given(self) -> None:
        """An answer, not an exception."""
        assert "no agreement" in verify(judged(), HISTORY, ()).explain()

    def test_verdict_is_refused_when_the_agreement_has_another_version(self) -> None:
        """Although every clock comes out the same, it was another promise (law S13)."""
        answer = verify(judged(), HISTORY, attrs.evolve(GOLD, version=2))
        assert [each.place for each in answer.discrepancies] == ["agreement_hash"]

    @pytest.mark.parametrize("index", range(len(HISTORY)))
    def test_verdict_is_refused_when_an_event_is_withheld(self, index: int) -> None:
        """The hash of the history covers every event, also those that change no clock."""
        assert not verify(judged(), HISTORY[:index] + HISTORY[index + 1 :], GOLD).accepted


class TestIndependence:
    """The checker shares no arithmetic with the evaluator (law S3)."""

    def test_checker_imports_no_part_of_the_evaluator_when_read(self) -> None:
        """Nor does it ask a calendar for anything but its open spans."""
        folder = Path(sys.modules["itsm_core.sla"].__file__ or "").parent
        for name in ("_verify.py", "_check_events.py", "_check_time.py", "_check_regimes.py"):
            source = (folder / name).read_text(encoding="utf-8")
            for module in (
                "_evaluate",
                "_fold",
                "_facts",
                "_judge",
                "_ledger",
                "_plan",
                "_program",
            ):
                assert f"sla.{module} " not in source
            for question in ("between(", "between_micros", "add_micros", "segments(", "_engine"):
                assert question not in source

    def test_checker_judges_when_the_evaluator_is_broken(self) -> None:
        """With every part of the evaluator's arithmetic raising, it still accepts."""
        code = (
            "import pickle, sys\n"
            "from itsm_core.sla import verify, _judge, _fold, _ledger, _evaluate\n"
            "from itsm_core.calendars import Calendar\n"
            "def broken(*_, **__): raise AssertionError('the evaluator was asked')\n"
            "for module in (_judge, _fold, _ledger, _evaluate):\n"
            "    for name, value in list(vars(module).items()):\n"
            "        if getattr(value, '__module__', '') == module.__name__ and callable(value):\n"
            "            setattr(module, name, broken)\n"
            "for name in ('between', 'add', 'subtract', 'between_micros', 'add_micros',"
            " 'segments'):\n"
            "    setattr(Calendar, name, broken)\n"
            "verdict, history, agreement = pickle.load(sys.stdin.buffer)\n"
            "print(verify(verdict, history, agreement).explain())\n"
        )
        given = pickle.dumps((judged(), HISTORY, GOLD))
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=given,
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONTZPATH": ""},
        )
        assert done.stdout.decode().startswith("accepted"), (done.stdout + done.stderr).decode()
