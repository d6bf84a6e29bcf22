"""Business time and service levels over columns: millions of rows a second, the same answers.

`BulkCalendar` asks a calendar for whole columns; `OpenClocks` keeps what is left of all open
clocks one subtraction away; `ColumnJudge` makes verdicts of tables of events. Needs the extra
`bulk` (numpy, pyarrow). `itsm_core.bulk.spark` does the same on many machines (extra `spark`).
"""

from itsm_core.bulk._calendar import BulkCalendar
from itsm_core.bulk._clocks import OpenClocks
from itsm_core.bulk._judge import ColumnJudge
from itsm_core.bulk._scripts import NotInColumns

__all__ = ["BulkCalendar", "ColumnJudge", "NotInColumns", "OpenClocks"]
