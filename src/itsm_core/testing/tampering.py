"""Tamper with a chained log in every single way, and see that each shows, and where (law R8).

Each event is edited in each of its columns, taken out, and exchanged with the next; the end is cut
off at every length. A check of the whole log for each would take hours, and say nothing more: what
a check has found before an event is what it has found of the untouched log, so it begins there;
and it may stop where it stands as it does for the untouched log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import attrs

from itsm_core.adapters.chain import (
    BEGINNING,
    ChainedEvent,
    ChainWalk,
    LogHead,
    check_chain,
    compared,
)
from itsm_core.errors import InvalidValue

__all__ = ["TamperReport", "tamper_with_everything"]

_SHOWN: Final = 10
_AFTER: Final = 2  # events after a change: where a changed link shows, and one more


@attrs.frozen(kw_only=True)
class TamperReport:
    """Hold what was tried: `missed` did not show, `misplaced` showed at another event.

    `kinds` counts the trials by what was done.

    >>> shown = TamperReport(kinds={"payload": 12, "cut off": 12}, missed=0, misplaced=0)
    >>> print(shown)
    24 changes: 0 missed, 0 misplaced
    >>> wrong = "payload at event 4 shows at None"
    >>> print(TamperReport(kinds={"payload": 12}, missed=1, misplaced=0, details=(wrong,)))
    12 changes: 1 missed, 0 misplaced
      payload at event 4 shows at None
    """

    kinds: dict[str, int]
    missed: int
    misplaced: int
    details: tuple[str, ...] = ()

    @property
    def trials(self) -> int:
        """Return how many changes were tried."""
        return sum(self.kinds.values())

    def __str__(self) -> str:
        told = f"{self.trials:,} changes: {self.missed} missed, {self.misplaced} misplaced"
        return "\n  ".join((told, *self.details))


def _flipped(data: bytes) -> bytes:
    return bytes((data[0] ^ 1,)) + data[1:]


_EDITS: Final[dict[str, Callable[[ChainedEvent], ChainedEvent]]] = {
    "position": lambda one: one._replace(position=one.position + 1_000_000),
    "stream": lambda one: one._replace(stream=f"{one.stream}x"),
    "version": lambda one: one._replace(version=one.version + 1),
    "payload": lambda one: one._replace(payload=one.payload.replace(":", ": ", 1)),
    "personal": lambda one: one._replace(pieces=(f"{one.pieces[0][:-1]}x", *one.pieces[1:])),
    "personal gone": lambda one: one._replace(pieces=one.pieces[1:]),
    "seal": lambda one: one._replace(seal=one.seal[:1] + _flipped(one.seal[1:])),
    "seal gone": lambda one: one._replace(seal=b""),
    "link": lambda one: one._replace(link=_flipped(one.link)),
}
_OF_PERSONAL: Final = {"personal", "personal gone", "seal", "seal gone"}


def tamper_with_everything(events: Sequence[ChainedEvent], head: LogHead) -> TamperReport:
    """Try every single change of a log without erasures, whose head was kept.

    Raises:
        InvalidValue: the log is not sound to begin with.

    >>> from itsm_core.adapters.chain import event_link
    >>> link, events = BEGINNING, []
    >>> for number, payload in enumerate(('{"state":"new"}', '{"state":"done"}'), 1):
    ...     link = event_link(link, number, "INC-1", number, payload=payload, commitments=b"")
    ...     events.append(ChainedEvent(number, "INC-1", number, payload, (), b"", link))
    >>> print(tamper_with_everything(events, LogHead(count=2, link=link)))
    16 changes: 0 missed, 0 misplaced
    >>> tamper_with_everything(events, LogHead(count=1, link=link))
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: the log is not sound: ...; begin with one that is
    """
    check = check_chain(events, (), [head])
    if not check.is_sound or check.head != head:
        raise InvalidValue("the log is not sound", str(check.faults[:1]), "begin with one that is")
    kinds: dict[str, int] = {}
    missed = misplaced = 0
    details: list[str] = []
    for kind, place, first in (*_changes(events, head), *_cuts(events, head)):
        kinds[kind] = kinds.get(kind, 0) + 1
        if first == place:
            continue
        missed += first is None
        misplaced += first is not None
        details.append(f"{kind} at event {place} shows at {first}")
    return TamperReport(
        kinds=kinds, missed=missed, misplaced=misplaced, details=tuple(details[:_SHOWN])
    )


def _changes(
    events: Sequence[ChainedEvent], head: LogHead
) -> Iterator[tuple[str, int, int | None]]:
    """Yield what was done, at which event, and the event at which it shows first."""
    link = BEGINNING
    for number, event in enumerate(events):
        after = list(events[number + 1 : number + 1 + _AFTER])
        trials: list[tuple[str, list[ChainedEvent]]] = [
            (kind, [edit(event), *after])
            for kind, edit in _EDITS.items()
            if event.pieces or kind not in _OF_PERSONAL
        ]
        trials.append(("taken out", after))
        if after:
            other = after[0]
            swapped = [
                other._replace(position=event.position),
                event._replace(position=other.position),
            ]
            trials.append(("exchanged with the next", [*swapped, *after[1:]]))
            trials.append(("written twice", [event, event, *after]))
        for kind, told in trials:
            ends = len(after) < _AFTER
            yield (
                kind,
                event.position,
                _shown(told, event.position - 1, link, head if ends else None),
            )
        link = event.link


def _shown(
    events: Sequence[ChainedEvent], last: int, link: bytes, head: LogHead | None
) -> int | None:
    """Return the first event at which a walk that begins after `last` finds a fault.

    `head` is given where these events are the end of the log.
    """
    walk = ChainWalk((head.count,) if head is not None else (), last=last, link=link)
    for event in events:
        walk.meet(event)
    faults = walk.faults or [*(compared([head], walk) if head is not None else ())]
    return min((fault.first for fault in faults), default=None)


def _cuts(events: Sequence[ChainedEvent], head: LogHead) -> Iterator[tuple[str, int, int | None]]:
    """Yield what cutting the end off after every event, and before the first, shows."""
    walk = ChainWalk((head.count,))
    for length in range(len(events)):
        faults = walk.faults or [*compared([head], walk)]
        yield "cut off", length + 1, min((fault.first for fault in faults), default=None)
        walk.meet(events[length])
