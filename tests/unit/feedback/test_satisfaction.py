"""D5: satisfaction carries its response rate, its interval, and what silence hides."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    FeedbackAsked,
    FeedbackGiven,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReopened,
)
from itsm_core.feedback import Satisfaction, SatisfactionRules, satisfaction_of
from itsm_core.feedback._satisfaction import is_satisfied
from itsm_core.ids import GroupId, TicketId

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = SatisfactionRules(fewest=5)


def ticket(
    number: int,
    score: int | None = None,
    *,
    best: int = 5,
    asked: float | None = 1,
    said: float = 2,
    came_back: bool = False,
) -> tuple[TicketEvent, ...]:
    """Return a ticket whose requester was asked, and answered with a score."""
    name = TicketId(f"INC-{number}")
    told: list[TicketEvent] = [TicketOpened(ticket_id=name, occurred_at=AT)]
    if came_back:
        told.append(TicketReopened(ticket_id=name, occurred_at=AT + DAY / 2, state="in_progress"))
    if asked is not None:
        told.append(FeedbackAsked(ticket_id=name, occurred_at=AT + asked * DAY))
    if score is not None:
        at = AT + said * DAY
        told.append(FeedbackGiven(ticket_id=name, occurred_at=at, score=score, best=best))
    return tuple(told)


def found(histories: Iterable[tuple[TicketEvent, ...]], as_of: float = 60) -> Satisfaction:
    """Return the satisfaction of ten days, as of a day."""
    end = AT + 10 * DAY
    return satisfaction_of(histories, start=AT, end=end, as_of=AT + as_of * DAY, rules=RULES)


def test_share_stands_beside_its_response_rate_when_some_stay_silent() -> None:
    """Seven of ten who answered, of a hundred who were asked: between 7 and 97 of them."""
    histories = [ticket(n, 5 if n < 7 else 1) for n in range(10)]
    told = found([*histories, *(ticket(n) for n in range(10, 100))])
    assert (told.satisfied.successes, told.satisfied.trials, told.asked) == (7, 10, 100)
    assert (told.response.successes, told.response.trials) == (10, 100)
    assert (told.bounds.low, told.bounds.high) == (0.07, 0.97)
    assert "90 of 100 stayed silent: among all who were asked, 7 to 97 % are satisfied" in str(told)
    low, high = told.interval.low, told.interval.high
    assert low is not None
    assert high is not None
    # Wilson's interval of 7 of 10, as R's prop.test without correction has it.
    assert (round(low, 4), round(high, 4)) == (0.3968, 0.8922)


def test_nothing_is_warned_of_when_most_answered() -> None:
    """Sixty of a hundred is enough; fifty-nine is not."""
    assert found([ticket(n, 4 if n < 60 else None) for n in range(100)]).warnings == ()
    assert len(found([ticket(n, 4 if n < 59 else None) for n in range(100)]).warnings) == 1


def test_few_answers_are_warned_of_when_everybody_answered() -> None:
    """Four of four is a hundred percent of hardly anybody."""
    told = found([ticket(n, 5) for n in range(4)])
    assert told.warnings == ("only 4 answered: too few to say anything",)


def test_answers_are_compared_with_silence_when_both_are_enough() -> None:
    """Whose ticket came back answers less: what is said stands for the others alone."""
    spoke = [ticket(n, 5, came_back=n < 2) for n in range(40)]
    silent = [ticket(n, None, came_back=n < 80) for n in range(40, 100)]
    told = found([*spoke, *silent])
    back, moved = told.gaps
    assert (back.fact, back.answered.successes, back.silent.successes) == ("came back", 2, 40)
    assert (back.is_shown, moved.is_shown) == (True, False)
    warning = "those who answered differ: came back 2 of 40 of them, 40 of 60 of the silent ones"
    assert warning in told.warnings


def test_handing_on_is_a_fact_when_the_group_changed_before_the_request() -> None:
    """What came after the request was no reason to answer it."""

    def moved(number: int, day: float) -> tuple[TicketEvent, ...]:
        name, told = TicketId(f"INC-{number}"), ticket(number, 5 if number < 5 else None)
        groups = [
            TicketAssigned(ticket_id=name, occurred_at=AT + day * DAY + n * DAY / 9, group=group)
            for n, group in enumerate((GroupId("desk"), GroupId("network")))
        ]
        return (*told, *groups)

    before = found([moved(n, 0.1) for n in range(10)]).gaps[1]
    assert (before.answered.successes, before.silent.successes) == (5, 5)
    after = found([moved(n, 3) for n in range(10)]).gaps[1]
    assert (after.answered.successes, after.silent.successes) == (0, 0)


def test_request_is_pending_when_there_was_no_time_to_answer() -> None:
    """Fourteen days; then it is silent. An answer counts at once."""
    histories = [ticket(1), ticket(2, 5)]
    early, later = found(histories, as_of=14.9), found(histories, as_of=15)
    assert (early.pending, early.asked) == (1, 1)
    assert (later.pending, later.asked) == (0, 2)


def test_ticket_counts_once_when_its_requester_says_more() -> None:
    """With what was said last; a program says nothing."""
    name = TicketId("INC-1")
    later = FeedbackGiven(ticket_id=name, occurred_at=AT + 3 * DAY, score=1)
    robot = FeedbackGiven(ticket_id=name, occurred_at=AT + 4 * DAY, score=5, automatic=True)
    told = found([(*ticket(1, 5), later, robot)])
    assert (told.satisfied.successes, told.satisfied.trials) == (0, 1)


def test_opinion_is_in_no_figure_when_unasked_or_off_the_scale() -> None:
    """It is counted beside: who speaks unasked stands for nobody else."""
    told = found([ticket(1, 5, asked=None), ticket(2, 9), ticket(3, 0, asked=None), ticket(4, 4)])
    assert (told.unasked, told.invalid, told.asked) == (1, 2, 1)
    assert told.satisfied.trials == 1


def test_ticket_is_left_out_when_asked_outside_the_window() -> None:
    """The window has its start and not its end; who was never asked is in none."""
    histories = [ticket(1, 5, asked=0), ticket(2, 5, asked=10), ticket(3, None, asked=None)]
    assert found(histories).asked == 1


def test_scores_of_different_scales_are_counted_together_when_placed() -> None:
    """Three of five and one of two steps up three are different places; ends are ends."""
    histories = [ticket(1, 3), ticket(2, 2, best=3), ticket(3, 2, best=2), ticket(4, 1, best=10)]
    assert found(histories).scores == ((0, 1), (50, 2), (100, 1))


@pytest.mark.parametrize(
    ("score", "best", "expected"),
    [
        (4, 5, True),
        (3, 5, False),
        (2, 2, True),
        (1, 2, False),
        (8, 10, True),
        (7, 10, False),
        (0, 5, None),
        (6, 5, None),
        (1, 1, None),
    ],
)
def test_score_is_satisfied_when_high_on_its_scale(
    score: int, best: int, expected: bool | None
) -> None:
    """Three quarters up: 4 of 5, 8 of 10 (7.75 would be exact), and nothing of no scale."""
    assert is_satisfied(score, best, RULES) is expected


def test_nothing_is_claimed_when_nobody_was_asked() -> None:
    """From nought to everything, and no share."""
    told = found([])
    assert (told.bounds.low, told.bounds.high, told.satisfied.ratio) == (0.0, 1.0, None)
    assert str(told).startswith("satisfied 0 of 0; answered 0 of 0")


def test_window_is_refused_when_it_is_backward() -> None:
    """An empty one does not exist either (T3)."""
    with pytest.raises(InvalidValue, match="give a later end"):
        satisfaction_of([], start=AT, end=AT, as_of=AT)


@pytest.mark.parametrize(
    "given",
    [
        {"satisfied_percent": 101},
        {"least_response_percent": 0.5},
        {"wait": -DAY},
        {"wait": 14},
        {"fewest": 0},
        {"level": 0.0},
        {"level": 95},
    ],
)
def test_rules_are_refused_when_a_setting_is_wrong(given: dict[str, Any]) -> None:
    """Percentages from 0 to 100, lengths, whole counts."""
    with pytest.raises(InvalidValue):
        SatisfactionRules(**given)


def test_words_are_no_answer_when_they_came_before_the_asking() -> None:
    """Who praised the desk on Monday, was asked on Tuesday and kept silent, has not answered."""
    early = ticket(1, 5, asked=3, said=2)
    told = found([early, ticket(2, 5)])
    assert (told.asked, told.satisfied.trials, told.unasked) == (2, 1, 0)
    assert found([early], as_of=4).pending == 1
