"""Guarantees: which channel earns which clocks, and from which instant (D2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import field
from itsm_core.contacts import Channel, Channels, Guarantee
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.events import AnswerSent, TicketEvent, TicketOpened, TicketResolved
from itsm_core.ids import AgreementId, TicketId
from itsm_core.sla import (
    AgreementCatalogue,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    evaluate_all,
)
from itsm_core.spans import hours

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
ELEVEN, LATER = NINE + hours(2), NINE + hours(9)
DESK = Channels(
    channels=[
        Channel(name="phone"),
        Channel(name="portal"),
        Channel(name="direct", official=False),
        Channel(name="fax", official=False),
    ]
)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    applies_to=field("ticket_type").is_("incident"),
)


def story(channel: str, priority: str = "P3", ticket_type: str = "incident") -> list[TicketEvent]:
    """Return a ticket reported at nine, written down at eleven, solved at two."""
    key = TicketId("INC-1")
    return [
        TicketOpened(
            ticket_id=key,
            occurred_at=NINE,
            recorded_at=ELEVEN,
            channel=channel,
            priority=priority,
            ticket_type=ticket_type,
        ),
        AnswerSent(ticket_id=key, occurred_at=ELEVEN),
        TicketResolved(ticket_id=key, occurred_at=NINE + hours(5), state="resolved"),
    ]


def judged(guarantee: Guarantee, history: list[TicketEvent]) -> list[tuple[str, str, datetime]]:
    """Return the agreement, state and start of what a catalogue of the guarantee promises."""
    catalogue = AgreementCatalogue(agreements=guarantee.agreements(GOLD, DESK))
    return [
        (each.agreement_id, clock.state.value, clock.started_at)
        for each in evaluate_all(history, catalogue, as_of=LATER)
        for clock in each.clocks
    ]


@pytest.mark.parametrize("channel", ["phone", "portal"])
def test_clock_counts_from_the_report_when_the_channel_is_official(channel: str) -> None:
    """Five hours for four: broken, although it was written down late."""
    assert judged(Guarantee(), story(channel)) == [("gold", "breached", NINE)]


@pytest.mark.parametrize("channel", ["direct", "pigeon", ""])
def test_clock_counts_from_the_registration_when_the_channel_is_not(channel: str) -> None:
    """Three hours for four: what nobody was told officially nobody has promised."""
    assert judged(Guarantee(), story(channel)) == [("gold/registered", "met", ELEVEN)]


def test_nothing_is_promised_when_the_channel_earns_nothing() -> None:
    """And the selection says why: a legal answer (law S11)."""
    strict = Guarantee(unofficial="never")
    assert judged(strict, story("direct")) == []
    catalogue = AgreementCatalogue(agreements=strict.agreements(GOLD, DESK))
    facts = {"ticket_type": "incident", "channel": "direct"}
    told = catalogue.select(facts, at=NINE).explain()
    assert "no: channel in (phone, portal) (seen: direct)" in told


def test_channel_earns_what_its_own_rule_says() -> None:
    """The fax of a customer is in the contract; a manager's inbox is not."""
    rule = Guarantee(channels={"fax": "reported", "direct": "never"})
    assert judged(rule, story("fax")) == [("gold", "breached", NINE)]
    assert judged(rule, story("direct")) == []
    assert judged(rule, story("pigeon")) == [("gold/registered", "met", ELEVEN)]


def test_emergency_counts_from_its_report_whichever_way_it_came() -> None:
    """Worked first and written down afterwards: nothing is lost."""
    rule = Guarantee(unofficial="never", emergency=field("priority").is_("P1"))
    assert judged(rule, story("direct", "P1")) == [("gold", "breached", NINE)]
    late = Guarantee(emergency=field("priority").is_("P1"))
    assert judged(late, story("direct", "P1")) == [("gold", "breached", NINE)]
    assert judged(late, story("direct", "P3")) == [("gold/registered", "met", ELEVEN)]


def test_agreement_keeps_its_own_condition_when_narrowed() -> None:
    """What was not promised for requests is not promised by telephone either."""
    assert judged(Guarantee(), story("phone", ticket_type="service_request")) == []


