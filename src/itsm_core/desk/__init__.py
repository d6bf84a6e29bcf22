"""The service desk: the only imperative part, and the only one that meets the clock and the store.

It does one thing in one order: load, fold, decide, append. A command that touches linked tickets
is decided and written with all of them as one step (law L6). What is true is decided in
`itsm_core.lifecycle` and judged in `itsm_core.sla`; nothing is kept here between two calls, so one
desk serves many threads or tasks, and any number of desks may share a store.

`ServiceDesk` waits for its store, `AsyncServiceDesk` awaits it; the rest is one code.
"""

from __future__ import annotations

from itsm_core.desk._async import AsyncServiceDesk, Handled
from itsm_core.desk._sync import ServiceDesk

__all__ = ["AsyncServiceDesk", "Handled", "ServiceDesk"]
