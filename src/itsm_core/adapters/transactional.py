"""What a store of yours inherits if its database has transactions: every decision.

Subclass `TransactionalStore`, say how a transaction is run (`_write`, `_read`, `close`), and give
it `Rows`: plain look-ups and writes. What a key, a version, a lease or a repeated message means is
decided above them, as for the stores of the package; `itsm_core.testing.store_contract` certifies
the result. `docs/how-to/write-your-own-store.md` shows one on Django's ORM.
"""

from __future__ import annotations

from itsm_core.adapters._base import TransactionalStore
from itsm_core.adapters._engine import WAITING, Known, Rows, TimerRow
from itsm_core.adapters.records import decode_message, place_of

__all__ = [
    "WAITING",
    "Known",
    "Rows",
    "TimerRow",
    "TransactionalStore",
    "decode_message",
    "place_of",
]
