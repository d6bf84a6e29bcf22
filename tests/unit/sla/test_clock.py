"""One cycle of a clock, and all clocks of one ticket."""

from __future__ import annotations

import pickle

import attrs
import pendulum
import pytest

from itsm_core.errors import NotFound
from itsm_core.sla import ClockState, Evaluation, SlaClock, evaluate
from itsm_core.spans import micros
from tests.unit.sla.berlin import (
    BEGUN,
    BERLIN,
    REASONS,
    SOLVED,
    local,
)
from tests.unit.sla.ticket import (
    HOUR,
    ID,
    PAUSING,
    agreed,
    answered,
    assigned,
    at,
    cancelled,
    clock,
    excluded,
    held,
    judged,
    opened,
    target,
)

OFFICES = agreed(
    target(goals={"P1": 4 * HOUR}, pause_on=set(REASONS), warn_at_ratios=(0.5,)), calendar=BERLIN
)


class TestCycles:
    """A clock may run several times."""

    EVALUATION = evaluate(
        (opened(), answered(10), answered(11)),
        agreed(target(metric="update", goals=HOUR / 2), target(metric="response")),
        as_of=at(11.25),
    )

    def test_last_cycle_is_the_clock_and_all_of_them_are_its_cycles(self) -> None:
        """Numbered from 1; targets in the order of the agreement."""
        first, second = self.EVALUATION.cycles("update")
        assert self.EVALUATION["update"] is second
        assert (first.cycle, second.cycle) == (1, 2)
        assert [each.name for each in self.EVALUATION] == ["update", "update", "response"]
        assert self.EVALUATION.cycles("resolution") == ()

    def test_repr_is_short_when_the_history_is_long(self) -> None:
        """It leaves out the events, and the names of the targets, which its clocks tell."""
        told = repr(self.EVALUATION)
        assert "clocks=(" in told
        assert "events=" not in told
        assert "names=" not in told

    def test_state_is_that_of_the_last_cycle(self) -> None:
        """The first one was broken at 10:30."""
        assert self.EVALUATION.cycles("update")[0].state is ClockState.BREACHED
        assert self.EVALUATION.state("update") is ClockState.RUNNING

    def test_clock_that_has_not_started_has_a_state_and_no_cycle(self) -> None:
        """Nobody has answered yet; a name that the agreement lacks is refused."""
        evaluation = judged(target(metric="update"), opened(), hour=10)
        assert evaluation.state("update") is ClockState.NOT_STARTED
        with pytest.raises(NotFound, match="'update' has not started"):
            evaluation["update"]
        with pytest.raises(NotFound, match=r"clock 'respnse'.*the agreement has: update"):
            evaluation.state("respnse")

    def test_text_names_the_cycle_and_the_due_instant(self) -> None:
        """From the second cycle on; a paused clock has no due instant."""
        assert repr(self.EVALUATION["update"]) == (
            "<SlaClock update of INC-1 (cycle 2): running, due 2026-01-05 11:30:00+00:00>"
        )
        paused = clock(target(pause_on={PAUSING}), opened(), held(10), hour=11)
        assert repr(paused) == "<SlaClock resolution of INC-1: paused, due None>"


class TestValue:
    """Two clocks are equal if they say the same."""

    def test_clocks_of_the_same_facts_are_equal(self) -> None:
        """However they were come by; they hash alike, too."""
        one, other = (clock(target(), opened(), hour=10) for _ in range(2))
        assert one == other
        assert hash(one) == hash(other)
        assert one == attrs.evolve(one)

    @pytest.mark.parametrize(
        "other",
        [
            clock(target(), opened(), hour=11),
            clock(target(goals=5 * HOUR), opened(), hour=10),
            clock(target(), opened(8), hour=10),
            clock(target(), opened(), assigned(9.5, "desk"), hour=10),
            clock(target(), opened(), excluded(9.5, 9.75), hour=10),
        ],
    )
    def test_clocks_that_say_something_else_differ(self, other: SlaClock) -> None:
        """Another instant, goal, start, holder, exclusion."""
        assert clock(target(), opened(), hour=10) != other

    def test_clock_is_no_other_thing(self) -> None:
        """Nor its text."""
        plain = clock(target(), opened(), hour=10)
        assert plain != str(plain)


