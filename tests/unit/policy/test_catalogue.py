"""The one choice of agreements: for the desk, for `evaluate_all`, and for a ticket as it stands."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.conditions import field
from itsm_core.errors import AmbiguousAgreement
from itsm_core.events import AgreementAssigned, TicketEvent, TicketOpened, TicketReclassified
from itsm_core.ids import AgreementId, PersonId, ServiceId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.policy import Condition, Policy
from itsm_core.sla import AgreementCatalogue, evaluate_all
from tests.unit.policy.mistakes import policy

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
T1 = TicketId("T1")
GOAL = 'resolution = { goals = { "*" = "wall 4h" } }\n'


def agreement(name: str, *lines: str, goal: str = GOAL) -> str:
    """Return the text of an agreement."""
    return "\n".join(("[[agreements]]", f'id = "{name}"', 'calendar = "always"', *lines, goal))


FILE = (
    agreement("mail", 'when = { service = ["mail-*", "post"] }')
    + agreement(
        "board",
        'when = { service = ["mail-*"] }',
        'applies_to = { field = "requester", operator = "is", value = "ada" }',
        "precedence = 1",
    )
    + agreement("any")
    + agreement("late")
)


def opened(service: str = "", requester: str = "") -> TicketOpened:
    """Return an opening."""
    return TicketOpened(
        ticket_id=T1,
        occurred_at=NINE,
        service=ServiceId(service),
        requester=PersonId(requester),
    )


def moved(service: str, after: int) -> TicketReclassified:
    """Return that the ticket is about another service, so many hours later."""
    return TicketReclassified(
        ticket_id=T1, occurred_at=NINE + timedelta(hours=after), service=ServiceId(service)
    )


def story(made: Policy, *events: TicketEvent) -> list[tuple[int, str]]:
    """Return since which hour which agreement holds."""
    found = made.catalogue.regimes(events, NINE + timedelta(days=9))["sla"]
    start = int(NINE.timestamp()) * 1_000_000
    return [
        (
            (each.since_us - start) // 3_600_000_000,
            str(each.agreement and each.agreement.agreement_id),
        )
        for each in found
    ]


@pytest.mark.parametrize(
    ("service", "requester", "expected"),
    [
        ("mail-1", "", "mail"),
        ("post", "ada", "mail"),
        ("mail-1", "ada", "board"),
        ("mail", "ada", "any"),
        ("", "", "any"),
    ],
)
def test_choice_is_the_same_when_asked_over_a_life_and_of_the_opening(
    service: str, requester: str, expected: str
) -> None:
    """Patterns count, precedence goes first, and of equals the first in the file holds."""
    made = policy(FILE)
    opening = opened(service, requester)
    assert story(made, opening) == [(0, expected)]
    standing = made.agreement_for(opening)
    assert standing is not None
    assert standing.agreement_id == expected


def test_choice_turns_when_the_ticket_does() -> None:
    """Each for its time; and of the ticket as it stands, the last one holds."""
    made = policy(FILE)
    events = (opened("mail-7"), moved("erp", 2), moved("post", 3), moved("mail-9", 4))
    assert story(made, *events) == [(0, "mail"), (2, "any"), (3, "mail")]
    assert made.agreement_for(fold(events)) == made.agreement("mail")


def test_choice_keeps_the_agreements_of_the_policy_when_they_ask_by_when() -> None:
    """A verdict carries the hash by which the agreement is found again."""
    made = policy(FILE)
    (verdict,) = evaluate_all((opened("post"),), made.catalogue, as_of=NINE)
    assert verdict.agreement_hash == made.agreement("mail").content_hash


def test_choice_by_hand_goes_first_when_there_is_one() -> None:
    """Whatever it asks for, and until it is taken back."""
    made = policy(FILE)
    by_hand = AgreementAssigned(
        ticket_id=T1, occurred_at=NINE, agreement_id=AgreementId("late"), sequence=1
    )
    assert story(made, opened("post"), by_hand) == [(0, "late")]


def test_groups_need_a_precedence_when_two_could_owe_the_same() -> None:
    """The order in the file settles what is promised to requesters, nothing else (law S11)."""
    ola = 'kind = "ola"'
    rules = 'ola = { rules = { held_by = ["net"] }, goals = { "*" = "4h" } }\n'
    made = policy(FILE + agreement("one", ola, goal=rules) + agreement("two", ola, goal=rules))
    with pytest.raises(AmbiguousAgreement):
        made.catalogue.regimes((opened(),), NINE)
    assert made.catalogue.regimes((opened(),), NINE, kinds=("sla",))["sla"]
    (remark,) = (each for each in made.catalogue.check() if each.code == "tie")
    assert "'one'" in remark.message


def test_selection_explains_every_part_when_an_agreement_asks_by_pattern() -> None:
    """The pattern is shown with the value that was seen."""
    made = policy(FILE)
    told = made.catalogue.select({"service": "mail-1", "requester": "bob"}, NINE)
    text = told.explain()
    assert told["sla"].chosen is made.agreement("mail")
    assert "yes: service in " in text
    assert "mail-*" in text
    assert "(seen: mail-1)" in text
    assert "no: requester is ada" in text
    assert "'mail' version 1 of the same precedence comes before it" in text


def test_reason_is_told_in_words_when_no_agreement_applies() -> None:
    """What each one asks for."""
    text = agreement("mail", 'when = { service = ["mail-*"], channel = ["phone", "chat"] }')
    regime = policy(text).catalogue.regimes((opened("erp"),), NINE)["sla"][0]
    assert regime.agreement is None
    assert "'mail' is only for channel is phone or chat and service is mail-*" in regime.why


def test_facts_are_missing_when_nobody_gives_them() -> None:
    """A mapping without the field, and one with None, have no value; a star takes those too."""
    made = policy(agreement("mail", 'when = { service = ["mail"] }'))
    star = policy(agreement("mail", 'when = { service = ["*"] }'))
    for facts in ({}, {"service": None}):
        assert made.catalogue.select(facts, NINE)["sla"].chosen is None
        assert star.catalogue.select(facts, NINE)["sla"].chosen is not None


def test_hash_is_another_when_an_agreement_takes_other_tickets() -> None:
    """So it is when the order is another, which decides between equals."""
    made = policy(FILE)
    other = policy(FILE.replace('"post"', '"fax"'))
    turned = attrs.evolve(made, agreements=made.agreements[::-1])
    hashes = {each.catalogue.content_hash for each in (made, other, turned)}
    assert len(hashes) == 3
    assert policy(FILE).catalogue.content_hash == made.catalogue.content_hash


def test_catalogue_is_one_like_any_other_when_pickled() -> None:
    """What it compiled is made again."""
    made = policy(FILE).catalogue
    assert made.select({"service": "post"}, NINE)["sla"].chosen is not None
    back = pickle.loads(pickle.dumps(made))
    assert isinstance(back, AgreementCatalogue)
    assert back == made
    assert back.select({"service": "post"}, NINE)["sla"].chosen == policy(FILE).agreement("mail")


def test_check_takes_patterns_for_any_value_when_it_looks_for_losers() -> None:
    """A condition without patterns is looked at as it is; a missing value is any."""
    made = policy(
        agreement("first", "precedence = 1", 'when = { service = ["", "a"] }')
        + agreement("second", 'when = { service = ["b", "b"] }')
        + agreement("third", 'when = { service = ["c*"] }')
    )
    assert [each.code for each in made.catalogue.check()] == ["never-chosen", "never-chosen"]


def test_kind_is_alone_when_asked_for() -> None:
    """The conditions go along."""
    made = policy(FILE).catalogue
    assert made.of_kind("sla").regimes((opened("post"),), NINE) == made.regimes(
        (opened("post"),), NINE
    )
    assert made.of_kind("uc").standing({}, 0) is None


def test_condition_is_a_test_of_facts_when_told_in_words() -> None:
    """A category is another fact than the category of the state."""
    assert Condition("category", ("a", "b")).test == field("category_name").is_in("a", "b")
