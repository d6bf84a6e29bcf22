"""Import one log: histories, data quality and facts in one pass over the tickets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs
import pendulum

from itsm_core.events import TicketEvent
from itsm_core.ids import TicketId
from itsm_core.interop._dates import DateReader
from itsm_core.interop._facts import LogFacts
from itsm_core.interop._mapping import LogMapping
from itsm_core.interop._milestones import milestones
from itsm_core.interop._priorities import PriorityReader
from itsm_core.interop._quality import DataQuality, QualityCounter
from itsm_core.interop._snapshots import SnapshotReader
from itsm_core.interop._table import MOST_ROWS, Progress, read_table
from itsm_core.priority import PriorityMatrix

__all__ = ["ImportedLog", "read_log"]


@attrs.frozen(kw_only=True)
class ImportedLog:
    """Hold what a log told: each ticket's events in order, and how far they can be trusted.

    `own_verdicts` is what the log itself says of each ticket's promise on its final row, a fact
    to compare with, never an input. `facts` are recomputable from the file alone.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.interop import load_mapping, read_log
    >>> text = '''{"audits": [{"ticket_id": 7, "id": 1, "created_at": "2026-01-05T08:00:00Z",
    ... "author_id": 5, "events": [{"type": "Create", "field_name": "status", "value": "new"}]}]}'''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "audits.json")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     log = read_log(path, load_mapping("zendesk_audits"))
    >>> log.last_at.isoformat(), log.quality.tickets
    ('2026-01-05T08:00:00+00:00', 1)
    """

    mapping: LogMapping
    histories: Mapping[TicketId, tuple[TicketEvent, ...]]
    quality: DataQuality
    facts: Mapping[str, object]
    own_verdicts: Mapping[TicketId, str]

    @property
    def last_at(self) -> pendulum.DateTime:
        """Return the latest plausible instant in the log, in UTC: the `as_of` it can support."""
        return self.quality.last_at


def read_log(
    path: str | Path,
    mapping: LogMapping,
    *,
    matrix: PriorityMatrix | None = None,
    progress: Progress | None = None,
    most_rows: int = MOST_ROWS,
) -> ImportedLog:
    """Read a CSV or CSV.gz file of audit snapshots; gzip is told by content, not by name.

    `matrix` derives the priorities where the mapping says so, and else is what they are compared
    with; give the policy's. `progress` is told the bytes read and the bytes there are. The whole
    log is held in memory, about 600 bytes a row.

    Raises:
        LogError: the file cannot be read by this mapping; `where` holds file, line and column.
        InvalidValue: the mapping derives priorities and there is no `matrix`.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.interop import load_mapping, read_log
    >>> text = '''{"audits": [{"ticket_id": 7, "id": 1, "created_at": "2026-01-05T08:00:00Z",
    ... "author_id": 5, "events": [{"type": "Create", "field_name": "status", "value": "new"}]}]}'''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "audits.json")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     log = read_log(path, load_mapping("zendesk_audits"))
    >>> opened = log.histories["7"][0]
    >>> f"{type(opened).__name__} at {opened.occurred_at}"
    'TicketOpened at 2026-01-05 08:00:00+00:00'
    """
    source = Path(path)
    dates = DateReader(mapping, source.name)
    priorities = PriorityReader(mapping, matrix)
    table = read_table(source, dates, progress=progress, most_rows=most_rows)
    reader = SnapshotReader(mapping, dates, priorities)
    counter = QualityCounter(mapping, dates)
    counter.begin(table)
    facts = LogFacts(mapping, dates)
    histories: dict[TicketId, tuple[TicketEvent, ...]] = {}
    own: dict[TicketId, str] = {}
    for ticket, rows in table.tickets.items():
        told = milestones(rows, dates) if mapping.rows == "tickets" else rows
        histories[TicketId(ticket)] = reader.events(ticket, told)
        counter.add(rows)
        facts.add(rows)
        if "own_verdict" in mapping.columns:
            own[TicketId(ticket)] = rows[-1].cells.own_verdict
    if mapping.rows == "tickets":  # one row never goes back; its dates do, such as a resolve date
        counter.going_backwards = reader.tickets_with_held_times
    quality = counter.report(table, reader.held_times, priorities.quality(table))
    return ImportedLog(
        mapping=mapping,
        histories=histories,
        quality=quality,
        facts=facts.to_json(table, quality),
        own_verdicts=own,
    )
