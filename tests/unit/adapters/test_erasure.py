"""What goes when a person is erased, and what stands in its place (law R8)."""

from __future__ import annotations

import json
from datetime import datetime

import attrs
import pytest

from itsm_core.adapters.erasure import (
    ERASED_TEXT,
    Eraser,
    Erasure,
    erased_person,
    is_erased,
)
from itsm_core.adapters.records import decode_message, encode_message
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.ids import PersonId
from itsm_core.ports import NAME_LENGTH, OutboxMessage
from itsm_core.testing.contract import AT

BOB = PersonId("bob")
NOBODY = erased_person(1)


def erasure(*names: str, texts_of: tuple[str, ...] = ()) -> Erasure:
    """Return an erasure of Bob."""
    return Erasure(
        person=BOB, names=names, texts_of=texts_of, at=AT, author="office", reason="case 7"
    )


def eraser(*names: str, texts_of: tuple[str, ...] = ()) -> Eraser:
    """Return what decides for it."""
    return Eraser(erasure(*names, texts_of=texts_of), 1)


# --- the order -----------------------------------------------------------------------------------


def test_instant_is_shown_in_utc_when_asked() -> None:
    """Like every instant that a value exposes."""
    assert erasure().at == AT


def test_erasure_is_refused_when_it_has_no_zone() -> None:
    """Law T1."""
    with pytest.raises(NaiveDatetime):
        Erasure(person=BOB, at=datetime(2026, 1, 5), author="office", reason="")  # noqa: DTZ001


@pytest.mark.parametrize("person", ["", "a\0b", "x" * 501, erased_person(3)])
def test_erasure_is_refused_when_it_names_nobody(person: str) -> None:
    """An empty name would be found everywhere, a placeholder is nobody."""
    with pytest.raises(InvalidValue):
        Erasure(person=PersonId(person), at=AT, author="office", reason="")


@pytest.mark.parametrize("names", ["Bob", ["Bob", ""], 7])
def test_erasure_is_refused_when_its_names_are_no_series_of_names(names: object) -> None:
    """One text would be taken letter by letter."""
    for field in ("names", "texts_of"):
        with pytest.raises(InvalidValue):
            Erasure(person=BOB, at=AT, author="office", reason="", **{field: names})  # type: ignore[arg-type]


# --- placeholders --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [ERASED_TEXT, erased_person(1), erased_person(4711)])
def test_placeholder_is_known_when_seen(value: str) -> None:
    """A program can tell it from what somebody wrote."""
    assert is_erased(value)


@pytest.mark.parametrize("value", ["", "erased", "(erased person 0)", "(erased) ", "bob"])
def test_value_is_no_placeholder_when_it_only_looks_like_one(value: str) -> None:
    """Exactly the form that is written."""
    assert not is_erased(value)


# --- fields --------------------------------------------------------------------------------------


def test_person_gives_way_to_a_placeholder_when_a_field_names_them() -> None:
    """Other people stay."""
    found = eraser()
    assert found.instead("TicketOpened", "INC-1", "requester", "bob") == NOBODY
    assert found.instead("TicketOpened", "INC-1", "requester", "ana") is None
    assert found.instead("TicketOpened", "INC-1", "requester", "bobby") is None


@pytest.mark.parametrize("other", ["bob-2", "bob.smith", "bob@example.com", "mr bob"])
def test_other_person_stays_when_their_id_holds_the_name(other: str) -> None:
    """Two people who had to be two are still two."""
    assert eraser().instead("ApprovalGiven", "INC-1", "actor", other) is None
    assert eraser(other).instead("ApprovalGiven", "INC-1", "actor", other.upper()) == NOBODY


def test_target_of_an_escalation_goes_when_it_is_the_person() -> None:
    """It says that it is one."""
    found = eraser()
    assert found.instead("EscalationStepTaken", "a", "target", "person bob") == NOBODY
    assert found.instead("EscalationStepTaken", "a", "target", "person bob-2") is None


def test_text_goes_whole_when_it_names_the_person() -> None:
    """As a word, in any case of letters; a part of a word is another word."""
    found = eraser("Bob Smith")
    assert found.instead("TicketOpened", "INC-1", "title", "for BOB SMITH, please") == ERASED_TEXT
    assert found.instead("TicketOpened", "INC-1", "title", "ask bob.") == ERASED_TEXT
    assert found.instead("TicketOpened", "INC-1", "title", "bobsled") is None


@pytest.mark.parametrize(
    "text",
    [
        "Jos\u00e9 N\u00fa\u00f1ez",
        "jose\u0301 nu\u0301n\u0303ez",
        "Jos\u00e9\n  N\u00fa\u00f1ez",
        "Jos\u00e9\xa0N\u00fa\u00f1ez",
    ],
)
def test_text_goes_when_it_writes_the_name_in_another_way(text: str) -> None:
    """Accents of their own, the end of a line or a hard blank between the words."""
    for name in ("Jos\u00e9 N\u00fa\u00f1ez", "Jose\u0301 Nu\u0301n\u0303ez"):
        assert eraser(name).instead("TicketOpened", "a", "title", f"of {text}!") == ERASED_TEXT


def test_text_goes_when_its_ticket_is_named() -> None:
    """Whatever it says; persons in other fields of the ticket stay."""
    found = eraser(texts_of=("INC-1",))
    assert found.instead("TicketOpened", "INC-1", "title", "no mail") == ERASED_TEXT
    assert found.instead("TicketOpened", "INC-2", "title", "no mail") is None
    assert found.instead("TicketOpened", "INC-1", "requester", "ana") is None


