"""Agreements of a policy: targets, goals, limits, which tickets they take, what they rest on."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from typing import cast, get_args

from itsm_core.calendars import Calendar, resolve_local
from itsm_core.ids import AgreementId
from itsm_core.policy._build_calendars import Calendars
from itsm_core.policy._forms import (
    METRIC_KEYS,
    AgreementForm,
    LegForm,
    PauseLimitForm,
    RulesForm,
    TargetForm,
    WhenForm,
)
from itsm_core.policy._leaves import rule_of
from itsm_core.policy._node import Ref
from itsm_core.policy._notes import Notes
from itsm_core.policy._values import FIELDS, Condition
from itsm_core.sla import (
    METRICS,
    AgreementCatalogue,
    ClockRules,
    Leg,
    Metric,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    held_by,
    waiting_for,
)


class Agreements:
    """Make the agreements of a policy; those that rest on others after these."""

    def __init__(
        self,
        calendars: Calendars,
        priorities: tuple[str, ...],
        reasons: tuple[str, ...],
        notes: Notes,
    ) -> None:
        self._calendars = calendars
        self._priorities = priorities
        self._reasons = reasons
        self._notes = notes
        self._forms: tuple[AgreementForm, ...] = ()
        self._made: dict[int, ServiceLevelAgreement | None] = {}
        self._open: list[int] = []

    def build(self, forms: tuple[AgreementForm, ...]) -> tuple[ServiceLevelAgreement, ...]:
        """Return the agreements that could be made, in the order of the file."""
        self._forms = forms
        self._check_ids()
        made = [self._agreement(n) for n in range(len(forms))]
        good = tuple(each for each in made if each is not None)
        if len(good) == len(made):
            self._check_catalogue(good)
        return good

    def _check_ids(self) -> None:
        seen: dict[tuple[str, int], AgreementForm] = {}
        for form in self._forms:
            known = (form.id.text, form.version)
            if form.id and known in seen:
                first = self._notes.source.place(seen[known].id.at)
                self._notes.add(
                    "twice",
                    f"twice, {form.id.text!r} of this version stands in line {first.line} too",
                    form.id.at,
                    value=form.id.text,
                    remedy="rename one of them, or give each its version and valid_from",
                )
            seen.setdefault(known, form)

    def _check_catalogue(self, agreements: tuple[ServiceLevelAgreement, ...]) -> None:
        """Note versions of one agreement that are in force at once, or of two kinds."""
        if len({each.agreement_id for each in agreements}) == len(agreements):
            return
        at = self._forms[0].at[:1]
        self._notes.attempt(at, partial(AgreementCatalogue, agreements=agreements))

    def _agreement(self, n: int) -> ServiceLevelAgreement | None:
        if n not in self._made:
            self._open.append(n)
            self._made[n] = self._build(self._forms[n])
            self._open.pop()
        return self._made[n]

    def _build(self, form: AgreementForm) -> ServiceLevelAgreement | None:
        calendar = self._calendars.named(form.calendar)
        tables = [(key, getattr(form, key)) for key in METRIC_KEYS]
        given = [(key, each) for key, each in tables if each is not None]
        made = [self._target(key, each) for key, each in (*given, *form.targets.items())]
        if not made and not self._notes.is_broken(form.at):
            self._notes.add(
                "missing-key",
                "nothing is promised",
                form.at,
                remedy="add [agreements.response] or [agreements.resolution] with goals",
                suggestion="[agreements.resolution]",
            )
        legs = [self._leg(leg, form) for leg in form.legs]
        applies_to = rule_of(form.applies_to)
        if calendar is None or self._notes.is_broken(form.at):
            return None
        make = partial(
            ServiceLevelAgreement,
            agreement_id=AgreementId(form.id.text),
            version=form.version,
            title=form.title,
            calendar=calendar,
            targets=tuple(each for each in made if each is not None),
            kind=form.kind,
            applies_to=applies_to,
            precedence=form.precedence,
            valid_from=_instant(form.valid_from, calendar),
            valid_until=_instant(form.valid_until, calendar),
            version_rule=form.version_rule,
            breach_reasons=tuple(each.text for each in form.breach_reasons),
            legs=tuple(each for each in legs if each is not None),
        )
        return self._notes.attempt(form.at, make)

    def _target(self, name: str, form: TargetForm) -> ServiceLevelTarget | None:
        calendar = self._calendars.named(form.calendar)
        metric = form.metric.text or name
        if metric not in get_args(Metric):
            at = form.metric.at if form.metric else form.at
            self._notes.unknown(
                at, metric, get_args(Metric), "metric ", at_key=not form.metric.text
            )
        self._check_goals(form, metric)
        for ref in form.pause_on or ():
            self._check_reason(ref)
        limits = [self._limit(each) for each in form.pause_limits]
        rules = self._rules(form.rules) if form.rules is not None else METRICS.get(metric)
        if rules is None and metric in ("ola", "uc") and form.rules is None:
            example = "{ held_by = ['network'] }" if metric == "ola" else "{ waiting_for = [...] }"
            self._notes.add(
                "missing-key",
                "nothing says whom it binds",
                form.path("rules"),
                remedy=f"add rules = {example}",
                suggestion=f"rules = {example}",
            )
        if self._notes.is_broken(form.at):
            return None
        pause_on = form.pause_on
        make = partial(
            ServiceLevelTarget,
            metric=cast("Metric", metric),
            name=name,
            goals=form.goals,
            calendar=calendar,
            pause_on=None if pause_on is None else frozenset(each.text for each in pause_on),
            pause_limits=tuple(each for each in limits if each is not None),
            anchor=form.anchor,
            retarget=form.retarget,
            reopen=form.reopen,
            warn_at_ratios=form.warn_at,
            **({} if rules is None else {"rules": rules}),
        )
        return self._notes.attempt(form.at, make)

    def _check_goals(self, form: TargetForm, metric: str) -> None:
        """Note priorities that there are none of, and a target without any goal."""
        for priority in form.goals:
            if priority not in ("*", "", *self._priorities):
                at = form.path("goals", priority)
                self._notes.unknown(at, priority, self._priorities, "priority ", at_key=True)
        if form.goals or metric == "commitment" or self._notes.is_broken(form.path("goals")):
            return
        if "goals" not in form.given and self._has_misspelt(form, "goals"):
            return
        remedy = 'write a goal, such as P1 = "4h", or remove the whole table'
        what = "promises nothing" if "goals" in form.given else "is missing"
        at = form.path("goals")
        suggestion = 'goals = { P1 = "4h" }'
        self._notes.add("missing-key", what, at, remedy=remedy, suggestion=suggestion)

    def _has_misspelt(self, form: TargetForm, key: str) -> bool:
        return any(
            note.suggestion == key and note.path[:-1] == form.at
            for note in self._notes.noted("unknown-key")
        )

    def _check_reason(self, ref: Ref) -> None:
        if ref.text not in self._reasons:
            self._notes.unknown(ref.at, ref.text, self._reasons, "hold reason ")

    def _limit(self, form: PauseLimitForm) -> PauseLimit | None:
        if form.reason and form.reason.text != "*":
            self._check_reason(form.reason)
        if self._notes.is_broken(form.at):
            return None
        make = partial(
            PauseLimit,
            reason=form.reason.text,
            longest=form.longest,
            budget=form.budget,
            needs_evidence=form.needs_evidence,
        )
        return self._notes.attempt(form.at, make)

    def _rules(self, form: RulesForm) -> ClockRules | None:
        short = [key for key in ("held_by", "waiting_for") if key in form.given]
        for key in form.given - set(short[:1]) if short else ():
            what, remedy = f"{short[0]} says it all", f"remove {key}, or write every condition"
            self._notes.add("wrong-value", what, form.path(key), remedy=remedy, at_key=True)
        if form.held_by is not None:
            groups = [each.text for each in form.held_by]
            return self._notes.attempt(form.path("held_by"), partial(held_by, *groups))
        if form.waiting_for is not None:
            for ref in form.waiting_for:
                self._check_reason(ref)
            reasons = [each.text for each in form.waiting_for]
            return self._notes.attempt(form.path("waiting_for"), partial(waiting_for, *reasons))
        for key in ("start", "stop"):
            if key not in form.given:
                what, remedy = "is missing", f"add {key} = a condition, such as {{ field = ... }}"
                self._notes.add("missing-key", what, form.path(key), remedy=remedy)
        if self._notes.is_broken(form.at):
            return None
        names = ("start", "stop", "cancel", "reset", "pause", "resume")
        return self._notes.attempt(
            form.at, lambda: ClockRules(**{name: getattr(form, name) for name in names})
        )

    def _leg(self, form: LegForm, parent: AgreementForm) -> Leg | None:
        ref = form.agreement
        named = [n for n, each in enumerate(self._forms) if each.id.text == ref.text]
        if form.version is not None:
            named = [n for n in named if self._forms[n].version == form.version]
        if ref and not named:
            self._notes.unknown(ref.at, ref.text, _ids(self._forms), "agreement ")
        elif len(named) > 1:
            remedy = "add version = ... to the leg"
            what = f"{ref.text!r} has {len(named)} versions"
            self._notes.add("wrong-value", what, ref.at, value=ref.text, remedy=remedy)
        elif named and (named[0] in self._open or self._forms[named[0]] is parent):
            what = f"{ref.text!r} rests on this one"
            remedy = "legs go one way, from a promise to what it rests on"
            self._notes.add("leg-cycle", what, ref.at, value=ref.text, remedy=remedy)
        elif named and (other := self._agreement(named[0])) is not None:
            make = partial(
                Leg, clock=form.clock.text, agreement=other, leg_clock=form.leg_clock.text
            )
            return self._notes.attempt(form.at, make)
        return None


def conditions_of(form: WhenForm | None, notes: Notes) -> tuple[Condition, ...]:
    """Return what is asked of a ticket; a list of nothing, which takes none, is noted."""
    if form is None:
        return ()
    found: list[Condition] = []
    for field in FIELDS:
        values = getattr(form, field)
        if values is None:
            continue
        if not values and not notes.is_broken(form.path(field)):
            remedy = "name a value, or remove the key: a list of nothing takes no ticket"
            notes.add("empty", "must not be empty", form.path(field), remedy=remedy)
        found.append(Condition(field, tuple(each.text for each in values)))
    return tuple(found)


def _ids(forms: tuple[AgreementForm, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.id.text for each in forms if each.id))


def _instant(value: object, calendar: Calendar) -> datetime | None:
    """Return an instant; a date is the first instant of its day where the calendar is."""
    if isinstance(value, datetime):
        return value
    return resolve_local(value, time.min, calendar.zone) if isinstance(value, date) else None
