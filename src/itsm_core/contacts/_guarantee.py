"""What a contact earns: which channel is guaranteed anything, and from which instant (law D2)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

import attrs

from itsm_core.conditions import Condition, Predicate, field
from itsm_core.contacts._channels import Channels
from itsm_core.errors import DefinitionError, Fault, InvalidValue
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import AgreementId
from itsm_core.rosters import _fields as check
from itsm_core.sla import FACTS, Facts, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["Earns", "Entitlement", "Guarantee", "anchored_at_registration"]

Earns = Literal["reported", "registered", "never"]
"""From which instant the clocks of a ticket start: that of the report, that of its registration, or
not at all. When a matter began is for the ledger; nobody can promise to act before he is told."""

_CHOICES: Final = get_args(Earns)

REGISTERED: Final = "/registered"
"""Ends the id of an agreement whose clocks count from a registration."""


@attrs.frozen(kw_only=True)
class Entitlement:
    """Hold what a ticket has earned by the way in which it came, and why.

    `from_us` is in microseconds since 1970 (UTC), None if no clock starts.

    >>> from itsm_core.contacts import Channel, Channels, Guarantee
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.spans import EPOCH, hours
    >>> desk = Channels(channels=[Channel(name="phone"), Channel(name="direct", official=False)])
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1", occurred_at=EPOCH, recorded_at=EPOCH + hours(2), channel="direct"
    ... )
    >>> print(Guarantee().entitlement([opened], desk))
    clocks from 1970-01-01 02:00:00+00:00: 'direct' is no official channel: registered
    """

    earns: Earns
    from_us: int | None
    channel: str
    why: str

    @property
    def from_at(self) -> pendulum.DateTime | None:
        """Return from when its clocks start, in UTC; None if they do not."""
        return None if self.from_us is None else in_pendulum(instant(self.from_us))

    def __str__(self) -> str:
        start = "no clock" if self.from_us is None else f"clocks from {instant(self.from_us)}"
        return f"{start}: {self.why}"


def _rules(value: Mapping[str, Earns]) -> Mapping[str, Earns]:
    given: object = value
    return MappingProxyType(dict(value)) if isinstance(given, Mapping) else value


def _as_dict(rules: Mapping[str, Earns]) -> str:
    return repr(dict(rules))


@attrs.frozen(kw_only=True)
class Guarantee:
    """Say what the contacts of each channel earn of an agreement.

    `official` is for the official channels, `unofficial` for every other one and for tickets whose
    channel is not listed or not known; `channels` names exceptions. Where `emergency`, a condition
    over `sla.FACTS`, holds, it counts from the report whichever way it came: an emergency that was
    worked first and written down afterwards has lost nothing.

    Raises:
        DefinitionError: an unknown word, or a condition that does not fit `FACTS`; every fault is
            listed.

    >>> from itsm_core.contacts import Channel
    >>> desk = Channels(channels=[Channel(name="phone"), Channel(name="direct", official=False)])
    >>> rule = Guarantee(unofficial="registered", channels={"manager's inbox": "never"})
    >>> [rule.earns(name, desk) for name in ("phone", "direct", "manager's inbox")]
    ['reported', 'registered', 'never']
    """

    official: Earns = "reported"
    unofficial: Earns = "registered"
    channels: Mapping[str, Earns] = attrs.field(
        converter=_rules, factory=dict[str, Earns], hash=False, repr=_as_dict
    )
    emergency: Predicate | None = None

    def __attrs_post_init__(self) -> None:
        check.refuse("guarantee", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.choice_faults("official", self.official, _CHOICES)
        yield from check.choice_faults("unofficial", self.unofficial, _CHOICES)
        remedy = "write {'direct': 'never'}"
        wrong = list(
            check.kind_faults("channels", self.channels, Mapping, "rules by channel", remedy)
        )
        yield from wrong
        rules = dict[str, Earns]() if wrong else dict(self.channels)
        for name, word in rules.items():
            yield from check.text_faults("channels", name)
            yield from check.choice_faults(f"channels[{name!r}]", word, _CHOICES)
        if self.emergency is not None:
            try:
                Condition(schema=FACTS, rule=self.emergency)
            except DefinitionError as error:
                yield from error.faults

    def earns(self, channel: str, channels: Channels) -> Earns:
        """Return what a channel earns, emergencies apart."""
        named = self.channels.get(channel)
        if named is not None:
            return named
        return self.official if channels.is_official(channel) else self.unofficial

    def entitlement(self, history: Iterable[TicketEvent], channels: Channels) -> Entitlement:
        """Return what a ticket has earned at its opening, and why.

        Raises:
            InvalidValue: the history has no opening.
        """
        opening = next((each for each in history if isinstance(each, TicketOpened)), None)
        if opening is None:
            remedy = "pass the whole history of a ticket"
            raise InvalidValue("a history without its opening", None, remedy)
        channel = opening.channel
        earns, why = self.earns(channel, channels), self._why(channel, channels)
        if self.emergency is not None and Condition(schema=FACTS, rule=self.emergency).holds(
            Facts(opening)
        ):
            earns, why = "reported", "an emergency counts from its report"
        starts: dict[Earns, int | None] = {
            "reported": opening.occurred_us,
            # What is told of the future is registered when it happens, as clocks have it.
            "registered": max(opening.recorded_us, opening.occurred_us),
            "never": None,
        }
        return Entitlement(earns=earns, from_us=starts[earns], channel=channel, why=why)

    def _why(self, channel: str, channels: Channels) -> str:
        shown = repr(channel) if channel else "no channel"
        if channel in self.channels:
            return f"{shown} has a rule of its own: {self.channels[channel]}"
        kind = "an official channel" if channels.is_official(channel) else "no official channel"
        return f"{shown} is {kind}: {self.earns(channel, channels)}"

    def agreements(
        self, agreement: ServiceLevelAgreement, channels: Channels
    ) -> tuple[ServiceLevelAgreement, ...]:
        """Return the agreement as this guarantee has it, for an `AgreementCatalogue`.

        Up to two: one under the agreement's own id for what counts from the report, one named
        "<id>/registered" whose clocks count from the registration. No ticket fits both, and what
        earns nothing fits neither: the selection says which condition did not hold. A clock that
        counts from the opening counts from the registration of what starts it.
        """
        by_word: dict[Earns, list[str]] = {word: [] for word in _CHOICES}
        names = dict.fromkeys((*(each.name for each in channels), *self.channels))
        for name in names:
            by_word[self.earns(name, channels)].append(name)
        found: list[ServiceLevelAgreement] = []
        reported, registered = (self._covers(word, by_word) for word in ("reported", "registered"))
        if self.emergency is not None:
            reported = self.emergency if reported is None else self.emergency | reported
            registered = None if registered is None else ~self.emergency & registered
        if reported is not None:
            found.append(_narrowed(agreement, reported))
        if registered is not None:
            late = anchored_at_registration(agreement)
            found.append(_narrowed(late, registered))
        return tuple(found)

    def _covers(self, word: str, by_word: Mapping[Earns, list[str]]) -> Predicate | None:
        """Return the condition on the channel of a ticket that earns this; None if none does."""
        if word != self.unofficial:
            names = by_word[cast("Earns", word)]
            return field("channel").is_in(*names) if names else None
        others = [name for other, names in by_word.items() if other != word for name in names]
        if others:
            return ~field("channel").is_in(*others)
        return field("channel").is_missing() | field("channel").is_present()


def _narrowed(agreement: ServiceLevelAgreement, condition: Predicate) -> ServiceLevelAgreement:
    given = agreement.applies_to
    return attrs.evolve(agreement, applies_to=condition if given is None else given & condition)


def anchored_at_registration(agreement: ServiceLevelAgreement) -> ServiceLevelAgreement:
    """Return the agreement with every clock counting from a registration, under another id."""
    return attrs.evolve(
        agreement,
        agreement_id=AgreementId(f"{agreement.agreement_id}{REGISTERED}"),
        targets=tuple(_late(target) for target in agreement.targets),
    )


def _late(target: ServiceLevelTarget) -> ServiceLevelTarget:
    if target.metric == "commitment" or target.anchor == "registered":
        return target
    return attrs.evolve(target, anchor="registered")
