"""The shipped lifecycle of tasks."""

from __future__ import annotations

from itsm_core.lifecycle import TASK


def test_task_needs_no_code_when_it_is_done() -> None:
    """A task is done or it is not."""
    resolve = TASK.transition("resolve", "in_progress")
    assert resolve is not None
    assert (resolve.target, resolve.required) == ("done", ())


def test_task_waits_for_another_when_held() -> None:
    """Tasks depend on each other."""
    assert "awaiting_task" in TASK.hold_reasons
