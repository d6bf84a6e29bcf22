"""From a `Policy` back to the forms of its file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itsm_core.conditions import Predicate
from itsm_core.contacts import Guarantee
from itsm_core.lifecycle import Lifecycle, LifecycleNames
from itsm_core.policy._build_calendars import BUILT_IN
from itsm_core.policy._calendars_to_forms import CalendarNames, start_of
from itsm_core.policy._direct import SECTIONS
from itsm_core.policy._forms import (
    METRIC_KEYS,
    AgreementForm,
    DirectoryForm,
    GuaranteeForm,
    LegForm,
    LifecycleForm,
    MatrixForm,
    ModifierForm,
    OverrideForm,
    PauseLimitForm,
    PolicyForm,
    PriorityForm,
    RulesForm,
    TargetForm,
    TransitionForm,
    WhenForm,
)
from itsm_core.policy._leaves import Facts, Followed, Guard, PriorityTest, Share
from itsm_core.policy._node import Ref
from itsm_core.policy._plain import plain_section
from itsm_core.policy._values import Condition, Policy
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Lower,
    OverrideRule,
    PriorityDirectory,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    Raise,
)
from itsm_core.sla import METRICS, ClockRules, ServiceLevelAgreement, ServiceLevelTarget


def to_form(policy: Policy) -> PolicyForm:
    """Return the form from which an equal policy is built.

    Raises:
        InvalidValue: a part has no form in a file.
    """
    names = CalendarNames(policy.calendars)
    calendars = {
        name: names.form(name, each)
        for name, each in policy.calendars.items()
        if name not in BUILT_IN
    }
    matrix = policy.matrix.policy.matrix
    sections: dict[str, Any] = {
        key: plain_section(getattr(policy, key), names) or None for key in SECTIONS
    }
    return PolicyForm(
        name=policy.name,
        title=policy.title,
        lifecycle=Followed(_followed(policy.lifecycle)),
        calendars=calendars,
        matrix=None if matrix == ITIL_MATRIX else _matrix(matrix),
        priority=_priority(policy.matrix) if isinstance(policy.matrix, PriorityPolicy) else None,
        lifecycles={name: _lifecycle(each) for name, each in policy.lifecycles.items()},
        agreements=tuple(
            _agreement(each, policy.conditions.get((each.agreement_id, each.version), ()), names)
            for each in policy.agreements
        ),
        guarantee=None if policy.guarantee is None else _guarantee(policy.guarantee),
        **sections,
    )


def _followed(names: LifecycleNames) -> Ref | dict[str, Ref]:
    if isinstance(names, str):
        return Ref(names)
    return {kind: Ref(name) for kind, name in names.items()}


def _guarantee(rule: Guarantee) -> GuaranteeForm:
    return GuaranteeForm(
        official=rule.official,
        unofficial=rule.unofficial,
        channels=dict(rule.channels),
        emergency=_facts(rule.emergency),
    )


def _refs(texts: Iterable[str]) -> tuple[Ref, ...]:
    return tuple(map(Ref, texts))


def _facts(rule: Predicate | None) -> Facts | None:
    return None if rule is None else Facts(rule)


def _matrix(matrix: PriorityMatrix) -> MatrixForm:
    return MatrixForm(
        name=matrix.name,
        impacts=_refs(matrix.impacts),
        urgencies=_refs(matrix.urgencies),
        priorities=_refs(matrix.priorities),
        cells={
            impact: {urgency: Ref(matrix.priority(impact, urgency)) for urgency in matrix.urgencies}
            for impact in matrix.impacts
        },
        reason_not_monotone=matrix.reason_not_monotone,
    )


def _priority(policy: PriorityPolicy) -> PriorityForm:
    known, rule = policy.directory, policy.overrides
    directory = DirectoryForm(
        service_criticality=dict(known.service_criticality),
        configuration_item_criticality=dict(known.configuration_item_criticality),
        vips=_refs(sorted(known.vips)),
    )
    overrides = OverrideForm(
        approvers_required=rule.approvers_required, roles=_refs(rule.roles), longest=rule.longest
    )
    return PriorityForm(
        name=policy.name,
        major=Ref(policy.major),
        modifiers=tuple(map(_modifier, policy.modifiers)),
        directory=None if known == PriorityDirectory() else directory,
        overrides=None if rule == OverrideRule() else overrides,
    )


def _modifier(modifier: PriorityModifier) -> ModifierForm:
    effect = modifier.effect
    values: dict[str, Any]
    if isinstance(effect, Raise):
        values = {"raise_": effect.by}
    elif isinstance(effect, Lower):
        values = {"lower": effect.by}
    elif isinstance(effect, AtLeast):
        values = {"at_least": Ref(effect.priority)}
    else:
        values = {"set": Ref(effect.priority)}
    return ModifierForm(name=Ref(modifier.name), when=PriorityTest(modifier.when.rule), **values)


def _lifecycle(lifecycle: Lifecycle) -> LifecycleForm:
    return LifecycleForm(
        version=lifecycle.version,
        states={each.name: each.category.value for each in lifecycle.states},
        hold_reasons=_refs(lifecycle.hold_reasons),
        resume_on_contact=_refs(lifecycle.resume_on_contact),
        transitions=tuple(
            TransitionForm(
                trigger=Ref(each.trigger),
                sources=_refs(each.sources),
                target=Ref(each.target),
                roles=_refs(each.roles),
                required=_refs(each.required),
                guard=None if each.guard is None else Guard(each.guard),
                approvals=each.approvals,
                separate_from=_refs(each.separate_from),
            )
            for each in lifecycle.transitions
        ),
    )


def _agreement(
    agreement: ServiceLevelAgreement, asked: tuple[Condition, ...], names: CalendarNames
) -> AgreementForm:
    tables: dict[str, Any] = {each.name: _target(each, names) for each in agreement.targets}
    own = {each.name for each in agreement.targets if each.name == each.metric}
    usual = [key for key in METRIC_KEYS if key in own]
    # Tables of metrics come first, in one order; any other order is kept by naming every target.
    if [each.name for each in agreement.targets][: len(usual)] != usual:
        usual = []
    when: dict[str, Any] = {each.field: _refs(each.values) for each in asked}
    return AgreementForm(
        id=Ref(agreement.agreement_id),
        version=agreement.version,
        title=agreement.title,
        calendar=names.ref(agreement.calendar),
        kind=agreement.kind,
        when=WhenForm(**when) if asked else None,
        applies_to=_facts(agreement.applies_to),
        precedence=agreement.precedence,
        valid_from=start_of(agreement.valid_from_us),
        valid_until=start_of(agreement.valid_until_us),
        version_rule=agreement.version_rule,
        breach_reasons=_refs(agreement.breach_reasons),
        targets={name: each for name, each in tables.items() if name not in usual},
        legs=tuple(
            LegForm(
                clock=Ref(leg.clock),
                agreement=Ref(leg.agreement.agreement_id),
                leg_clock=Ref(leg.leg_clock),
                version=leg.agreement.version,
            )
            for leg in agreement.legs
        ),
        **{key: tables[key] for key in usual},
    )


def _target(target: ServiceLevelTarget, names: CalendarNames) -> TargetForm:
    is_usual = METRICS.get(target.metric) == target.rules or target.metric == "commitment"
    pause_on = target.pause_on
    return TargetForm(
        metric=Ref("" if target.name == target.metric else target.metric),
        goals=dict(target.goals),
        calendar=Ref() if target.calendar is None else names.ref(target.calendar),
        rules=None if is_usual else _rules(target.rules),
        pause_on=None if pause_on is None else _refs(sorted(pause_on)),
        pause_limits=tuple(
            PauseLimitForm(
                reason=Ref(each.reason),
                longest=each.longest,
                budget=each.budget,
                needs_evidence=each.needs_evidence,
            )
            for each in target.pause_limits
        ),
        anchor=target.anchor,
        retarget=target.retarget,
        reopen=target.reopen,
        warn_at=tuple(map(Share, target.warn_at_ratios)),
    )


def _rules(rules: ClockRules) -> RulesForm:
    return RulesForm(
        start=Facts(rules.start),
        stop=Facts(rules.stop),
        cancel=_facts(rules.cancel),
        reset=_facts(rules.reset),
        pause=_facts(rules.pause),
        resume=_facts(rules.resume),
    )
