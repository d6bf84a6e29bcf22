"""The verdict as plain data: what it holds, its strict JSON form, its seal (laws S3, C10, R7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any

import attrs
import pytest

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    WallTime,
    WeeklyHours,
    WorkingDays,
    data_versions,
)
from itsm_core.errors import CodecError
from itsm_core.events import (
    AnswerSent,
    CommitmentMade,
    TicketAssigned,
    TicketOpened,
    TicketPutOnHold,
    TicketResumed,
    TimeExcluded,
    history_hash,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.sla import (
    ClockState,
    LedgerKind,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    Verdict,
    evaluate,
)
from itsm_core.sla._values import Deadline
from itsm_core.sla._verdict import goal_text

ID = TicketId("INC-1")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
HOUR = timedelta(hours=1)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=OFFICE,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P1": WallTime(HOUR)}, calendar=ALWAYS),
        ServiceLevelTarget(
            metric="resolution",
            goals={"P1": WorkingDays(1)},
            pause_on={"awaiting_requester"},
            warn_at_ratios=(0.25, 0.75),
        ),
        ServiceLevelTarget(metric="commitment"),
    ),
)


def at(hour: float, day: int = 5) -> datetime:
    """Return an instant of January 2026; the 5th is a Monday."""
    return datetime(2026, 1, day, tzinfo=UTC) + hour * HOUR


HISTORY = (
    TicketOpened(ticket_id=ID, occurred_at=at(10), priority="P1", group=GroupId("desk")),
    AnswerSent(ticket_id=ID, occurred_at=at(10.5)),
    CommitmentMade(ticket_id=ID, occurred_at=at(11), commitment_id="call", due_at=at(15)),
    TicketPutOnHold(ticket_id=ID, occurred_at=at(12), state="hold", reason="awaiting_requester"),
    TicketResumed(ticket_id=ID, occurred_at=at(13), state="work"),
    TicketAssigned(ticket_id=ID, occurred_at=at(14), group=GroupId("network")),
    TimeExcluded(
        ticket_id=ID,
        occurred_at=at(16),
        actor=PersonId("lea"),
        approver=PersonId("max"),
        start_at=at(14.5),
        end_at=at(15),
        reason="fire drill",
        clock="resolution",
    ),
)


def judged() -> Verdict:
    """Return the verdict on the evening of the first day."""
    return evaluate(HISTORY, GOLD, as_of=at(18)).verdict()


class TestContent:
    """What a verdict holds."""

    def test_verdict_names_what_it_rests_on_when_made(self) -> None:
        """C10, S3: hashes of history and agreement, the versions of the data without a hash."""
        verdict, versions = judged(), data_versions()
        assert verdict.agreement_hash == GOLD.content_hash
        assert verdict.history_hash == history_hash(HISTORY)
        assert verdict.tz_database == versions["tzdb"]
        assert verdict.holiday_data == versions["holidays"]
        assert [clock.calendar_hash for clock in verdict.clocks] == [
            ALWAYS.content_hash,
            OFFICE.content_hash,
            OFFICE.content_hash,
        ]

    def test_verdict_holds_every_cycle_when_made(self) -> None:
        """Response met, resolution running, the commitment broken: 15:00 went by."""
        states = [(clock.name, clock.subject, clock.state) for clock in judged().clocks]
        assert states == [
            ("response", "", ClockState.MET),
            ("resolution", "", ClockState.RUNNING),
            ("commitment", "call", ClockState.BREACHED),
        ]

    def test_verdict_holds_the_ledger_when_made(self) -> None:
        """10-12 counted, 12-13 paused, 13-14 and 14-14:30 counted, excluded, counted, closed."""
        ledger = judged().clocks[1].ledger
        assert [(line.kind, line.group) for line in ledger] == [
            (LedgerKind.COUNTED, "desk"),
            (LedgerKind.PAUSED, "desk"),
            (LedgerKind.COUNTED, "desk"),
            (LedgerKind.COUNTED, "network"),
            (LedgerKind.EXCLUDED, "network"),
            (LedgerKind.COUNTED, "network"),
            (LedgerKind.OUTSIDE_HOURS, "network"),
        ]
        assert ledger[4].author == "lea"

    def test_goal_is_its_definition_when_of_any_kind(self) -> None:
        """As JSON text: a duration in microseconds, working days, a fixed deadline."""
        goals = [json.loads(clock.goal) for clock in judged().clocks]
        assert goals == [
            {"kind": "wall_time", "microseconds": 3_600_000_000},
            {"kind": "working_days", "days": 1, "at": "same_time", "cut_off": None, "snap": True},
            {"kind": "deadline", "at": "2026-01-05T15:00:00.000000Z"},
        ]

    def test_times_of_day_are_kept_when_written_and_read(self) -> None:
        """Due at four in the afternoon; what comes after half past two counts from tomorrow."""
        goal = WorkingDays(2, at=time(16), cut_off=time(14, 30))
        target = ServiceLevelTarget(metric="resolution", goals=goal)
        agreement = attrs.evolve(GOLD, targets=(target,))
        opened = TicketOpened(ticket_id=ID, occurred_at=at(10), priority="P1")
        verdict = evaluate((opened,), agreement, as_of=at(12)).verdict()
        again = Verdict.from_json(json.loads(verdict.dumps()))
        assert again == verdict
        told = json.loads(again.clocks[0].goal)
        assert (told["at"], told["cut_off"]) == ("16:00:00", "14:30:00")

    def test_verdicts_are_equal_when_made_twice(self) -> None:
        """A verdict is a value: same content, same hash."""
        assert judged() == judged()
        assert judged().content_hash == judged().content_hash

    def test_seal_fits_no_longer_when_a_field_changes(self) -> None:
        """The seal is the content hash at the making; it is no part of the content itself."""
        verdict = judged()
        changed = attrs.evolve(verdict, priority="P2")
        assert verdict.seal == verdict.content_hash != changed.content_hash
        assert changed.sealed().seal == changed.content_hash
        assert attrs.evolve(verdict, seal="").content_hash == verdict.content_hash


class TestJson:
    """The JSON form: strict, the identity both ways (law R7)."""

    def test_verdict_is_identical_when_written_and_read(self) -> None:
        """As data and as text."""
        verdict = judged()
        assert Verdict.from_json(verdict.to_json()) == verdict
        assert Verdict.loads(verdict.dumps()) == verdict
        assert Verdict.loads(verdict.dumps()).dumps() == verdict.dumps()

    def test_instants_are_texts_in_utc_when_written(self) -> None:
        """People read them; amounts of time stay microseconds and say so in their names."""
        data: Any = judged().to_json()
        assert data["as_of"] == "2026-01-05T18:00:00.000000Z"
        assert data["known_at"] is None
        assert data["clocks"][0]["wall_us"] == 1_800_000_000
        assert data["clocks"][1]["ledger"][1] == {
            "start": "2026-01-05T12:00:00.000000Z",
            "end": "2026-01-05T13:00:00.000000Z",
            "kind": "paused",
            "reason": "awaiting_requester",
            "group": "desk",
            "assignee": "",
            "author": "",
        }

    @pytest.mark.parametrize("path", ["", "clocks.0", "clocks.1.ledger.0", "clocks.0.goal"])
    def test_verdict_is_refused_when_any_key_is_missing(self, path: str) -> None:
        """Every key of every object is demanded, and named in the refusal."""
        for key in list(_inside(_data(), path)):
            data = _data()
            del _inside(data, path)[key]
            with pytest.raises(CodecError, match=key):
                Verdict.from_json(data)

    @pytest.mark.parametrize("path", ["", "clocks.0", "clocks.1.ledger.0", "clocks.0.goal"])
    def test_verdict_is_refused_when_a_key_is_unknown(self, path: str) -> None:
        """What nobody reads must not travel along."""
        data = _data()
        _inside(data, path)["stat"] = "met"
        with pytest.raises(CodecError, match="unknown key"):
            Verdict.from_json(data)

    @pytest.mark.parametrize("path", ["", "clocks.0", "clocks.1", "clocks.1.ledger.4"])
    def test_verdict_is_refused_when_a_value_has_another_type(self, path: str) -> None:
        """Nothing is converted: not "1" to 1, not 1 to true, not null to an empty text."""
        optional = {"known_at", "due", "projected_due", "stopped", "cancelled", "breached"}
        for key, value in _inside(_data(), path).items():
            wrongs: tuple[object, ...] = (True, 1, 1.0, "1", [], {}, None)
            for wrong in wrongs:
                is_legal = wrong is None and key in {*optional, "raw_due"}
                if type(value) is type(wrong) or is_legal:
                    continue
                data = _data()
                _inside(data, path)[key] = wrong
                with pytest.raises(CodecError):
                    Verdict.from_json(data)

    @pytest.mark.parametrize(
        ("path", "key", "wrong", "message"),
        [
            ("", "as_of", "2026-01-05T18:00:00Z", "instant in UTC"),
            ("", "as_of", "2026-02-30T18:00:00.000000Z", "not an instant"),
            ("", "priority", "\ud800", "surrogate"),
            ("", "format", 2, "known form"),
            ("", "format", True, "known form"),
            ("clocks.0", "state", "mett", "did you mean 'met'"),
            ("clocks.0", "cycle", 1 << 63, "64 bits"),
            ("clocks.0", "goal", {"kind": "wall_time", "microseconds": 1.5}, "whole number"),
            ("clocks.0", "goal", {"kind": "own", "repr": []}, "text"),
            ("clocks.0", "goal", None, "object"),
            ("clocks.1", "warnings", [[1, "2026-01-05T12:00:00.000000Z"]], "share"),
            ("clocks.1", "warnings", [[0.5]], "share"),
            ("clocks.1", "ledger", [None], "object"),
            ("clocks.1.ledger.0", "kind", "free", "unknown word"),
        ],
    )
    def test_verdict_is_refused_when_a_value_is_wrong(
        self, path: str, key: str, wrong: object, message: str
    ) -> None:
        """With the place and, where there is one, the remedy."""
        data = _data()
        _inside(data, path)[key] = wrong
        with pytest.raises(CodecError, match=message):
            Verdict.from_json(data)

    @pytest.mark.parametrize(
        ("path", "key", "place"),
        [
            ("", "as_of", r"verdict\.as_of"),
            ("", "clocks", r"verdict\.clocks"),
            ("clocks.0", "state", r"verdict\.clocks\[0\]\.state"),
            ("clocks.0", "goal", r"verdict\.clocks\[0\]\.goal"),
            ("clocks.1", "warnings", r"verdict\.clocks\[1\]\.warnings"),
            ("clocks.1", "elapsed_us", r"verdict\.clocks\[1\]\.elapsed_us"),
            ("clocks.1.ledger.2", "start", r"verdict\.clocks\[1\]\.ledger\[2\]\.start"),
            ("clocks.0.goal", "kind", r"verdict\.clocks\[0\]\.goal\.kind"),
        ],
    )
    def test_refusal_names_the_place_when_a_value_is_wrong(
        self, path: str, key: str, place: str
    ) -> None:
        """From the verdict down to the field, by its key in the JSON."""
        data = _data()
        _inside(data, path)[key] = 1.5
        with pytest.raises(CodecError, match=place):
            Verdict.from_json(data)

    def test_refusal_names_the_place_when_an_instant_cannot_be_written(self) -> None:
        """In the verdict, in a clock, in a ledger, in a goal."""
        verdict, far = judged(), 1 << 62
        first = verdict.clocks[1]
        line = attrs.evolve(first.ledger[0], end_us=far)
        clocks = (verdict.clocks[0], attrs.evolve(first, ledger=(line, *first.ledger[1:])))
        warned = (attrs.evolve(first, warnings_us=((0.5, far),)),)
        for claim, place in (
            (attrs.evolve(verdict, as_of_us=far), r"verdict\.as_of"),
            (attrs.evolve(verdict, known_at_us=far), r"verdict\.known_at"),
            (attrs.evolve(verdict, clocks=clocks), r"verdict\.clocks\[1\]\.ledger\[0\]\.end"),
            (attrs.evolve(verdict, clocks=warned), r"verdict\.clocks\[0\]\.warnings"),
        ):
            with pytest.raises(CodecError, match=place):
                claim.to_json()
        with pytest.raises(CodecError, match=r"^goal: "):
            goal_text(Deadline(far))

    def test_deadline_is_written_as_an_instant(self) -> None:
        """As the goal of a commitment, in canonical JSON."""
        clock = judged().clocks[-1]
        assert clock.goal == '{"at":"2026-01-05T15:00:00.000000Z","kind":"deadline"}'

    def test_text_is_canonical(self) -> None:
        """Keys in order, no blanks: the same bytes everywhere, of which the seal is made."""
        verdict = judged()
        data = verdict.to_json()
        assert verdict.dumps() == json.dumps(data, sort_keys=True, separators=(",", ":"))
        del data["seal"]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        assert verdict.seal == sha256(text.encode()).hexdigest()

    @pytest.mark.parametrize(
        ("goal", "message"),
        [
            ({"kind": "working_time", "microseconds": "1"}, "microseconds: must be a whole number"),
            ({"kind": "deadline", "at": "soon"}, "at: must be an instant"),
            ({"kind": "working_days", "days": True}, "days: must be a whole number"),
            ({"kind": "working_days", "at": "4 pm"}, "at: must be a time of day"),
            ({"kind": "working_days", "cut_off": 16}, "cut_off: must be text"),
            ({"kind": "working_days", "snap": 1}, "snap: not true or false"),
        ],
    )
    def test_goal_is_refused_when_a_value_has_another_type(
        self, goal: dict[str, object], message: str
    ) -> None:
        """Each kind of goal has its fields, each field its type."""
        whole = {"days": 1, "at": "same_time", "cut_off": None, "snap": True}
        data = _data()
        days = goal["kind"] == "working_days"
        _inside(data, "clocks.0")["goal"] = {**(whole if days else {}), **goal}
        with pytest.raises(CodecError, match=message):
            Verdict.from_json(data)

    @pytest.mark.parametrize("ratio", [float("nan"), float("inf"), 0.0, 1.0, -0.5])
    def test_warning_is_refused_when_its_share_is_impossible(self, ratio: float) -> None:
        """A warning comes after some of the time and before all of it."""
        data = _data()
        _inside(data, "clocks.1")["warnings"] = [[ratio, "2026-01-05T09:00:00.000000Z"]]
        with pytest.raises(CodecError, match=r"share such as 0\.75"):
            Verdict.from_json(data)

    def test_verdict_cannot_be_written_when_it_is_too_long_to_be_read(self) -> None:
        """What could not be read back is not written."""
        with pytest.raises(CodecError, match="longer than 4000000 characters"):
            attrs.evolve(judged(), priority="x" * 4_000_000).dumps()

    @pytest.mark.parametrize("data", [None, [], "verdict", {}, 1])
    def test_data_is_refused_when_it_is_no_verdict(self, data: object) -> None:
        """The form's version is looked at first."""
        with pytest.raises(CodecError, match="known form"):
            Verdict.from_json(data)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ('{"format":1,"format":1}', "twice"),
            ('{"format":NaN}', "JSON number"),
            ("{", "not JSON"),
            ("[" * 100_000, "nested too deep"),
        ],
    )
    def test_text_is_refused_when_it_is_not_strict_json(self, text: str, message: str) -> None:
        """The json module alone would let the last of two keys win."""
        with pytest.raises(CodecError, match=message):
            Verdict.loads(text)

    def test_verdict_cannot_be_written_when_an_instant_is_out_of_range(self) -> None:
        """What could not be read back is not written."""
        with pytest.raises(CodecError, match="9999"):
            attrs.evolve(judged(), as_of_us=1 << 62).dumps()

    def test_goal_of_ones_own_is_kept_when_read(self) -> None:
        """It is known by its class and its repr."""
        data = _data()
        _inside(data, "clocks.0")["goal"] = {"kind": "Soon", "repr": "Soon()"}
        assert json.loads(Verdict.from_json(data).clocks[0].goal)["kind"] == "Soon"


def _data() -> dict[str, Any]:
    return json.loads(judged().dumps())  # type: ignore[no-any-return]


def _inside(data: Any, path: str) -> dict[str, Any]:
    for part in filter(None, path.split(".")):
        data = data[int(part) if part.isdigit() else part]
    return data  # type: ignore[no-any-return]
