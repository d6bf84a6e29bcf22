"""Cut the connection between a store and its server at every message, once each (laws R1, R4).

A server can vanish before a request reaches it, while it works, or after it has committed and
before its answer is back. A proxy on the loopback interface stands between the two and cuts at the
n-th piece of data, for every n, in both directions. After each cut the store must have refused with
`StoreUnavailable`, and hold all of the call or nothing; the same call once more must end it.

Point it at your own store: `cut_every_message(lambda host, port: MyStore(host, port), ("127.0.0.1",
5432))`.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import count
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self, cast

import attrs

from itsm_core.errors import InvalidValue, LeaseLost, StoreUnavailable
from itsm_core.ports import ANY, Batch, Definition, Timer, TimerClaim
from itsm_core.testing.contract import AT, Store, message
from itsm_core.testing.event_samples import sample

__all__ = ["KINDS", "CutReport", "CuttingProxy", "cut_every_message"]

_PIECE: Final = 65_536
_SHOWN: Final = 20
_LEASE: Final = timedelta(minutes=1)
_ALL: Final = 100_000

Direction = Literal["to the server", "from the server"]
KINDS: Final = ("append", "complete", "release", "schedule", "cancel", "mark_sent", "publish")
"""The kinds of write that are cut."""

_DIRECTIONS: Final[tuple[Direction, ...]] = ("to the server", "from the server")


@attrs.frozen(kw_only=True)
class CutReport:
    """Say at how many points a connection was cut, and after how many the store was in between.

    `committed`: refused although all of it was written, because the answer was lost. That is no
    violation: the call was repeated and told so.

    >>> print(CutReport(points=213, committed=14, violations=0))
    213 points, 0 violations (14 refused after their commit)
    >>> wrong = "append from the server 2: neither as before nor as after"
    >>> print(CutReport(points=213, committed=14, violations=1, details=(wrong,)))
    213 points, 1 violations (14 refused after their commit)
      append from the server 2: neither as before nor as after
    """

    points: int
    committed: int
    violations: int
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = (
            f"{self.points} points, {self.violations} violations "
            f"({self.committed} refused after their commit)"
        )
        return "\n  ".join((words, *self.details))


class CuttingProxy:
    """Pass on what goes between a client and a server, and cut where it is told to.

    Every connection that comes in gets one of its own to the server. `cut_at` arms it: the n-th
    piece in a direction, counted over all connections from then on, is dropped, and with it every
    connection.

    The server has had the request, and the client never learns what became of it:

    >>> import socket
    >>> with socket.create_server(("127.0.0.1", 0)) as listener:
    ...     with CuttingProxy(listener.getsockname()) as proxy:
    ...         proxy.cut_at("from the server", 1)
    ...         with socket.create_connection(("127.0.0.1", proxy.port)) as client:
    ...             server, _ = listener.accept()
    ...             with server:
    ...                 client.sendall(b"append")
    ...                 request = server.recv(100)
    ...                 server.sendall(b"done")
    ...                 answer = client.recv(100)
    >>> request, answer, proxy.has_cut
    (b'append', b'', True)
    """

    def __init__(self, server: tuple[str, int]) -> None:
        self._server: Final = server
        self._listener: Final = socket.create_server(("127.0.0.1", 0))
        self.port: Final[int] = self._listener.getsockname()[1]
        self._wake, self._woken = socket.socketpair()
        self._peers: dict[socket.socket, tuple[socket.socket, Direction]] = {}
        self._lock: Final = threading.Lock()
        self._armed: tuple[Direction, int] | None = None
        self.has_cut: bool = False
        self._thread: Final = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def cut_at(self, direction: Direction, number: int) -> None:
        """Cut at the n-th piece from now on."""
        with self._lock:
            self._armed = (direction, number)
            self.has_cut = False

    def disarm(self) -> bool:
        """Cut no more; return whether it has cut since it was armed."""
        with self._lock:
            self._armed = None
            return self.has_cut

    def close(self) -> None:
        """End every connection."""
        self._wake.send(b".")
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._listener, self._woken, *self._peers], [], [])
            if self._woken in ready:
                break
            for one in ready:
                if one is self._listener:
                    self._accept()
                elif one in self._peers:  # an earlier one of this round may have ended it
                    self._pass_on(one)
        self._end()
        for one in (self._listener, self._wake, self._woken):
            one.close()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        try:
            server = socket.create_connection(self._server, timeout=10)
        except OSError:
            client.close()  # the server is down: the client is told as it would be without us
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peers[client] = (server, "to the server")
        self._peers[server] = (client, "from the server")

    def _pass_on(self, one: socket.socket) -> None:
        peer, direction = self._peers[one]
        try:
            piece = one.recv(_PIECE)
        except OSError:
            piece = b""  # a connection that was reset has ended
        if not piece:
            self._end(one, peer)
        elif self._is_cut(direction):
            self._end()
        else:
            try:
                peer.sendall(piece)
            except OSError:
                self._end(one, peer)  # whoever was to get it is gone: so is the connection

    def _is_cut(self, direction: Direction) -> bool:
        with self._lock:
            if self._armed is None or self._armed[0] != direction:
                return False
            number = self._armed[1] - 1
            self._armed = (direction, number) if number else None
            self.has_cut = self.has_cut or not number
            return not number

    def _end(self, *chosen: socket.socket) -> None:
        for one in chosen or tuple(self._peers):
            self._peers.pop(one, None)
            one.close()


# --- what is called ------------------------------------------------------------------------------


@attrs.frozen
class _Write:
    """Hold a call that can be repeated, and what it writes: events, messages and timers."""

    call: Callable[[Store], object]
    events: int
    messages: int


def _writes(name: str, claim: TimerClaim) -> Iterator[tuple[str, _Write]]:
    """Return every kind of write, under names that nothing else has."""
    batches = tuple(
        Batch(
            stream=f"{name} {part}",
            events=sample(f"{name} {part}", 1, 2, 3),
            expected_version=ANY,
            key=name,
            messages=(message(f"{name} {part}"),),
            schedule=(_timer(f"{name} {part}"),),
            cancel=(f"{name} cancelled",),
        )
        for part in "ab"
    )
    document = Definition(kind="policy", name=name, version="1", document="{}")
    yield "append", _Write(lambda store: store.append_many(batches), 6, 2)
    yield "complete", _Write(lambda store: store.complete(claim, batches=batches), 6, 2)
    yield "release", _Write(lambda store: _released(store, claim), 0, 0)
    yield "schedule", _Write(lambda store: store.schedule([_timer(name)]), 0, 0)
    yield "cancel", _Write(lambda store: store.cancel([f"{name} cancelled"]), 0, 0)
    yield "mark_sent", _Write(lambda store: _marked(store, name), 0, -1)
    yield "publish", _Write(lambda store: store.publish([document]), 0, 0)


def _released(store: Store, claim: TimerClaim) -> None:
    """Give a timer back; who has done it before is told that it is not his any more."""
    try:
        store.release(claim)
    except LeaseLost:
        return


def _marked(store: Store, name: str) -> None:
    unsent = store.unsent(limit=_ALL)
    store.mark_sent(one.number for one in unsent if one.message.message_id == name)


def _timer(key: str) -> Timer:
    return Timer(key=key, stream="cuts", due_at=AT + timedelta(days=1))


def _prepared(store: Store, name: str) -> TimerClaim:
    """Leave what the calls work on: a lent timer, one to cancel, and an unsent message."""
    told = Batch(stream=name, events=(), expected_version=ANY, messages=(message(name),))
    store.append_many([told])
    store.schedule(
        [Timer(key=f"{name} lent", stream="cuts", due_at=AT), _timer(f"{name} cancelled")]
    )
    claims = store.claim_due(as_of=AT, lease=_LEASE, limit=_ALL)
    return next(one for one in claims if one.timer.key == f"{name} lent")


def _contents(store: Store, name: str, after: int) -> tuple[object, ...]:
    """Return what a store shows of itself beyond a position, positions and numbers left out."""
    everything = store.read_all(after=after, limit=_ALL)
    return (
        sorted((one.stream, one.version, str(one.event.event_id)) for one in everything),
        sorted(one.message.message_id for one in store.unsent(limit=_ALL)),
        store.waiting(limit=_ALL),
        store.next_due_at(),
        store.definition_versions("policy", name),
    )


# --- cutting -----------------------------------------------------------------------------------


def cut_every_message(
    open_store: Callable[[str, int], Store],
    server: tuple[str, int],
    *,
    kinds: Collection[str] = KINDS,
) -> CutReport:
    """Cut at every piece of data of every kind of write, in both directions.

    Args:
        open_store: opens the store at a host and a port; it holds nothing yet. It is opened twice:
            through the proxy, and directly, to see what is there.
        server: host and port of the server.
        kinds: which of `KINDS` to cut, for a first look.

    Raises:
        InvalidValue: `kinds` has none, or one that is not in `KINDS`; or the store sends nothing
            through the proxy.

    A store that does not connect to where it is told is not tried:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> cut_every_message(lambda host, port: MemoryStore(), ("127.0.0.1", 5432))
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: nothing of the store went through the proxy to:
    ('127.0.0.1', 5432); let open_store connect to the host and the port that it is given
    """
    if not kinds or not set(kinds) <= set(KINDS):
        raise InvalidValue("kinds cannot be cut", list(kinds), f"use some of {', '.join(KINDS)}")
    points = committed = 0
    details: list[str] = []
    with (
        CuttingProxy(server) as proxy,
        closing(open_store(*server)) as direct,
        closing(open_store("127.0.0.1", proxy.port)) as store,
    ):
        for kind in kinds:
            for direction in _DIRECTIONS:
                for point in count(1):
                    name = f"{kind} {direction} {point}"
                    claim = _prepared(direct, name)
                    write = dict(_writes(name, claim))[kind]
                    store.version("any")  # it connects again before the pieces are counted
                    proxy.cut_at(direction, point)
                    tried = _tried(write, store, proxy, direct, name)
                    _swept(direct)
                    if tried is None:
                        break
                    points += 1
                    committed += tried.committed
                    details += tried.wrong
            if not points:  # 0 violations would be a report of a store that was never tried
                remedy = "let open_store connect to the host and the port that it is given"
                raise InvalidValue("nothing of the store went through the proxy to", server, remedy)
    return CutReport(
        points=points,
        committed=committed,
        violations=len(details),
        details=tuple(details[:_SHOWN]),
    )


class _Tried(NamedTuple):
    committed: bool
    wrong: list[str]


def _swept(store: Store) -> None:
    """Take away what waits: the next point begins with little to compare."""
    store.mark_sent(one.number for one in store.unsent(limit=_ALL))
    store.cancel(one.key for one in store.waiting(limit=_ALL))


def _tried(
    write: _Write, store: Store, proxy: CuttingProxy, direct: Store, name: str
) -> _Tried | None:
    """Make a call that is cut; return None if it had fewer pieces than that."""
    since = direct.append("settled", (), expected_version=ANY).position
    before = _contents(direct, name, since)
    is_refused = False
    try:
        write.call(store)
    except StoreUnavailable as error:
        is_refused = True
        wrong = [] if error.remedy else [f"{name}: the error has no remedy"]
    else:
        wrong = []
    if not proxy.disarm():
        return None
    # A call waits for the locks of one that is still being undone, or committed.
    direct.append("settled", (), expected_version=ANY)
    now = _contents(direct, name, since)
    write.call(direct)
    after = _contents(direct, name, since)
    if now not in (before, after) or (now == before and not is_refused and before != after):
        wrong.append(f"{name}: neither as before nor as after")
    if _added(before, after, 0) != write.events or _added(before, after, 1) != write.messages:
        wrong.append(f"{name}: repeated, it wrote something else than once")
    return _Tried(is_refused and now == after != before, wrong)


def _added(before: tuple[object, ...], after: tuple[object, ...], part: int) -> int:
    old, new = cast("list[str]", before[part]), cast("list[str]", after[part])
    return len(new) - len(old)