def test_all_channels_are_covered_when_the_rule_is_one_for_all() -> None:
    """One agreement, without a condition on the channel that could miss one."""
    rule = Guarantee(official="reported", unofficial="reported")
    assert len(rule.agreements(attrs_free(GOLD), DESK)) == 1
    for channel in ("phone", "direct", "pigeon", ""):
        assert judged(rule, story(channel)) == [("gold", "breached", NINE)]


def attrs_free(agreement: ServiceLevelAgreement) -> ServiceLevelAgreement:
    """Return the agreement without a condition of its own."""
    return ServiceLevelAgreement(
        agreement_id=agreement.agreement_id, calendar=ALWAYS, targets=agreement.targets
    )


def test_nothing_is_left_when_nothing_earns_anything() -> None:
    """Legal, and empty."""
    assert Guarantee(official="never", unofficial="never").agreements(GOLD, DESK) == ()


def test_unofficial_channels_earn_it_when_only_they_do() -> None:
    """A strange desk, but a possible one: what is written down late counts for them alone."""
    rule = Guarantee(official="registered", unofficial="reported", channels={"fax": "registered"})
    assert judged(rule, story("phone")) == [("gold/registered", "met", ELEVEN)]
    assert judged(rule, story("fax")) == [("gold/registered", "met", ELEVEN)]
    assert judged(rule, story("direct")) == [("gold", "breached", NINE)]


def test_commitments_keep_their_own_instants_when_clocks_move() -> None:
    """A promise to call back was made when it was made."""
    targets = [
        ServiceLevelTarget(metric="commitment"),
        ServiceLevelTarget(metric="response", goals=hours(1), anchor="registered"),
    ]
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"), calendar=ALWAYS, targets=targets
    )
    _, late = Guarantee().agreements(agreement, DESK)
    assert [each.anchor for each in late.targets] == ["occurred", "registered"]
    assert evaluate(story("direct"), late, as_of=LATER)["response"].started_at == ELEVEN


@pytest.mark.parametrize(
    ("channel", "earns", "start", "why"),
    [
        ("phone", "reported", NINE, "'phone' is an official channel: reported"),
        ("direct", "registered", ELEVEN, "'direct' is no official channel: registered"),
        ("", "registered", ELEVEN, "no channel is no official channel: registered"),
        ("fax", "never", None, "'fax' has a rule of its own: never"),
    ],
)
def test_entitlement_says_what_a_ticket_has_earned_and_why(
    channel: str, earns: str, start: datetime | None, why: str
) -> None:
    """The same as the agreements say, for one ticket, in words."""
    told = Guarantee(channels={"fax": "never"}).entitlement(story(channel), DESK)
    assert (told.earns, told.from_at, told.why) == (earns, start, why)
    shown = "no clock" if start is None else "clocks from 2026-01-05"
    assert str(told).startswith(shown)


def test_entitlement_is_from_the_report_when_it_is_an_emergency() -> None:
    """With its reason; another priority is none."""
    rule = Guarantee(emergency=field("priority").is_("P1"))
    assert rule.entitlement(story("direct", "P1"), DESK).why.startswith("an emergency")
    assert rule.entitlement(story("direct", "P2"), DESK).earns == "registered"


def test_entitlement_is_refused_when_there_is_no_opening() -> None:
    """Half a history tells nothing of the way it came."""
    with pytest.raises(InvalidValue, match="without its opening"):
        Guarantee().entitlement(story("phone")[1:], DESK)


@pytest.mark.parametrize(
    "fields",
    [
        {"official": "always"},
        {"unofficial": 5},
        {"channels": ["direct"]},
        {"channels": {"direct": "sometimes"}},
        {"channels": {"": "never"}},
        {"emergency": field("no such fact").is_("P1")},
    ],
)
def test_guarantee_is_refused_when_a_word_cannot_be_meant(fields: dict[str, object]) -> None:
    """Every word is checked when it is made."""
    with pytest.raises(DefinitionError):
        Guarantee(**fields)  # type: ignore[arg-type]


def test_duration_of_the_difference_is_the_lateness() -> None:
    """Both variants judge the same story, two hours apart."""
    first, second = Guarantee().agreements(GOLD, DESK)
    clocks = [evaluate(story("x"), each, as_of=LATER)["resolution"] for each in (first, second)]
    assert clocks[0].elapsed - clocks[1].elapsed == timedelta(hours=2)
