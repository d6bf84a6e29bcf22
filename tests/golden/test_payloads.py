"""Payloads as they were written once: each version of each event, command and actor (law R7).

One file a type and version, written by hand: `payloads/<family>/<Type>.v<version>.json`. A file is
never changed. When a form changes, the new version gets its file, and the old one a second file,
`<Type>.v<version>.now.json`: what it is read as and written back as today.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import attrs
import pytest

from itsm_core.adapters import codec
from itsm_core.commands import Actor
from itsm_core.events import TicketPutOnHold

FOLDER: Final = Path(__file__).parent / "payloads"


@attrs.frozen(kw_only=True)
class Family:
    """Hold the types of one kind of payload, and how they are written and read."""

    versions: Mapping[str, int]
    encode: Callable[[Any], str]
    decode: Callable[[str | bytes], object]


FAMILIES: Final = {
    "events": Family(
        versions=codec.EVENT_VERSIONS, encode=codec.encode_event, decode=codec.decode_event
    ),
    "commands": Family(
        versions=codec.COMMAND_VERSIONS, encode=codec.encode_command, decode=codec.decode_command
    ),
    "actors": Family(
        versions={Actor.__name__: codec.ACTOR_VERSION},
        encode=codec.encode_actor,
        decode=codec.decode_actor,
    ),
}


def golden(family: str, name: str) -> str:
    """Return one golden payload, without the line's end."""
    return (FOLDER / family / f"{name}.json").read_text(encoding="utf-8").removesuffix("\n")


def names(family: str) -> list[str]:
    """Return the golden payloads of a family, such as `TicketOpened.v1`."""
    found = sorted(path.stem for path in (FOLDER / family).glob("*.json"))
    return [name for name in found if not name.endswith(".now")]


PRESENT: Final = [
    (family, f"{tag}.v{version}")
    for family, kinds in FAMILIES.items()
    for tag, version in kinds.versions.items()
]
EVERY: Final = [(family, name) for family in FAMILIES for name in names(family)]
OLD: Final = [each for each in EVERY if each not in PRESENT]


@pytest.mark.parametrize("family", FAMILIES)
def test_golden_payloads_cover_every_type_and_version_when_listed(family: str) -> None:
    """A new type, or a new version, needs its golden payload; an old one keeps its own."""
    versions = FAMILIES[family].versions
    wanted = [f"{tag}.v{n}" for tag, last in versions.items() for n in range(1, last + 1)]
    assert names(family) == sorted(wanted)


@pytest.mark.parametrize(("family", "name"), PRESENT)
def test_payload_is_written_to_the_byte_when_of_the_present_form(family: str, name: str) -> None:
    """The form is fixed to the character: tag, version, every field in its order."""
    kind, payload = FAMILIES[family], golden(family, name)
    value = kind.decode(payload)
    assert f"{type(value).__name__}.v{kind.versions[type(value).__name__]}" == name
    assert kind.encode(value) == payload


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_every_field_comes_back_when_a_golden_payload_is_read(family: str, name: str) -> None:
    """What a payload says is what the value holds, by the public names; instants by their text."""
    document = json.loads(golden(family, name))
    value = FAMILIES[family].decode(golden(family, name))
    for key in document.keys() - {"type", "version"}:
        fields = attrs.fields(cast("Any", type(value)))
        (attribute,) = (each.name for each in fields if each.alias == key)
        held = getattr(value, attribute)
        if attribute.endswith("_us") and held is not None:
            held = instant_text(held)
        assert (sorted(held) if isinstance(held, frozenset) else held) == document[key]


def instant_text(microseconds: int) -> str:
    """Return an instant as payloads write it, by another way than the codec's."""
    seconds, rest = divmod(microseconds, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    day = date_of(days)
    return f"{day}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:06}Z"


def date_of(days: int) -> str:
    """Return the date a number of days after 1970-01-01, by counting years and months."""
    year, month = 1970, 1
    while days >= (length := 366 if is_leap(year) else 365):
        days, year = days - length, year + 1
    lengths = [31, 29 if is_leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    while days >= lengths[month - 1]:
        days, month = days - lengths[month - 1], month + 1
    return f"{year:04}-{month:02}-{days + 1:02}"


def is_leap(year: int) -> bool:
    """Return whether a year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@pytest.mark.parametrize(("family", "name"), OLD)
def test_old_payload_is_written_as_its_present_form_when_read(family: str, name: str) -> None:
    """Old payloads keep loading, and mean what they meant."""
    kind = FAMILIES[family]
    assert kind.encode(kind.decode(golden(family, name))) == golden(family, f"{name}.now")


@pytest.mark.parametrize(("family", "name"), EVERY)
def test_payload_is_read_alike_when_its_keys_come_in_another_order(family: str, name: str) -> None:
    """An object has no order; what is written has."""
    kind, payload = FAMILIES[family], golden(family, name)
    turned = json.dumps(dict(reversed(json.loads(payload).items())), indent=2)
    assert kind.decode(turned) == kind.decode(payload) == kind.decode(payload.encode())


def test_first_hold_is_read_without_evidence_when_it_is_an_old_payload() -> None:
    """What version 1 recorded told of no evidence."""
    event = codec.decode_event(golden("events", "TicketPutOnHold.v1"))
    assert isinstance(event, TicketPutOnHold)
    assert (event.reason, event.evidence) == ("awaiting_supplier", "")
