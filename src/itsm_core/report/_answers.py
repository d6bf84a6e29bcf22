"""The answer of each section in a sentence: what stands above it, and first on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import attrs

from itsm_core.calendars import load_zone
from itsm_core.report._bypass_words import bypass_answer
from itsm_core.report._control_words import steadiness
from itsm_core.report._figure_words import figures_answer
from itsm_core.report._headline import headline, weakest
from itsm_core.report._model import Repeats, Report
from itsm_core.report._problem_words import is_priced, money
from itsm_core.report._words import clean, count, duration, elapsed, percent, plural, times

__all__ = ["Answer", "answers"]

_LONG: Final = timedelta(days=7)
"""A week without a touch: it has been through one whole round of meetings unseen."""


@attrs.frozen(kw_only=True)
class Answer:
    """Hold what a section says: its id, its title, the answer, and whether somebody should act.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import answers, build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> told = next(each for each in answers(report) if each.section == "repeats")
    >>> told.title, told.is_pressing
    ('Not done the first time', False)
    >>> print(told.text)
    8 of 200 tickets came back after they were resolved (4.0%); 17 went to and fro between
        groups (8.5%).
    """

    section: str
    title: str
    text: str
    is_pressing: bool = False


def answers(report: Report) -> tuple[Answer, ...]:
    """Return the answer of each section that the report has, in the order of the page.

    >>> from itsm_core.policy import load_policy
    >>> from itsm_core.report import answers, build_report
    >>> from itsm_core.report.judged import judge_log
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(tickets=200, weeks=8)
    >>> report = build_report(judge_log(desk.histories, load_policy("demo"), desk.as_of))
    >>> for each in answers(report)[:2]:
    ...     print(f"{each.title}: {each.text}")
    Promises kept: None is clearly the weakest: 5 are too close to tell apart.
    Signal or noise: Nothing was out of the ordinary in the week of 23 Feb 2026.
    """
    return tuple(_answers(report))


def _answers(report: Report) -> Iterator[Answer]:
    promises = weakest(report) or headline(report)
    yield Answer(section="promises", title="Promises kept", text=promises)
    if report.charts:
        text, is_pressing = steadiness(report, load_zone(report.zone))
        yield _answer("control", "Signal or noise", text, is_pressing=is_pressing)
    yield Answer(section="worst", title="Why the worst were late", text=_worst(report))
    text, is_pressing = _waiting(report)
    yield _answer("waiting", "Who waits", text, is_pressing=is_pressing)
    if report.bypass is not None:
        text, is_pressing = bypass_answer(report.bypass), bool(report.bypass.bypasses)
        yield _answer("bypass", "Past the desk", text, is_pressing=is_pressing)
    if report.problems is not None:
        text = _problems(report)
        is_pressing = bool(report.problems)
        yield _answer("problems", "What keeps coming back", text, is_pressing=is_pressing)
    if report.figures:
        text = figures_answer(report.figures)
        yield Answer(section="figures", title="The dashboard and the truth", text=text)
    yield Answer(section="repeats", title="Not done the first time", text=_repeated(report))


def _answer(section: str, title: str, text: str, *, is_pressing: bool) -> Answer:
    return Answer(section=section, title=title, text=text, is_pressing=is_pressing)


def _worst(report: Report) -> str:
    """Return who had most of the worst for longest while time counted, if anybody had."""
    if not report.worst:
        return f"None: {'no promise was broken' if report.promises else 'nothing was promised'}."
    held = Counter(worst.holders[0][0] for worst in report.worst if worst.holders)
    if len(report.worst) == 1 or not held:
        late = report.worst[0]
        return f"{clean(late.ticket_id, 60)} was {duration(late.late)} late."
    group, most = held.most_common(1)[0]
    late = max(report.worst, key=lambda worst: worst.overrun_ratio)
    if "history" in report.untold:
        lay = "Who had them while time counted, the log does not tell"
    else:
        lay = _lay(report, group, most, len(held))
    goal = f"{times(late.overrun_ratio)} its goal"
    return f"{lay}; {clean(late.ticket_id, 60)} was {duration(late.late)} late, {goal}."


def _lay(report: Report, group: str, most: int, groups: int) -> str:
    return (
        f"Of the {len(report.worst)} worst, {most} lay longest "
        f"with {clean(group, 60) or 'no group at all'}"
        if 2 * most > len(report.worst)
        else f"The {len(report.worst)} worst lay longest with {groups} different groups"
    )


def _waiting(report: Report) -> tuple[str, bool]:
    if not report.waiting:
        return "Nobody: no ticket is open.", False
    first = report.waiting[0]
    text = f"{plural(report.open_tickets, 'ticket is', 'tickets are')} open, "
    text += f"{count(first.tickets)} of them " if len(report.waiting) > 1 else ""
    text += f"waiting for {clean(first.name, 60)}."
    longest = report.untouched[0] if report.untouched else None
    if longest is None or longest.untouched < _LONG:
        return text, False
    name = clean(longest.ticket_id, 60)
    return f"{text} Nobody has touched {name} for {elapsed(longest.untouched)}.", True


def _problems(report: Report) -> str:
    found = report.problems or ()
    if not found:
        return "No failure recurs more often than chance explains."
    dearest = found[0]
    yearly = dearest.cost.yearly
    price = (
        f"costs {dearest.cost.hours_a_month:.0f} hours of work a month"
        if yearly is None
        else f"costs about {money(yearly)} a year"
        if is_priced(dearest.cost)
        else "has no price yet"
    )
    subject = clean(dearest.subject, 80)
    if len(found) == 1:
        return f"1 failure keeps coming back: {subject} {price}."
    return f"{count(len(found))} failures keep coming back; the dearest, {subject}, {price}."


def _repeated(report: Report) -> str:
    reopened, bounced = _touched(report.reopenings), _touched(report.bounces)
    if not report.tickets:
        return "There are no tickets."
    if "history" in report.untold:
        return "Unknown: the log does not tell what came back or went to and fro."
    return (
        f"{count(reopened)} of {plural(report.tickets, 'ticket')} came back after they were "
        f"resolved ({percent(reopened / report.tickets)}); {count(bounced)} went to and fro "
        f"between groups ({percent(bounced / report.tickets)})."
    )


def _touched(repeats: tuple[Repeats, ...]) -> int:
    return sum(entry.tickets for entry in repeats)
