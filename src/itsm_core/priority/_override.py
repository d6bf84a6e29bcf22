"""Overrides by hand: who set what, why, until when, and which rule had to allow it (law P3)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from itsm_core import readers
from itsm_core.errors import Fault, InvalidValue, did_you_mean
from itsm_core.ids import PersonId
from itsm_core.priority import _json
from itsm_core.priority._matrix import texts_of
from itsm_core.spans import as_micros, in_pendulum, instant, optional_micros, written

if TYPE_CHECKING:
    import pendulum

_MICROSECOND: Final = timedelta(microseconds=1)


@attrs.frozen(kw_only=True)
class PriorityOverride:
    """Hold a priority that somebody set over the derived one.

    It holds in `[since_at, expires_at)`, and without an expiry until it is ended or replaced. What
    a log tells is taken as it is; `OverrideRule` says what is wrong with one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.priority import OverrideRule, PriorityOverride
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> made = PriorityOverride(
    ...     priority="P1", author="lea", since_at=at, expires_at=at.replace(hour=17)
    ... )
    >>> for fault in OverrideRule().faults_in(made, roles=["lead"], levels=("P1", "P2")):
    ...     print(fault)
    reason: an override needs a reason (say why the derived one is wrong)
    """

    priority: str
    author: PersonId = PersonId("")
    reason: str = ""
    approver: PersonId = PersonId("")
    since_us: int = attrs.field(alias="since_at", converter=as_micros)
    expires_us: int | None = attrs.field(
        alias="expires_at", converter=optional_micros, default=None
    )

    @property
    def since_at(self) -> pendulum.DateTime:
        """Return when it began, in UTC."""
        return in_pendulum(instant(self.since_us))

    @property
    def expires_at(self) -> pendulum.DateTime | None:
        """Return when it ends by itself, in UTC; None if it does not."""
        return None if self.expires_us is None else in_pendulum(instant(self.expires_us))

    def is_over(self, at_us: int) -> bool:
        """Return whether it has ended by itself at an instant, given in microseconds."""
        return self.expires_us is not None and self.expires_us <= at_us

    def __repr__(self) -> str:
        return written(self)

    def __str__(self) -> str:
        agreed = f", agreed by {self.approver}" if self.approver else ""
        until = "" if self.expires_us is None else f" until {_shown(self.expires_us)}"
        return (
            f"{self.priority!r} set by {self.author or 'nobody named'} on "
            f"{_shown(self.since_us)}{until}{agreed}: {self.reason}"
        )


def _shown(at_us: int) -> str:
    return instant(at_us).isoformat()


def _check_approvers(_: object, __: object, value: int) -> None:
    if type(value) is not int or value not in (0, 1):
        raise InvalidValue("an override needs 0 or 1 approvers", value, "write 0 or 1")


def _check_longest(_: object, __: object, value: timedelta | None) -> None:
    if value is not None and (not isinstance(value, timedelta) or value <= timedelta(0)):
        raise InvalidValue("the longest override is a duration", value, "write timedelta(days=1)")


def _roles(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts_of(values))))


@attrs.frozen(kw_only=True)
class OverrideRule:
    """Say who may override a priority, for how long, and whether a second person must agree.

    A reason and an author are always needed. One of `roles` is enough; without roles the
    lifecycle alone decides who may. With `longest` an override must have an expiry within it.

    Raises:
        InvalidValue: a part is of another type than it should be.

    >>> OverrideRule(approvers_required=1).approvers_required
    1
    """

    approvers_required: int = attrs.field(default=0, validator=_check_approvers)
    roles: tuple[str, ...] = attrs.field(default=(), converter=_roles)
    longest: timedelta | None = attrs.field(default=None, validator=_check_longest)

    def faults_in(
        self, override: PriorityOverride, *, roles: Iterable[str], levels: tuple[str, ...]
    ) -> tuple[Fault, ...]:
        """Return everything that speaks against an override; nothing means that it may be.

        `roles` are those of the author, `levels` the priorities that there are.
        """
        faults: list[Fault] = []
        if override.priority not in levels:
            shown = override.priority
            remedy = f"use one of {', '.join(levels)}{did_you_mean(shown, levels)}"
            message = f"unknown priority {shown!r}"
            faults.append(Fault("unknown-priority", message, "priority", str(shown), remedy))
        if not override.reason.strip():
            message, remedy = "an override needs a reason", "say why the derived one is wrong"
            faults.append(Fault("missing-field", message, "reason", override.reason, remedy))
        held = frozenset(roles)
        if self.roles and held.isdisjoint(self.roles):
            has = ", ".join(sorted(held)) or "none"
            message = "an override needs a role that the actor does not have"
            remedy = f"needs one of {', '.join(self.roles)}; the actor has {has}"
            faults.append(Fault("missing-role", message, "actor.roles", has, remedy))
        return (*faults, *self._people_faults(override), *self._expiry_faults(override))

    def _people_faults(self, override: PriorityOverride) -> list[Fault]:
        """Return what is wrong with who did it and who agreed (law L7)."""
        author, approver = override.author.strip(), override.approver.strip()
        faults: list[Fault] = []
        if not author:
            message, remedy = "an override needs an author", "name the person in Actor(person_id=)"
            faults.append(Fault("missing-author", message, "actor.person_id", "", remedy))
        if not approver and self.approvers_required:
            message, remedy = "a second person must agree", "name that person as approver"
            faults.append(Fault("missing-approver", message, "approver", "", remedy))
        if approver and approver == author:
            message = f"{approver!r} cannot agree to an override of his or her own"
            remedy = "ask somebody else"
            faults.append(Fault("approver-is-author", message, "approver", approver, remedy))
        return faults

    def _expiry_faults(self, override: PriorityOverride) -> list[Fault]:
        """Return what is wrong with how long it shall hold."""
        since, expires, longest = override.since_us, override.expires_us, self.longest
        if expires is None:
            if longest is None:
                return []
            message, remedy = "an override must have an expiry", f"set one within {longest}"
            return [Fault("missing-expiry", message, "expires_at", "", remedy)]
        shown = _shown(expires)
        if expires <= since:
            message = f"expires at {shown}, not after it begins at {_shown(since)}"
            return [Fault("expiry-in-the-past", message, "expires_at", shown, "set a later one")]
        if longest is not None and expires - since > longest // _MICROSECOND:
            message = f"holds longer than {longest}"
            remedy = f"set an expiry within {longest} of {_shown(since)}"
            return [Fault("override-too-long", message, "expires_at", shown, remedy)]
        return []

    def to_json(self) -> dict[str, object]:
        """Return the rule as plain JSON values, from which `from_json` makes an equal one."""
        return {
            "approvers_required": self.approvers_required,
            "roles": list(self.roles),
            "longest_us": None if self.longest is None else self.longest // _MICROSECOND,
        }

    @classmethod
    def from_json(cls, data: object, where: str = "overrides") -> OverrideRule:
        """Return the rule that `to_json` wrote down.

        Raises:
            CodecError: the data is not what `to_json` writes.
            InvalidValue: the data is well formed, a figure is not possible.
        """
        record = _json.record(data, where, ("approvers_required", "roles", "longest_us"))
        longest = record["longest_us"]
        return cls(
            approvers_required=readers.whole(
                record["approvers_required"], f"{where}.approvers_required"
            ),
            roles=readers.texts(record["roles"], f"{where}.roles"),
            longest=None if longest is None else _json.duration(longest, f"{where}.longest_us"),
        )
