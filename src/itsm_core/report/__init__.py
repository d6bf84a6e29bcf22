"""What became of the promises, for people: one HTML page, a terminal summary, a ledger strip.

`build_report` turns a judged log into a `Report`, in which every figure stands before it is
drawn. `html` makes a page of it that needs no network and no script, `terminal` plain text (with
colours where rich is installed), and `ledger_svg` a picture of a single clock.
"""

from itsm_core.report._build import build_report
from itsm_core.report._html import html
from itsm_core.report._model import AgeBand, Finding, Gap, Promise, Repeats, Report, Week, Worst
from itsm_core.report._problem_pages import (
    problem_html,
    problem_markdown,
    problems_section,
    problems_text,
)
from itsm_core.report._problem_timeline import timeline_svg
from itsm_core.report._terminal import terminal
from itsm_core.report.strip import ledger_svg

__all__ = [
    "AgeBand",
    "Finding",
    "Gap",
    "Promise",
    "Repeats",
    "Report",
    "Week",
    "Worst",
    "build_report",
    "html",
    "ledger_svg",
    "problem_html",
    "problem_markdown",
    "problems_section",
    "problems_text",
    "terminal",
    "timeline_svg",
]
