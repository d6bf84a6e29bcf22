"""Ready texts: English is whole, other languages are templates, a trend knows no person (D3)."""

from __future__ import annotations

import pytest

from itsm_core.bypass import ENGLISH, ActionKind, Message, TemplateTexts
from itsm_core.bypass._texts import FACTS, KINDS
from itsm_core.errors import DefinitionError, InvalidValue

PLAIN: dict[ActionKind, Message] = {kind: Message(subject="Betreff", text="Text") for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_english_says_everything_when_the_facts_are_given(kind: str) -> None:
    """No name is left in the text, and every fact of the subject is filled in."""
    facts = {name: f"<{name}>" for name in FACTS[kind]}
    made = ENGLISH.message(kind, facts)  # type: ignore[arg-type]
    assert "$" not in made.subject + made.text
    assert "<" in made.text
    assert len(made.subject) <= 80


def test_trend_has_no_facts_about_people() -> None:
    """A manager hears of a team, never of a person: there is nothing to name one by."""
    people = {"requester", "specialist", "ticket", "tickets"}
    assert FACTS["tell_manager"].isdisjoint(people)
    trend = Message(subject="Trend", text="It was $specialist")
    told: dict[ActionKind, Message] = {**PLAIN, "tell_manager": trend}
    with pytest.raises(DefinitionError, match="specialist"):
        TemplateTexts(language="de", templates=told)


def test_other_language_is_used_when_given() -> None:
    """A dollar is written twice."""
    short = Message(subject="Kurzer Weg", text="$count-mal, 5 $$, $channels")
    told: dict[ActionKind, Message] = {**PLAIN, "redirect": short}
    german = TemplateTexts(language="de", templates=told)
    facts = {name: name.upper() for name in FACTS["redirect"]}
    assert german.message("redirect", facts).text == "COUNT-mal, 5 $, CHANNELS"


def test_facts_are_text_and_no_templates_when_they_hold_dollars() -> None:
    """A requester called '$specialist' changes nothing."""
    facts = dict.fromkeys(FACTS["redirect"], "x") | {"channels": "$specialist ${team} {0} %s"}
    assert "$specialist ${team} {0} %s" in ENGLISH.message("redirect", facts).text


def test_line_ends_are_blanks_when_a_name_brings_them() -> None:
    """A requester called 'rob, next line Bcc: eve' gets no header into a mail."""
    facts = dict.fromkeys(FACTS["register"], "x") | {"requester": "rob\r\nBcc: eve\u202e"}
    made = ENGLISH.message("register", facts)
    assert made.subject == "x: please add how rob  Bcc: eve  got in touch"
    assert made.text.isprintable()


def test_message_is_refused_when_a_fact_is_missing() -> None:
    """It says which, and what there should be."""
    with pytest.raises(InvalidValue, match="a fact of 'coach' is missing: 'count'"):
        ENGLISH.message("coach", dict.fromkeys(FACTS["coach"] - {"count"}, "x"))


@pytest.mark.parametrize(
    ("language", "templates", "where"),
    [
        ("", PLAIN, "language"),
        ("de", [], "templates"),
        ("de", PLAIN | {"shout": Message(subject="x", text="x")}, "templates"),
        ("de", {kind: PLAIN[kind] for kind in KINDS[1:]}, "templates['register']"),
        ("de", PLAIN | {"coach": "text"}, "templates['coach']"),
        ("de", PLAIN | {"coach": Message(subject="", text="x")}, "templates['coach'].subject"),
        ("de", PLAIN | {"coach": Message(subject="x", text="5 $")}, "templates['coach'].text"),
        ("de", PLAIN | {"coach": Message(subject="x", text="$cuont")}, "templates['coach'].text"),
    ],
)
def test_texts_are_refused_when_they_are_not_whole(
    language: str, templates: object, where: str
) -> None:
    """Before the first message, not at it; each fault names its place."""
    with pytest.raises(DefinitionError) as caught:
        TemplateTexts(language=language, templates=templates)  # type: ignore[arg-type]
    assert where in {each.where for each in caught.value.faults}
