"""The ways in which people reach the desk: channels, and where each of them leads (law D2).

Values only. A guarantee belongs to official channels; a channel without a route is a letter box
that nobody empties: `Channels.findings` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

import attrs

from itsm_core.errors import Fault, InvalidValue, did_you_mean
from itsm_core.ids import GroupId
from itsm_core.rosters import _fields as check
from itsm_core.rosters import _json as way

__all__ = ["Channel", "Channels"]

_MOST_CHANNELS: Final = 1_000


def _group(value: str) -> GroupId:
    return cast("GroupId", value)  # the checks say if it is none


@attrs.frozen(kw_only=True)
class Channel:
    """Hold one way to reach the desk: "phone", "portal", "walk-up", a manager's inbox.

    `route` is the group that answers. `hours` names the calendar in which it does; empty is at any
    hour, which an official channel has to say with a calendar of its own ("always"). What comes
    in over an `automatic` channel was sent by a machine: it answers nothing and wakes nobody.

    >>> Channel(name="phone", route="first line").official
    True
    """

    name: str
    official: bool = True
    route: GroupId = attrs.field(converter=_group, default=GroupId(""))
    hours: str = ""
    automatic: bool = False

    def __attrs_post_init__(self) -> None:
        check.refuse(f"channel {self.name!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("name", self.name)
        yield from check.text_faults("route", self.route, optional=True)
        yield from check.text_faults("hours", self.hours, optional=True)
        for name in ("official", "automatic"):
            value: object = getattr(self, name)
            yield from check.kind_faults(name, value, bool, "true or false", "write True or False")

    def __str__(self) -> str:
        kind = "official" if self.official else "not official"
        machine = ", automatic" if self.automatic else ""
        hours = f", hours {self.hours}" if self.hours else ""
        return f"{self.name} ({kind}{machine}) -> {self.route or 'nobody'}{hours}"


def _channels(value: Iterable[Channel]) -> tuple[Channel, ...]:
    return cast("tuple[Channel, ...]", check.many(value))


@attrs.frozen(kw_only=True)
class Channels:
    """Hold every channel of a desk, each name once.

    `findings()` says what is legal but probably not meant; names of groups and calendars are the
    policy's to check, by `routes` and `calendars`.

    Raises:
        DefinitionError: with every fault.

    >>> desk = Channels(channels=(Channel(name="phone", route="first line", hours="office"),))
    >>> print(desk["phone"])
    phone (official) -> first line, hours office
    """

    channels: tuple[Channel, ...] = attrs.field(converter=_channels, default=())

    def __attrs_post_init__(self) -> None:
        check.refuse("channels", self._faults())

    def _faults(self) -> Iterator[Fault]:
        kinds = list(check.kinds_faults("channels", self.channels, Channel, "channel"))
        yield from kinds
        if kinds:
            return
        if len(self.channels) > _MOST_CHANNELS:
            message = f"more than {_MOST_CHANNELS:,} channels"
            yield Fault("too-many", message, "channels", str(len(self.channels)), "join some")
            return
        names: dict[str, int] = {}
        for n, channel in enumerate(self.channels):
            folded = channel.name.casefold()
            if folded in names:
                message = f"{channel.name!r} is channel {names[folded]}, too"
                yield Fault("twice", message, f"channels[{n}].name", channel.name, "rename one")
            names.setdefault(folded, n)

    def __iter__(self) -> Iterator[Channel]:
        return iter(self.channels)

    def __len__(self) -> int:
        return len(self.channels)

    def __contains__(self, name: object) -> bool:
        return any(channel.name == name for channel in self.channels)

    def is_official(self, name: str) -> bool:
        """Tell whether a channel is an official one; a name that is not listed is none."""
        return any(channel.name == name and channel.official for channel in self.channels)

    def __getitem__(self, name: str) -> Channel:
        """Return the channel of a name.

        Raises:
            InvalidValue: there is none; the nearest name is suggested.
        """
        for channel in self.channels:
            if channel.name == name:
                return channel
        known = [channel.name for channel in self.channels]
        remedy = f"known: {', '.join(known) or 'none'}{did_you_mean(name, known)}"
        raise InvalidValue("no such channel", name, remedy)

    @property
    def routes(self) -> tuple[str, ...]:
        """Return the groups that the channels lead to, each once."""
        return tuple(dict.fromkeys(str(each.route) for each in self.channels if each.route))

    @property
    def calendars(self) -> tuple[str, ...]:
        """Return the names of the calendars that the channels keep, each once."""
        return tuple(dict.fromkeys(each.hours for each in self.channels if each.hours))

    def findings(self) -> tuple[Fault, ...]:
        """Return what is legal but probably not meant, with place and remedy.

        A channel that leads to nobody, an official one without hours, no official one at all.
        """
        return tuple(self._findings())

    def _findings(self) -> Iterator[Fault]:
        for n, channel in enumerate(self.channels):
            where = f"channels[{n}]"
            if not channel.route:
                message = f"channel {channel.name!r} leads to nobody"
                remedy = "name the group that answers"
                yield Fault("channel-without-route", message, f"{where}.route", "", remedy)
            if channel.official and not channel.automatic and not channel.hours:
                message = f"official channel {channel.name!r} has no hours"
                remedy = "name a calendar, so that callers know when somebody answers"
                yield Fault("channel-without-hours", message, f"{where}.hours", "", remedy)
        if self.channels and not any(channel.official for channel in self.channels):
            message = "no channel is official, so that no agreement can promise anything"
            yield Fault("no-official-channel", message, "channels", "", "make one of them official")

    def to_json(self) -> dict[str, object]:
        """Return the channels as plain JSON values, from which `from_json` makes equal ones."""
        return _CHANNELS.write(self)

    @classmethod
    def from_json(cls, data: object) -> Channels:
        """Return the channels that `to_json` wrote down.

        Raises:
            CodecError: a key is missing or unknown, or a value has another type.
            DefinitionError: the data is well formed and means no channels.
        """
        return _CHANNELS.read(data, "channels")

    def dumps(self) -> str:
        """Return the channels as canonical JSON text; equal ones give the same bytes."""
        return way.dumps(self.to_json())

    @classmethod
    def loads(cls, text: str) -> Channels:
        """Return the channels in a JSON text; keys given twice and NaN are refused."""
        return cls.from_json(way.loads(text, "channels"))


_CHANNEL: Final = way.Form(
    Channel,
    {
        "name": way.TEXT,
        "official": way.FLAG,
        "route": way.TEXT,
        "hours": way.TEXT,
        "automatic": way.FLAG,
    },
)
_CHANNELS: Final = way.Form(Channels, {"channels": way.many_of(way.way_of(_CHANNEL))})
