"""Fields of definitions that hold something of another type: refused together, each by name."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours
from itsm_core.conditions import field
from itsm_core.errors import DefinitionError
from itsm_core.ids import AgreementId
from itsm_core.sla import Leg, PauseLimit, ServiceLevelAgreement, ServiceLevelTarget

FOUR = timedelta(hours=4)
LIMIT = PauseLimit(reason="parts", longest=FOUR)
TARGET = ServiceLevelTarget(metric="resolution", goals=FOUR)


def target(**more: Any) -> ServiceLevelTarget:
    """Return a target with something special."""
    fields: dict[str, Any] = {"metric": "resolution", "goals": FOUR}
    return ServiceLevelTarget(**(fields | more))


def agreement(**more: Any) -> ServiceLevelAgreement:
    """Return an agreement with something special."""
    fields: dict[str, Any] = {
        "agreement_id": AgreementId("gold"),
        "calendar": ALWAYS,
        "targets": (TARGET,),
    }
    return ServiceLevelAgreement(**(fields | more))


def limit(**more: Any) -> PauseLimit:
    """Return a limit of pauses with something special."""
    fields: dict[str, Any] = {"reason": "parts", "longest": FOUR}
    return PauseLimit(**(fields | more))


def leg(**more: Any) -> Leg:
    """Return a leg with something special."""
    fields: dict[str, Any] = {"clock": "resolution", "agreement": agreement(), "leg_clock": "x"}
    return Leg(**(fields | more))


@pytest.mark.parametrize(
    ("make", "change", "code", "where"),
    [
        (target, {"metric": []}, "unknown-metric", "metric"),
        (target, {"metric": None}, "unknown-metric", "metric"),
        (target, {"anchor": []}, "unknown-anchor", "anchor"),
        (target, {"name": 5}, "wrong-type", "name"),
        (target, {"name": None}, "wrong-type", "name"),
        (target, {"name": " "}, "no-name", "name"),
        (target, {"goals": {1: FOUR}}, "wrong-type", "goals[1]'s priority"),
        (target, {"pause_on": 5}, "wrong-type", "pause_on"),
        (target, {"pause_on": "parts"}, "wrong-type", "pause_on"),
        (target, {"pause_on": [[1]]}, "wrong-type", "pause_on[0]"),
        (target, {"pause_on": {1, "a"}}, "wrong-type", "pause_on[1]"),
        (target, {"pause_on": {""}}, "empty", "pause_on[0]"),
        (target, {"pause_limits": LIMIT}, "wrong-type", "pause_limits"),
        (target, {"pause_limits": None}, "wrong-type", "pause_limits"),
        (target, {"pause_limits": (LIMIT, "x")}, "wrong-type", "pause_limits[1]"),
        (target, {"rules": "x"}, "wrong-type", "rules"),
        (target, {"rules": None}, "wrong-type", "rules"),
        (target, {"rules": field("group").is_("x")}, "wrong-type", "rules"),
        (target, {"metric": "ola", "rules": "x"}, "wrong-type", "rules"),
        (target, {"metric": "ola"}, "no-rules", "rules"),
        (target, {"calendar": "office"}, "wrong-type", "calendar"),
        (target, {"warn_at_ratios": 0.5}, "wrong-type", "warn_at_ratios"),
        (target, {"warn_at_ratios": "0.5"}, "wrong-type", "warn_at_ratios"),
        (target, {"warn_at_ratios": (0.5, "0.6")}, "wrong-type", "warn_at_ratios[1]"),
        (target, {"warn_at_ratios": (None,)}, "wrong-type", "warn_at_ratios[0]"),
        (target, {"warn_at_ratios": (1j,)}, "wrong-type", "warn_at_ratios[0]"),
        (target, {"warn_at_ratios": (True,)}, "wrong-type", "warn_at_ratios[0]"),
        (target, {"warn_at_ratios": (math.nan,)}, "warning-ratio", "warn_at_ratios"),
        (target, {"warn_at_ratios": (Decimal("NaN"),)}, "warning-ratio", "warn_at_ratios"),
        (target, {"warn_at_ratios": (Decimal("sNaN"),)}, "wrong-type", "warn_at_ratios[0]"),
        (target, {"warn_at_ratios": (10**400,)}, "warning-ratio", "warn_at_ratios"),
        (limit, {"budget": "1h"}, "wrong-type", "budget"),
        (limit, {"budget": 3}, "wrong-type", "budget"),
        (limit, {"reason": None}, "wrong-type", "reason"),
        (limit, {"reason": ""}, "empty", "reason"),
        (limit, {"needs_evidence": "no"}, "wrong-type", "needs_evidence"),
        (leg, {"agreement": None}, "wrong-type", "agreement"),
        (leg, {"agreement": "network"}, "wrong-type", "agreement"),
        (leg, {"clock": None}, "wrong-type", "clock"),
        (leg, {"leg_clock": ["a"]}, "wrong-type", "leg_clock"),
        (agreement, {"agreement_id": None}, "wrong-type", "agreement_id"),
        (agreement, {"agreement_id": ""}, "empty", "agreement_id"),
        (agreement, {"title": 5}, "wrong-type", "title"),
        (agreement, {"version": "1"}, "wrong-type", "version"),
        (agreement, {"version": True}, "wrong-type", "version"),
        (agreement, {"version": 0}, "version-number", "version"),
        (agreement, {"precedence": "high"}, "wrong-type", "precedence"),
        (agreement, {"precedence": None}, "wrong-type", "precedence"),
        (agreement, {"precedence": math.nan}, "wrong-type", "precedence"),
        (agreement, {"kind": "slo"}, "unknown-kind", "kind"),
        (agreement, {"kind": []}, "unknown-kind", "kind"),
        (agreement, {"version_rule": "lastest"}, "unknown-version-rule", "version_rule"),
        (agreement, {"calendar": None}, "wrong-type", "calendar"),
        (agreement, {"targets": TARGET}, "wrong-type", "targets"),
        (agreement, {"targets": None}, "wrong-type", "targets"),
        (agreement, {"targets": "resolution"}, "wrong-type", "targets"),
        (agreement, {"targets": (TARGET, None)}, "wrong-type", "targets[1]"),
        (agreement, {"legs": None}, "wrong-type", "legs"),
        (agreement, {"legs": (agreement(),)}, "wrong-type", "legs[0]"),
        (agreement, {"breach_reasons": 5}, "wrong-type", "breach_reasons"),
        (agreement, {"breach_reasons": "vendor"}, "wrong-type", "breach_reasons"),
        (agreement, {"breach_reasons": ("vendor", 5)}, "wrong-type", "breach_reasons[1]"),
    ],
)
def test_definition_is_refused_when_a_field_is_of_another_type(
    make: Any, change: dict[str, object], code: str, where: str
) -> None:
    """One fault, with its place, the value and a remedy."""
    with pytest.raises(DefinitionError) as caught:
        make(**change)
    assert [(each.code, each.where) for each in caught.value.faults] == [(code, where)]
    assert caught.value.faults[0].remedy


@pytest.mark.parametrize(
    ("make", "change", "message"),
    [
        (agreement, {"kind": "slo"}, r"did you mean 'sla'\?"),
        (agreement, {"version_rule": "lastest"}, r"did you mean 'latest'\?"),
        (agreement, {"breach_reasons": "vendor"}, r"write breach_reasons=\('vendor',\)"),
        (agreement, {"targets": TARGET}, r"targets=\.\.\.|use ServiceLevelTarget|targets=\(it,\)"),
        (target, {"pause_on": "parts"}, r"write pause_on=\{'parts'\}, with braces"),
        (target, {"warn_at_ratios": 0.5}, r"write warn_at_ratios=\(0\.5,\)"),
    ],
)
def test_remedy_says_what_to_write(make: Any, change: dict[str, object], message: str) -> None:
    """As it could be copied."""
    with pytest.raises(DefinitionError, match=message):
        make(**change)


@pytest.mark.parametrize(
    ("make", "change", "message", "value", "remedy"),
    [
        (target, {"anchor": "begun"}, "'begun' is not an anchor", "'begun'", "use one of 'occ"),
        (target, {"reopen": "begun"}, "'begun' is not a reopen", "'begun'", "use one of 'exc"),
        (
            agreement,
            {"version_rule": "x"},
            "'x' is not a version rule",
            "'x'",
            "use one of 'at_creation', 'at_change', 'latest'",
        ),
        (target, {"name": 5}, "5 is not a text", "5", "write '5'"),
        (target, {"name": None}, "None is not a text", "None", "use a text"),
        (agreement, {"agreement_id": ""}, "is empty", "''", "write what it is called"),
        (agreement, {"version": "1"}, "'1' is not a whole number", "'1'", "write 1, without quo"),
        (agreement, {"version": 0}, "0 is less than 1", "0", "count from 1"),
        (agreement, {"title": 5}, "5 is not a text", "5", "use a text"),
        (agreement, {"calendar": None}, "None is not a calendar", "None", "use a calendar, such"),
        (agreement, {"breach_reasons": 5}, "5 is not a list of texts", "5", "put it in brackets"),
        (target, {"pause_on": 5}, "5 is not a list of hold reasons", "5", "put it in brackets"),
        (target, {"pause_limits": None}, "None is not a list of PauseLimits", "None", "put it in"),
        (target, {"pause_limits": ("x",)}, "'x' is not a PauseLimit", "'x'", "use a PauseLimit"),
        (agreement, {"legs": None}, "None is not a list of Legs", "None", "use Leg(clock=..., ag"),
        (agreement, {"targets": None}, "None is not a list of ServiceLevelTargets", "None", "use"),
        (leg, {"agreement": 5}, "5 is not an agreement", "5", "use the ServiceLevelAgreement its"),
        (limit, {"needs_evidence": 5}, "5 is not True or False", "5", "use True or False"),
        (limit, {"budget": 5}, "5 is not a timedelta", "5", "use a timedelta, such as hours(8)"),
        (target, {"rules": 5}, "5 is not a ClockRules", "5", "write ClockRules(start=..., stop="),
        (target, {"warn_at_ratios": 5j}, "5j is not a list of shares", "5j", "write warn_at_rat"),
        (target, {"warn_at_ratios": ("5",)}, "'5' is no share", "'5'", "write 0.75 for 75 %, wi"),
    ],
)
def test_fault_says_what_is_wrong_and_what_to_write(
    make: Any, change: dict[str, object], message: str, value: str, remedy: str
) -> None:
    """The value, what it is not, and what would do."""
    with pytest.raises(DefinitionError) as caught:
        make(**change)
    fault = caught.value.faults[0]
    assert (fault.message, fault.value) == (message, value)
    assert fault.remedy.startswith(remedy)


def test_single_member_is_to_be_put_in_brackets_as_it_is() -> None:
    """A comma is easily forgotten."""
    for make, change, remedy in (
        (agreement, {"targets": TARGET}, "write targets=(it,)"),
        (target, {"pause_limits": LIMIT}, "write pause_limits=(it,)"),
        (agreement, {"breach_reasons": "vendor"}, "write breach_reasons=('vendor',)"),
    ):
        with pytest.raises(DefinitionError) as caught:
            make(**change)
        assert caught.value.faults[0].remedy == remedy


def test_agreement_lists_every_fault_of_its_fields() -> None:
    """One fault hides no other."""
    with pytest.raises(DefinitionError) as caught:
        agreement(kind="slo", version="1", calendar=None, targets=None, legs=None)
    assert len(caught.value.faults) == 5


@pytest.mark.parametrize("half", [Fraction(1, 2), Decimal("0.5"), 0.5])
def test_exact_shares_become_floats(half: object) -> None:
    """A verdict and a hash hold one type of share."""
    made = target(warn_at_ratios=[half, 0.25])
    assert made.warn_at_ratios == (0.25, 0.5)
    assert [type(each) for each in made.warn_at_ratios] == [float, float]


def test_lists_may_be_generators() -> None:
    """Read once, when the definition is made."""
    made = agreement(
        targets=(each for each in (TARGET,)), breach_reasons=(each for each in ("vendor",))
    )
    assert made.targets == (TARGET,)
    assert made.breach_reasons == ("vendor",)


class TestNeverOpen:
    """A promise on a calendar without open time can never be due."""

    def hours(self, text: str) -> BusinessCalendar:
        """Return a calendar in UTC."""
        return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(text))

    def test_calendar_of_the_agreement_is_named(self) -> None:
        """With the targets that count on it."""
        (found,) = agreement(calendar=NEVER).check()
        assert found.code == "never-open"
        assert "resolution" in found.message

    def test_common_hours_of_two_shifts_are_seen_when_there_are_none(self) -> None:
        """A target's own calendar."""
        own = self.hours("Mo-Fr 09:00-17:00") & self.hours("Sa 09:00-17:00")
        (found,) = agreement(targets=(TARGET, target(metric="response", calendar=own))).check()
        assert found.code == "never-open"
        assert "calendar of response never opens" in found.message

    def test_calendar_that_no_target_counts_on_is_not_remarked(self) -> None:
        """It promises nothing."""
        assert agreement(calendar=NEVER, targets=(target(calendar=ALWAYS),)).check() == ()
