"""Error budgets (law M3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import ErrorBudget

BUDGET = ErrorBudget(target_ratio=0.999, window=timedelta(days=30))


def test_budget_is_used_up_when_it_burns_evenly_over_the_window() -> None:
    """Burn rate 1 is defined by that."""
    assert BUDGET.spent(1, timedelta(days=30)) == 1


def test_budget_is_exact_when_its_target_is_no_binary_fraction() -> None:
    """0.1 % of 30 days to the microsecond."""
    assert BUDGET.allowed == timedelta(minutes=43, seconds=12)


def test_budget_is_refused_when_it_is_impossible() -> None:
    """All or nothing is no target, no window no budget, time does not run back."""
    with pytest.raises(InvalidValue, match="target"):
        ErrorBudget(target_ratio=1, window=timedelta(days=1))
    with pytest.raises(InvalidValue, match="window"):
        ErrorBudget(target_ratio=0.9, window=timedelta(0))
    with pytest.raises(InvalidValue, match="window"):
        ErrorBudget(target_ratio=0.9, window=30)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="swap"):
        BUDGET.spent(1, 3600)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="swap"):
        BUDGET.spent(1, timedelta(seconds=-1))
    with pytest.raises(InvalidValue, match="burn rate"):
        BUDGET.spent(-1, timedelta(seconds=1))
