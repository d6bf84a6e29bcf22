"""Ready texts for the answers to bypasses: templates in English, and a port for other languages."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template
from types import MappingProxyType
from typing import Final, Literal, Protocol, TypeAlias, cast, get_args

import attrs

from itsm_core.errors import Fault, InvalidValue
from itsm_core.ids import has_hidden
from itsm_core.rosters import _fields as check

__all__ = ["ENGLISH", "ActionKind", "ActionTexts", "Message", "TemplateTexts"]

ActionKind: TypeAlias = Literal["register", "redirect", "coach", "tell_manager"]
"""What can be done: register the missing contact, show a requester the way, talk with a specialist,
tell a manager of a trend."""

KINDS: Final = get_args(ActionKind)

FACTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "register": frozenset({"ticket", "requester", "specialist", "team", "channel", "day"}),
        "redirect": frozenset({"requester", "count", "tickets", "channels", "from_day", "to_day"}),
        "coach": frozenset(
            {"specialist", "team", "count", "total", "tickets", "channels", "from_day", "to_day"}
        ),
        "tell_manager": frozenset(
            {"team", "count", "total", "share", "low", "high", "ways", "from_day", "to_day"}
        ),
    }
)
"""What a template of each kind may speak of. Of the trend no person is a part, and none can be."""


@attrs.frozen(kw_only=True)
class Message:
    """Hold a subject and a text, or the templates of both with `$names` in them.

    >>> from itsm_core.bypass import ENGLISH
    >>> ENGLISH.templates["register"].subject
    '$ticket: please add how $requester got in touch'
    >>> facts = {"ticket": "INC-1", "requester": "rob", "specialist": "ben", "channel": "direct"}
    >>> ENGLISH.message("register", {**facts, "day": "2026-01-05"}).subject
    'INC-1: please add how rob got in touch'
    """

    subject: str
    text: str


class ActionTexts(Protocol):
    """Word the answers, in whatever language the people speak; a port.

    >>> from itsm_core.bypass import ActionTexts, Message
    >>> class Short:
    ...     def message(self, kind, facts, /):
    ...         return Message(subject=kind, text=f"{facts.get('count', 1)} tickets")
    >>> texts: ActionTexts = Short()
    >>> texts.message("redirect", {"count": "3", "requester": "rob"}).text
    '3 tickets'
    """

    def message(self, kind: ActionKind, facts: Mapping[str, str], /) -> Message:
        """Return the text of an action; `facts` has the names of `FACTS` for its kind."""
        ...


def _templates(value: Mapping[ActionKind, Message]) -> Mapping[ActionKind, Message]:
    given: object = value
    return MappingProxyType(dict(value)) if isinstance(given, Mapping) else value


@attrs.frozen(kw_only=True)
class TemplateTexts:
    """Word answers by templates: `$requester`, `$count` and so on; `$$` is a dollar.

    Each kind has its own facts; a refusal lists them. A template that names something else is
    refused here and not when a message is due: the trend, for one, knows no person.

    Raises:
        DefinitionError: a kind has no template, or a template names what there is not; every fault
            is listed.

    >>> from itsm_core.bypass import ENGLISH, Message, TemplateTexts
    >>> own = Message(subject="Der schnellste Weg", text="Sie erreichen uns so: $channels.")
    >>> german = TemplateTexts(language="de", templates={**ENGLISH.templates, "redirect": own})
    >>> german.message("redirect", {"channels": "phone or portal"}).text
    'Sie erreichen uns so: phone or portal.'
    """

    language: str
    templates: Mapping[ActionKind, Message] = attrs.field(converter=_templates, hash=False)

    def __attrs_post_init__(self) -> None:
        check.refuse(f"texts in {self.language!r}", self._faults())

    def _faults(self) -> Iterator[Fault]:
        yield from check.text_faults("language", self.language)
        remedy = "write {'redirect': Message(subject=..., text=...), ...}"
        wrong = list(
            check.kind_faults("templates", self.templates, Mapping, "templates by kind", remedy)
        )
        yield from wrong
        if wrong:
            return
        for kind in self.templates:
            yield from check.choice_faults("templates", kind, KINDS)
        for kind in KINDS:
            message = cast("object", self.templates.get(kind))
            where = f"templates[{kind!r}]"
            if not isinstance(message, Message):
                yield check.wrong_type(where, message, "a Message", "write a subject and a text")
                continue
            for part in ("subject", "text"):
                yield from _template_faults(f"{where}.{part}", getattr(message, part), kind)

    def message(self, kind: ActionKind, facts: Mapping[str, str], /) -> Message:
        """Return the text of an action; what nobody sees in a fact, such as line ends, is a blank.

        So a name from a log cannot add a header to a mail. It is plain text: escape it for HTML.

        Raises:
            InvalidValue: a fact is missing that the template names.
        """
        made = self.templates[kind]
        told = {name: _one_line(fact) for name, fact in facts.items()}
        try:
            return Message(
                subject=Template(made.subject).substitute(told),
                text=Template(made.text).substitute(told),
            )
        except KeyError as error:
            remedy = f"give {', '.join(sorted(FACTS[kind]))}"
            raise InvalidValue(f"a fact of {kind!r} is missing", error.args[0], remedy) from error


def _one_line(fact: str) -> str:
    if not has_hidden(fact):
        return fact
    return "".join(" " if has_hidden(mark) else mark for mark in fact)


def _template_faults(where: str, text: object, kind: str) -> Iterator[Fault]:
    wrong = list(check.text_faults(where, text))
    yield from wrong
    if wrong:
        return
    template = Template(cast("str", text))
    if not template.is_valid():
        message = "has a dollar that begins no name"
        yield Fault("wrong-value", message, where, str(text)[:80], "write $$ for a dollar")
    for name in template.get_identifiers():
        if name not in FACTS[kind]:
            yield from check.choice_faults(where, name, sorted(FACTS[kind]))


ENGLISH: Final = TemplateTexts(
    language="en",
    templates={
        "register": Message(
            subject="$ticket: please add how $requester got in touch",
            text=(
                "$specialist worked on $ticket for $requester on $day. There is no contact on file "
                "for it. A record is prepared: by $channel, handled by $specialist. Please check "
                "it and keep it, so that the work counts and the promise has a beginning."
            ),
        ),
        "redirect": Message(
            subject="The quickest way to help",
            text=(
                "You asked a specialist directly, between $from_day and $to_day ($tickets). Thank "
                "you for saying what is wrong. The service desk sees every request the moment it "
                "comes in, knows who is free, and is the one who promises you a time; what goes "
                "past it can get lost when somebody is ill. You reach it by: $channels. You need "
                "no ticket number: your name and a few words will do."
            ),
        ),
        "coach": Message(
            subject="Requests that came to you directly",
            text=(
                "Between $from_day and $to_day, $count of the $total tickets you worked on came to "
                "you before the service desk had seen them ($tickets). Nobody thinks less of "
                "helping. But work that nobody sees is not counted, not covered while you are "
                "away, and never becomes a problem that gets solved. Next time, pass the person on "
                "to $channels, or register the contact first: it takes a minute. If the desk is "
                "too slow for what people need from $team, tell us: then that is what we mend."
            ),
        ),
        "tell_manager": Message(
            subject="$team: $share of the tickets went past the service desk",
            text=(
                "Between $from_day and $to_day, $count of $total tickets that $team worked on were "
                "taken up before the service desk had seen them: $share, by chance anything from "
                "$low to $high. How: $ways. This is about how the team is reached, and no "
                "statement about a person. Worth asking: what do people get there that the desk "
                "does not give them?"
            ),
        ),
    },
)
"""The texts in English: polite, short, and without a number that nobody can check."""
