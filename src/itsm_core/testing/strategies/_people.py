"""Strategies of people: rosters, ladders of escalation, channels, contacts and what they earn."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from itsm_core.calendars import WeeklyHours
from itsm_core.contacts import Channel, Channels, Contact, Guarantee
from itsm_core.escalation import (
    Action,
    Bounced,
    Breached,
    CommitmentMissed,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRequested,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    OwnerAbsent,
    PriorityReached,
    ProposeMajorIncident,
    RaisePriority,
    Reopened,
    ShareUsed,
    Silence,
    Storm,
    Trigger,
)
from itsm_core.escalation._triggers import Same
from itsm_core.ids import PersonId, TicketId
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation, Swap
from itsm_core.testing.roster_oracle import random_roster, random_rotation
from itsm_core.testing.strategies._calendars import named_calendars
from itsm_core.testing.strategies._rules import predicates
from itsm_core.testing.strategies._time import ODD_ZONES, durations, odd_instants, odd_zones

_AROUND: Final = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 31), date(2026, 11, 1))
_QUARTER_ZONES: Final = tuple(zone for zone in ODD_ZONES if zone != "Pacific/Apia")
_NAMES: Final = tuple(map(PersonId, ("ana", "ben", "chi", "dee")))
_MINUTE: Final = timedelta(minutes=1)


def _minutes(number: int) -> timedelta:
    return number * _MINUTE


def _lengths() -> st.SearchStrategy[timedelta]:
    return st.sampled_from((15, 30, 60, 90, 480, 1440)).map(_minutes)


# -- rosters


@st.composite
def rotations(draw: st.DrawFn, name: str = "days") -> Rotation:
    """Return rotations by hours, days, weeks or months, around clock changes and a year's end.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> start, end = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC)
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.rotations())
    ... def test_every_hour_is_in_the_schedule(rotation):
    ...     shifts = Roster(name="desk", layers=[rotation]).schedule(start, end)
    ...     assert sum((each.duration for each in shifts), timedelta(0)) == end - start
    >>> test_every_hour_is_in_the_schedule()
    """
    rng = draw(st.randoms(use_true_random=False))
    return random_rotation(rng, name, draw(st.sampled_from(_AROUND)), draw(odd_zones()))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Return rosters of up to three layers, with overrides, swaps, absences and chains of them.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> start = datetime(2026, 3, 29, tzinfo=UTC)
    >>> @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    ... @given(own.rosters())
    ... def test_who_is_on_call_is_in_the_schedule(roster):
    ...     first = roster.schedule(start, start + timedelta(days=1))[0]
    ...     assert first.people == roster.on_call(start).people
    >>> test_who_is_on_call_is_in_the_schedule()
    """
    rng = draw(st.randoms(use_true_random=False))
    return random_roster(rng, draw(st.sampled_from(_AROUND)), _QUARTER_ZONES)


@st.composite
def _ends(draw: st.DrawFn) -> tuple[datetime, datetime]:
    start = draw(odd_instants())
    return start, start + draw(_lengths())


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    """Return overrides, some of which say that nobody is on call.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.overrides())
    ... def test_an_override_says_who_is_on_call(override):
    ...     roster = Roster(name="desk", overrides=[override])
    ...     assert roster.on_call(override.start_at).people == override.people
    >>> test_an_override_says_who_is_on_call()
    """
    start, end = draw(_ends())
    people = draw(st.lists(st.sampled_from(_NAMES), max_size=2, unique=True))
    return Override(start=start, end=end, people=people, reason=draw(_reasons()))


@st.composite
def swaps(draw: st.DrawFn) -> Swap:
    """Return swaps between two people.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.swaps())
    ... def test_nobody_swaps_with_themselves(swap):
    ...     assert swap.giver != swap.taker and swap.start_at < swap.end_at
    >>> test_nobody_swaps_with_themselves()
    """
    start, end = draw(_ends())
    giver, taker = draw(st.permutations(_NAMES))[:2]
    return Swap(start=start, end=end, giver=giver, taker=taker, reason=draw(_reasons()))


@st.composite
def absences(draw: st.DrawFn) -> Absence:
    """Return absences with a substitute, or with nobody.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.absences())
    ... def test_who_is_away_is_back_when_the_absence_ends(absence):
    ...     roster = Roster(name="desk", absences=[absence])
    ...     assert roster.is_away(absence.person, absence.start_at)
    ...     assert not roster.is_away(absence.person, absence.end_at)
    >>> test_who_is_away_is_back_when_the_absence_ends()
    """
    start, end = draw(_ends())
    person, other = draw(st.permutations(_NAMES))[:2]
    return Absence(
        start=start,
        end=end,
        person=person,
        substitute=draw(st.sampled_from((other, PersonId("")))),
        kind=draw(st.sampled_from(("leave", "sickness", "other"))),
        reason=draw(_reasons()),
    )


def _reasons() -> st.SearchStrategy[str]:
    return st.sampled_from(("", "it's a wedding"))


