"""Logs of other systems as histories of events, by a mapping that somebody has declared; and back.

`load_mapping` reads what columns, dates, zone and states mean; `read_log` reads the file and
answers with histories, a data-quality report and the log's own facts. Nothing is guessed: a
column that is missing, a date that does not fit and a state nobody has mapped are refused with
file, line and value.

Histories go out as OCEL 2.0 and XES, and come back from both without losing an event; as CSV and as
CloudEvents. `event_schema` tells another program what an event looks like.
"""

from itsm_core.interop._facts import NOT_YET_COVERED, LogFacts
from itsm_core.interop._flat import write_cloud_events, write_events_csv
from itsm_core.interop._ical_rosters import overrides_from_ical, roster_to_ical
from itsm_core.interop._log import ImportedLog, read_log
from itsm_core.interop._mapping import (
    FORMATS,
    PRIORITIES,
    RESPONSES,
    ROLES,
    ROWS,
    ChangeTable,
    LogMapping,
    MappedState,
    bundled_mappings,
    load_mapping,
    mapping_path,
)
from itsm_core.interop._ocel import read_ocel, write_ocel
from itsm_core.interop._payloads import Histories
from itsm_core.interop._priorities import PriorityQuality
from itsm_core.interop._quality import DataQuality
from itsm_core.interop._schemas import command_schema, event_schema
from itsm_core.interop._table import MOST_ROWS, Progress
from itsm_core.interop._xes import read_xes, write_xes

__all__ = [
    "FORMATS",
    "MOST_ROWS",
    "NOT_YET_COVERED",
    "PRIORITIES",
    "RESPONSES",
    "ROLES",
    "ROWS",
    "ChangeTable",
    "DataQuality",
    "Histories",
    "ImportedLog",
    "LogFacts",
    "LogMapping",
    "MappedState",
    "PriorityQuality",
    "Progress",
    "bundled_mappings",
    "command_schema",
    "event_schema",
    "load_mapping",
    "mapping_path",
    "overrides_from_ical",
    "read_log",
    "read_ocel",
    "read_xes",
    "roster_to_ical",
    "write_cloud_events",
    "write_events_csv",
    "write_ocel",
    "write_xes",
]
