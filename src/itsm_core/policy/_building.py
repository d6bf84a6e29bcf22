"""From forms to a `Policy`: every section in the order in which one rests on another."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import cast

from itsm_core.contacts import Channel, Guarantee
from itsm_core.contacts._guarantee import REGISTERED
from itsm_core.errors import Fault
from itsm_core.escalation import Ladder
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import Lifecycle, TimedRules
from itsm_core.policy._build_agreements import Agreements, conditions_of
from itsm_core.policy._build_calendars import Calendars
from itsm_core.policy._build_ladders import check_absences, check_ladders
from itsm_core.policy._build_lifecycles import (
    SHIPPED_BY_NAME,
    build_lifecycles,
    followed,
    reasons_known,
)
from itsm_core.policy._build_priority import build_matrix, build_rules
from itsm_core.policy._converter import section
from itsm_core.policy._direct import SECTIONS
from itsm_core.policy._forms import PolicyForm
from itsm_core.policy._leaves import names_of, rule_of
from itsm_core.policy._node import Node, Ref
from itsm_core.policy._notes import Notes
from itsm_core.policy._values import Policy
from itsm_core.sla import ServiceLevelAgreement
from itsm_core.sla._program import fields_of
from itsm_core.sla._rules import EVENT_FACTS


def build(form: PolicyForm, stem: str, notes: Notes) -> Policy | None:
    """Return the policy of a file; None once it is noted what is wrong with it."""
    calendars = Calendars(notes)
    named = calendars.build(form.calendars)
    rules = build_rules(build_matrix(form.matrix, notes), form.priority, notes)
    lifecycles = build_lifecycles(form.lifecycles, notes)
    lifecycle = followed(names_of(form.lifecycle), form.lifecycles, notes)
    reasons = reasons_known(lifecycle, lifecycles)
    # Levels and reasons of a faulty section are not known: to refuse their use would be noise.
    priorities = rules.policy.priorities
    if form.matrix is not None and notes.is_broken(form.matrix.at):
        priorities = tuple(each.text for each in form.matrix.priorities)
    own = [ref.text for each in form.lifecycles.values() for ref in each.hold_reasons]
    reasons = tuple(dict.fromkeys((*reasons, *own)))
    notes.calendar = calendars.named
    sections = {
        key: section(node.value, kind, node.path, notes)
        for key, kind in SECTIONS.items()
        if isinstance(node := getattr(form, key), Node)
    }
    known = {**SHIPPED_BY_NAME, **dict.fromkeys(form.lifecycles), **lifecycles}
    _check_sections(sections, known, calendars, notes)
    check_absences(sections.get("rosters", {}), notes)
    agreements = Agreements(calendars, priorities, reasons, notes).build(form.agreements)
    _check_ladders(form, sections.get("ladders", {}), agreements, notes)
    conditions = {
        (AgreementId(each.id.text), each.version): conditions_of(each.when, notes)
        for each in form.agreements
    }
    if "agreements" in form.given and not form.agreements and not notes.is_broken(("agreements",)):
        remedy = "add an [[agreements]] table; see the reference of the policy file"
        notes.add("missing-key", "nothing is promised", ("agreements",), remedy=remedy)
    guarantee = _guarantee(form, notes)
    if notes.is_broken(()):
        return None
    policy = Policy(
        name=form.name or stem,
        title=form.title,
        calendars=named,
        matrix=rules,
        agreements=agreements,
        conditions={key: asked for key, asked in conditions.items() if asked},
        lifecycle=lifecycle,
        lifecycles=lifecycles,
        guarantee=guarantee,
        **sections,
    )
    # What no catalogue takes is refused here, and not when the first ticket is judged.
    made = notes.attempt(("agreements",), lambda: policy.catalogue)
    return None if made is None else policy


def _guarantee(policy: PolicyForm, notes: Notes) -> Guarantee | None:
    """Return what channels earn; an agreement that stands where it makes one is noted."""
    form = policy.guarantee
    if form is None or notes.is_broken(form.at):
        return None
    made = {f"{each.id.text}{REGISTERED}" for each in policy.agreements if each.kind == "sla"}
    for each in policy.agreements:
        if each.id.text in made:
            notes.add(
                "twice",
                f"{each.id.text!r} is what the guarantee makes of another agreement",
                each.id.at,
                value=each.id.text,
                remedy="rename it",
            )
    emergency = rule_of(form.emergency)
    pulses = sorted(fields_of(emergency) & EVENT_FACTS) if emergency is not None else []
    if pulses:
        told = ", ".join(pulses)
        message = f"looks at {told}, which are about one event"
        remedy = "say which tickets are emergencies: priority, impact, service ..."
        notes.add_fault(Fault("applies-to-event", message, "emergency", told, remedy), form.at)
        return None
    make = partial(
        Guarantee,
        official=form.official,
        unofficial=form.unofficial,
        channels=form.channels,
        emergency=emergency,
    )
    return notes.attempt(form.at, make)


def _check_sections(
    sections: Mapping[str, Mapping[str, object]],
    lifecycles: Mapping[str, Lifecycle | None],
    calendars: Calendars,
    notes: Notes,
) -> None:
    """Note names in the sections that stand for nothing; a faulty lifecycle is known, as None."""
    for name, rules in sections.get("timed", {}).items():
        at = ("timed", name)
        if name not in lifecycles:
            notes.unknown(at, name, lifecycles, "lifecycle ", at_key=True)
        elif isinstance(rules, TimedRules) and (lifecycle := lifecycles[name]) is not None:
            for fault in rules.faults_in(lifecycle):
                notes.add_fault(fault, at)
    for name, channel in sections.get("channels", {}).items():
        if isinstance(channel, Channel) and channel.hours:
            calendars.named(Ref(channel.hours, ("channels", name, "hours")))


def _check_ladders(
    form: PolicyForm,
    ladders: Mapping[str, Ladder],
    agreements: tuple[ServiceLevelAgreement, ...],
    notes: Notes,
) -> None:
    """Note what ladders name and the file has not; a faulty section's names are not known."""
    value = notes.source.value_at(("rosters",))
    rosters: dict[str, object] = {}
    if type(value) is dict:
        rosters = cast("dict[str, object]", value)
    is_whole = len(agreements) == len(form.agreements) and not notes.is_broken(("agreements",))
    clocks = dict.fromkeys(target.name for each in agreements for target in each.targets)
    check_ladders(ladders, rosters, clocks if is_whole else None, notes)
