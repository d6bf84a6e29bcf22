"""Read a policy file: every fault at once, each with key path, value and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import partial, reduce
from importlib.resources import files
from pathlib import Path
from typing import Final

from itsm_core.calendars import (
    ALWAYS,
    NEVER,
    BusinessCalendar,
    Calendar,
    Goal,
    HolidaySource,
    PlainDates,
    WeeklyHours,
    YearlyDates,
    load_zone,
    public_holidays,
)
from itsm_core.documents import Faults, Table, read_document
from itsm_core.errors import CalendarExhausted, CodecError, UnknownHolidays, did_you_mean
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import INCIDENT
from itsm_core.policy._goals import parse_goal
from itsm_core.policy._values import FIELDS, Condition, Policy
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget

__all__ = ["bundled_policies", "load_policy", "policy_path"]

_MOST_JOINED: Final = 200
"""Joining takes time that grows with the square; nobody has two hundred desks in one list."""

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_USUAL: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2101, 1, 1, tzinfo=UTC)
_SHORT_NAMES: Final = {"uci": "servicenow_uci"}
_METRICS: Final = ("response", "resolution")
_BUILT_IN: Final[Mapping[str, Calendar]] = {"always": ALWAYS, "never": NEVER}


def bundled_policies() -> tuple[str, ...]:
    """Return the names of the policies that come with the package."""
    names = (item.name for item in (files("itsm_core.policy") / "samples").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_policy(source: str | Path) -> Policy:
    """Read a policy file, or a bundled policy by its name (`demo`, `servicenow_uci`).

    A text with a path separator or an ending is a path.

    Raises:
        CodecError: there is no such file or bundled policy, or it cannot be read.
        DefinitionError: the file is not a policy; `faults` has every key path, value and remedy.
    """
    path = policy_path(source)
    top = read_document(path, "policy")
    policy = _policy(path.stem, top)
    top.finish()
    top.faults.refuse()
    return policy


def policy_path(source: str | Path) -> Path:
    """Return the file that `load_policy` reads for a path or a bundled name.

    Raises:
        CodecError: there is no bundled policy of this name.
    """
    path = Path(source)
    if isinstance(source, str) and path.name == source and not path.suffix:
        known = bundled_policies()
        source = _SHORT_NAMES.get(source, source)
        if source not in known:
            raise CodecError(
                f"there is no bundled policy of this name{did_you_mean(source, known)}",
                "policy",
                source,
                f"bundled policies: {', '.join(known)}; or give the path of a .toml file",
            )
        path = Path(str(files("itsm_core.policy") / "samples" / f"{source}.toml"))
    return path


def _policy(stem: str, top: Table) -> Policy:
    """Return the policy of a document; what is wrong is noted, not raised."""
    name, title = top.text("name", stem), top.text("title", "")
    lifecycle = top.choice("lifecycle", (INCIDENT.name,), INCIDENT.name)
    calendars = _calendars(top.table("calendars"))
    matrix = _matrix(top)
    agreements: list[ServiceLevelAgreement] = []
    conditions: dict[str, tuple[Condition, ...]] = {}
    seen: set[str] = set()
    for table in top.tables("agreements"):
        known = table.text("id")
        if known in seen:
            table.faults.add(
                "twice", f"{known!r} is defined twice", table.at("id"), remedy="rename one of them"
            )
        seen.add(known)
        conditions[known] = _conditions(table.table("when"))
        agreement = _agreement(known, table, calendars, matrix)
        if agreement is not None:
            agreements.append(agreement)
    if not seen:
        remedy = "add an [[agreements]] table; see the reference of the policy file"
        top.faults.add("missing-key", "nothing is promised", "agreements", remedy=remedy)
    return Policy(
        name=name,
        title=title,
        calendars=calendars,
        matrix=matrix,
        agreements=tuple(agreements),
        conditions=conditions,
        lifecycle=lifecycle,
    )


def _calendars(tables: Table) -> dict[str, Calendar]:
    """Return the calendars by name; one may be made of those that stand before it."""
    made: dict[str, Calendar] = dict(_BUILT_IN)
    broken: set[str] = set()
    for name, table in tables.named_tables():
        if name in _BUILT_IN:
            table.faults.add(
                "twice", f"{name!r} is built in", table.path, value=name, remedy="rename yours"
            )
        joined = [key for key in ("any_of", "all_of") if key in table]
        before = len(tables.faults.found)
        calendar = _combined(joined[0], table, made, broken) if joined else _business(name, table)
        if calendar is None or len(tables.faults.found) > before:
            broken.add(name)
        elif _is_shut(calendar):
            remedy = "write hours or exceptions; use the built-in 'never' if that is meant"
            table.faults.add("never-open", "never opens", table.path, value=name, remedy=remedy)
        # A faulty calendar keeps its name, or each use of it would be a fault of its own.
        made[name] = calendar or NEVER
        table.finish()
    return made


def _is_shut(calendar: Calendar) -> bool:
    """Return whether a calendar has no open time in any year that a log may tell of."""
    try:
        calendar.next_open(_USUAL)  # of nearly all, one year has to be compiled, not 131
    except CalendarExhausted:
        return not calendar.between(_FIRST, _LAST)
    return False


def _combined(
    key: str, table: Table, known: Mapping[str, Calendar], broken: set[str]
) -> Calendar | None:
    """Return the union or intersection of calendars that are named, None if one is broken."""
    parts: list[Calendar] = []
    names = table.texts(key)
    if len(names) > _MOST_JOINED:
        remedy = f"name at most {_MOST_JOINED}; join groups of them in calendars of their own"
        what = f"joins {len(names):,} calendars"
        table.faults.add("too-many", what, table.at(key), value=len(names), remedy=remedy)
        return None
    for n, name in enumerate(names):
        if name in known:
            parts.append(known[name])
        else:
            table.unknown(table.at(f"{key}[{n}]"), name, known)
    if not parts and not names:
        return NEVER
    if not parts or not broken.isdisjoint(names):
        return None

    def joined(one: Calendar, other: Calendar) -> Calendar:
        return one | other if key == "any_of" else one & other

    return table.faults.attempt(table.at(key), lambda: reduce(joined, parts))


def _business(name: str, table: Table) -> BusinessCalendar | None:
    zone, written = table.text("zone"), table.text("hours")
    holidays = _holidays(table.table("holidays"))
    exceptions = _exceptions(table.table("exceptions"))
    scope = table.choice("holiday_scope", ("civil_day", "shift_start"), "civil_day")
    faults = table.faults
    place = faults.attempt(table.at("zone"), lambda: load_zone(zone)) if zone else None
    parse = partial(WeeklyHours.parse, written)
    hours = faults.attempt(table.at("hours"), parse) if written else None
    if place is None or hours is None:
        return None
    return table.faults.attempt(
        table.path,
        lambda: BusinessCalendar(
            zone=zone,
            hours=hours,
            holidays=holidays,
            exceptions=exceptions,
            holiday_scope="shift_start" if scope == "shift_start" else "civil_day",
            name=name,
        ),
    )


def _holidays(table: Table) -> HolidaySource:
    """Return published, plain and yearly days together."""
    sources: HolidaySource = PlainDates(table.dates("dates"))
    country, subdivision = table.text("country", ""), table.text("subdivision", "")
    categories = table.texts("categories", ("public",))
    yearly = table.texts("yearly", ())
    if country:
        try:
            published = public_holidays(country, subdivision=subdivision, categories=categories)
        except UnknownHolidays as error:
            named = {country: "country", subdivision: "subdivision"}
            table.faults.add_error(error, table.at(named.get(str(error.value), "categories")))
        else:
            sources = published | sources
    elif subdivision:
        remedy = "add country = 'DE' or the like"
        table.faults.add("missing-key", "is missing", table.at("country"), remedy=remedy)
    if yearly:
        each_year = table.faults.attempt(table.at("yearly"), lambda: YearlyDates(yearly))
        sources = sources if each_year is None else each_year | sources
    table.finish()
    return sources


def _exceptions(table: Table) -> dict[date, str]:
    found: dict[date, str] = {}
    for text, hours in table.text_items():
        day = table.date_of(text, text)
        if day is not None:
            found[day] = hours
    return found


def _matrix(top: Table) -> PriorityMatrix:
    """Return the matrix, the 3 x 3 sample of ITIL where the file has none."""
    if "matrix" not in top:
        top.asked.add("matrix")
        return ITIL_MATRIX
    table = top.table("matrix")
    impacts, urgencies = table.texts("impacts"), table.texts("urgencies")
    priorities = table.texts("priorities")
    reason = table.text("reason_not_monotone", "")
    cells: dict[tuple[str, str], str] = {}
    rows = table.table("cells", required=True)
    for impact, row in rows.named_tables():
        cells.update({(impact, urgency): priority for urgency, priority in row.text_items()})
    table.finish()
    made = table.faults.attempt(
        table.path,
        lambda: PriorityMatrix(
            impacts=impacts,
            urgencies=urgencies,
            priorities=priorities,
            cells=cells,
            reason_not_monotone=reason,
        ),
    )
    return made or ITIL_MATRIX


def _conditions(table: Table) -> tuple[Condition, ...]:
    for key in table.values:
        if key not in FIELDS:
            table.asked.add(key)
            table.unknown(table.at(key), key, FIELDS)
    asked = {field: table.texts(field) for field in FIELDS if field in table.values}
    for field in asked:
        if table.values[field] == []:
            remedy = "name a value, or remove the key: a list of nothing takes no ticket"
            table.faults.add("empty", "must not be empty", table.at(field), remedy=remedy)
    return tuple(Condition(field, values) for field, values in asked.items())


def _agreement(
    agreement_id: str,
    table: Table,
    calendars: Mapping[str, Calendar],
    matrix: PriorityMatrix,
) -> ServiceLevelAgreement | None:
    calendar = _calendar_of(table, calendars, required=True)
    version, title = table.whole("version", 1), table.text("title", "")
    targets = [
        _target(metric, table.table(metric), calendars, matrix)
        for metric in _METRICS
        if metric in table
    ]
    if not targets:
        remedy = f"add {' or '.join(f'[agreements.{metric}]' for metric in _METRICS)} with goals"
        table.faults.add("missing-key", "nothing is promised", table.path, remedy=remedy)
    table.asked.update(_METRICS)
    table.finish()
    good = [target for target in targets if target is not None]
    if not agreement_id or not good or calendar is None:
        return None
    return table.faults.attempt(
        table.path,
        lambda: ServiceLevelAgreement(
            agreement_id=AgreementId(agreement_id),
            version=version,
            title=title,
            calendar=calendar,
            targets=tuple(good),
        ),
    )


def _calendar_of(
    table: Table, calendars: Mapping[str, Calendar], *, required: bool
) -> Calendar | None:
    name = table.text("calendar", None if required else "")
    if not name:
        return None
    if name not in calendars:
        table.unknown(table.at("calendar"), name, calendars)
    return calendars.get(name)


def _target(
    metric: str, table: Table, calendars: Mapping[str, Calendar], matrix: PriorityMatrix
) -> ServiceLevelTarget | None:
    calendar = _calendar_of(table, calendars, required=False)
    pause_on = frozenset(_known_reasons(table))
    warn_at = table.ratios("warn_at", (0.75,))
    goals = _goals(table.table("goals", required=True), table.faults, matrix)
    table.finish()
    if not goals:
        return None
    return table.faults.attempt(
        table.path,
        lambda: ServiceLevelTarget(
            metric="response" if metric == "response" else "resolution",
            goals=goals,
            calendar=calendar,
            pause_on=pause_on,
            warn_at_ratios=warn_at,
        ),
    )


def _known_reasons(table: Table) -> tuple[str, ...]:
    reasons = table.texts("pause_on", ())
    for n, reason in enumerate(reasons):
        if reason not in INCIDENT.hold_reasons:
            table.unknown(table.at(f"pause_on[{n}]"), reason, INCIDENT.hold_reasons)
    return reasons


def _goals(table: Table, faults: Faults, matrix: PriorityMatrix) -> dict[str, Goal]:
    """Return the goal of each priority; a priority without one has no clock."""
    found: dict[str, Goal] = {}
    for priority, text in table.text_items():
        if priority not in matrix.priorities:
            table.unknown(table.at(priority), priority, matrix.priorities)
            continue
        if text:
            goal = faults.attempt(table.at(priority), partial(parse_goal, text))
            if goal is not None:
                found[priority] = goal
    if not any(table.values.values()):
        remedy = 'write a goal, such as P1 = "4h", or remove the whole table'
        faults.add("missing-key", "promises nothing", table.path, remedy=remedy)
    return found
