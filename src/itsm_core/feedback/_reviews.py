"""The review sheet of one person: facts they can look up, intervals, and no ranking (law D5).

A sheet compares one person with all who did the same groups' work, taken together and by no name.
It says "not told apart" where the counts do not tell, which is where most people are, and compares
nothing where there is too little. Every count can be read back to its facts, each with its ticket.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import Interval, Rate, difference_interval
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["ReviewFact", "ReviewLine", "ReviewRules", "ReviewSheet"]


@attrs.frozen(kw_only=True)
class ReviewRules:
    """Hold how much there must be before a sheet compares, and what counts.

    A line compares once the person and the others have `fewest` facts each, and there are
    `fewest_others` people among the others: with one colleague it would be a sheet about two. A
    solution stands if the ticket does not come back within `stands_for`. `satisfied_percent` is
    as in `SatisfactionRules`. `level` holds for the whole sheet: each of its lines has its share
    of the chance to be wrong.

    Raises:
        InvalidValue: a count is no whole number from 1 up, `stands_for` is not above 0, the
            percentage is no whole number from 0 to 100, or the level lies outside (0, 1).

    >>> from itsm_core.feedback import ReviewRules
    >>> from itsm_core.spans import hours
    >>> ReviewRules(stands_for=hours(24 * 30)).stands_for.days
    30
    >>> ReviewRules(fewest_others=0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: fewest_others is a whole number from 1: 0; count them
    """

    fewest: int = 20
    fewest_others: int = 3
    stands_for: timedelta = timedelta(days=14)
    satisfied_percent: int = 75
    level: float = 0.95

    def __attrs_post_init__(self) -> None:
        for name in ("fewest", "fewest_others"):
            value: object = getattr(self, name)
            if type(value) is not int or value < 1:
                raise InvalidValue(f"{name} is a whole number from 1", value, "count them")
        if not isinstance(self.stands_for, timedelta) or self.stands_for <= timedelta(0):
            raise InvalidValue(
                "how long a solution stands", self.stands_for, "write hours(24 * 14)"
            )
        if type(self.satisfied_percent) is not int or not 0 <= self.satisfied_percent <= 100:
            raise InvalidValue("satisfied_percent", self.satisfied_percent, "use 0 to 100")
        if not isinstance(self.level, float) or not 0 < self.level < 1:
            raise InvalidValue("a level lies between 0 and 1", self.level, "write 95 % as 0.95")


@attrs.frozen(kw_only=True)
class ReviewFact:
    """Hold one thing that happened: on which ticket, when, and whether it counts for the person.

    `at_us` is in microseconds since 1970 (UTC).

    >>> from itsm_core.feedback import ReviewFact
    >>> monday = 1_767_603_600_000_000  # microseconds from 1970 to 2026-01-05 09:00
    >>> print(ReviewFact(ticket_id="INC-1", at_us=monday, text="came back", is_good=False))
    INC-1, 2026-01-05 09:00 UTC: came back
    """

    ticket_id: TicketId
    at_us: int
    text: str
    is_good: bool

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it happened, in UTC."""
        return in_pendulum(instant(self.at_us))

    def __str__(self) -> str:
        return f"{self.ticket_id}, {self.at:%Y-%m-%d %H:%M} UTC: {self.text}"


@attrs.frozen(kw_only=True)
class ReviewLine:
    """Hold one line of a sheet: a question, the facts, and how they compare.

    `own` counts the facts, `others` those of the `colleagues` in the same groups together.
    `left_out` are facts that cannot be judged yet, or not be laid at one person's door.

    >>> from itsm_core.feedback import ReviewFact, ReviewLine, ReviewRules
    >>> from itsm_core.metrics import Rate
    >>> monday = 1_767_603_600_000_000  # microseconds from 1970 to 2026-01-05 09:00
    >>> facts = tuple(
    ...     ReviewFact(ticket_id=f"INC-{number}", at_us=monday, text="stood", is_good=number > 2)
    ...     for number in range(25)
    ... )
    >>> line = ReviewLine(
    ...     name="solutions",
    ...     question="of the solutions given, how many stood",
    ...     facts=facts,
    ...     others=Rate(successes=170, trials=200),
    ...     colleagues=4,
    ...     left_out=2,
    ...     level=0.99,
    ...     rules=ReviewRules(),
    ... )
    >>> print(line)
    solutions: 22 of 25 (63 to 97 %), the others 170 of 200: a tie, the counts do not tell them
    apart; 2 left out
    >>> line.verdict
    'not told apart'
    """

    name: str
    question: str
    facts: tuple[ReviewFact, ...]
    others: Rate
    colleagues: int
    left_out: int
    level: float
    rules: ReviewRules = attrs.field(repr=False)

    @property
    def own(self) -> Rate:
        """Return how many of the person's facts are good."""
        return Rate(successes=sum(each.is_good for each in self.facts), trials=len(self.facts))

    @property
    def interval(self) -> Interval:
        """Return Wilson's interval of `own`, at the line's share of the level."""
        return self.own.interval(level=self.level)

    @property
    def difference(self) -> Interval | None:
        """Return the interval of the person minus the others; None where there is too little."""
        own, others, rules = self.own, self.others, self.rules
        if min(own.trials, others.trials) < rules.fewest or self.colleagues < rules.fewest_others:
            return None
        return difference_interval(
            (own.successes, own.trials), (others.successes, others.trials), level=self.level
        )

    @property
    def verdict(self) -> Literal["above", "below", "not told apart", "too few"]:
        """Return what the counts allow to say."""
        found = self.difference
        if found is None:
            return "too few"
        if found.low is not None and found.low > 0:
            return "above"
        return "below" if found.high is not None and found.high < 0 else "not told apart"

    def __str__(self) -> str:
        own, others = self.own, self.others
        told = f"{self.name}: {own.successes} of {own.trials}"
        if own.trials:
            low, high = self.interval.low or 0.0, self.interval.high or 0.0
            told += f" ({100 * low:.0f} to {100 * high:.0f} %)"
        told += f", the others {others.successes} of {others.trials}: {_WORDS[self.verdict]}"
        return f"{told}; {self.left_out} left out" if self.left_out else told


_WORDS = {
    "above": "more than chance explains",
    "below": "less than chance explains",
    "not told apart": "a tie, the counts do not tell them apart",
    "too few": "too few to compare",
}


@attrs.frozen(kw_only=True)
class ReviewSheet:
    """Hold what a talk with one person starts from; show it to them first.

    What to do about it is no matter of figures: which tickets somebody gets is chance, and rota,
    and courage. `explain` says it all as text.

    `start_us` and `end_us` are in microseconds since 1970 (UTC).

    >>> from datetime import UTC, datetime, timedelta
    >>> from itsm_core.events import TicketOpened, TicketReopened, TicketResolved
    >>> from itsm_core.feedback import review_sheet
    >>> at, day = datetime(2026, 1, 5, 9, tzinfo=UTC), timedelta(days=1)
    >>> told = [
    ...     TicketOpened(ticket_id="INC-1", occurred_at=at, group="desk"),
    ...     TicketResolved(ticket_id="INC-1", occurred_at=at, state="resolved", actor="ann"),
    ...     TicketReopened(ticket_id="INC-1", occurred_at=at + day, state="in_progress"),
    ... ]
    >>> sheet = review_sheet([told], "ann", start=at, end=at + day, as_of=at + 30 * day)
    >>> print(sheet["solutions"])
    solutions: 0 of 1 (0 to 87 %), the others 0 of 0: too few to compare
    >>> print(*sheet["solutions"].facts)
    INC-1, 2026-01-05 09:00 UTC: came back
    >>> sheet["speed"]
    Traceback (most recent call last):
        ...
    itsm_core.errors.InvalidValue: no line of a review sheet: 'speed'; use one of solutions,
    promises, handed on, satisfied, complaints
    """

    person: PersonId
    start_us: int
    end_us: int
    lines: tuple[ReviewLine, ...]

    def __getitem__(self, name: str) -> ReviewLine:
        """Return a line by its name.

        Raises:
            InvalidValue: there is none of this name.
        """
        for line in self.lines:
            if line.name == name:
                return line
        known = ", ".join(line.name for line in self.lines)
        raise InvalidValue("no line of a review sheet", name, f"use one of {known}")

    def explain(self, *, facts: bool = True) -> str:
        """Return the sheet as text, each line with every fact behind it, what is not good first."""
        start, end = (in_pendulum(instant(each)) for each in (self.start_us, self.end_us))
        told = [f"{self.person}, {start:%Y-%m-%d} to {end:%Y-%m-%d} (UTC)"]
        for line in self.lines:
            told += [str(line), f"  {line.question}"]
            ordered = sorted(line.facts, key=lambda each: (each.is_good, each.at_us))
            told += [f"  - {each}" for each in ordered] if facts else []
        return "\n".join(told)

    def __str__(self) -> str:
        return self.explain(facts=False)
