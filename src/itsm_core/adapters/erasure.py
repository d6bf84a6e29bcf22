"""Erase a person from a log: which parts go, and what stands in their place (law R8).

A store that can do it takes an `Erasure` and returns an `Erased`. The facts stay: who did something
becomes a placeholder, the same one everywhere, so that two people who had to be two are still two,
and clocks, folds and verdicts come out as before.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

import attrs

from itsm_core.adapters.personal import persons_in, texts_in
from itsm_core.errors import InvalidValue
from itsm_core.ids import PersonId
from itsm_core.ports import NAME_LENGTH, TEXT_LENGTH, checked_name, checked_text, series
from itsm_core.spans import as_micros, in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["ERASED_TEXT", "Erased", "Eraser", "Erasure", "erased_person", "is_erased"]

ERASED_TEXT: Final = "(erased)"
"""What stands where a free text was."""

_LONG_ENOUGH: Final = 8
_SAID: Final = ("id", "source", "type", "subject", "data")
"""What a message says. Its other attributes are the form, which a person called `10` or `json`
would otherwise be found in: nobody could read the message any more."""
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

    `person` is the id in the events' fields, and has to be all that a field holds: `bob-2` is
    somebody else. `names` are other words for the person: a name, a mail address, a number. Texts,
    messages and timers are searched for all of them as whole words, in any case of letters and
    with any blanks in between; an id that is a plain number is found in `INC-17` as well.
    `texts_of` are tickets of which every free text goes, whatever it says: the person may have
    written in them what no word gives away.

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
    take: names of streams, fields that clocks read, numbers in messages, published definitions;
    and fields with an id that holds the person's, which may be somebody else's.

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
        given = {erasure.person, *erasure.names}
        self._whole: Final = {_folded(word) for word in given}
        forms = {unicodedata.normalize(form, word) for word in given for form in ("NFC", "NFD")}
        words = "|".join(map(_pattern, sorted({*given, *forms}, key=len)[::-1]))
        self._words: Final = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
        self._texts: Final[set[str]] = set()

    def mentions(self, text: str) -> bool:
        """Say whether a text names the person."""
        return self._words.search(text) is not None

    def instead(self, tag: str, stream: str, name: str, value: str) -> str | None:
        """Return what stands in a field from now on; None if it stays as it is."""
        if is_erased(value):
            return None
        if name in persons_in(tag):
            # The target of an escalation says that it is a person.
            is_theirs = _folded(value.removeprefix("person ")) in self._whole
            return self.placeholder if is_theirs else None
        is_named = stream in self.erasure.texts_of and name in texts_in(tag)
        if not is_named and not self.mentions(value):
            return None
        self._texts.add(value)
        return ERASED_TEXT

    def cleaned(self, text: str, *, longest: int = TEXT_LENGTH) -> str:
        """Return an opaque text, JSON or not, without the person and the texts that went.

        One that the placeholders make longer than a store can hold goes whole.
        """
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            found, instead = self._clean(text), ERASED_TEXT
        else:
            walked = self._walked(document)
            found = text if walked == document else _compact(walked)
            instead = _compact(ERASED_TEXT)
        return found if found == text or len(found) <= longest else instead

    def cleaned_message(self, text: str) -> str:
        """Return a message as an outbox keeps it, without them; it can still be read.

        >>> eraser = Eraser(Erasure(person="10", at=0, author="office", reason="case 41"), 1)
        >>> eraser.cleaned_message('{"subject":"10","time":"2026-10-12T09:00:00.000000Z"}')
        '{"subject":"(erased person 1)","time":"2026-10-12T09:00:00.000000Z"}'
        """
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            return self.cleaned(text)
        if not isinstance(document, dict):
            return self.cleaned(text)
        given = cast("dict[str, object]", document)
        found = dict(given)
        for name in _SAID:
            if name not in given:
                continue
            said = self._walked(given[name])
            size = len(_compact(said)) if name == "data" else len(str(said))
            is_long = size > (TEXT_LENGTH if name == "data" else NAME_LENGTH)
            found[name] = ERASED_TEXT if is_long and said != given[name] else said
        return text if found == given else _compact(found)

    def has_number(self, text: str) -> bool:
        """Say whether JSON holds a number that is one of the words; it may be any other's."""
        try:
            return self._counted(json.loads(text))
        except (ValueError, RecursionError):
            return False

    def _counted(self, value: object) -> bool:
        match value:
            case list():
                return any(map(self._counted, cast("list[object]", value)))
            case dict():
                return any(map(self._counted, cast("dict[str, object]", value).values()))
            case int() if not isinstance(value, bool):
                return str(value) in self._whole
            case _:
                return False

    def _walked(self, value: object) -> object:
        match value:
            case str():
                return self._clean(value)
            case list():
                return [self._walked(each) for each in cast("list[object]", value)]
            case dict():
                members = cast("dict[str, object]", value)
                found: dict[str, object] = {}
                for name, each in members.items():
                    clean = self._clean(name)
                    while clean in found:  # two names of one person
                        clean += "'"
                    found[clean] = self._walked(each)
                return found
            case _:
                return value

    def _clean(self, text: str) -> str:
        if text in self._texts:
            return ERASED_TEXT
        for long in self._texts:
            if len(long) >= _LONG_ENOUGH and long in text:
                text = text.replace(long, ERASED_TEXT)
        return self._words.sub(self.placeholder, text)


def _folded(text: str) -> str:
    """Return a text in the one form in which two ways to write it are equal."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split()) or text


def _pattern(word: str) -> str:
    """Return a pattern of a word; between its parts may be any blanks, such as a line's end."""
    return r"\s+".join(map(re.escape, word.split())) or re.escape(word)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