def responders(person: str | None = None) -> st.SearchStrategy[Responder]:
    """Return people with their zones and quiet hours; nobody is always quiet.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> print(find(own.responders("ana"), lambda who: who.quiet is not None, settings=quick).quiet)
    Mo-Su 22:00-07:00
    """
    quiet = st.sampled_from(
        (
            None,
            *map(WeeklyHours.parse, ("Mo-Su 22:00-07:00", "Mo-Su 00:00-23:59", "Su 02:00-03:00")),
        )
    )
    names = st.sampled_from(_NAMES) if person is None else st.just(PersonId(person))
    return st.builds(Responder, person=names, zone=odd_zones(), quiet=quiet)


@st.composite
def coverages(draw: st.DrawFn) -> Coverage:
    """Return one roster with the hours of groups.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> at = datetime(2026, 3, 29, tzinfo=UTC)
    >>> @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    ... @given(own.coverages())
    ... def test_nobody_stands_in_for_whoever_is_there(coverage):
    ...     people = coverage.rosters[0].people
    ...     there = [who for who in people if coverage.absence(who, at) is None]
    ...     assert all(coverage.stand_in(who, at) == who for who in there)
    >>> test_nobody_stands_in_for_whoever_is_there()
    """
    return Coverage(rosters=(draw(rosters()),), hours=draw(named_calendars()))


# -- escalation

_TIMES: Final = st.integers(1, 3)
_CLOCK: Final = st.sampled_from(("resolution", "response", "next_reply"))
_SAME: Final[st.SearchStrategy[Same]] = st.sampled_from(
    ("", "service", "configuration_item_id", "category_name", "group")
)

TRIGGERS: Final[Mapping[type, st.SearchStrategy[Trigger]]] = {
    ShareUsed: st.builds(
        ShareUsed, clock=_CLOCK, ratio=st.sampled_from((0.75, 0.5, 1.0, 0.1, 1.5))
    ),
    OffsetFromDue: st.builds(
        OffsetFromDue,
        clock=_CLOCK,
        offset=st.sampled_from((0, -60, 60, -480, 15, -1440)).map(_minutes),
    ),
    Breached: st.builds(Breached, clock=_CLOCK),
    Silence: st.builds(
        Silence, after=_lengths(), by=st.sampled_from(("desk", "requester", "anyone"))
    ),
    Bounced: st.builds(Bounced, times=_TIMES),
    Reopened: st.builds(Reopened, times=_TIMES),
    PriorityReached: st.builds(
        PriorityReached,
        priorities=st.lists(st.sampled_from(("P1", "P2")), min_size=1, unique=True),
    ),
    EscalationRequested: st.builds(EscalationRequested, times=_TIMES),
    OwnerAbsent: st.builds(OwnerAbsent, after=st.just(timedelta(0)) | _lengths()),
    CommitmentMissed: st.builds(CommitmentMissed),
    Storm: st.builds(Storm, tickets=st.integers(2, 5), within=_lengths(), same=_SAME),
}

ACTIONS: Final[Mapping[type, st.SearchStrategy[Action]]] = {
    Notify: st.builds(
        Notify,
        target=st.sampled_from(("assignee", "requester")),
        respect_quiet_hours=st.booleans(),
    )
    | st.builds(
        Notify,
        target=st.sampled_from(("person", "group", "role", "roster")),
        name=st.sampled_from(("ana", "second line", "manager")),
        respect_quiet_hours=st.booleans(),
    ),
    EscalateToGroup: st.builds(EscalateToGroup, group=st.sampled_from(("second line", "network")))
    | st.builds(EscalateToGroup, tier=st.sampled_from(("second", "third"))),
    EscalateToRole: st.builds(EscalateToRole, role=st.sampled_from(("manager", "director"))),
    RaisePriority: st.builds(RaisePriority, to=st.sampled_from(("P1", "P2")))
    | st.builds(RaisePriority, levels=_TIMES),
    ProposeMajorIncident: st.builds(ProposeMajorIncident),
}


def triggers(kind: type[Trigger] | None = None) -> st.SearchStrategy[Trigger]:
    """Return triggers of every kind, or of one.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> print(find(own.triggers(Silence), lambda trigger: trigger.by == "anyone", settings=quick))
    nothing from anybody for 15 min
    """
    return st.one_of(tuple(TRIGGERS.values())) if kind is None else TRIGGERS[kind]


def actions(kind: type[Action] | None = None) -> st.SearchStrategy[Action]:
    """Return actions of every kind, or of one.

    >>> from hypothesis import find, settings
    >>> from itsm_core.testing import strategies as own
    >>> quick = settings(deadline=None, derandomize=True, database=None)
    >>> print(find(own.actions(), lambda action: isinstance(action, RaisePriority), settings=quick))
    raise the priority to P1
    """
    return st.one_of(tuple(ACTIONS.values())) if kind is None else ACTIONS[kind]


