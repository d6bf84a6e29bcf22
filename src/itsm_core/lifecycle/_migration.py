"""Migration: lead a live ticket from one lifecycle, or version of it, to another (law L4)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import attrs

from itsm_core.commands import Actor, MigrateTicket
from itsm_core.errors import CommandRefused, DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.events import TicketEvent, TicketMigrated, TicketOpened, TicketPutOnHold
from itsm_core.lifecycle._decide import Decision
from itsm_core.lifecycle._reasons import check_asked, identity_faults, role_fault
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle
from itsm_core.spans import micros

_Told = TypeVar("_Told", bound=TicketEvent)


def _check_lifecycle(_: object, __: object, value: Lifecycle) -> None:
    if not isinstance(value, Lifecycle):
        raise InvalidValue("not a Lifecycle", value, "pass INCIDENT or one of your own")


def _mapping(value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidValue("not a mapping of names", value, "write {'old name': 'new name'}")
    pairs = dict(cast("Mapping[object, object]", value))
    for name in (*pairs, *pairs.values()):
        if not isinstance(name, str):
            raise InvalidValue("a name is text", name, "write it in quotes")
    return cast("dict[str, str]", pairs)


@attrs.frozen(kw_only=True)
class Migration:
    """Say what every state and hold reason of one lifecycle is called in another.

    `states` and `hold_reasons` map old names to new ones, also where they are the same: what is
    not written down has not been thought of. Terminal states may be left out; then tickets that
    rest there stay where they are. A migration neither resolves nor pauses anything, so an image
    has the category of its origin. `roles` are those of which one may migrate.

    Raises:
        InvalidValue: a part is of another type than it should be.
        DefinitionError: it is not total or not sound (law L4); every fault is listed.

    >>> import attrs
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.lifecycle import TASK, Migration
    >>> second = attrs.evolve(TASK, version=2)
    >>> names, reasons = [each.name for each in TASK.states], TASK.hold_reasons
    >>> way = Migration(
    ...     lifecycle_from=TASK,
    ...     lifecycle_to=second,
    ...     states={each: each for each in names},
    ...     hold_reasons={each: each for each in reasons},
    ... )
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="T-1", occurred_at=at, lifecycle="task", state="new")
    >>> way.image_of(opened).lifecycle_version
    2
    """

    lifecycle_from: Lifecycle = attrs.field(validator=_check_lifecycle)
    lifecycle_to: Lifecycle = attrs.field(validator=_check_lifecycle)
    states: Mapping[str, str] = attrs.field(converter=_mapping, hash=False)
    hold_reasons: Mapping[str, str] = attrs.field(
        converter=_mapping, factory=dict[str, str], hash=False
    )
    roles: tuple[str, ...] = ("lead", "system")

    def __attrs_post_init__(self) -> None:
        faults = (*_version_faults(self), *_state_faults(self), *_reason_faults(self))
        if faults:
            raise DefinitionError(f"migration {_named(self)}", faults)

    def image_of(self, event: _Told) -> _Told:
        """Return an event as it would have been told under the new lifecycle.

        Raises:
            InvalidValue: it speaks of a state or hold reason that has no image.
        """
        if isinstance(event, TicketOpened):
            new = self.lifecycle_to
            return cast(
                "_Told",
                attrs.evolve(
                    event,
                    lifecycle=new.name,
                    lifecycle_version=new.version,
                    state=self._image("state", event.state, self.states),
                ),
            )
        state: object = getattr(event, "state", None)
        if not isinstance(state, str) or isinstance(event, TicketMigrated):
            return event
        moved: dict[str, Any] = {"state": self._image("state", state, self.states)}
        if isinstance(event, TicketPutOnHold):
            moved["reason"] = self._image("hold reason", event.reason, self.hold_reasons)
        return attrs.evolve(event, **moved)

    def _image(self, what: str, name: str, images: Mapping[str, str]) -> str:
        if name not in images:
            raise InvalidValue(f"no image of the {what}", name, "add it to the migration")
        return images[name]


def decide_migration(
    migration: Migration, ticket: Ticket, command: MigrateTicket, *, actor: Actor, at: datetime
) -> Decision:
    """Return the event that leads a ticket over, or a refusal with all its reasons (law L4).

    A ticket that follows the new lifecycle already gives no event.

    Raises:
        InvalidValue: an argument is of another type than it should be.
        NaiveDatetime: `at` has no time zone.

    >>> import attrs
    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor, MigrateTicket
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.lifecycle import TASK, Migration, decide_migration, fold
    >>> second = attrs.evolve(TASK, version=2)
    >>> names, reasons = [each.name for each in TASK.states], TASK.hold_reasons
    >>> way = Migration(
    ...     lifecycle_from=TASK,
    ...     lifecycle_to=second,
    ...     states={each: each for each in names},
    ...     hold_reasons={each: each for each in reasons},
    ... )
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="T-1", occurred_at=at, lifecycle="task", state="new")
    >>> wish = MigrateTicket(ticket_id="T-1", lifecycle="task", lifecycle_version=2)
    >>> (moved,) = decide_migration(way, fold([opened]), wish, actor=Actor(roles={"lead"}), at=at)
    >>> moved.state, moved.lifecycle_version
    ('new', 2)
    >>> print(decide_migration(way, fold([opened]), wish, actor=Actor(roles={"agent"}), at=at))
    MigrateTicket on ticket T-1 refused: actor.roles: 'migrate' needs a role that the actor does
        not have (needs one of lead, system; the actor has agent)
    """
    if not isinstance(migration, Migration):
        raise InvalidValue("not a Migration", migration, "say how: Migration(lifecycle_from=...)")
    check_asked(migration.lifecycle_from, ticket, actor, command)
    occurred_us, new = micros(at), migration.lifecycle_to
    reasons: list[Fault] = []
    if (command.lifecycle, command.lifecycle_version) != (new.name, new.version):
        asked = f"{command.lifecycle!r} version {command.lifecycle_version}"
        message = f"the command leads to {asked}, the migration is {_named(migration)}"
        remedy = "decide by the migration that leads there"
        reasons.append(Fault("other-migration", message, "lifecycle", asked, remedy))
    is_over = (ticket.lifecycle, ticket.lifecycle_version) == (new.name, new.version)
    old = new if is_over else migration.lifecycle_from
    reasons += identity_faults(old, ticket, command, occurred_us)
    fault = role_fault("migrate", tuple(sorted(migration.roles)), actor)
    if fault is not None:
        reasons.append(fault)
    if not is_over:
        reasons += _image_faults(migration, ticket)
    if reasons:
        return CommandRefused(type(command).__name__, command.ticket_id, tuple(reasons))
    if is_over:
        return ()
    event = TicketMigrated(
        ticket_id=ticket.ticket_id,
        occurred_at=occurred_us,
        actor=actor.person_id,
        automatic=actor.automatic,
        sequence=ticket.version,
        lifecycle=new.name,
        lifecycle_version=new.version,
        state=migration.states[ticket.state],
        hold_reason=migration.hold_reasons.get(ticket.hold_reason, ""),
    )
    return (event,)


def _image_faults(migration: Migration, ticket: Ticket) -> Iterator[Fault]:
    for what, value, images in (
        ("state", ticket.state, migration.states),
        ("hold_reason", ticket.hold_reason, migration.hold_reasons),
    ):
        if value and value not in images:
            message = f"migration {_named(migration)} has no image of {what} {value!r}"
            remedy = "add it to the migration, or leave the ticket where it is"
            yield Fault("not-migrated", message, what, value, remedy)


# --- what makes a migration sound ----------------------------------------------------------------


def _named(migration: Migration) -> str:
    old, new = migration.lifecycle_from, migration.lifecycle_to
    return f"{old.name!r} {old.version} -> {new.name!r} {new.version}"


def _version_faults(migration: Migration) -> Iterator[Fault]:
    old, new = migration.lifecycle_from, migration.lifecycle_to
    if (old.name, old.version) == (new.name, new.version):
        remedy = "give the changed lifecycle the next version"
        value = f"{new.name} {new.version}"
        yield Fault(
            "same-lifecycle", "leads from a lifecycle to itself", "lifecycle_to", value, remedy
        )


def _state_faults(migration: Migration) -> Iterator[Fault]:
    old, new = migration.lifecycle_from.categories, migration.lifecycle_to.categories
    live = (name for name, category in old.items() if not category.is_terminal)
    yield from _totality_faults("state", migration.states, live, tuple(old), tuple(new))
    for name, image in migration.states.items():
        if name in old and image in new and old[name] is not new[image]:
            message = f"{name!r} is {old[name].value}, its image {image!r} is {new[image].value}"
            same = ", ".join(each for each, category in new.items() if category is old[name])
            remedy = f"map it to a state of the same category: {same or 'there is none'}"
            yield Fault("category-changes", message, "states", name, remedy)


def _reason_faults(migration: Migration) -> Iterator[Fault]:
    old, new = migration.lifecycle_from.hold_reasons, migration.lifecycle_to.hold_reasons
    yield from _totality_faults("hold-reason", migration.hold_reasons, iter(old), old, new)


def _totality_faults(
    what: str,
    images: Mapping[str, str],
    needed: Iterator[str],
    old: tuple[str, ...],
    new: tuple[str, ...],
) -> Iterator[Fault]:
    place, called = f"{what.replace('-', '_')}s", what.replace("-", " ")
    for name in needed:
        if name not in images:
            image = name if name in new else (new[0] if new else "")
            remedy = f"say what it is called there, such as {{{name!r}: {image!r}}}"
            yield Fault("no-image", f"{called} {name!r} has no image", place, name, remedy)
    for names, known in ((images, old), (images.values(), new)):
        for name in dict.fromkeys(names):
            if name not in known:
                remedy = f"use one of {', '.join(known) or 'none'}{did_you_mean(name, known)}"
                yield Fault(f"unknown-{what}", f"unknown {called} {name!r}", place, name, remedy)
