"""Groups of incidents: how tickets join, and how people overrule (laws K1, K2)."""

from __future__ import annotations

import random

import attrs
import pytest

from itsm_core.errors import AlreadyExists, CommandRefused, InvalidValue, NaiveDatetime, NotFound
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    DUPLICATES,
    GroupingEvent,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    IncidentGrouper,
    Linker,
    PairJudged,
    TicketGrouped,
    TicketIndex,
)
from itsm_core.linking._groups import Groups
from tests.unit.linking.texts import NOON, stream, text

ANN = PersonId("ann")
ONE, OTHER = TicketId("ONE"), TicketId("OTHER")
TASK = attrs.evolve(DUPLICATES, prior=6.0)


def grouper(**given: object) -> IncidentGrouper:
    """Return a grouper of a new index with a generous prior."""
    return IncidentGrouper(Linker(TicketIndex(), task=TASK), threshold=0.5, **given)  # type: ignore[arg-type]


def desk() -> IncidentGrouper:
    """Return a grouper with three groups: A1 to A3 about payroll, B1 and B2 about vpn, C."""
    found = grouper()
    for n, name in enumerate(("A1", "B1", "A2", "C", "B2", "A3")):
        title = {"A": "payroll export timeout", "B": "vpn token rejected", "C": "paper jam"}
        found.observe(text(name, title[name[0]], days=n))
    return found


def members(found: IncidentGrouper) -> list[tuple[str, ...]]:
    """Return the groups of two and more as tuples of ids."""
    return [each.members for each in found.groups]


def judge(found: IncidentGrouper, one: str, other: str, verdict: str) -> tuple[GroupingEvent, ...]:
    """Let Ann say it."""
    return found.judge(TicketId(one), TicketId(other), verdict, by=ANN, at=NOON)  # type: ignore[arg-type]


def test_incidents_that_look_alike_share_a_group() -> None:
    """And the one that is like no other is alone."""
    found = desk()
    assert members(found) == [("A1", "A2", "A3"), ("B1", "B2")]
    assert found.group_of(TicketId("C")).members == ("C",)


def test_group_keeps_the_links_by_which_members_came() -> None:
    """Each with its evidence: nobody has to wonder why."""
    group = desk().group_of(TicketId("A3"))
    assert [(each.ticket_id, each.other) for each in group.links] == [
        ("A2", "A1"),
        ("A3", "A1"),
        ("A3", "A2"),
    ]
    assert all(each.evidence and each.probability > 0.5 for each in group.links)


def test_observation_tells_what_happened() -> None:
    """The first begins a group, the second joins it."""
    found = grouper()
    first = found.observe(text("A1", "payroll export timeout"))
    (second,) = found.observe(text("A2", "payroll export timeout", days=1))
    assert [type(each) for each in first] == [GroupStarted]
    assert isinstance(second, TicketGrouped)
    assert (second.group_id, second.links[0].other) == ("A1", "A1")


def test_ticket_that_is_no_incident_is_indexed_and_not_grouped() -> None:
    """A request for the same every month is no problem."""
    found = grouper()
    assert found.observe(text("R1", "payroll export timeout", kind="service_request")) == ()
    found.observe(text("A1", "payroll export timeout", days=1))
    assert members(found) == []
    with pytest.raises(NotFound, match="R1"):
        found.group_of(TicketId("R1"))


def test_one_lookalike_is_not_enough_for_a_group_of_many() -> None:
    """Half of the fit is the mean of the three best: chains do not grow by one end."""
    found = IncidentGrouper(Linker(TicketIndex(), task=TASK), threshold=0.7)
    for n in range(3):
        found.observe(text(f"A{n}", "payroll export timeout", days=n))
    found.observe(text("M", "payroll export timeout vpn token rejected", days=3))
    group = found.group_of(TicketId("M"))
    lone = IncidentGrouper(Linker(TicketIndex(), task=TASK), threshold=0.7)
    lone.observe(text("M", "payroll export timeout vpn token rejected", days=3))
    lone.observe(text("B", "vpn token rejected", days=4))
    found.observe(text("B", "vpn token rejected", days=4))
    assert "A0" in group.members
    assert "B" in lone.group_of(TicketId("M")).members
    assert found.group_of(TicketId("B")).members == ("B",)