def test_placeholder_stays_when_it_is_met_again() -> None:
    """What an earlier erasure has put there is not taken for text."""
    assert eraser(texts_of=("a",)).instead("TicketOpened", "a", "title", ERASED_TEXT) is None


# --- opaque texts --------------------------------------------------------------------------------


def test_json_is_cleaned_when_a_string_names_the_person() -> None:
    """Keys and values at any depth; numbers and the order of members stay."""
    text = '{"b":[1,{"bob":"x"}],"a":"tell Bob"}'
    assert eraser().cleaned(text) == f'{{"b":[1,{{"{NOBODY}":"x"}}],"a":"tell {NOBODY}"}}'


def test_json_stays_byte_for_byte_when_nobody_is_named() -> None:
    """Nothing is written differently in passing."""
    text = '{ "a" : 1.50, "b": "\\u00e9" }'
    assert eraser().cleaned(text) == text


def test_erased_text_is_found_again_when_a_message_quotes_it() -> None:
    """A long one anywhere, a short one only where it is all there is."""
    found = eraser(texts_of=("INC-1",))
    for text in ("VPN", "cannot print"):
        found.instead("TicketOpened", "INC-1", "title", text)
    assert found.cleaned('["VPN","the VPN"]') == f'["{ERASED_TEXT}","the VPN"]'
    assert found.cleaned('"Re: cannot print!"') == f'"Re: {ERASED_TEXT}!"'


def test_text_is_cleaned_when_it_is_no_json() -> None:
    """The data of a timer is whatever its owner likes."""
    assert eraser().cleaned("remind bob, not bobby") == f"remind {NOBODY}, not bobby"


def test_name_is_taken_literally_when_it_has_marks_in_it() -> None:
    """A name is no pattern."""
    found = eraser("b.s@example.com")
    assert found.mentions("mail b.s@example.com now")
    assert not found.mentions("mail bxs@example.com now")


def test_members_stay_apart_when_two_names_become_one() -> None:
    """Nothing of a message is lost in passing."""
    text = '{"bob":1,"Bob Smith":2,"BOB":3}'
    expected = f'{{"{NOBODY}":1,"{NOBODY}\'":2,"{NOBODY}\'\'":3}}'
    assert eraser("Bob Smith").cleaned(text) == expected


def test_text_goes_whole_when_placeholders_make_it_too_long() -> None:
    """A store would hold what nobody can read back; a text without the person stays."""
    found = eraser()
    assert found.cleaned("bob " * 16_000) == ERASED_TEXT
    assert found.cleaned(json.dumps(["bob"] * 9_000)) == f'"{ERASED_TEXT}"'
    assert found.cleaned("bob", longest=3) == ERASED_TEXT
    assert found.cleaned("x" * 70_000) == "x" * 70_000


# --- messages ------------------------------------------------------------------------------------


def told(**given: str) -> str:
    """Return a message as an outbox keeps it."""
    values = {"message_id": "m1", "source": "/desk", "type": "opened", **given}
    return encode_message(OutboxMessage(occurred_at=AT, **values))


@pytest.mark.parametrize("person", ["2026", "01", "05", "json", "data", "time", "1", "type"])
def test_message_can_be_read_when_its_form_looks_like_the_person(person: str) -> None:
    """Numbers are ids of many desks: the time of a message holds some."""
    found = Eraser(attrs.evolve(erasure(), person=PersonId(person)), 1)
    cleaned = found.cleaned_message(told(subject=f"of {person}", data=f'["{person}"]'))
    message = decode_message(cleaned)
    assert (message.occurred_at, message.message_id) == (AT, "m1")
    assert (message.subject, message.data) == (f"of {NOBODY}", f'["{NOBODY}"]')


@pytest.mark.parametrize(
    ("field", "value", "instead"),
    [
        ("subject", "bob " * 120, ERASED_TEXT),
        ("message_id", "bob " * 120, ERASED_TEXT),
        ("data", json.dumps(["bob"] * 7_000), f'"{ERASED_TEXT}"'),
        ("subject", "x" * NAME_LENGTH, "x" * NAME_LENGTH),
    ],
)
def test_message_can_be_read_when_placeholders_make_it_too_long(
    field: str, value: str, instead: str
) -> None:
    """The one part that would not fit goes whole."""
    message = decode_message(eraser().cleaned_message(told(**{field: value})))
    assert getattr(message, field) == instead


def test_message_stays_byte_for_byte_when_nobody_is_named() -> None:
    """As it was delivered."""
    assert eraser().cleaned_message(told(data='[1.50,"ana"]')) == told(data='[1.50,"ana"]')


@pytest.mark.parametrize("text", ["not from bob", '["bob"]', '{"other":"bob","data":"bob"}'])
def test_message_is_cleaned_when_it_is_none(text: str) -> None:
    """What is damaged keeps no person either."""
    assert "bob" not in eraser().cleaned_message(text).replace('"other":"bob"', "")


@pytest.mark.parametrize(
    ("text", "is_there"),
    [
        ('{"who":[4711]}', True),
        ('{"who":47110,"is":true,"x":4711.5}', False),
        ('"4711"', False),
        ("4711 {", False),
        ("4711", True),
    ],
)
def test_number_is_found_when_it_is_the_persons(text: str, is_there: bool) -> None:
    """It may be an amount: it stays, and is named."""
    assert eraser("4711").has_number(text) is is_there
