"""The Redis store keeps the contracts of all four ports, on a real server."""

from __future__ import annotations

from collections.abc import Generator

import pytest
import redis

from itsm_core.adapters.redis_store import RedisStore
from itsm_core.testing.contract import Store
from itsm_core.testing.store_contract import DurableFullStoreContract
from tests.servers import Server, redis_server

__all__ = ["redis_server"]


class TestRedis(DurableFullStoreContract):
    """Every rule, with every write on the disk before it is acknowledged."""

    url = ""

    def setup_method(self) -> None:
        """Leave it to the fixture, which knows the server."""

    def teardown_method(self) -> None:
        """Leave it to the fixture."""

    def open_store(self) -> Store:
        """Open the store of this test."""
        return RedisStore(self.url)

    @pytest.fixture(autouse=True)
    def _server(self, redis_server: Server) -> Generator[None]:
        self.url = redis_server.url
        super().setup_method()
        yield
        super().teardown_method()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
