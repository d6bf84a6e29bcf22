"""Erase a person from a log: which parts go, and what stands in their place (law R8).

A store that can do it takes an `Erasure` and returns an `Erased`. The facts stay: who did something
becomes a placeholder, the same one everywhere, so that two people who had to be two are still two,
and clocks, folds and verdicts come out as before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.adapters.personal import persons_in, texts_in
from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId
from itsm_core.ports import checked_name, checked_text, series
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["ERASED_TEXT", "Erased", "Eraser", "Erasure", "erased_person", "is_erased"]

ERASED_TEXT: Final = "(erased)"
"""What stands where a free text was."""

_LONG_ENOUGH: Final = 8
_PLACEHOLDER: Final = re.compile(r"\(erased(?: person [1-9]\d*)?\)")


def erased_person(number: int) -> PersonId:
    """Return what stands where the person of an erasure was: one for each, told from all others.

    >>> from itsm_core.adapters.erasure import erased_person
    >>> erased_person(1)
    '(erased person 1)'
    """
    return PersonId(f"(erased person {number})")


def is_erased(value: str) -> bool:
    """Say whether a field holds a placeholder instead of what was written.

    >>> is_erased(erased_person(1)), is_erased(ERASED_TEXT), is_erased("ana")
    (True, True, False)
    """
    return _PLACEHOLDER.fullmatch(value) is not None


def _names(values: Iterable[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise InvalidValue("one text is no series of names", values, "pass a list of texts")
    found = series(values, "no series of names")
    return tuple(checked_name("a name to erase", value) for value in found)


def _streams(values: Iterable[str]) -> frozenset[str]:
    return frozenset(_names(values))


@attrs.frozen(kw_only=True)
class Erasure:
    """Say whom to erase, and on whose word.

    `person` is the id in the events' fields. `names` are other words for the person: a name, a
    mail address, a number; they are looked for as whole words, in any case of letters. `texts_of`
    are tickets of which every free text goes, whatever it says: the person may have written in
    them what no word gives away.

    `author` and `reason` are kept for good and cannot be erased: name an office and a case, not a
    person.

    Raises:
        InvalidValue: a name is empty or unusable, or a series is a single text.
        NaiveDatetime: `at` has no time zone (law T1).

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.erasure import Erasure
    >>> at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    >>> erasure = Erasure(
    ...     person="bob", at=at, author="privacy office", reason="case 41", names=["Bob Smith"]
    ... )
    >>> erasure.names, f"{erasure.at:%d %B %Y}"
    (('Bob Smith',), '01 June 2026')
    """

    person: PersonId
    at_us: int = attrs.field(alias="at", converter=as_micros)
    author: str
    reason: str
    names: tuple[str, ...] = attrs.field(default=(), converter=_names)
    texts_of: frozenset[str] = attrs.field(default=frozenset(), converter=_streams)

    def __attrs_post_init__(self) -> None:
        checked_name("the person to erase", self.person)
        checked_name("the author of an erasure", self.author)
        checked_text("the reason of an erasure", self.reason)
        instant(self.at_us)
        if is_erased(self.person):
            raise InvalidValue("this person is erased", self.person, "name one who is not")

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it is done, in UTC."""
        return in_pendulum(instant(self.at_us))


@attrs.frozen(kw_only=True)
class Erased:
    """Say what an erasure took.

    `number` is that of its record, None if there was nothing to take: then nothing was written.
    `parts` counts fields of events, `messages` and `timers` those that were changed, `keys` the
    idempotency keys that no longer know what they stood for, `forgotten` those that named the
    person and are gone: such a command would be carried out again.

    `left` names, up to a hundred, places that the person is still found in and that no erasure can
    take: names of streams, fields that clocks read, published definitions.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.erasure import Erasure
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.events import TicketOpened
    >>> at, store = datetime(2026, 6, 1, 9, tzinfo=UTC), SqliteStore(":memory:")
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, requester="bob")
    >>> _ = store.append("INC-1", [opened], expected_version=0)
    >>> done = store.erase(Erasure(person="bob", at=at, author="privacy office", reason="case 41"))
    >>> done.number, done.parts, done.left
    (1, 1, ())
    >>> store.read("INC-1")[0].event.requester
    '(erased person 1)'
    >>> store.close()
    """

    number: int | None
    parts: int = 0
    keys: int = 0
    forgotten: int = 0
    messages: int = 0
    timers: int = 0
    left: tuple[str, ...] = ()


class Eraser:
    """Decide what goes, and find it again in texts that nobody declares.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.adapters.erasure import Eraser, Erasure
    >>> at = datetime(2026, 6, 1, 9, tzinfo=UTC)
    >>> erasure = Erasure(
    ...     person="bob", at=at, author="privacy office", reason="case 41", names=["Bob Smith"]
    ... )
    >>> eraser = Eraser(erasure, number=1)
    >>> eraser.instead("TicketOpened", "INC-1", "requester", "bob")
    '(erased person 1)'
    >>> eraser.instead("TicketOpened", "INC-1", "title", "Bob Smith has no mail")
    '(erased)'
    >>> eraser.cleaned('{"to":"Bob Smith","subject":"INC-1"}')
    '{"to":"(erased person 1)","subject":"INC-1"}'
    """

    def __init__(self, erasure: Erasure, number: int) -> None:
        self.erasure: Final = erasure
        self.placeholder: Final = erased_person(number)
        words = "|".join(
            re.escape(word) for word in sorted({erasure.person, *erasure.names}, key=len)[::-1]
        )
        self._words: Final = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
        self._texts: Final[set[str]] = set()

    def mentions(self, text: str) -> bool:
        """Say whether a text names the person."""
        return self._words.search(text) is not None

    def instead(self, tag: str, stream: str, name: str, value: str) -> str | None:
        """Return what stands in a field from now on; None if it stays as it is."""
        if is_erased(value):
            return None
        if name in persons_in(tag) and self.mentions(value):
            return self.placeholder
        is_named = stream in self.erasure.texts_of and name in texts_in(tag)
        if not is_named and not self.mentions(value):
            return None
        self._texts.add(value)
        return ERASED_TEXT

    def cleaned(self, text: str) -> str:
        """Return an opaque text, JSON or not, without the person and the texts that went."""
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            return self._clean(text)
        found = self._walked(document)
        if found == document:
            return text
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"))

    def _walked(self, value: object) -> object:
        match value:
            case str():
                return self._clean(value)
            case list():
                return [self._walked(each) for each in cast("list[object]", value)]
            case dict():
                members = cast("dict[str, object]", value)
                return {self._clean(name): self._walked(each) for name, each in members.items()}
            case _:
                return value

    def _clean(self, text: str) -> str:
        if text in self._texts:
            return ERASED_TEXT
        for long in self._texts:
            if len(long) >= _LONG_ENOUGH and long in text:
                text = text.replace(long, ERASED_TEXT)
        return self._words.sub(self.placeholder, text)