@st.composite
def rules(draw: st.DrawFn, name: str = "rule 1") -> EscalationRule:
    """Return rules with conditions, bounded repeats and acknowledgements, or without.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.rules())
    ... def test_a_rule_can_be_kept_as_json(rule):
    ...     assert EscalationRule.from_json(rule.to_json()) == rule
    >>> test_a_rule_can_be_kept_as_json()
    """
    trigger = draw(triggers())
    is_storm = isinstance(trigger, Storm)
    repeats = 0 if is_storm else draw(st.sampled_from((0, 0, 1, 3)))
    maybe = st.none() if is_storm else st.none() | _lengths()
    return EscalationRule(
        name=name,
        trigger=trigger,
        actions=draw(st.lists(actions(), min_size=1, max_size=3)),
        when=draw(st.none() | predicates()),
        repeat_every=draw(_lengths()) if repeats else None,
        repeat_times=repeats,
        acknowledge_within=draw(maybe),
        acknowledged_for=draw(maybe),
    )


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """Return ladders of up to four rungs; no two have the same trigger.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    ... @given(own.ladders())
    ... def test_a_ladder_can_be_kept_as_text(ladder):
    ...     assert Ladder.loads(ladder.dumps()) == ladder
    >>> test_a_ladder_can_be_kept_as_text()
    """
    found = [draw(rules(f"rule {n}")) for n in range(1, draw(st.integers(1, 4)) + 1)]
    different = {rule.trigger: rule for rule in found}
    return Ladder(name="ladder", rules=different.values())


# -- the single point of contact


def channel(name: str = "phone") -> st.SearchStrategy[Channel]:
    """Return one channel: official or not, automatic, with hours, leading to nobody.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.channel("mail"))
    ... def test_a_desk_knows_its_official_channels(mail):
    ...     assert Channels(channels=[mail]).is_official("mail") == mail.official
    >>> test_a_desk_knows_its_official_channels()
    """
    return st.builds(
        Channel,
        name=st.just(name),
        official=st.booleans(),
        route=st.sampled_from(("first line", "")),
        hours=st.sampled_from(("office", "")),
        automatic=st.booleans(),
    )


@st.composite
def channels(draw: st.DrawFn) -> Channels:
    """Return the channels of a desk, up to four, or none.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.channels())
    ... def test_channels_can_be_kept_as_text(channels):
    ...     assert Channels.loads(channels.dumps()) == channels
    >>> test_channels_can_be_kept_as_text()
    """
    names = ("phone", "portal", "mail", "walk-up", "boss's inbox")
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    return Channels(channels=[draw(channel(name)) for name in chosen])


@st.composite
def contacts(draw: st.DrawFn) -> Contact:
    """Return contacts: answered, abandoned, waiting, late, for somebody else, by a machine.

    Several of their instants may be one and the same.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.contacts())
    ... def test_who_was_answered_did_not_give_up(contact):
    ...     assert not (contact.is_answered and contact.is_abandoned)
    >>> test_who_was_answered_did_not_give_up()
    """
    steps = st.sampled_from((0, 0, 1, 5, 90, 3000)).map(_minutes)
    began = draw(odd_instants()).astimezone(UTC)
    offered = began + draw(steps)
    answered = offered + draw(steps) if draw(st.booleans()) else None
    parted = (answered or offered) + draw(steps) if draw(st.booleans()) else None
    handled, held = None, timedelta(0)
    if answered is not None and draw(st.booleans()):
        handled = (parted or answered) + draw(steps)
    if answered is not None and parted is not None:
        held = draw(durations(parted - answered))
    return Contact(
        contact_id=TicketId("call 7"),
        channel=draw(st.sampled_from(("phone", "boss's inbox"))),
        official=draw(st.booleans()),
        automatic=draw(st.booleans()),
        requester=draw(st.sampled_from(_NAMES)),
        on_behalf_of=draw(st.sampled_from((PersonId(""), PersonId("o'neil")))),
        registered_as=draw(st.sampled_from((TicketId(""), TicketId("INC-1")))),
        began_at=draw(st.sampled_from((None, began))),
        offered_at=offered,
        registered_at=offered + draw(steps),
        answered_at=answered,
        parted_at=parted,
        handled_at=handled,
        held=held,
    )


def guarantees() -> st.SearchStrategy[Guarantee]:
    """Return what the contacts of each channel earn, emergencies apart or not.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> desk = Channels(channels=[Channel(name="phone", official=True)])
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.guarantees())
    ... def test_an_official_channel_earns_its_own_word_or_the_usual_one(guarantee):
    ...     usual = guarantee.channels.get("phone", guarantee.official)
    ...     assert guarantee.earns("phone", desk) == usual
    >>> test_an_official_channel_earns_its_own_word_or_the_usual_one()
    """
    words = st.sampled_from(("reported", "registered", "never"))
    named = st.dictionaries(st.sampled_from(("phone", "boss's inbox")), words, max_size=2)
    return st.builds(
        Guarantee,
        official=words,
        unofficial=words,
        channels=named,
        emergency=st.none() | predicates(),
    )
