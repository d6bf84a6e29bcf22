"""Named metrics over the event log: definitions as data, results that tell what they are.

`METRICS` is the catalogue, `measure` asks a `CaseLog` for one of them in a `Window`. Each result
holds its definition, population, zone, calendar and window (law M1), and the dashboard's number
beside the honest one. Open tickets are censored, never ignored (law M2).
"""

from itsm_core.metrics._definitions._case import Case, Phase, Stint, case_of
from itsm_core.metrics._definitions._catalogue import METRICS
from itsm_core.metrics._definitions._log import CaseLog
from itsm_core.metrics._definitions._measure import measure, measure_all, weekly
from itsm_core.metrics._definitions._measures import (
    Backlog,
    CommitmentsKept,
    ContactShare,
    ContactTime,
    Cost,
    Dashboard,
    MeanUntil,
    Measure,
    ShareWithin,
    TimeHeld,
    TimeUntil,
    Volume,
)
from itsm_core.metrics._definitions._metric import CASE_FIELDS, By, Metric
from itsm_core.metrics._definitions._result import Figure, Part, Population, Result, Unit
from itsm_core.metrics._definitions._until import FirstContact, Until
from itsm_core.metrics._definitions._window import Window

__all__ = [
    "CASE_FIELDS",
    "METRICS",
    "Backlog",
    "By",
    "Case",
    "CaseLog",
    "CommitmentsKept",
    "ContactShare",
    "ContactTime",
    "Cost",
    "Dashboard",
    "Figure",
    "FirstContact",
    "MeanUntil",
    "Measure",
    "Metric",
    "Part",
    "Phase",
    "Population",
    "Result",
    "ShareWithin",
    "Stint",
    "TimeHeld",
    "TimeUntil",
    "Unit",
    "Until",
    "Volume",
    "Window",
    "case_of",
    "measure",
    "measure_all",
    "weekly",
]
