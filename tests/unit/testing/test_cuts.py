"""The proxy that cuts, and what the harness finds: broken stores among sound ones (law R4)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Iterable

import attrs
import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.redis_store import RedisStore
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.ports import AppendResult, Batch, TimerClaim
from itsm_core.testing.contract import timer
from itsm_core.testing.cuts import KINDS, CutReport, CuttingProxy, _writes, cut_every_message
from tests.servers import Server, redis_server

__all__ = ["redis_server"]


@pytest.fixture
def echo() -> Generator[tuple[str, int]]:
    """Run a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:  # closed: the test is over
                return
            with client:
                while piece := client.recv(100):
                    client.sendall(piece)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def asked(proxy: CuttingProxy, *words: bytes) -> list[bytes]:
    """Return what comes back for each word, up to the end of the connection."""
    answers: list[bytes] = []
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        for word in words:
            try:
                client.sendall(word)
                answers.append(client.recv(100))
            except ConnectionError:  # the same end, seen a moment later
                answers.append(b"")
    return answers


def test_proxy_passes_everything_on_when_it_is_not_armed(echo: tuple[str, int]) -> None:
    """Both ways, one connection after the other."""
    with CuttingProxy(echo) as proxy:
        assert asked(proxy, b"a", b"b") == [b"a", b"b"]
        assert asked(proxy, b"c") == [b"c"]
        assert not proxy.disarm()


def test_proxy_cuts_once_when_the_piece_is_reached(echo: tuple[str, int]) -> None:
    """The second piece to the server is dropped; a new connection is as ever."""
    with CuttingProxy(echo) as proxy:
        proxy.cut_at("to the server", 2)
        assert asked(proxy, b"a", b"b") == [b"a", b""]
        assert proxy.disarm()
        assert asked(proxy, b"c") == [b"c"]


def test_answer_is_lost_when_the_cut_is_on_the_way_back(echo: tuple[str, int]) -> None:
    """The server has had the request by then."""
    with CuttingProxy(echo) as proxy:
        proxy.cut_at("from the server", 1)
        assert asked(proxy, b"a") == [b""]
        assert proxy.disarm()


def test_client_is_told_when_the_server_is_down() -> None:
    """As it would be without the proxy: the connection ends."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    with CuttingProxy(address) as proxy:
        assert asked(proxy, b"a") == [b""]


def cut(server: Server, kind: type[RedisStore], name: str) -> CutReport:
    """Run the harness on a store of a kind."""
    return cut_every_message(
        lambda host, port: kind(f"redis://{host}:{port}/0", prefix=f"{{{name}}}:"),
        ("127.0.0.1", server.port),
    )


def test_report_has_no_violation_when_the_store_is_sound(redis_server: Server) -> None:
    """A script is one message there and one back: seven kinds of write, cut on either way."""
    report = cut(redis_server, RedisStore, "sound")
    assert (report.violations, str(report)) == (0, str(report))
    assert report.points >= 14
    assert report.committed >= 6


def test_kinds_name_every_write_when_listed() -> None:
    """What is not named is not cut."""
    claim = TimerClaim(timer=timer(), token=1, attempt=1, leased_until_us=0)
    assert tuple(kind for kind, _ in _writes("x", claim)) == KINDS


class ForgetsKeys(RedisStore):
    """Write again what comes again."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Drop every key."""
        return super().append_many(
            attrs.evolve(one, key=None, messages=(), intent=None) for one in batches
        )


class AcknowledgesAnyway(RedisStore):
    """Take an error for a success."""

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Swallow what was refused."""
        kept = tuple(batches)
        try:
            return super().append_many(kept)
        except StoreUnavailable:
            return tuple(AppendResult(first_version=1, last_version=1, position=1) for _ in kept)


@pytest.mark.parametrize("kind", [ForgetsKeys, AcknowledgesAnyway])
def test_report_has_violations_when_the_store_is_broken(
    redis_server: Server, kind: type[RedisStore]
) -> None:
    """A harness that finds nothing wrong with these finds nothing."""
    report = cut(redis_server, kind, kind.__name__)
    assert report.violations > 0
    assert "append" in str(report)


def test_store_is_refused_when_nothing_of_it_goes_through_the_proxy(echo: tuple[str, int]) -> None:
    """No point was cut, so that a report without violations would prove nothing."""
    with pytest.raises(InvalidValue, match="nothing of the store went through the proxy"):
        cut_every_message(lambda _host, _port: MemoryStore(), echo)


@pytest.mark.parametrize("kinds", [["apend"], ["append", "apend"], []])
def test_kinds_are_refused_when_one_is_not_known_or_there_is_none(kinds: list[str]) -> None:
    """The names that there are stand in the message."""
    with pytest.raises(InvalidValue, match=r"kinds cannot be cut: .*append, complete"):
        cut_every_message(lambda _host, _port: MemoryStore(), ("127.0.0.1", 9), kinds=kinds)
