"""The matrix of a policy, what modifies it, and who may override what it gives."""

from __future__ import annotations

from functools import partial

from itsm_core.policy._forms import MatrixForm, ModifierForm, PriorityForm
from itsm_core.policy._leaves import rule_of
from itsm_core.policy._node import Ref
from itsm_core.policy._notes import Notes
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Lower,
    OverrideRule,
    PriorityDirectory,
    PriorityMatrix,
    PriorityModifier,
    PriorityPolicy,
    PriorityRules,
    Raise,
    Set,
)

_EFFECTS = ("raise", "lower", "at_least", "set")


def build_matrix(form: MatrixForm | None, notes: Notes) -> PriorityMatrix:
    """Return the matrix, the 3 x 3 sample of ITIL where the file has none or a faulty one."""
    if form is None:
        return ITIL_MATRIX
    impacts, urgencies, priorities = map(_texts, (form.impacts, form.urgencies, form.priorities))
    _check_cells(form, notes)
    if notes.is_broken(form.at):
        return ITIL_MATRIX
    cells = {
        (impact, urgency): priority.text
        for impact, row in form.cells.items()
        for urgency, priority in row.items()
    }
    make = partial(
        PriorityMatrix,
        name=form.name,
        impacts=impacts,
        urgencies=urgencies,
        priorities=priorities,
        cells=cells,
        reason_not_monotone=form.reason_not_monotone,
    )
    return notes.attempt(form.at, make) or ITIL_MATRIX


def build_rules(matrix: PriorityMatrix, form: PriorityForm | None, notes: Notes) -> PriorityRules:
    """Return the matrix, or the policy that modifies it where the file has one."""
    if form is None:
        return matrix
    made = [_modifier(each, notes) for each in form.modifiers]
    modifiers = tuple(each for each in made if each is not None)
    directory, overrides = form.directory, form.overrides
    rule: OverrideRule | None = OverrideRule()
    if overrides is not None:
        make = partial(
            OverrideRule,
            approvers_required=overrides.approvers_required,
            roles=_texts(overrides.roles),
            longest=overrides.longest,
        )
        rule = notes.attempt(overrides.at, make)
    known = PriorityDirectory()
    if directory is not None:
        known = PriorityDirectory(
            service_criticality=directory.service_criticality,
            configuration_item_criticality=directory.configuration_item_criticality,
            vips=_texts(directory.vips),
        )
    if rule is None:
        return matrix
    policy = partial(
        PriorityPolicy,
        name=form.name,
        matrix=matrix,
        modifiers=modifiers,
        major=form.major.text,
        directory=known,
        overrides=rule,
    )
    return notes.attempt(form.at, policy) or matrix


def _modifier(form: ModifierForm, notes: Notes) -> PriorityModifier | None:
    effects: dict[str, Raise | Lower | AtLeast | Set | None] = {}
    if form.raise_ is not None:
        effects["raise"] = notes.attempt(form.path("raise"), partial(Raise, form.raise_))
    if form.lower is not None:
        effects["lower"] = notes.attempt(form.path("lower"), partial(Lower, form.lower))
    if form.at_least is not None:
        ref = form.at_least
        effects["at_least"] = notes.attempt(ref.at, partial(AtLeast, ref.text))
    if form.set is not None:
        effects["set"] = notes.attempt(form.set.at, partial(Set, form.set.text))
    given = [key for key in _EFFECTS if key in form.given]
    if not given and not notes.is_broken(form.at):
        remedy = "add raise = 1, lower = 1, at_least = 'P2' or set = 'P1'"
        notes.add("missing-key", "has no effect", form.at, remedy=remedy, suggestion="raise = 1")
    for key in given[1:]:
        what, remedy = f"has {given[0]} already", "keep one effect; write two modifiers"
        notes.add("wrong-value", what, form.path(key), remedy=remedy, at_key=True)
    effect = effects.get(given[0]) if given else None
    when = rule_of(form.when)
    if effect is None or not form.name or when is None:
        return None
    make = partial(PriorityModifier, name=form.name.text, when=when, effect=effect)
    return notes.attempt(form.at, make)


def _texts(refs: tuple[Ref, ...]) -> tuple[str, ...]:
    return tuple(each.text for each in refs)


def _check_cells(form: MatrixForm, notes: Notes) -> None:
    """Note rows, columns and priorities that there are none of, and cells that are missing."""
    impacts, urgencies, priorities = map(_texts, (form.impacts, form.urgencies, form.priorities))
    if not (impacts and urgencies and priorities):
        return  # the matrix itself says which of them is empty
    for impact, row in form.cells.items():
        at = form.path("cells", impact)
        if impact not in impacts:
            notes.unknown(at, impact, impacts, "impact ", code="unknown-impact", at_key=True)
        for urgency, cell in row.items():
            if urgency not in urgencies:
                notes.unknown(
                    (*at, urgency),
                    urgency,
                    urgencies,
                    "urgency ",
                    code="unknown-urgency",
                    at_key=True,
                )
            if cell.text not in priorities:
                notes.unknown(cell.at, cell.text, priorities, "priority ", code="unknown-priority")
    if "cells" not in form.given or notes.is_broken(form.path("cells")):
        return
    for impact in impacts:
        for urgency in urgencies:
            if urgency not in form.cells.get(impact, {}):
                written = f'{urgency} = "{_fitting(form, impact, urgency)}"'
                if impact not in form.cells:
                    written = f"{impact} = {{ {written}, ... }}"
                notes.add(
                    "missing-cell",
                    "has no priority",
                    form.path("cells", impact, urgency),
                    remedy=f"add {written}",
                    suggestion=written,
                    rule="a matrix is complete (law P1)",
                )


def _fitting(form: MatrixForm, impact: str, urgency: str) -> str:
    """Return the most urgent priority of a cell that is no more urgent than those above it."""
    impacts, urgencies, priorities = map(_texts, (form.impacts, form.urgencies, form.priorities))
    i, u = impacts.index(impact), urgencies.index(urgency)
    graver = [
        priorities.index(cell.text)
        for each in impacts[: i + 1]
        for other in urgencies[: u + 1]
        if (cell := form.cells.get(each, {}).get(other)) is not None
    ]
    return priorities[max(graver, default=0)]
