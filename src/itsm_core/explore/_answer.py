"""Answers: yes with the shortest story, no, or unknown because not everything was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import attrs

from itsm_core.commands import Actor, Command
from itsm_core.events import TicketEvent
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

Outcome = Literal["yes", "no", "unknown"]
"""It can happen and here is how, it cannot, or the search ended before it was known."""
_MOST_LINES = 10


@attrs.frozen(kw_only=True)
class Step:
    """Hold one step of a story: a command of somebody, or time that goes by.

    `command` and `actor` are None where nobody did anything until `at`. `what` says what was
    done and `changes` what became of it, in words; `events` are the facts that were recorded.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.lifecycle import TASK
    >>> from itsm_core.explore import World, can
    >>> print(can(World(lifecycle=TASK), field("state").is_("new")).story[0])
    Mon 05 Jan 09:00  requester: open (high, high): new, P1
    """

    at_us: int
    what: str
    command: Command | None = None
    actor: Actor | None = None
    changes: tuple[str, ...] = ()
    events: tuple[TicketEvent, ...] = attrs.field(default=(), repr=False)

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it happened, or until when nothing did, in UTC."""
        return in_pendulum(instant(self.at_us))

    def __str__(self) -> str:
        changed = f": {', '.join(self.changes)}" if self.changes else ""
        return f"{_shown(self.at_us)}  {self.what}{changed}"


@attrs.frozen(kw_only=True)
class Answer:
    """Say whether what was asked can be, and show how.

    One of `is_yes`, `is_no` and `is_unknown` is true. `story` is the shortest one that decides the
    question, empty where there is none to tell; `loop` is what can be repeated for ever after it,
    and `exits` what would end that, with one of those who could. `explored` counts situations.
    `complete` is whether all of them were looked at, and the question depends on nothing that no
    story holds, which `untold` says in words: what needs all of them is unknown otherwise.
    `limits` say in words what a no takes for given.

    >>> from itsm_core.conditions import field
    >>> from itsm_core.lifecycle import TASK
    >>> from itsm_core.explore import World, can
    >>> can(World(lifecycle=TASK), field("state").is_("closed")).outcome
    'yes'
    """

    question: str
    outcome: Outcome
    story: tuple[Step, ...] = ()
    loop: tuple[Step, ...] = ()
    exits: tuple[str, ...] = ()
    explored: int
    complete: bool
    limits: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def is_yes(self) -> bool:
        """Return whether it was shown to be so."""
        return self.outcome == "yes"

    @property
    def is_no(self) -> bool:
        """Return whether it was shown not to be so, within `limits`."""
        return self.outcome == "no"

    @property
    def is_unknown(self) -> bool:
        """Return whether nothing was shown: a bound cut the search, or not all is told."""
        return self.outcome == "unknown"

    @property
    def history(self) -> tuple[TicketEvent, ...]:
        """Return the events of the ticket, to be folded and judged by whoever doubts the story."""
        told = [event for step in self.story for event in step.events]
        return tuple(event for event in told if event.ticket_id == told[0].ticket_id)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.outcome}: {self.question}"
        left_out = len(self.story) - _MOST_LINES
        if left_out <= 1:
            yield from (f"  {step}" for step in self.story)
        else:
            yield from (f"  {step}" for step in self.story[: _MOST_LINES // 2])
            yield f"  ... {left_out} more steps ..."
            yield from (f"  {step}" for step in self.story[-_MOST_LINES // 2 :])
        if self.loop:
            yield "  and again and again:"
            yield from (f"    {step}" for step in self.loop)
            yield f"  what would end it: {', '.join(self.exits) or 'nothing'}"
        if self.untold and not self.is_yes:
            yield f"NO PROOF after {self.explored:,} situations:"
            yield from (f"  {each}" for each in self.untold)
            yield "say what nobody ever does by World(never=...), or ask about less"
        elif not self.complete and not self.is_yes:
            yield (
                f"NO PROOF: the search was cut after {self.explored:,} situations; "
                "raise the world's bounds, or ask about less"
            )
        else:
            yield f"{self.explored:,} situations looked at"
        if self.is_no and not self.story:
            yield from (f"given that {limit}" for limit in self.limits)


def _shown(at_us: int) -> str:
    at = instant(at_us)
    # One microsecond past a due instant is what breaks a promise: it has to be seen.
    exact = f"{at:%a %d %b %H:%M:%S.%f}" if at.microsecond else f"{at:%a %d %b %H:%M}"
    return exact if at.second == 0 or at.microsecond else f"{at:%a %d %b %H:%M:%S}"
