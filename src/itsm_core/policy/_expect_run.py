"""Run expectations: tell each story to a policy, and compare what comes out with what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from itsm_core.calendars import load_zone, wall_time
from itsm_core.errors import CommandRefused, ItsmError, did_you_mean
from itsm_core.escalation import Coverage, Step, due
from itsm_core.events import TicketEvent
from itsm_core.overrides import effective_priority
from itsm_core.policy._expect import Case, Expectations, ExpectedClock
from itsm_core.policy._expect import Step as StoryStep
from itsm_core.policy._expect_story import story_of
from itsm_core.policy._source import PolicySource
from itsm_core.policy._values import Policy
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    Evaluation,
    ServiceLevelAgreement,
    SlaClock,
)
from itsm_core.sla._catalogue import judged_under
from itsm_core.spans import micros

__all__ = ["CaseResult", "Difference", "run_expectations"]

_NONE = "none"


@attrs.frozen(kw_only=True)
class Difference:
    """Hold one expectation that was not met: what was expected, what came out, and where it is.

    `why` has what explains the outcome, in lines: the clock's own explanation, the reasons of a
    refusal.

    >>> from itsm_core.policy import Difference
    >>> late = Difference(what="response state", expected="met", got="breached", line=4)
    >>> print(f"line {late.line}: {late}")
    line 4: response state: expected met, got breached
    """

    what: str
    expected: str
    got: str
    path: str = ""
    line: int = 0
    column: int = 0
    why: str = ""

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.got}"


@attrs.frozen(kw_only=True)
class CaseResult:
    """Hold how a case came out: passed without differences, else failed with all of them.

    >>> from itsm_core.policy import CaseResult, Difference
    >>> late = Difference(what="response state", expected="met", got="breached")
    >>> result = CaseResult(name="Nobody answers", path="cases[0]", differences=(late,))
    >>> result.is_passed, str(result.differences[0])
    (False, 'response state: expected met, got breached')
    """

    name: str
    path: str
    file: str = ""
    line: int = 0
    column: int = 0
    differences: tuple[Difference, ...] = ()

    @property
    def is_passed(self) -> bool:
        """Return whether everything came out as expected."""
        return not self.differences


def run_expectations(expectations: Expectations, policy: Policy) -> tuple[CaseResult, ...]:
    """Return the result of every case, in the order of the file.

    The tickets move by the lifecycle's own rules, in which whoever acts has every role; the
    agreement is the one that the policy gives them. A story that the lifecycle refuses, and one
    that cannot be judged, is a difference like any other.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.policy import load_policy, read_expectations, run_expectations
    >>> text = '''zone = "UTC"
    ... [[cases]]
    ... name = "Nobody answers"
    ... opened = "2026-01-05 09:00"
    ... ticket = { priority = "P2", service = "warehouse-interface" }
    ... as_of = "2026-01-05 10:00"
    ... expect = { response = { due = "2026-01-05 09:30", state = "met" } }
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "desk.expect.toml")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     expectations = read_expectations(path)
    >>> (result,) = run_expectations(expectations, load_policy("demo"))
    >>> print(result.differences[0])
    response state: expected met, got breached
    """
    return tuple(_Run(expectations, policy, case).result() for case in expectations.cases)


class _Run:
    """Try one case on a policy and gather what differs."""

    def __init__(self, expectations: Expectations, policy: Policy, case: Case) -> None:
        self.source: PolicySource = expectations.source
        self.zone_name = expectations.zone
        self.zone = load_zone(expectations.zone)
        self.policy = policy
        self.case = case
        self.found: list[Difference] = []

    def result(self) -> CaseResult:
        """Return the case with every difference."""
        try:
            story = story_of(self.policy, self.case)
            for step in self.case.steps:
                self._step(step, story.refused.get(step.path))
            self._compare(story.events)
        except ItsmError as error:
            self._differs("the story", "can be told", str(error), f"{self.case.path}.ticket")
        place = self.source.place(self.case.path)
        return CaseResult(
            name=self.case.name,
            path=self.case.path,
            file=self.source.file,
            line=place.line,
            column=place.column,
            differences=tuple(self.found),
        )

    def _step(self, step: StoryStep, error: CommandRefused | None) -> None:
        """Compare whether a step happened with whether it was to happen."""
        codes = [] if error is None else [reason.code for reason in error.reasons]
        if step.refused in codes or (not codes and not step.refused):
            return
        expected = f"refused ({step.refused})" if step.refused else "happens"
        got = f"refused ({', '.join(codes)})" if codes else "happens"
        reasons = "" if error is None else "\n".join(str(reason) for reason in error.reasons)
        key = "refused" if step.refused else "do"
        self._differs(f"event {step.do!r}", expected, got, f"{step.path}.{key}", why=reasons)

    def _compare(self, events: tuple[TicketEvent, ...]) -> None:
        as_of = self.case.as_of
        if self.case.priority is not None:
            got = effective_priority(events, as_of)
            self._check("priority", self.case.priority, got, "priority")
        regimes = self.policy.catalogue.regimes(events, as_of, kinds=("sla",)).get("sla", ())
        agreement = regimes[-1].agreement if regimes else None
        name = _NONE if agreement is None else str(agreement.agreement_id)
        if self.case.agreement is not None:
            self._check("agreement", self.case.agreement, name, "agreement")
        if self.case.escalation is not None:
            one = agreement if len(regimes) < 2 else self.policy.catalogue.of_kind("sla")
            self._escalation(self.case.escalation, events, one)
        is_promised = any(each.agreement is not None for each in regimes)
        judged = judged_under(events, regimes, as_of) if is_promised else None
        for expected in self.case.clocks:
            self._clock(expected, judged)

    def _escalation(
        self,
        expected: tuple[str, ...],
        events: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement | AgreementCatalogue | None,
    ) -> None:
        """Compare the rules that act up to the instant of judging, on every ladder of the policy.

        Without a ladder nothing can act, and an expectation that cannot fail is none.
        """
        path = f"{self.case.path}.expect.escalation"
        wanted = ", ".join(expected) or _NONE
        if not self.policy.ladders:
            self._differs("escalation", wanted, "the policy has no ladder", path)
            return
        known = [rule.name for ladder in self.policy.ladders.values() for rule in ladder.rules]
        unknown = next((name for name in expected if name not in known), None)
        if unknown is not None:
            near = did_you_mean(unknown, known)
            got = f"no rule {unknown!r}; the ladders have {', '.join(known)}{near}"
            self._differs("escalation", wanted, got, path)
            return
        steps = self._steps(events, agreement)
        got = ", ".join(dict.fromkeys(step.rule for step in steps)) or _NONE
        if got != wanted:
            zone = self.zone_name
            why = "\n".join(step.text(zone) for step in steps)
            self._differs("escalation", wanted, got, path, why=why)

    def _steps(
        self,
        events: tuple[TicketEvent, ...],
        agreement: ServiceLevelAgreement | AgreementCatalogue | None,
    ) -> list[Step]:
        """Return the steps that come due up to the instant of judging, in their order."""
        coverage = Coverage(rosters=tuple(self.policy.rosters.values()))
        found = [
            each.step
            for ladder in self.policy.ladders.values()
            for each in due(events, ladder, agreement, coverage, until=self.case.as_of)
        ]
        return sorted(found, key=lambda step: (step.at_us, step.key))

    def _clock(self, expected: ExpectedClock, judged: Evaluation | None) -> None:
        if judged is None:
            self._differs(expected.name, "a clock", "no agreement", expected.path)
            return
        if expected.name not in judged.names:
            near = did_you_mean(expected.name, judged.names)
            got = f"the agreement has {', '.join(judged.names)}{near}"
            self._differs(expected.name, "a clock", got, expected.path)
            return
        cycles = judged.cycles(expected.name)
        last = cycles[-1] if cycles else None
        why = "" if last is None else last.explain()
        for key, wanted, got in self._asked(expected, judged, cycles, last):
            if wanted != got:
                path = f"{expected.path}.{key}"
                self._differs(f"{expected.name} {key}", wanted, got, path, why=why)

    def _asked(
        self,
        expected: ExpectedClock,
        judged: Evaluation,
        cycles: tuple[SlaClock, ...],
        last: SlaClock | None,
    ) -> Iterator[tuple[str, str, str]]:
        """Yield what is asked about, as texts: both sides read alike if they are alike."""
        if expected.state is not None:
            state = judged.state(expected.name) if cycles else ClockState.NOT_STARTED
            yield "state", expected.state, state.value
        if expected.cycles is not None:
            yield "cycles", str(expected.cycles), str(len(cycles))
        if expected.due_at is not None:
            due = None if last is None else last.due_at or last.projected_due_at
            got = "no due instant" if due is None else self._shown(due)
            yield "due", self._shown(expected.due_at), got

    def _shown(self, at: datetime) -> str:
        local = wall_time(micros(at), self.zone)
        precision = "seconds" if local.second or local.microsecond else "minutes"
        if local.microsecond:
            precision = "microseconds"
        return local.strftime("%a ") + local.isoformat(" ", precision)

    def _check(self, what: str, expected: str, got: str, key: str) -> None:
        if expected != got:
            self._differs(what, expected, got or _NONE, f"{self.case.path}.expect.{key}")

    def _differs(self, what: str, expected: str, got: str, path: str, *, why: str = "") -> None:
        place = self.source.place(path)
        self.found.append(
            Difference(
                what=what,
                expected=expected,
                got=got,
                path=path,
                line=place.line,
                column=place.column,
                why=why,
            )
        )
