"""The awaited forms of workers, called step by step: so one test holds of both forms.

Every call of the store, the handler and the receiver suspends once before it is made, as a call to
a server does, and whoever runs the coroutine goes on with it at once. No event loop takes part.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar, cast

from itsm_core.ports import AsyncStore, Batch, OutboxMessage, Timer
from itsm_core.workers import (
    AsyncDigestHandler,
    AsyncEscalationHandler,
    AsyncOutboxRelay,
    AsyncPlannedStore,
    AsyncReminderHandler,
    AsyncTimerWorker,
    RelayReport,
    TimerReport,
)

__all__ = [
    "AWAITED",
    "Pause",
    "SteppedDigests",
    "SteppedEscalation",
    "SteppedPlans",
    "SteppedRelay",
    "SteppedReminders",
    "SteppedWorker",
    "finished",
    "suspending",
]

_RESULT = TypeVar("_RESULT")
_REPORT = TypeVar("_REPORT")
_Handler = Callable[[Timer, datetime], Iterable[Batch]]


class Pause:
    """Suspend once when awaited."""

    def __await__(self) -> Generator[None]:
        """Suspend."""
        yield


def finished(steps: Coroutine[object, None, _RESULT]) -> _RESULT:
    """Run a coroutine to its end, past every pause."""
    while True:
        try:
            steps.send(None)
        except StopIteration as end:
            return cast("_RESULT", end.value)


class _Suspending:
    """Await every method of a store; what the store itself lets out comes out."""

    def __init__(self, store: object) -> None:
        self._store: Final = store

    def __getattr__(self, name: str) -> Callable[..., Coroutine[object, None, Any]]:
        async def suspended(*values: object, **named: object) -> Any:
            await Pause()
            return getattr(self._store, name)(*values, **named)

        return suspended


def suspending(store: object) -> AsyncStore:
    """Show a store whose every call suspends."""
    return cast("AsyncStore", _Suspending(store))


class _Stepped(Generic[_REPORT]):
    """Call what is awaited."""

    loop: AsyncTimerWorker | AsyncOutboxRelay

    def run_once(self) -> _REPORT:
        """Run it once."""
        return cast("_REPORT", finished(cast("Any", self.loop.run_once())))

    def run(self) -> Iterator[_REPORT]:
        """Run it until it is stopped."""
        reports = cast("AsyncGenerator[_REPORT]", self.loop.run())
        while True:
            try:
                report = finished(cast("Coroutine[object, None, _REPORT]", reports.__anext__()))
            except StopAsyncIteration:
                return
            yield report

    def _rest(self, report: _REPORT) -> timedelta:
        rest: timedelta = finished(cast("Any", self.loop)._rest(report))
        return rest

    def stop(self) -> None:
        """Stop it."""
        self.loop.stop()


class SteppedWorker(_Stepped[TimerReport]):
    """Be called as a `TimerWorker` is."""

    def __init__(self, *, store: object, handle: _Handler, **options: Any) -> None:
        async def handled(timer: Timer, as_of: datetime) -> Iterable[Batch]:
            await Pause()
            return handle(timer, as_of)

        self._worker = self.loop = AsyncTimerWorker(
            store=suspending(store), handle=handled, **options
        )


class SteppedRelay(_Stepped[RelayReport]):
    """Be called as an `OutboxRelay` is."""

    def __init__(
        self, *, store: object, deliver: Callable[[OutboxMessage], None], **options: Any
    ) -> None:
        async def delivered(message: OutboxMessage) -> None:
            await Pause()
            deliver(message)

        self._relay = self.loop = AsyncOutboxRelay(
            store=suspending(store), deliver=delivered, **options
        )


class _SteppedHandler:
    """Be called as the synchronous handler is; what plans is the handler's own."""

    made: type[AsyncDigestHandler | AsyncEscalationHandler | AsyncReminderHandler]

    def __init__(self, *, store: object, **options: Any) -> None:
        self._handler = self.made(store=suspending(store), **options)

    def __call__(self, timer: Timer, as_of: datetime) -> Iterable[Batch]:
        """Return what it returns when awaited."""
        return finished(cast("Any", self._handler(timer, as_of)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)


class SteppedEscalation(_SteppedHandler):
    """Be called as an `EscalationHandler` is."""

    made = AsyncEscalationHandler


class SteppedDigests(_SteppedHandler):
    """Be called as a `DigestHandler` is."""

    made = AsyncDigestHandler


class SteppedReminders(_SteppedHandler):
    """Be called as a `ReminderHandler` is."""

    made = AsyncReminderHandler


class SteppedPlans:
    """Be called as a `PlannedStore` is."""

    def __init__(self, store: object, *planners: Any) -> None:
        self._planned = AsyncPlannedStore(suspending(store), *planners)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(*values: object, **named: object) -> Any:
            return finished(getattr(self._planned, name)(*values, **named))

        return called


AWAITED: Final = {
    "DigestHandler": SteppedDigests,
    "EscalationHandler": SteppedEscalation,
    "OutboxRelay": SteppedRelay,
    "PlannedStore": SteppedPlans,
    "ReminderHandler": SteppedReminders,
    "TimerWorker": SteppedWorker,
}
"""What stands for the synchronous form of that name."""
