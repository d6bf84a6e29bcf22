"""Logs of other systems as histories of events, by a mapping that somebody has declared.

`load_mapping` reads what columns, dates, zone and states mean; `read_log` reads the file and
answers with histories, a data-quality report and the log's own facts. Nothing is guessed: a
column that is missing, a date that does not fit and a state nobody has mapped are refused with
file, line and value.
"""

from itsm_core.interop._facts import NOT_YET_COVERED, LogFacts
from itsm_core.interop._ical_rosters import overrides_from_ical, roster_to_ical
from itsm_core.interop._log import ImportedLog, read_log
from itsm_core.interop._mapping import (
    PRIORITIES,
    RESPONSES,
    ROLES,
    LogMapping,
    MappedState,
    bundled_mappings,
    load_mapping,
    mapping_path,
)
from itsm_core.interop._priorities import PriorityQuality
from itsm_core.interop._quality import DataQuality
from itsm_core.interop._table import MOST_ROWS, Progress

__all__ = [
    "MOST_ROWS",
    "NOT_YET_COVERED",
    "PRIORITIES",
    "RESPONSES",
    "ROLES",
    "DataQuality",
    "ImportedLog",
    "LogFacts",
    "LogMapping",
    "MappedState",
    "PriorityQuality",
    "Progress",
    "bundled_mappings",
    "load_mapping",
    "mapping_path",
    "overrides_from_ical",
    "read_log",
    "roster_to_ical",
]
