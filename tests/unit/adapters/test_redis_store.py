"""The Redis store, beyond the contract: opening, faults, and what leaves it (law R4)."""

from __future__ import annotations

from collections.abc import Generator
from typing import cast

import pytest
import redis

from itsm_core.adapters.redis_store import RedisStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch
from itsm_core.testing.contract import message
from itsm_core.testing.event_store_contract import sample
from itsm_core.testing.linearizability import is_linearizable, stream_history
from tests.servers import Server, redis_server

__all__ = ["redis_server"]


@pytest.fixture
def client(redis_server: Server) -> Generator[redis.Redis]:
    """Lend a connection that knows nothing of the store, on a server that is empty."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.mark.parametrize("url", ["localhost", "http://x", "", 5, None])
def test_store_is_refused_when_the_url_is_none(url: object) -> None:
    """A URL is not shown in the error: it may hold a password."""
    with pytest.raises(InvalidValue, match="no URL of Redis"):
        RedisStore(cast("str", url))


@pytest.mark.parametrize("seconds", [0, -1, "x", None, True, float("nan"), 1e30])
def test_store_is_refused_when_the_time_is_unusable(seconds: object) -> None:
    """No error of a socket comes out of it."""
    with pytest.raises(InvalidValue, match="timeout_seconds"):
        RedisStore("redis://127.0.0.1:1/0", timeout_seconds=cast("float", seconds))


def test_error_is_one_sentence_when_the_server_is_down() -> None:
    """The driver's full stop does not stand before the remedy."""
    with pytest.raises(StoreUnavailable, match=r"^store redis at 127.0.0.1:1: .*[^.]; check that"):
        RedisStore("redis://127.0.0.1:1/0")


def test_store_is_refused_when_the_prefix_is_unusable() -> None:
    """A prefix is a name like any other."""
    with pytest.raises(InvalidValue, match="prefix"):
        RedisStore("redis://localhost", prefix="")


def test_store_is_unavailable_when_the_server_is_down() -> None:
    """Nobody listens there."""
    with pytest.raises(StoreUnavailable, match=r"127\.0\.0\.1:1: .*check that the server runs"):
        RedisStore("redis://127.0.0.1:1/0")


def test_store_is_unavailable_when_the_password_is_wrong(
    redis_server: Server, client: redis.Redis
) -> None:
    """The error hides the password."""
    client.config_set("requirepass", "right")
    try:
        with pytest.raises(StoreUnavailable) as error:
            RedisStore(redis_server.url.replace("redis://", "redis://:secret@"))
        assert "secret" not in str(error.value)
    finally:
        client.config_set("requirepass", "")


def test_store_is_unavailable_when_the_server_forgets(
    redis_server: Server, client: redis.Redis
) -> None:
    """A server that loses the last second is not taken for a durable one, unless asked to."""
    client.config_set("appendfsync", "everysec")
    try:
        with pytest.raises(StoreUnavailable, match=r"not durable.*everysec.*durable=False"):
            RedisStore(redis_server.url)
        with RedisStore(redis_server.url, durable=False) as store:
            assert store.append("a", sample("a"), expected_version=0).position == 1
    finally:
        client.config_set("appendfsync", "always")


def test_stores_are_apart_when_their_prefixes_are(
    redis_server: Server, client: redis.Redis
) -> None:
    """Several stores fit into one server, and every key of one begins with its prefix."""
    with (
        RedisStore(redis_server.url, prefix="{one}:") as one,
        RedisStore(redis_server.url) as other,
    ):
        one.append("a", sample("a"), expected_version=ANY, key="k")
        assert (one.version("a"), other.version("a")) == (1, 0)
    names = set(cast("list[bytes]", client.keys()))
    assert {name for name in names if not name.startswith(b"{one}:")} == {b"{itsm}:schema_version"}
    assert len(names) > 4


@pytest.mark.parametrize("version", ["0", "2", "99", "", "01", "one"])
def test_store_is_refused_when_another_version_made_it(
    redis_server: Server, client: redis.Redis, version: str
) -> None:
    """What it holds is left as it is: the version that made it still reads it."""
    with RedisStore(redis_server.url) as store:
        store.append("a", sample("a"), expected_version=0)
    client.set("{itsm}:schema_version", version)
    before = {name: client.dump(name) for name in cast("list[bytes]", client.keys())}
    with pytest.raises(StoreUnavailable, match=r"schema version .*knows 1") as error:
        RedisStore(redis_server.url)
    assert f"'{version}'" in error.value.what
    assert "version of itsm_core that made it" in error.value.remedy
    assert {name: client.dump(name) for name in cast("list[bytes]", client.keys())} == before
    client.set("{itsm}:schema_version", "1")
    with RedisStore(redis_server.url) as store:
        assert store.version("a") == 1


