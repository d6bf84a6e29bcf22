"""Trials: made for an agreement, shrunk to what breaks a law, and told in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from itsm_core.calendars import ALWAYS
from itsm_core.events import TicketOpened, TicketPutOnHold
from itsm_core.ids import AgreementId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import micros
from itsm_core.testing.sla_trials import (
    Trial,
    broken,
    name_of,
    order_of,
    random_trial,
    shown,
    shrunk,
    state_of,
    title_of,
    violations,
)

HOUR = timedelta(hours=1)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[
        ServiceLevelTarget(metric="response", goals=HOUR),
        ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "P2": 2 * HOUR, "*": 3 * HOUR}),
    ],
)


def nobody_waits(trial: Trial) -> Iterator[str]:
    """No ticket is ever on hold."""
    if any(isinstance(event, TicketPutOnHold) for event in trial.history):
        yield "somebody waits"


def test_shrunk_trial_keeps_only_what_breaks_the_law() -> None:
    """One opening and one hold."""
    trials = (random_trial(GOLD, ("P1", "P2"), f"trials:{number}") for number in range(100))
    trial = next(each for each in trials if violations(nobody_waits, each))
    small = shrunk(nobody_waits, trial)
    assert {type(event) for event in small.history} == {TicketOpened, TicketPutOnHold}
    assert len(small.history) == 2
    error = broken(nobody_waits, small)
    text = str(error)
    assert "agreement 'gold' breaks nobody_waits (No ticket is ever on hold.)" in text
    assert "somebody waits" in text
    assert "TicketPutOnHold" in text
    assert f"as of {trial.as_of.isoformat()}" in text


def test_order_is_that_of_the_target_with_most_goals() -> None:
    """The star is no priority."""
    assert order_of(GOLD) == ("P1", "P2")


def test_words_name_what_they_are_about() -> None:
    """Short, in a sentence."""
    trial = random_trial(GOLD, (), "words:1")
    clock = next(iter(trial.judged()))
    assert name_of(clock) == f"{clock.name} #1"
    assert state_of(clock).startswith("it is ")
    assert title_of(GOLD) == "agreement 'gold'"
    assert shown(None) == "never"
    assert shown(micros(trial.as_of)) == str(trial.as_of)


def test_chance_of_a_trial_is_the_same_every_time() -> None:
    """So that a law fails again while its trial shrinks."""
    trial = random_trial(GOLD, (), "chance")
    assert trial.rng.random() == trial.rng.random()