class TestInstants:
    """T1: what a clock says about instants, as pendulum in UTC and in microseconds."""

    def test_instants_are_there_when_the_state_has_them(self) -> None:
        """Cancelled: no due instant, with or without exclusions."""
        gone = clock(target(), opened(), excluded(9.5, 10), cancelled(11))
        assert (gone.cancelled_at, gone.stopped_at, gone.due_at) == (at(11), None, None)
        assert (gone.raw_due_at, gone.raw_due_us, gone.raw_state) == (
            None,
            None,
            ClockState.CANCELLED,
        )
        assert gone.remaining is None

    def test_breach_is_an_instant(self) -> None:
        """Broken at 13:00, asked at 14:00."""
        late = clock(target(), opened(), hour=14)
        assert isinstance(late.breached_at, pendulum.DateTime)
        assert (late.breached_at, late.breached_us) == (at(13), micros(at(13)))
        assert late.remaining == -HOUR

    def test_warning_to_come_is_not_listed_yet(self) -> None:
        """Half at 11:00, three quarters at 12:00; asked at 11:00 sharp."""
        warned = clock(target(warn_at_ratios=(0.5, 0.75)), opened(), hour=11)
        assert warned.warnings == ((0.5, at(11)),)
        assert [pair[1] for pair in warned.all_warnings_us] == [micros(at(11)), micros(at(12))]

    def test_warning_within_a_lasting_pause_is_not_known(self) -> None:
        """On hold since 10:00: half is used up an hour after it ends."""
        paused = clock(
            target(warn_at_ratios=(0.25, 0.5), pause_on={PAUSING}), opened(), held(10.5), hour=12
        )
        assert paused.warnings == ((0.25, at(10)),)
        assert paused.all_warnings_us == ((0.25, micros(at(10))),)

    def test_verdict_is_the_clocks_as_data(self) -> None:
        """S3: with the hash of the history."""
        evaluation = judged(target(), opened(), hour=10)
        verdict = evaluation.verdict()
        assert verdict.history_hash == evaluation.history_hash
        assert [each.due_us for each in verdict.clocks] == [micros(at(13))]


class TestEvaluation:
    """All clocks of one ticket."""

    EVALUATION = evaluate([BEGUN, SOLVED], OFFICES, as_of=local(18, 7))

    def test_clock_is_found_by_its_name(self) -> None:
        """As in a mapping."""
        assert "resolution" in self.EVALUATION
        assert "response" not in self.EVALUATION
        assert [clock.name for clock in self.EVALUATION] == ["resolution"]
        assert len(self.EVALUATION) == 1

    def test_unknown_clock_is_refused_with_the_known_ones(self) -> None:
        """A metric without a goal has no clock."""
        with pytest.raises(NotFound, match=r"clock 'response'.*ticket INC-1 has: resolution"):
            self.EVALUATION["response"]
        nothing = attrs.evolve(BEGUN, priority="P9")
        with pytest.raises(NotFound, match="ticket INC-1 has: none"):
            evaluate([nothing], OFFICES, as_of=local(18))["resolution"]

    def test_evaluation_names_what_it_rests_on(self) -> None:
        """S3: instant, priority, and the hash of the agreement."""
        assert self.EVALUATION.as_of == local(18, 7)
        assert self.EVALUATION.agreement_hash == OFFICES.content_hash
        assert (self.EVALUATION.ticket_id, self.EVALUATION.priority) == (ID, "P1")

    def test_evaluation_is_a_value(self) -> None:
        """It pickles, and equals another one of the same facts."""
        again = evaluate([SOLVED, BEGUN], OFFICES, as_of=local(18, 7))
        assert again == self.EVALUATION
        travelled = pickle.loads(pickle.dumps(self.EVALUATION))
        assert isinstance(travelled, Evaluation)
        assert travelled == self.EVALUATION
        assert travelled["resolution"].explain() == again["resolution"].explain()
