"""Propose a lifecycle from a log, and say what a person still has to decide (law L8)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.lifecycle._checks import OPEN
from itsm_core.lifecycle._foreign import ForeignLog, check_first, refusal_of, told
from itsm_core.lifecycle._values import Lifecycle, State, StateCategory, Transition

__all__ = ["ProposedLifecycle", "ProposedMove", "ProposedState", "discover"]

MOST_STATES: Final = 1_000
"""More distinct names than any lifecycle has states: then the column is not one of states."""

_MOST_LINES: Final = 12
_REOPENED_SELDOM: Final = field("reopen_count").is_below(100)
_NO_REASON: Final = "unspecified"

# In this order: "cancelled by user - closed" is cancelled, "pending closure" is on hold.
_WORDS: Final = (
    (StateCategory.CANCELLED, ("cancel", "withdraw", "reject", "abort", "declin")),
    (StateCategory.ON_HOLD, ("await", "wait", "hold", "pending", "pend", "suspend", "paus")),
    (StateCategory.RESOLVED, ("resolv", "solv", "fixed", "fulfil", "answered")),
    (StateCategory.CLOSED, ("clos", "done", "archiv", "finish", "complet")),
)


@attrs.frozen(kw_only=True)
class ProposedState:
    """Hold one state of a proposal: its category, why it has that one, and how often it was met.

    `visits` counts arrivals, not events: a state told twice in a row was entered once.

    >>> from itsm_core.lifecycle import discover
    >>> log = [("A", "new", 0), ("A", "awaiting user", 1), ("A", "new", 2), ("A", "closed", 3)]
    >>> for state in discover(log).states:
    ...     print(
    ...         f"{state.name}: {state.category.value}, {state.visits} times, because {state.why}"
    ...     )
    new: new, 2 times, because guessed: most cases begin here
    awaiting user: on_hold, 1 times, because guessed: its name holds 'await'
    closed: closed, 1 times, because guessed: its name holds 'clos'
    """

    name: str
    category: StateCategory
    why: str
    visits: int


@attrs.frozen(kw_only=True)
class ProposedMove:
    """Hold one move of a log: from where, to where, how often.

    An empty `source` is a beginning, an empty `target` an end. `share_ratio` (0 to 1) is its part
    of all moves that leave the source; of a beginning or an end, its part of all cases.

    >>> from itsm_core.lifecycle import discover
    >>> log = [("A", "new", 0), ("A", "closed", 1), ("B", "new", 2), ("B", "active", 3)]
    >>> for move in discover(log).moves:
    ...     print(move)
    new -> active: 1 times, 50.0%
    new -> closed: 1 times, 50.0%
    """

    source: str
    target: str
    count: int
    share_ratio: float

    def __str__(self) -> str:
        ends = f"{self.source or '(beginning)'} -> {self.target or '(end)'}"
        return f"{ends}: {self.count} times, {self.share_ratio:.1%}"


@attrs.frozen(kw_only=True)
class ProposedLifecycle:
    """Hold what a log says about the lifecycle behind it.

    `lifecycle` is there if the proposal passes the checks of `Lifecycle`, else it is None and
    `faults` holds what they refuse. `decisions` lists what no log can say, whether it passes or
    not. Neither is an error: a log of a real desk holds moves that nobody would design.

    >>> from itsm_core.lifecycle import discover
    >>> log = [("A", "new", 0), ("A", "active", 1), ("A", "closed", 2), ("B", "new", 3)]
    >>> print(discover(log, name="desk").explain())
    desk: 3 states and 2 moves from 2 cases, passes the checks
    states: new (new), active (active), closed (closed)
    begins in: new 100.0%
    ends in: closed 50.0%, new 50.0%
    - endings: 1 cases rest in a state that is not final: new (1) (still open when the log
        ended? else declare these states closed or cancelled)
    - states: the category of 3 states is guessed: new, active, closed (confirm each by
        categories={...})
    - transitions: a log does not say who may do what, nor which fields are needed (add roles
        and fields)
    """

    name: str
    cases: int
    events: int
    noise_ratio: float
    states: tuple[ProposedState, ...]
    beginnings: tuple[ProposedMove, ...]
    moves: tuple[ProposedMove, ...]
    endings: tuple[ProposedMove, ...]
    left_out: tuple[ProposedMove, ...]
    lifecycle: Lifecycle | None
    faults: tuple[Fault, ...]
    decisions: tuple[Fault, ...]

    def explain(self) -> str:
        """Return the proposal in words, at most 12 lines."""
        sound = "passes the checks" if self.lifecycle else f"{len(self.faults)} faults to settle"
        head = (
            f"{self.name}: {len(self.states)} states and {len(self.moves)} moves "
            f"from {self.cases} cases, {sound}"
        )
        lines = [
            head,
            "states: " + _some(f"{each.name} ({each.category.value})" for each in self.states),
            "begins in: " + _some(f"{m.target} {m.share_ratio:.1%}" for m in self.beginnings),
            "ends in: " + _some(f"{m.source} {m.share_ratio:.1%}" for m in self.endings),
        ]
        if self.left_out:
            lines.append(f"left out below {self.noise_ratio:.1%}: {len(self.left_out)} moves")
        questions = [f"- {each}" for each in (*self.faults, *self.decisions)]
        room = _MOST_LINES - len(lines)
        if len(questions) > room:
            hidden = len(questions) - room + 1
            questions = [*questions[: room - 1], f"- and {hidden} more"]
        return "\n".join(lines + questions)


def _some(names: Iterable[str], most: int = 8) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def discover(
    log: ForeignLog,
    *,
    name: str = "discovered",
    noise_ratio: float = 0.0,
    categories: Mapping[str, StateCategory] | None = None,
) -> ProposedLifecycle:
    """Propose the lifecycle behind a log of states.

    The names are taken as the states that a case enters; of a log of activities, each becomes the
    state after it. Events of a case count in the order in which they are told; a state told twice
    in a row was entered once. Moves and beginnings below `noise_ratio` (0 to 1, of all that leave
    the state) are left out and listed, and so is what can then no longer be reached; with 0, the
    log conforms to its own proposal without a deviation.

    `categories` says what a state is. The others are guessed, each with its reason: the
    commonest beginning is new; a name that speaks of cancelling, waiting, solving or closing (in
    English) is taken at its word; what nobody ever leaves is closed; the rest is active.

    One entry a case is held in memory, and one for each distinct move.

    Raises:
        InvalidValue: the log is empty or an event is no (case id, name, instant); a name is
            empty; there are more than 1,000 names; `noise_ratio` is not in [0, 1); a category is
            declared for a name that the log does not hold.

    >>> proposal = discover([("A", "new", 0), ("A", "active", 1), ("A", "closed", 2)])
    >>> [(state.name, state.category.value) for state in proposal.states]
    [('new', 'new'), ('active', 'active'), ('closed', 'closed')]

    References:
        Directly-follows graphs: W. van der Aalst, Process Mining (2016), chapter 6.
    """
    if isinstance(noise_ratio, bool) or not 0.0 <= noise_ratio < 1.0:
        what = "a noise threshold is a share from 0 to below 1"
        raise InvalidValue(what, noise_ratio, "write 0.01 for one in a hundred, 0 for none")
    seen = _count(log)
    hints = _checked_hints(categories or {}, seen)
    kept = _without_noise(seen, noise_ratio)
    states = _states_of(kept, hints)
    lifecycle, faults = _built(name, states, kept)
    return ProposedLifecycle(
        name=name,
        cases=seen.cases,
        events=seen.events,
        noise_ratio=float(noise_ratio),
        states=states,
        beginnings=kept.beginnings,
        moves=kept.moves,
        endings=kept.endings,
        left_out=kept.left_out,
        lifecycle=lifecycle,
        faults=faults,
        decisions=_decisions(states, kept, hints, seen),
    )


# --- counting ------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Seen:
    visits: Counter[str]
    begun: Counter[str]
    moved: Counter[tuple[str, str]]
    ended: Counter[str]
    cases: int
    events: int


def _count(log: ForeignLog) -> _Seen:
    at_of: dict[str, str] = {}
    visits: Counter[str] = Counter()
    begun: Counter[str] = Counter()
    moved: Counter[tuple[str, str]] = Counter()
    event: object = None
    try:
        for event in told(log):
            case_id, state, at = event
            before = at_of.get(case_id)
            if before == state:
                continue
            at_of[case_id] = state
            visits[state] += 1
            _check_state(state, len(visits))
            if before is None:
                check_first(at)
                begun[state] += 1
            else:
                moved[before, state] += 1
    except InvalidValue:
        raise
    except (TypeError, ValueError) as error:
        raise refusal_of(event, error) from error
    if not at_of:
        raise InvalidValue("a log without events", "", "tell at least one event")
    return _Seen(
        visits=visits,
        begun=begun,
        moved=moved,
        ended=Counter(at_of.values()),
        cases=len(at_of),
        events=visits.total(),
    )


def _check_state(state: object, states: int) -> None:
    if not state or not isinstance(state, str):
        raise InvalidValue("a state of a log has a name", state, "map or drop the event")
    if states > MOST_STATES:
        remedy = "name the column of states, not one of free text"
        raise InvalidValue(f"more than {MOST_STATES} states in one log", state, remedy)


def _checked_hints(
    categories: Mapping[str, StateCategory], seen: _Seen
) -> Mapping[str, StateCategory]:
    for name, category in categories.items():
        if name not in seen.visits:
            remedy = f"the log holds {_some(seen.visits)}{did_you_mean(name, seen.visits)}"
            raise InvalidValue("a category for a state that the log does not hold", name, remedy)
        State(name=name, category=category)  # refuses what is no category
    return dict(categories)


# --- noise ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class _Kept:
    visits: Mapping[str, int]
    beginnings: tuple[ProposedMove, ...]
    moves: tuple[ProposedMove, ...]
    endings: tuple[ProposedMove, ...]
    left_out: tuple[ProposedMove, ...]


def _without_noise(seen: _Seen, noise_ratio: float) -> _Kept:
    """Return what is common enough; the commonest beginning stays whatever its share."""
    leaving: Counter[str] = Counter()
    for (source, _), count in seen.moved.items():
        leaving[source] += count
    begun = _ordered(
        ProposedMove(source="", target=name, count=count, share_ratio=count / seen.cases)
        for name, count in seen.begun.items()
    )
    moved = _ordered(
        ProposedMove(source=source, target=to, count=count, share_ratio=count / leaving[source])
        for (source, to), count in seen.moved.items()
    )
    ended = _ordered(
        ProposedMove(source=name, target="", count=count, share_ratio=count / seen.cases)
        for name, count in seen.ended.items()
    )
    beginnings = (begun[0], *(each for each in begun[1:] if each.share_ratio >= noise_ratio))
    common = [each for each in moved if each.share_ratio >= noise_ratio]
    reached = _reached((each.target for each in beginnings), common)
    moves = tuple(each for each in common if each.source in reached)
    endings = tuple(
        each for each in ended if each.source in reached and each.share_ratio >= noise_ratio
    )
    stays = {*beginnings, *moves, *endings}
    return _Kept(
        visits={name: count for name, count in seen.visits.items() if name in reached},
        beginnings=beginnings,
        moves=moves,
        endings=endings,
        left_out=tuple(each for each in (*begun, *moved, *ended) if each not in stays),
    )


def _ordered(moves: Iterable[ProposedMove]) -> list[ProposedMove]:
    """Return the commonest first, of equally common ones by name: not by how the log is told."""
    return sorted(moves, key=lambda each: (-each.count, each.source, each.target))


def _reached(starts: Iterable[str], moves: Iterable[ProposedMove]) -> set[str]:
    exits: dict[str, list[str]] = {}
    for each in moves:
        exits.setdefault(each.source, []).append(each.target)
    queue = list(starts)
    reached = set(queue)
    while queue:
        for target in exits.get(queue.pop(), ()):
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


# --- categories ----------------------------------------------------------------------------------


def _states_of(kept: _Kept, hints: Mapping[str, StateCategory]) -> tuple[ProposedState, ...]:
    left = {each.source for each in kept.moves}
    first = kept.beginnings[0].target
    found: list[ProposedState] = []
    for name, visits in sorted(kept.visits.items(), key=lambda item: (-item[1], item[0])):
        category, why = _category(name, is_first=name == first, is_left=name in left)
        if name in hints:
            category, why = hints[name], "declared"
        found.append(ProposedState(name=name, category=category, why=why, visits=visits))
    # In the order of a ticket's life; within a category the commonest first.
    order = list(StateCategory)
    return tuple(sorted(found, key=lambda each: order.index(each.category)))


def _category(name: str, *, is_first: bool, is_left: bool) -> tuple[StateCategory, str]:
    if is_first:
        return StateCategory.NEW, "guessed: most cases begin here"
    for category, words in _WORDS:
        for word in words:
            if re.search(rf"(?<![^\W_]){word}|(?<=re){word}", name.casefold()):
                return category, f"guessed: its name holds {word!r}"
    if not is_left:
        return StateCategory.CLOSED, "guessed: no case ever leaves it"
    return StateCategory.ACTIVE, "guessed: cases come and go, and its name says nothing else"


# --- the lifecycle -------------------------------------------------------------------------------


def _built(
    name: str, states: tuple[ProposedState, ...], kept: _Kept
) -> tuple[Lifecycle | None, tuple[Fault, ...]]:
    """Return the lifecycle, or None and everything that its own checks refuse."""
    sources: dict[str, list[str]] = {}
    for each in kept.moves:
        sources.setdefault(each.target, []).append(each.source)
    holds = any(each.category is StateCategory.ON_HOLD for each in states)
    try:
        lifecycle = Lifecycle(
            name=name,
            states=tuple(State(name=each.name, category=each.category) for each in states),
            hold_reasons=(_NO_REASON,) if holds else (),
            transitions=(
                Transition(trigger=OPEN, target=kept.beginnings[0].target),
                *_ways(states, sources),
            ),
        )
    except DefinitionError as error:
        return None, error.faults
    return lifecycle, ()


def _ways(
    states: tuple[ProposedState, ...], sources: Mapping[str, list[str]]
) -> Iterator[Transition]:
    """Yield the moves into each state; those out of rest are bounded, as every lifecycle's are."""
    at_rest = {
        each.name
        for each in states
        if each.category is StateCategory.RESOLVED or each.category.is_terminal
    }
    for each in states:
        came = sources.get(each.name, [])
        back = at_rest & set(came) if each.category is StateCategory.ACTIVE else set[str]()
        for chosen in ([name for name in came if name not in back], sorted(back)):
            if chosen:
                yield Transition(
                    trigger=f"to {each.name}",
                    sources=chosen,
                    target=each.name,
                    guard=_REOPENED_SELDOM if chosen[0] in back else None,
                )


