"""Every command that could make a difference: the alphabet of the stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final, Never, cast

import attrs

from itsm_core import commands
from itsm_core.commands import Actor, Command
from itsm_core.explore._focus import RECORDS
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId

if TYPE_CHECKING:
    from itsm_core.explore._focus import Focus
    from itsm_core.explore._world import World

TICKET: Final = TicketId("the ticket")
OTHER: Final = TicketId("neighbour 1")
_DONE: Final = "done"
_BECAUSE: Final = "because"
_ANY: Final = "first"
_ANOTHER: Final = "second"

_MOVES: Final[Mapping[str, type[Command]]] = {
    kind.trigger: kind
    for kind in (
        commands.StartWork,
        commands.HoldTicket,
        commands.ResumeTicket,
        commands.ResolveTicket,
        commands.ReopenTicket,
        commands.CloseTicket,
        commands.CancelTicket,
        commands.MergeTicket,
    )
}
_FROM_OPENING: Final = ("channel", "configuration_item_id", "service", "title")


@attrs.frozen
class Wish:
    """Hold a command that somebody may try; `persons` says whether it matters who did it."""

    command: Command
    persons: bool


# Without slots, so that what holds for all states is worked out once.
@attrs.frozen(eq=False, slots=False)
class Alphabet:
    """Hold the commands of a world that can make a difference to a question."""

    world: World
    focus: Focus

    def openings(self) -> Iterator[Wish]:
        """Yield every way of opening the ticket."""
        focus = self.focus
        requesters = self.world.requesters
        choices: dict[str, tuple[object, ...]] = {
            "levels": self._levels(),
            "requester": (*requesters, "") if focus.matters("requester") else requesters[:1],
            "group": self._opened_with("group"),
            "assignee": self._opened_with("assignee"),
            "category": self._opened_with("category_name"),
            "ticket_type": self._ticket_types(),
            **{name: self._opened_with(name) for name in _FROM_OPENING},
        }
        for values in product(*choices.values()):
            given = dict(zip(choices, values, strict=True))
            impact, urgency = cast("tuple[str, str]", given.pop("levels"))
            opening = commands.OpenTicket(
                ticket_id=TICKET,
                impact=impact,
                urgency=urgency,
                **cast("dict[str, Never]", given),
            )
            yield Wish(opening, focus.matters("actor", "by_program"))

    def _opened_with(self, name: str) -> tuple[str, ...]:
        """Return what a field may have from the opening; where none will do, something."""
        choices = self._assignees() if name == "assignee" else self._choices(name)
        if choices != ("",) or not self._is_required("open", name):
            return choices
        return self.world.requesters[:1] if name == "assignee" else (_ANY,)

    def _ticket_types(self) -> tuple[str, ...]:
        types = self._choices("ticket_type")
        return types if types != ("",) else ("incident",)

    def _is_required(self, trigger: str, name: str) -> bool:
        known = {name, "category"} if name == "category_name" else {name}
        return any(
            known & set(each.required) for each in self.world.lifecycle.transitions_of(trigger)
        )

    def from_state(self, state: str) -> Iterator[tuple[str, Wish]]:
        """Yield every command that may be tried in a state, with its trigger."""
        for trigger in self.world.lifecycle.triggers:
            ways = self.world.lifecycle.choices(trigger, state)
            if trigger in self.world.never:
                continue
            if trigger in RECORDS and ways:
                for wish in self._records(trigger):
                    yield trigger, wish
            elif any(each.target for each in ways):
                for wish in self._moves(trigger, state):
                    yield trigger, wish

    def _moves(self, trigger: str, state: str) -> Iterator[Wish]:
        lifecycle, focus = self.world.lifecycle, self.focus
        ways = lifecycle.choices(trigger, state)
        holds = any(lifecycle.categories[each.target].value == "on_hold" for each in ways)
        reasons = focus.hold_reasons if holds else (_BECAUSE,)
        codes: tuple[str, ...] = (_DONE,)
        if focus.matters("resolution_code"):
            codes = (*focus.texts("resolution_code"), "")
        evidence = ("seen", "") if holds and focus.asks_evidence else ("seen",)
        for reason, code, seen in product(reasons, codes, evidence):
            values = {"reason": reason, "resolution_code": code, "evidence": seen, "into": OTHER}
            yield Wish(_made(_MOVES.get(trigger), trigger, values), focus.asks_people)

    def _records(self, trigger: str) -> Iterator[Wish]:
        """Yield the commands of a trigger that records something which matters."""
        if trigger == "assign":
            yield from self._assignments()
        elif trigger in ("prioritise", "override", "end_override"):
            yield from self._priorities(trigger)
        elif trigger == "reclassify":
            yield from self._classes()
        elif trigger == "approve" and self._matters(
            "ApprovalGiven", "approvers", "approval_count", "approved_by_own"
        ):
            yield Wish(commands.ApproveTicket(ticket_id=TICKET, note=_BECAUSE), persons=True)
        elif trigger == "answer" and self._matters(
            "AnswerSent", "answered", "answers", "awaiting_answer"
        ):
            yield Wish(commands.SendAnswer(ticket_id=TICKET, channel=_ANY), persons=True)
        elif trigger == "contact" and (
            self._matters("ContactReceived", "contacts", "awaiting_answer")
            or self.world.lifecycle.resume_on_contact
        ):
            yield Wish(commands.ReceiveContact(ticket_id=TICKET, channel=_ANY), persons=True)

    def _matters(self, event: str, *facts: str) -> bool:
        looked_for = self.focus.events
        # Who acted last, and by what, any command changes.
        return (
            looked_for is None
            or event in looked_for
            or self.focus.matters(*facts, "actor", "by_program", "trigger")
        )

    def _assignments(self) -> Iterator[Wish]:
        if not self._matters("TicketAssigned", "assignee", "group", "reassignment_count"):
            return
        groups, people = self._groups(), self._assignees()
        pairs: Iterable[tuple[str, str]]
        if len(groups) > 1:
            pairs = product(groups if len(groups) > 2 else (_ANY, *groups), people)
        elif self._matters("TicketAssigned"):
            pairs = product(("", _ANY, _ANOTHER), people)
        else:
            # Which group it is makes no difference; but a group takes the ticket from a person.
            pairs = [(_ANY, ""), *(("", each) for each in people)]
        for group, person in pairs:
            if group or person:
                group_id, person_id = GroupId(group), PersonId(person)
                given = commands.AssignTicket(ticket_id=TICKET, group=group_id, assignee=person_id)
                yield Wish(given, self.focus.asks_people)

    def _priorities(self, trigger: str) -> Iterator[Wish]:
        event = {"prioritise": "PriorityChanged", "override": "PriorityOverridden"}.get(
            trigger, "PriorityOverrideEnded"
        )
        if not self._matters(event, "impact", "priority", "urgency", "approvers"):
            return
        if trigger != "prioritise" and self._is_mimicked:
            return
        if trigger == "prioritise":
            for impact, urgency in self._other_levels():
                yield self._wish(
                    commands.ChangePriorityInputs(
                        ticket_id=TICKET, impact=impact, urgency=urgency, reason=_BECAUSE
                    )
                )
        elif trigger == "override":
            # Nobody, or one of two: whoever overrides is not who agreed to it.
            people = self.world.requesters
            approvers = dict.fromkeys(("", people[0], people[-1]))
            for priority, approver in product(self.world.matrix.policy.priorities, approvers):
                yield self._wish(
                    commands.OverridePriority(
                        ticket_id=TICKET,
                        priority=priority,
                        reason=_BECAUSE,
                        approver=PersonId(approver),
                    )
                )
        else:
            yield self._wish(commands.EndPriorityOverride(ticket_id=TICKET, reason=_BECAUSE))

    @cached_property
    def _is_mimicked(self) -> bool:
        """Return whether whatever an override does to clocks and guards, new inputs do as well.

        Both put a priority into force. If whoever may override may also correct the inputs, in the
        same states, and nobody looks at the inputs or at who did it, each story with overrides has
        a twin without them.
        """
        lifecycle, focus, policy = self.world.lifecycle, self.focus, self.world.matrix.policy
        if focus.asks_people or self._matters(
            "PriorityOverridden", "impact", "urgency", "approvers"
        ):
            return False
        if "prioritise" in self.world.never:
            return False
        if set(policy.priorities) != set(policy.matrix.cells.values()) or policy.modifiers:
            return False
        ways = {
            source: each
            for each in lifecycle.transitions_of("prioritise")
            for source in each.sources
            if each.guard is None and not (each.approvals or each.required or each.separate_from)
        }
        return all(
            source in ways
            and (not ways[source].roles or set(each.roles) <= set(ways[source].roles))
            for trigger in ("override", "end_override")
            for each in lifecycle.transitions_of(trigger)
            for source in each.sources
        )

    def _wish(self, command: Command) -> Wish:
        return Wish(command, self.focus.asks_people)

    def _classes(self) -> Iterator[Wish]:
        names = ("service", "category_name", "configuration_item_id")
        if not self._matters("TicketReclassified", *names, "approvers"):
            return
        # What makes no difference is filled all the same: it may be asked for.
        choices = [self._choices(name) if self.focus.matters(name) else (_ANY,) for name in names]
        if self._matters("TicketReclassified", "approvers"):
            choices[0] = (*choices[0], _ANOTHER)  # something else, which is approved anew
        for service, category, item in product(*choices):
            if service or category or item:
                told = commands.ReclassifyTicket(
                    ticket_id=TICKET,
                    service=ServiceId(service),
                    category=category,
                    configuration_item_id=item,
                )
                yield self._wish(told)

    def _choices(self, name: str) -> tuple[str, ...]:
        """Return texts that a field may have: what it is compared with, another, and none."""
        return ("", *self.focus.texts(name)) if self.focus.matters(name) else ("",)

    def _groups(self) -> tuple[str, ...]:
        return self._choices("group")

    def _assignees(self) -> tuple[str, ...]:
        if not self.focus.matters("assignee", "approved_by_own"):
            return ("",)
        return ("", *self.world.requesters)

    def _levels(self) -> tuple[tuple[str, str], ...]:
        """Return pairs of impact and urgency: all that matter, or one for each priority."""
        policy, focus = self.world.matrix.policy, self.focus
        cells = tuple(policy.matrix.cells)
        if (
            policy.modifiers
            or (focus.matters("impact", "urgency") and focus.matters("priority"))
            or (focus.matters("impact") and focus.matters("urgency"))
        ):
            return cells
        if focus.matters("impact", "urgency"):
            place = 0 if focus.matters("impact") else 1
            return tuple({cell[place]: cell for cell in reversed(cells)}.values())
        if not focus.matters("priority"):
            return cells[:1]
        first = {policy.matrix.priority(*cell): cell for cell in reversed(cells)}
        return tuple(first[priority] for priority in policy.priorities if priority in first)

    def _other_levels(self) -> tuple[tuple[str, str], ...]:
        """Return the pairs that a ticket may get: where approvals end by it, two of each kind."""
        levels, focus = self._levels(), self.focus
        if not self._matters("PriorityChanged", "approvers"):
            return levels
        policy = self.world.matrix.policy

        def kind(cell: tuple[str, str]) -> tuple[object, ...]:
            return (
                cell[0] if focus.matters("impact") else "",
                cell[1] if focus.matters("urgency") else "",
                policy.matrix.priority(*cell) if focus.matters("priority") else "",
            )

        last = {kind(cell): cell for cell in policy.matrix.cells}
        return tuple(dict.fromkeys((*levels, *last.values())))


def _made(kind: type[Command] | None, trigger: str, values: Mapping[str, str]) -> Command:
    """Return the command of a trigger with those of the values that it has fields for."""
    if kind is None:
        return commands.TriggerTransition(ticket_id=TICKET, name=trigger, reason=values["reason"])
    known = {each.name for each in attrs.fields(kind)}
    filled = {name: value for name, value in values.items() if name in known}
    return kind(ticket_id=TICKET, **cast("dict[str, Never]", filled))


def people_for(world: World, wish: Wish, *, everybody: bool) -> tuple[tuple[Actor, ...], ...]:
    """Return who tries a command: of each group the first who may, for the others come to the same.

    A program never stands for a person: clocks and answers tell them apart.
    """
    if everybody or wish.persons:
        return tuple((each,) for each in world.people)
    persons = tuple(each for each in world.people if not each.automatic)
    return persons, tuple(each for each in world.people if each.automatic)