def test_batch_is_put_into_order_of_time_and_id() -> None:
    """However it was given."""
    tickets = [text(name, "payroll export timeout", days=d) for name, d in
               (("A3", 2), ("A2", 1), ("A1", 1))]  # fmt: skip
    together = grouper()
    together.observe(*tickets)
    assert members(together) == [("A1", "A2", "A3")]
    assert together.groups[0].group_id == "A1"


def test_observation_is_refused_when_a_ticket_comes_twice() -> None:
    """None of the batch is added then."""
    found = desk()
    with pytest.raises(AlreadyExists, match="A1"):
        found.observe(text("D", "screen"), text("A1", "screen"))
    with pytest.raises(AlreadyExists, match="E"):
        found.observe(text("E", "screen"), text("E", "screen"))
    with pytest.raises(NotFound):
        found.group_of(TicketId("D"))


def test_same_merges_two_groups_into_the_older() -> None:
    """With an event that says which vanished."""
    found = desk()
    told = judge(found, "B2", "A3", "same")
    assert [type(each) for each in told] == [PairJudged, GroupsMerged]
    assert members(found) == [("A1", "B1", "A2", "B2", "A3")]
    assert told[1] == GroupsMerged(
        group_id=TicketId("A1"),
        absorbed=TicketId("B1"),
        members=(TicketId("B1"), TicketId("B2")),
        at_us=told[1].at_us,
    )


def test_merged_group_has_a_link_that_names_who_said_so() -> None:
    """The verdict is evidence like any other."""
    found = desk()
    judge(found, "B2", "A3", "same")
    (said,) = [e for e in found.group_of(TicketId("A1")).links if e.evidence[0].name == "judged"]
    assert (said.ticket_id, said.other, said.evidence[0].detail) == ("B2", "A3", "said by ann")


def test_different_takes_a_ticket_out_of_its_group() -> None:
    """With those that are nearer to it; the rest keeps the name."""
    found = desk()
    told = judge(found, "A1", "A3", "different")
    assert [type(each) for each in told] == [PairJudged, GroupSplit]
    parts = {found.group_of(TicketId(name)).group_id for name in ("A1", "A3")}
    assert len(parts) == 2
    assert found.group_of(TicketId("A1")).group_id == "A1"


def test_different_of_two_groups_is_remembered_and_changes_none() -> None:
    """A later merge of them is refused, with both tickets named."""
    found = desk()
    assert [type(each) for each in judge(found, "A1", "B1", "different")] == [PairJudged]
    assert members(found) == [("A1", "A2", "A3"), ("B1", "B2")]
    with pytest.raises(CommandRefused, match="A1 and B1 were said to be different"):
        judge(found, "A3", "B2", "same")


def test_verdict_can_be_taken_back_by_the_other_one() -> None:
    """The last word on a pair holds."""
    found = desk()
    judge(found, "A1", "B1", "different")
    judge(found, "A1", "B1", "same")
    assert members(found) == [("A1", "B1", "A2", "B2", "A3")]
    judge(found, "A1", "B1", "different")
    assert members(found) == [("A1", "A2", "A3"), ("B1", "B2")]


def test_verdict_said_twice_tells_nothing_new() -> None:
    """No event, no change."""
    found = desk()
    judge(found, "A1", "B1", "same")
    assert judge(found, "B1", "A1", "same") == ()


def test_merged_groups_attract_later_tickets_together() -> None:
    """What people said is remembered for tickets to come."""
    found = desk()
    judge(found, "A1", "B1", "same")
    found.observe(text("B3", "vpn token rejected", days=9))
    assert found.group_of(TicketId("B3")).group_id == "A1"


