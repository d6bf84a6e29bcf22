"""One page for each problem candidate: HTML to take to a meeting, Markdown to paste."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from itsm_core.calendars import load_zone
from itsm_core.linking import CandidateRules, ImpactedItem, ProblemCandidate
from itsm_core.report import _problem_words as words
from itsm_core.report._markup import MOST_ROWS, folded, section, table
from itsm_core.report._problem_timeline import letters_of, timeline_svg
from itsm_core.report._style import STYLE
from itsm_core.report._words import clean, count, escaped, in_markdown, moment, plural
from itsm_core.spans import instant

__all__ = ["problem_html", "problem_markdown", "problems_section", "problems_text"]

_MOST_ROWS: Final = 200
_MOST_TOLD: Final = 5
_HEADINGS: Final = ("When", "Incident", "Item", "Seen by", "Work", "Cost", "Belongs here")
_DECISIONS: Final = (
    ("Open a problem", "somebody owns it, and the incidents are linked to it"),
    ("Accept the risk", "with the price above and a name; it is reviewed, not forgotten"),
    ("Not one failure", "say which incidents do not belong; it is remembered"),
)


def problem_html(
    candidate: ProblemCandidate,
    rules: CandidateRules,
    *,
    impacted: Iterable[ImpactedItem] | None = None,
) -> str:
    """Return one self-contained page about a candidate: no script, no network.

    It holds shared terms, ids and figures, never the text of a ticket, and no ranking of people.
    `impacted` is what stops with it (`impact_of`); None leaves that out. `rules` are those that
    the candidate was found by: their zone and rates are shown.

    >>> from itsm_core.linking import CandidateRules, find_in_histories
    >>> from itsm_core.report import problem_html
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=12)
    >>> rules = CandidateRules(zone="Europe/Berlin")
    >>> (found,) = find_in_histories(desk.histories.values(), as_of=desk.as_of, rules=rules)
    >>> page = problem_html(found, rules)
    >>> import re
    >>> re.findall("<h2>(.*?)</h2>", page)
    ['When it happened, and who saw it', 'Why it looks like one failure', 'Why nobody noticed',
        'What it costs', 'To decide', 'Every occurrence', 'What this page does not say']
    >>> "<script" in page
    False
    """
    zone = load_zone(rules.zone)
    body = "".join(
        (
            _timeline(candidate, rules),
            _titled("Why it looks like one failure", _facts(words.evidence(candidate))),
            f'<div class="pair">{_visibility(candidate)}{_price(candidate, rules)}</div>',
            _impact(impacted),
            _titled("To decide", _facts(_DECISIONS)),
            _occurrences(candidate, rules),
            _titled("What this page does not say", _list(words.caveats())),
        )
    )
    title = f"Problem candidate {candidate.candidate_id}"
    as_of = moment(instant(candidate.as_of_us), zone)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none';style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{STYLE}{_OWN_STYLE}</style></head><body>"
        f"{_header(candidate, title, zone)}<main>{body}</main><footer><p>As of {escaped(as_of)} "
        f"({escaped(rules.zone)}). Made by itsm_core.</p></footer></body></html>\n"
    )


_OWN_STYLE: Final = """
dl.facts{display:grid;grid-template-columns:minmax(8rem,14rem) 1fr;gap:.45rem 1.2rem;margin:.7rem 0}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0}
.pair dl.facts{grid-template-columns:1fr}.pair dl.facts dt{margin-top:.35rem;font-size:.875rem}
.pair dl.facts dd{margin-top:-.4rem}
@media (max-width:44rem){dl.facts{grid-template-columns:1fr}dl.facts dd{margin:-.35rem 0 .35rem}}
"""


def _header(candidate: ProblemCandidate, title: str, zone: ZoneInfo) -> str:
    cost, one = candidate.cost, candidate.spread.people == 1
    keys = [
        (count(len(candidate.occurrences)), "times it happened"),
        (count(candidate.spread.people), "person saw it" if one else "people saw it"),
    ]
    if words.is_priced(cost):
        keys += [
            (words.money(cost.so_far), "spent so far"),
            (words.money(cost.monthly), "each month if nothing is done"),
        ]
    shown = "".join(
        f'<li><b>{escaped(figure)}</b><div class="soft small">{escaped(what)}</div></li>'
        for figure, what in keys
    )
    return (
        f"<header><h1>{escaped(title)} · {escaped(candidate.subject)}</h1>"
        f'<p class="lead">{escaped(words.lead(candidate, zone), 600)}</p>'
        f'<ul class="keys">{shown}</ul></header>'
    )


def _titled(title: str, body: str) -> str:
    return f"<section><h2>{escaped(title)}</h2>{body}</section>"


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    inside = "".join(
        f"<dt>{escaped(name)}</dt><dd>{escaped(text, 600)}</dd>" for name, text in facts
    )
    return f'<dl class="facts">{inside}</dl>'


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escaped(item, 600)}</li>' for item in items)}</ul>"


def _timeline(candidate: ProblemCandidate, rules: CandidateRules) -> str:
    legend = "".join(
        f"<li>{letter} {escaped(person)}</li>" for person, letter in letters_of(candidate).items()
    )
    return (
        '<section><h2>When it happened, and who saw it</h2><p class="soft">Each dot is one '
        "incident: its date across, its time of day down. The letter is whoever was there, in the "
        "order in which they first met it. Empty dots are less certain to belong.</p>"
        '<p class="hint">The picture is wider than this screen: move it sideways.</p>'
        '<div class="scroll" tabindex="0" role="group" aria-label="Timeline">'
        f'{timeline_svg(candidate, rules.zone)}</div><ul class="legend">{legend}</ul></section>'
    )


def _visibility(candidate: ProblemCandidate) -> str:
    return _titled(
        "Why nobody noticed" if candidate.is_hidden else "Who saw it",
        _facts(words.visibility(candidate)),
    )


def _price(candidate: ProblemCandidate, rules: CandidateRules) -> str:
    note = f'<p class="soft small">{escaped(words.rate_words(rules.rates), 300)}</p>'
    return _titled("What it costs", _facts(words.prices(candidate.cost)) + note)


def _impact(impacted: Iterable[ImpactedItem] | None) -> str:
    if impacted is None:
        return ""
    told = escaped(words.impacts(tuple(impacted)), 600)
    return _titled("What stops with it", f"<p>{told}</p>")


def _occurrences(candidate: ProblemCandidate, rules: CandidateRules) -> str:
    return _titled("Every occurrence", _rows(candidate, rules, _MOST_ROWS))


def _rows(candidate: ProblemCandidate, rules: CandidateRules, most: int) -> str:
    every = list(words.rows(candidate, load_zone(rules.zone), rules.rates))
    cells = (tuple(map(escaped, row)) for row in every[:most])
    left = len(every) - most
    rest = f'<p class="soft small">{count(left)} more are not shown.</p>' if left > 0 else ""
    return table(_HEADINGS, cells, kind="told", name="Every occurrence") + rest


# --- several at once -----------------------------------------------------------------------------


def problems_section(
    candidates: Sequence[ProblemCandidate],
    rules: CandidateRules | None = None,
    *,
    title: str = "What keeps coming back",
    answer: str = "",
) -> str:
    """Return a section for the page of a desk: what keeps coming back, the dearest first."""
    if not candidates:
        return section("problems", title, answer, "")
    known = rules or CandidateRules()
    zone = load_zone(known.zone)
    parts = "".join(
        f"<article><h3>{escaped(each.subject)}</h3><p>{escaped(words.lead(each, zone), 600)}</p>"
        f'<div class="scroll" tabindex="0" role="group" aria-label="Timeline of '
        f'{escaped(each.candidate_id)}">{timeline_svg(each, known.zone)}</div>'
        f"{folded(_rows(each, known, MOST_ROWS))}</article>"
        for each in candidates[:_MOST_TOLD]
    )
    more = len(candidates) - _MOST_TOLD
    rest = f'<p class="soft small">{count(more)} more are not shown.</p>' if more > 0 else ""
    body = (
        '<p class="soft">Failures that recur more often than chance explains, those that cost most '
        "first. Each dot is one incident, its date across, its time of day down; the letters are "
        "the people who saw it, in the order in which they first did. "
        f"{escaped(words.rate_words(known.rates), 300)}</p>"
        '<p class="hint">The pictures are wider than this screen: move them sideways.</p>'
        f"{parts}{rest}"
    )
    return section("problems", title, answer, body)


def problems_text(candidates: Sequence[ProblemCandidate], rules: CandidateRules) -> str:
    """Return two lines a candidate for a terminal, the dearest first.

    >>> from itsm_core.linking import CandidateRules, find_in_histories
    >>> from itsm_core.report import problems_text
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=12)
    >>> rules = CandidateRules(zone="Europe/Berlin")
    >>> (found,) = find_in_histories(desk.histories.values(), as_of=desk.as_of, rules=rules)
    >>> print(problems_text([found], rules))
    1 problem candidate, the dearest first
      1. WI-EXP01 · warehouse-interface (INC0018)
         11 times since 15 Jan 2026, Thursdays about 02:10. 8 people saw it, nobody more than 2
        times.
    >>> print(problems_text([], rules))
    No failure recurs more often than chance explains.
    """
    if not candidates:
        return "No failure recurs more often than chance explains."
    zone = load_zone(rules.zone)
    lines = [f"{plural(len(candidates), 'problem candidate')}, the dearest first"]
    for number, each in enumerate(candidates, 1):
        lines.append(f"{number:>3}. {clean(each.subject)} ({clean(each.candidate_id)})")
        lines.append(f"     {clean(words.lead(each, zone), 600)}")
    return "\n".join(lines)


# --- Markdown ------------------------------------------------------------------------------------


def problem_markdown(
    candidate: ProblemCandidate,
    rules: CandidateRules,
    *,
    impacted: Iterable[ImpactedItem] | None = None,
) -> str:
    """Return the page as Markdown, without the picture; text from outside cannot form markup.

    >>> from itsm_core.linking import CandidateRules, find_in_histories
    >>> from itsm_core.report import problem_markdown
    >>> from itsm_core.simulation import simulate
    >>> desk = simulate(seed=1, tickets=200, weeks=12)
    >>> rules = CandidateRules(zone="Europe/Berlin")
    >>> (found,) = find_in_histories(desk.histories.values(), as_of=desk.as_of, rules=rules)
    >>> for line in problem_markdown(found, rules).splitlines():
    ...     if line.startswith("#"):
    ...         print(line)
    # Problem candidate INC0018: WI-EXP01 · warehouse-interface
    ## Why it looks like one failure
    ## Why nobody noticed
    ## What it costs
    ## To decide
    ## Every occurrence
    ## What this page does not say
    """
    return "\n".join(_lines(candidate, rules, impacted)) + "\n"


def _lines(
    candidate: ProblemCandidate, rules: CandidateRules, impacted: Iterable[ImpactedItem] | None
) -> Iterator[str]:
    name, subject = in_markdown(candidate.candidate_id), in_markdown(candidate.subject)
    yield f"# Problem candidate {name}: {subject}"
    zone = load_zone(rules.zone)
    yield f"\n{in_markdown(words.lead(candidate, zone), 600)}"
    yield "\n## Why it looks like one failure\n"
    yield from _items(words.evidence(candidate))
    yield f"\n## {'Why nobody noticed' if candidate.is_hidden else 'Who saw it'}\n"
    yield from _items(words.visibility(candidate))
    yield "\n## What it costs\n"
    yield from _items(words.prices(candidate.cost))
    yield f"\n{in_markdown(words.rate_words(rules.rates), 300)}"
    if impacted is not None:
        yield f"\n## What stops with it\n\n{in_markdown(words.impacts(tuple(impacted)), 600)}"
    yield "\n## To decide\n"
    yield from _items(_DECISIONS)
    yield "\n## Every occurrence\n"
    yield f"| {' | '.join(_HEADINGS)} |\n|{'---|' * len(_HEADINGS)}"
    every = list(words.rows(candidate, zone, rules.rates))
    for row in every[:_MOST_ROWS]:
        yield f"| {' | '.join(map(in_markdown, row))} |"
    if len(every) > _MOST_ROWS:
        yield f"\n{count(len(every) - _MOST_ROWS)} more are not shown."
    yield "\n## What this page does not say\n"
    yield from (f"- {in_markdown(item, 600)}" for item in words.caveats())


def _items(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"- **{in_markdown(name)}**: {in_markdown(text, 600)}" for name, text in facts)