def _decisions(
    states: tuple[ProposedState, ...],
    kept: _Kept,
    hints: Mapping[str, StateCategory],
    seen: _Seen,
) -> tuple[Fault, ...]:
    category_of = {each.name: each.category for each in states}
    found: list[Fault] = []
    others = kept.beginnings[1:]
    if others:
        names = ", ".join(f"{each.target} ({each.count})" for each in others)
        message = f"{sum(each.count for each in others)} cases begin elsewhere: {names}"
        remedy = "a lifecycle has one opening; decide whether these rows lack their beginning"
        found.append(Fault("several-beginnings", message, "beginnings", names, remedy))
    resting = [each for each in kept.endings if not category_of[each.source].is_terminal]
    if resting:
        names = ", ".join(f"{each.source} ({each.count})" for each in resting)
        message = f"{sum(each.count for each in resting)} cases rest in a state that is not final"
        remedy = "still open when the log ended? else declare these states closed or cancelled"
        found.append(Fault("rests-open", f"{message}: {names}", "endings", names, remedy))
    guessed = [each.name for each in states if each.name not in hints]
    if guessed:
        message = f"the category of {len(guessed)} states is guessed: {_some(guessed)}"
        remedy = "confirm each by categories={...}"
        found.append(Fault("guessed-category", message, "states", ", ".join(guessed), remedy))
    lost = sorted(set(seen.visits) - set(kept.visits))
    if lost:
        message = f"{len(lost)} states are met in left-out moves only: {_some(lost)}"
        remedy = "lower noise_ratio, or leave them out"
        found.append(Fault("left-out-states", message, "left_out", ", ".join(lost), remedy))
    if StateCategory.ON_HOLD in category_of.values():
        message = "a log of states does not say what was waited for"
        found.append(
            Fault("unknown-hold-reasons", message, "hold_reasons", _NO_REASON, "list the reasons")
        )
    message = "a log does not say who may do what, nor which fields are needed"
    found.append(Fault("unknown-roles", message, "transitions", "", "add roles and fields"))
    return tuple(found)