def test_store_gets_its_version_when_it_is_from_before_there_was_one(
    redis_server: Server, client: redis.Redis
) -> None:
    """Stores that were made without the key are of version 1."""
    with RedisStore(redis_server.url) as store:
        store.append("a", sample("a"), expected_version=0)
    client.delete("{itsm}:schema_version")
    with RedisStore(redis_server.url) as store:
        assert store.version("a") == 1
    assert client.get("{itsm}:schema_version") == b"1"


def test_store_opens_when_the_server_is_a_replica(
    redis_server: Server, client: redis.Redis
) -> None:
    """A replica that holds a store is read; where there is none, none can be made."""
    with RedisStore(redis_server.url) as store:
        store.append("a", sample("a"), expected_version=0)
    client.slaveof("127.0.0.1", 1)  # nobody is there: it stays as it is
    try:
        with RedisStore(redis_server.url) as store:
            assert store.version("a") == len(store.read_all()) == 1
        with pytest.raises(StoreUnavailable, match=r"read only replica.*takes writes"):
            RedisStore(redis_server.url, prefix="{new}:")
    finally:
        client.slaveof()


def test_store_is_refused_when_the_key_of_its_version_is_no_text(
    redis_server: Server, client: redis.Redis
) -> None:
    """Somebody else's key is not taken for a version."""
    client.rpush("{itsm}:schema_version", "1")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        RedisStore(redis_server.url)


def test_append_is_unavailable_when_the_memory_is_full(
    redis_server: Server, client: redis.Redis
) -> None:
    """A server that takes no more says so, nothing is written in part, and reading goes on."""
    with RedisStore(redis_server.url) as store:
        store.append("a", sample("a", 1), expected_version=0)
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(StoreUnavailable, match="maxmemory"):
                store.append("a", sample("a", 2), expected_version=1, key="k")
            assert store.version("a") == 1
        finally:
            client.config_set("maxmemory", "0")
        assert store.recall("a", "k") is None
        assert store.append("a", sample("a", 2), expected_version=1, key="k").last_version == 2


def test_read_is_unavailable_when_an_entry_was_edited(
    redis_server: Server, client: redis.Redis
) -> None:
    """An event that cannot be read is not skipped."""
    with RedisStore(redis_server.url) as store:
        store.append("a", sample("a"), expected_version=0)
        client.lset("{itsm}:stream:a", 0, "1|{}")
        with pytest.raises(StoreUnavailable, match="event at position 1 cannot be read"):
            store.read("a")
        assert len(store.read_all()) == 1


def test_unsent_is_unavailable_when_a_message_was_edited(
    redis_server: Server, client: redis.Redis
) -> None:
    """A message that cannot be read is not skipped."""
    with RedisStore(redis_server.url) as store:
        batch = Batch(stream="a", events=(), expected_version=ANY, messages=(message(),))
        store.append_many([batch])
        client.zadd("{itsm}:unsent", {b"0000000000000000[]": 0})
        with pytest.raises(StoreUnavailable, match="message cannot be read"):
            store.unsent()


def test_key_of_another_kind_is_unavailable_when_met(
    redis_server: Server, client: redis.Redis
) -> None:
    """What the server refuses is a typed error."""
    client.set("{itsm}:log", "somebody else's")
    with RedisStore(redis_server.url) as store:
        assert repr(store).startswith("<RedisStore: redis at 127.0.0.1:")
        with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
            store.read_all()


@pytest.mark.slow
def test_store_is_linearizable_when_threads_use_it(
    redis_server: Server, client: redis.Redis
) -> None:
    """Law R1: what threads see of a stream could have happened one after the other."""
    del client
    with RedisStore(redis_server.url) as store:
        for seed in range(50):
            history = stream_history(store, f"s{seed}", workers=4, calls=8, seed=seed)
            assert is_linearizable(history), f"seed {seed}"
