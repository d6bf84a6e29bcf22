"""All sequences of commands up to a depth keep the invariants of a lifecycle (laws L1, L2, L5, L7).

What must hold is read from the lifecycle's JSON and from the events' classes alone, not from the
code that decides. `check_sequences` tries every letter (`lifecycle_alphabet`) wherever a story of
so many commands can lead, which covers all sequences: many stories lead to one kind of ticket,
and of each kind one is tried.

Why that is all of them. What `decide` answers depends on the command, the actor and what it reads
of the ticket. Moves read the core: state, hold reason, last move and its text, reopenings, who
approved, which solution and closing stand, and the fields that guards, `required` and
`separate_from` name. Each family of commands that only record (who holds the ticket, its priority,
its promises, its links ...) reads the core and the family's own fields, and writes no others; where
new priority inputs end approvals, that leads to a core that is met without the approvals. So
tickets that agree in core and family answer alike to the family's commands, and one search for each
family, with the moves, meets every combination that a command could tell from another. Instants are
all one here, and `version` only counts. `tests/properties/test_lifecycle_sequences.py` checks the
claim against searches that leave nothing out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, cast

import attrs

from itsm_core.conditions import AllOf, AnyOf, FieldTest, Not, Predicate
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.lifecycle import Decision, Lifecycle, Ticket, decide, evolve
from itsm_core.testing.lifecycle_alphabet import NINE, Letter, letters_of
from itsm_core.testing.lifecycle_invariants import Rules, Tried, Ways, broken_by, ways_of

__all__ = ["SequenceReport", "Violation", "check_sequences"]

_FAMILIES: Final[Mapping[str, tuple[frozenset[str], tuple[str, ...]]]] = {
    "holder": (frozenset({"assign"}), ("group", "assignee")),
    "priority": (
        frozenset({"prioritise", "override", "end_override", "reclassify"}),
        ("impact", "urgency", "priority", "derived_priority", "override", "service"),
    ),
    "contact": (frozenset({"answer", "contact", "nudge"}), ("first_response_us",)),
    "promises": (
        frozenset({"commit", "keep_commitment", "withdraw_commitment", "hand_over", "assign"}),
        ("commitments", "commitment_owners", "assignee", "group"),
    ),
    "major": (
        frozenset({"suggest_major", "accept_major", "reject_major", "demote_major"}),
        ("major", "priority", "override"),
    ),
    "escalation": (frozenset({"acknowledge", "ask_escalation"}), ("acknowledged_by",)),
    "links": (frozenset({"link", "unlink", "split", "follow_up"}), ("links",)),
    "agreement": (
        # Whoever works on a ticket excludes no time of it.
        frozenset({"assign_agreement", "exclude_time", "explain_breach", "assign"}),
        ("agreement_id", "assignee", "group"),
    ),
}
"""Commands that record and move nothing, and the fields that they read and write."""

_CORE: Final = (
    "state",
    "category",
    "hold_reason",
    "last_move",
    "last_text",
    "reopen_count",
    "approvers",
    "endorsers",
    "resolved_us",
    "closed_us",
    "merged_into",
)


class Decide(Protocol):
    """Decide like `itsm_core.lifecycle.decide`; another one is given to test the test."""

    def __call__(self, lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
        """Return what a letter makes happen."""
        ...


def _decide(lifecycle: Lifecycle, ticket: Ticket | None, letter: Letter) -> Decision:
    return decide(lifecycle, ticket, letter.command, actor=letter.actor, at=NINE)


Evolve = Callable[[Ticket | None, TicketEvent], Ticket]


@attrs.frozen(kw_only=True)
class Violation:
    """Say which rule is broken, and by which shortest sequence of commands.

    >>> print(Violation(rule="the version counts the events", story=("open by ann", "hold by ann")))
    the version counts the events: open by ann; hold by ann
    """

    rule: str
    story: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {'; '.join(self.story)}"


@attrs.frozen(kw_only=True)
class SequenceReport:
    """Hold what was tried and what was found.

    `sequences` counts all sequences of `depth` commands over the alphabet of `letters`. `kinds`
    counts the kinds of tickets that they lead to, `decisions` the commands that were tried on one
    of each. There is one violation a rule, the one with the shortest story.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> report = check_sequences(INCIDENT, 1)
    >>> report.is_sound, report.sequences == report.letters
    (True, True)
    """

    lifecycle: str
    depth: int
    letters: int
    kinds: int
    decisions: int
    violations: tuple[Violation, ...]

    @property
    def sequences(self) -> int:
        """Return how many sequences of this depth there are, all of which are covered."""
        return int(self.letters**self.depth)

    @property
    def is_sound(self) -> bool:
        """Return whether no sequence breaks a rule."""
        return not self.violations

    def __str__(self) -> str:
        found = [f"  {each}" for each in self.violations]
        head = (
            f"{self.lifecycle}: {self.letters:,} letters, {self.sequences:.2e} sequences of "
            f"{self.depth}, {self.kinds:,} kinds of tickets, {self.decisions:,} decisions, "
            f"{len(found)} rules broken"
        )
        return "\n".join([head, *found])


def check_sequences(
    lifecycle: Lifecycle,
    depth: int = 8,
    *,
    decide: Decide = _decide,
    evolve: Evolve = evolve,
) -> SequenceReport:
    """Return what all sequences of so many commands do to a ticket of a lifecycle.

    Commands may be refused; then the sequence goes on with the same ticket. The priorities are
    those of `ITIL_MATRIX`.

    Raises:
        InvalidValue: not a lifecycle, or no depth.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> check_sequences(INCIDENT, 1).is_sound
    True
    >>> lax = check_sequences(INCIDENT, 1, decide=lambda lifecycle, ticket, letter: ())
    >>> print(lax.violations[0])
    what may be done is what allowed says: open by ann (nobody)
    """
    if not isinstance(lifecycle, Lifecycle):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue("not a Lifecycle", lifecycle, "pass INCIDENT or one of your own")
    if type(depth) is not int or depth < 1:
        raise InvalidValue("depth is a whole number of commands from 1", depth, "write 8")
    letters = letters_of(lifecycle)
    runs = Runs(lifecycle, depth, decide, evolve)
    recording = {
        trigger: name for name in reversed(tuple(_FAMILIES)) for trigger in _FAMILIES[name][0]
    }
    core = core_fields(lifecycle)
    in_core = {name for name, (_, fields) in _FAMILIES.items() if set(fields) & set(core)}
    moving = tuple(
        each
        for each in letters
        if each.trigger not in recording or recording[each.trigger] in in_core
    )
    told = runs.run(moving, core)
    for name, (own, fields) in _FAMILIES.items():
        family = tuple(each for each in letters if each.trigger in own)
        if family and name not in in_core:
            # A move that is refused leads nowhere, and why was looked at in the first run.
            runs.run((*told, *family), (*core, *fields))
    return SequenceReport(
        lifecycle=lifecycle.name,
        depth=depth,
        letters=len(letters),
        kinds=runs.kinds,
        decisions=runs.decisions,
        violations=tuple(
            Violation(rule=rule, story=tuple(map(str, story))) for rule, story in runs.found.items()
        ),
    )


def core_fields(lifecycle: Lifecycle) -> tuple[str, ...]:
    """Return the fields of a ticket that moves of this lifecycle look at, and those always kept."""
    read: dict[str, None] = dict.fromkeys(_CORE)
    for each in lifecycle.transitions:
        if each.trigger in _FAMILIES["agreement"][0] - {"assign"}:
            continue  # these bar the assignee, which is a field of their own family
        names = {*each.separate_from, *_names(each.guard)}
        if each.trigger != "open":
            names |= set(each.required)
        read |= dict.fromkeys(name for name in sorted(names) if name in attrs.fields_dict(Ticket))
    return tuple(read)


def _names(guard: Predicate | None) -> Iterator[str]:
    match guard:
        case FieldTest(field=name):
            yield name
        case Not(part=part):
            yield from _names(part)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            for part in parts:
                yield from _names(part)
        case None:
            pass


@attrs.define(slots=False)
class Runs:
    """Search all kinds of tickets that letters lead to, breadth first, and note what is broken."""

    lifecycle: Lifecycle
    depth: int
    decide: Decide
    evolve: Evolve
    kinds: int = 0
    decisions: int = 0
    found: dict[str, tuple[Letter, ...]] = attrs.field(factory=dict[str, tuple[Letter, ...]])
    _compared: set[tuple[object, ...]] = attrs.field(factory=set[tuple[object, ...]])

    def run(self, letters: Iterable[Letter], fields: tuple[str, ...]) -> tuple[Letter, ...]:
        """Try letters on every kind of ticket; return those that made something happen.

        One letter a trigger, actor's kind and outcome is enough to go everywhere again.
        """
        rules = Rules.of(self.lifecycle)
        asked = tuple(letters)
        known: set[tuple[object, ...]] = {()}
        level: list[tuple[Ticket | None, tuple[Letter, ...]]] = [(None, ())]
        useful: dict[tuple[object, ...], Letter] = {}
        for _ in range(self.depth):
            coming: list[tuple[Ticket | None, tuple[Letter, ...]]] = []
            for ticket, story in level:
                ways: dict[int, Ways] = {}
                before = None if ticket is None else dict(ticket.__dict__)
                for letter in asked:
                    after = self._try(rules, ways, letter, story, (ticket, before))
                    if after is None or after is ticket:
                        continue
                    key = tuple(map(_plain, (getattr(after, name) for name in fields)))
                    state = None if ticket is None else ticket.state
                    useful.setdefault((letter.trigger, state, key), letter)
                    if key not in known:
                        known.add(key)
                        coming.append((after, (*story, letter)))
            level = coming
        self.kinds += len(known) - 1
        return tuple(Counter(useful.values()))

    def _try(
        self,
        rules: Rules,
        ways: dict[int, Ways],
        letter: Letter,
        story: tuple[Letter, ...],
        held: tuple[Ticket | None, dict[str, object] | None],
    ) -> Ticket | None:
        """Return the ticket after a letter, and note which rules were broken on the way."""
        ticket, before = held
        self.decisions += 1
        decision = self.decide(self.lifecycle, ticket, letter)
        after = ticket
        if isinstance(decision, tuple):
            for event in decision:
                after = self.evolve(after, event)
        tried = Tried(self.lifecycle, letter, ticket, before, decision, after)
        # Actors are few and the same ones in all letters: what may be done is asked once for each.
        known = ways.get(id(letter.actor))
        if known is None:
            known = ways[id(letter.actor)] = ways_of(self.lifecycle, ticket, letter.actor)
        # Refusals that are alike are compared once: that is enough to find one that wavers.
        asked = (letter.trigger, "" if ticket is None else ticket.state, type(decision))
        again = self._again if after is not ticket or asked not in self._compared else None
        self._compared.add(asked)
        for rule in broken_by(rules, tried, known, again):
            self.found.setdefault(rule, (*story, letter))
        return after

    def _again(self, ticket: Ticket | None, letter: Letter) -> Decision:
        return self.decide(self.lifecycle, ticket, letter)


def _plain(value: object) -> object:
    """Return a value that can be a key: of approvers and links the order means nothing."""
    if isinstance(value, Mapping):
        return tuple(sorted(cast("Mapping[str, str]", value).items()))
    if isinstance(value, tuple):
        return frozenset(cast("tuple[object, ...]", value))
    return value
