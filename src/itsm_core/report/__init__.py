"""What became of the promises, for people: a page, Markdown, a terminal summary, plain figures.

`build_report` turns a judged log into a `Report`, in which every figure stands before it is
drawn. `answers` are its sentences, one a section. `html` makes a page of it that needs no network
and no script, `markdown` and `terminal` text, `as_json` and `openmetrics` figures for machines;
`ledger_svg` is the picture of a single clock.
"""

from itsm_core.report._answers import Answer, answers
from itsm_core.report._build import build_report
from itsm_core.report._html import html
from itsm_core.report._json import as_json
from itsm_core.report._markdown import markdown
from itsm_core.report._model import (
    AgeBand,
    ControlChart,
    Finding,
    Gap,
    Promise,
    Repeats,
    Report,
    Waiter,
    Waiting,
    Week,
    Worst,
)
from itsm_core.report._openmetrics import openmetrics
from itsm_core.report._problem_pages import (
    problem_html,
    problem_markdown,
    problems_text,
)
from itsm_core.report._problem_timeline import timeline_svg
from itsm_core.report._terminal import terminal
from itsm_core.report.strip import ledger_svg

__all__ = [
    "AgeBand",
    "Answer",
    "ControlChart",
    "Finding",
    "Gap",
    "Promise",
    "Repeats",
    "Report",
    "Waiter",
    "Waiting",
    "Week",
    "Worst",
    "answers",
    "as_json",
    "build_report",
    "html",
    "ledger_svg",
    "markdown",
    "openmetrics",
    "problem_html",
    "problem_markdown",
    "problems_text",
    "terminal",
    "timeline_svg",
]
