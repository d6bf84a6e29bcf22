"""`Clockwork` refuses what was to be refused before."""

from __future__ import annotations

import numpy as np
import pytest

from itsm_core.bulk._clockwork import Clockwork
from itsm_core.bulk._scripts import Clock
from itsm_core.calendars import WorkingDays
from itsm_core.ids import AgreementId
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from tests.unit.bulk.cases import OFFICE


def test_goals_in_working_days_are_refused_when_they_come_this_far() -> None:
    """Nothing is judged by another goal than the promised one."""
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("A"),
        calendar=OFFICE,
        targets=(ServiceLevelTarget(metric="response", goals={"*": WorkingDays(1)}),),
    )
    clock = Clock(0, 1, "P1", 0, -1, is_stopped=False, pauses=())
    zero = np.zeros(1, np.int64)
    with pytest.raises(TypeError, match="was to be refused"):
        Clockwork(agreement).judge([(clock,)], zero, (zero, zero, zero), 0)
