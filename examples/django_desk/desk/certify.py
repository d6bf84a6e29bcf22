"""The contract of the package, on this project's database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from django.db import connections

from itsm_core.adapters.transactional import Rows
from itsm_core.testing.contract import Store
from itsm_core.testing.store_contract import DurableFullStoreContract

from . import models
from .store import DjangoStore

_RESULT = TypeVar("_RESULT")


class ForThreads(DjangoStore):
    """Close the connection of a thread that is not Django's, as whoever starts one must."""

    def _write(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        try:
            return super()._write(action)
        finally:
            _leave()

    def _read(self, action: Callable[[Rows], _RESULT]) -> _RESULT:
        try:
            return super()._read(action)
        finally:
            _leave()


def _leave() -> None:
    if threading.current_thread() is not threading.main_thread():
        connections.close_all()


class OnThisDatabase(DurableFullStoreContract):
    """Every rule. It empties the tables of the desk: never run it where tickets are."""

    def setup_method(self) -> None:
        """Empty the tables."""
        for table in (models.Event, models.Key, models.Message, models.Timer, models.Definition):
            table.objects.all().delete()
        super().setup_method()

    def open_store(self) -> Store:
        """Open the store of this test."""
        return ForThreads()