@pytest.mark.parametrize(
    ("one", "other", "verdict", "error"),
    [
        ("A1", "A1", "same", CommandRefused),
        ("A1", "Z", "same", NotFound),
        ("A1", "A2", "perhaps", InvalidValue),
    ],
)
def test_verdict_is_refused_when_it_says_nothing(
    one: str, other: str, verdict: str, error: type[Exception]
) -> None:
    """About itself, about nobody, neither yes nor no; the groups are as they were."""
    found = desk()
    with pytest.raises(error):
        judge(found, one, other, verdict)
    assert members(found) == [("A1", "A2", "A3"), ("B1", "B2")]


def test_verdict_is_refused_when_its_instant_is_naive() -> None:
    """An instant without a zone is none (law T1)."""
    with pytest.raises(NaiveDatetime):
        desk().judge(TicketId("A1"), TicketId("B1"), "same", by=ANN, at=NOON.replace(tzinfo=None))


def test_log_of_events_rebuilds_the_groups() -> None:
    """A fold over what was told gives the same groups, links and memory."""
    found = grouper()
    log: list[GroupingEvent] = []
    rng = random.Random(5)
    tickets = [each for each in stream(rng, 60) if each.kind == "incident"]
    log += found.observe(*tickets)
    for _ in range(30):
        one, other = rng.sample(tickets, 2)
        try:
            log += judge(found, one.ticket_id, other.ticket_id, rng.choice(("same", "different")))
        except CommandRefused:
            continue
    again = IncidentGrouper(Linker(TicketIndex(), task=TASK), threshold=0.5, events=log)
    assert any(isinstance(each, GroupSplit) for each in log)
    assert any(isinstance(each, GroupsMerged) for each in log)
    assert again.groups == found.groups
    assert Groups(log).verdicts == found._state.verdicts


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.1])
def test_grouper_is_refused_when_its_threshold_is_no_share(threshold: float) -> None:
    """At 0 everything would join everything."""
    with pytest.raises(InvalidValue, match="threshold"):
        IncidentGrouper(Linker(TicketIndex()), threshold=threshold)


def test_same_said_again_is_answered_when_the_group_was_parted_since() -> None:
    """A like B, B like C, A unlike C: one of them was parted from B, and who asks hears why."""
    found = grouper()
    found.observe(*(text(name, "payroll export timeout", days=n) for n, name in enumerate("ABC")))
    for one, other, verdict in (("A", "B", "same"), ("B", "C", "same"), ("A", "C", "different")):
        judge(found, one, other, verdict)
    assert members(found) == [("A", "B")]
    with pytest.raises(CommandRefused, match="A and C were said to be different"):
        judge(found, "B", "C", "same")
    judge(found, "A", "C", "same")
    assert members(found) == [("A", "B", "C")]
    assert judge(found, "B", "C", "same") == ()


def test_tickets_are_those_ever_grouped() -> None:
    """Alone or not."""
    assert desk().tickets == {"A1", "A2", "A3", "B1", "B2", "C"}


def test_log_is_refused_when_its_beginning_is_missing() -> None:
    """A typed error, not that of a dictionary."""
    with pytest.raises(InvalidValue, match="does not follow"):
        grouper(events=[GroupsMerged(group_id=ONE, absorbed=OTHER, members=(), at_us=0)])


def test_ticket_is_refused_when_it_has_a_group_though_the_index_forgot_it() -> None:
    """It would be in two groups; correct its text with `index.update`."""
    index = TicketIndex()
    found = IncidentGrouper(Linker(index, task=TASK))
    found.observe(text("A", "vpn drops"))
    index.remove(TicketId("A"))
    with pytest.raises(AlreadyExists, match="grouped ticket"):
        found.observe(text("B", "mail"), text("A", "vpn drops"))
    assert found.tickets == {"A"}
