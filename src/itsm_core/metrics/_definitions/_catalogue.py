"""The metrics that a desk asks for, in the order in which a page tells them (law M3).

None of them is the right one for every desk: take one, change what you mean differently, and give
it a name of your own. What a result was made by is in the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import attrs

from itsm_core.metrics._definitions._measures import (
    Backlog,
    CommitmentsKept,
    ContactShare,
    ContactTime,
    Cost,
    Dashboard,
    MeanUntil,
    ShareWithin,
    TimeHeld,
    TimeUntil,
    Volume,
)
from itsm_core.metrics._definitions._metric import Metric
from itsm_core.metrics._definitions._until import FirstContact, Until

__all__ = ["METRICS"]

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)
"""How long most figures look at a ticket: shorter than the fortnight that people look at, so that
there is an answer, and long enough for all but the unusual."""

_FOLLOW_UP: Final = 5 * _DAY
"""As long as most desks leave a solution open to objection before they close the ticket."""

_LONG_ONES: Final = "Dashboards leave out those that still wait, and those are the long ones."


def _waiting() -> Iterator[Metric]:
    yield Metric(
        name="response-median",
        title="Half are answered by a person within",
        measure=TimeUntil(until=Until.ANSWERED),
        differs="Dashboards leave out whom nobody has answered yet.",
    )
    yield Metric(
        name="response-within-1h",
        title="Answered by a person within an hour",
        measure=ShareWithin(until=Until.ANSWERED, within=_HOUR),
        differs="Dashboards leave out whom nobody has answered yet.",
    )
    yield Metric(
        name="resolution-median",
        title="Half are resolved within",
        measure=TimeUntil(until=Until.RESOLVED),
        differs=_LONG_ONES,
    )
    yield Metric(
        name="resolution-p90",
        title="Nine of ten are resolved within",
        measure=TimeUntil(until=Until.RESOLVED, share=0.9),
        differs=_LONG_ONES,
    )
    yield Metric(
        name="resolution-mean-7d",
        title="Mean time to resolve, a week at most",
        measure=MeanUntil(until=Until.RESOLVED, limit=_WEEK),
        differs="Dashboards average the resolved ones: no wait that still lasts is in it, and one "
        "of months counts in full, so that a few of them move it.",
    )
    yield Metric(
        name="resolved-within-24h",
        title="Resolved within 24 hours",
        measure=ShareWithin(until=Until.RESOLVED, within=_DAY),
        differs="Dashboards divide by the resolved tickets, not by all that were opened.",
    )
    yield Metric(
        name="first-resolution-median",
        title="Half have a first solution within",
        measure=TimeUntil(until=Until.FIRST_RESOLVED),
        differs="Dashboards keep one date of a solution, and after a reopening it is the later.",
    )
    yield Metric(
        name="resolution-rate-7d",
        title="Resolved within a week",
        measure=ShareWithin(until=Until.RESOLVED, within=_WEEK, dashboard=Dashboard.FLOW),
        differs="Dashboards divide what was resolved this week by what came in this week: "
        "tickets of two kinds, and more than 100 % while a backlog is worked off.",
    )


_HELD: Final = FirstContact(within=_WEEK, not_reopened=True, follow_up=_FOLLOW_UP)
_FIRST_CONTACT: Final = {
    "first-group": (
        "by the first group within a week, for good",
        attrs.evolve(_HELD, one_group=True),
        _WEEK + _FOLLOW_UP,
    ),
    "one-hour": ("within an hour", FirstContact(within=_HOUR), _HOUR),
    "first-group-one-hour": (
        "by the first group within an hour, for good",
        attrs.evolve(_HELD, one_group=True, within=_HOUR),
        _HOUR + _FOLLOW_UP,
    ),
    "same-day": ("on the day of the opening", FirstContact(same_day=True), _DAY + _HOUR),
    "never-waited": (
        "by the first group within a week, never on hold, for good",
        attrs.evolve(_HELD, one_group=True, never_waited=True),
        _WEEK + _FOLLOW_UP,
    ),
    "at-registration": ("when registered", FirstContact(at_registration=True), _WEEK),
    "no-further-contact": (
        "within a week, before the requester got in touch again, for good",
        attrs.evolve(_HELD, no_contact=True),
        _WEEK + _FOLLOW_UP,
    ),
}
"""The variants: in words, as data, and how long it takes until each is decided; a day that ends
summer time has 25 hours."""


def _first_contacts() -> Iterator[Metric]:
    for name, (words, asked, decided) in _FIRST_CONTACT.items():
        yield Metric(
            name=f"fcr-{name}",
            title=f"Resolved {words}",
            measure=ShareWithin(until=asked, within=decided, dashboard=Dashboard.OF_DONE),
            differs="Dashboards divide by the resolved tickets, and count a solution as good "
            "before anybody had the time to object."
            if asked.follow_up
            else "Dashboards divide by the resolved tickets, not by all that were opened.",
        )


def _detours() -> Iterator[Metric]:
    yield Metric(
        name="reopened-within-7d",
        title="Reopened within a week of the first solution",
        measure=ShareWithin(until=Until.REOPENED, within=_WEEK, dashboard=Dashboard.SO_FAR),
        differs="Dashboards count a solution of today as one that held.",
    )
    for until, words in (
        (Until.TRANSFERRED, "Given to another group"),
        (Until.BOUNCED, "Given back to a group that had given it away"),
        (Until.ESCALATED, "Escalated"),
    ):
        yield Metric(
            name=f"{until.value}-within-7d",
            title=f"{words} within a week",
            measure=ShareWithin(until=until, within=_WEEK, dashboard=Dashboard.SO_FAR),
            differs="Dashboards count a ticket of today as one to which it will not happen.",
        )


def _standing() -> Iterator[Metric]:
    yield Metric(
        name="backlog-count",
        title="Open tickets",
        measure=Backlog(),
        differs="Dashboards leave out what is on hold, so that a backlog shrinks by waiting.",
    )
    for share, words in ((0.5, "Half"), (0.9, "Nine of ten")):
        yield Metric(
            name="backlog-age-median" if share == 0.5 else "backlog-age-p90",
            title=f"{words} of the open tickets are younger than",
            measure=Backlog(share=share),
            differs="Dashboards show the mean age, which falls whenever many tickets come in.",
        )
    yield Metric(
        name="tickets-opened",
        title="Tickets opened",
        measure=Volume(of="tickets"),
        differs="Dashboards count a ticket when it was typed in, not when it happened.",
        by="channel",
    )
    yield Metric(
        name="contacts-received",
        title="Contacts of people about tickets",
        measure=Volume(of="contacts"),
        differs="Dashboards count tickets; whoever calls a third time is not in them.",
        by="channel",
    )
    yield from _contacts()


def _spent() -> Iterator[Metric]:
    yield Metric(
        name="time-by-group",
        title="Time at groups, not on hold",
        measure=TimeHeld(),
        differs="Dashboards give all hours of a ticket to the group that has it at the end.",
        by="group",
    )
    yield Metric(
        name="time-by-person",
        title="Time with persons, not on hold",
        measure=TimeHeld(),
        differs="Dashboards give all hours of a ticket to whoever has it at the end.",
        by="person",
    )
    yield Metric(
        name="time-on-hold",
        title="Time on hold, by group",
        measure=TimeHeld(on_hold=True),
        differs="Dashboards give all hours of a ticket to the group that has it at the end.",
        by="group",
    )
    yield Metric(
        name="commitments-kept",
        title="Commitments to people that were kept",
        measure=CommitmentsKept(),
        differs="Dashboards count what was ticked off, and nobody ticks off what was forgotten.",
    )
    yield Metric(
        name="cost-per-ticket-7d",
        title="Mean cost of a ticket in its first week",
        measure=Cost(limit=_WEEK),
        differs="Dashboards average the resolved ones; the dear ones are not resolved yet.",
    )
    yield Metric(
        name="cost-so-far",
        title="Cost of the tickets so far",
        measure=Cost(),
        differs="Dashboards add up the resolved ones; what is open has cost something, too.",
    )


def _contacts() -> Iterator[Metric]:
    """Yield what only contact records tell; without any, their figures are unknown."""
    yield Metric(
        name="contacts-answered-20s",
        title="Contacts answered within 20 seconds",
        measure=ContactShare(of="answered", within=timedelta(seconds=20)),
        differs="Dashboards divide by the answered ones; whoever gave up was not answered.",
    )
    yield Metric(
        name="contacts-abandoned",
        title="Contacts given up before an answer",
        measure=ContactShare(of="abandoned"),
        differs="Dashboards forget whoever gave up within ten seconds.",
    )
    yield Metric(
        name="contacts-unofficial",
        title="Contacts past the desk, by a channel that is not official",
        measure=ContactShare(of="unofficial"),
        differs="Dashboards know of contacts that became a ticket; most of these never do.",
    )
    lost = "Dashboards show the mean of the answered ones; whoever gave up waited longer."
    mean = "Dashboards show the mean, which a few long ones make."
    for name, title, measure, differs in (
        ("wait-median", "Half wait for an answer no longer than", ContactTime(of="wait"), lost),
        (
            "wait-p90",
            "Nine of ten wait for an answer no longer than",
            ContactTime(of="wait", share=0.9),
            lost,
        ),
        ("talk-median", "Half talk no longer than", ContactTime(of="talk"), mean),
        (
            "hold-p90",
            "Nine of ten are on hold no longer than",
            ContactTime(of="hold", share=0.9),
            mean,
        ),
        ("handle-median", "Half are handled within", ContactTime(of="handle"), mean),
    ):
        yield Metric(name=f"contact-{name}", title=title, measure=measure, differs=differs)


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        metric.name: metric
        for metrics in (_waiting(), _first_contacts(), _detours(), _standing(), _spent())
        for metric in metrics
    }
)
"""Every metric of the catalogue by its name, in the order in which a page tells them."""
