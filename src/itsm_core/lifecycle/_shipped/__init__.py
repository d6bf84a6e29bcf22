"""The lifecycles that come along, one module a concept; that of incidents is older than these."""

from typing import Final

from itsm_core.lifecycle._incident import INCIDENT
from itsm_core.lifecycle._shipped._change import EMERGENCY_CHANGE, NORMAL_CHANGE, STANDARD_CHANGE
from itsm_core.lifecycle._shipped._complaint import COMPLAINT
from itsm_core.lifecycle._shipped._known_error import KNOWN_ERROR
from itsm_core.lifecycle._shipped._problem import PROBLEM
from itsm_core.lifecycle._shipped._request import SERVICE_REQUEST
from itsm_core.lifecycle._shipped._task import TASK

SHIPPED: Final = (
    INCIDENT,
    SERVICE_REQUEST,
    PROBLEM,
    KNOWN_ERROR,
    STANDARD_CHANGE,
    NORMAL_CHANGE,
    EMERGENCY_CHANGE,
    TASK,
    COMPLAINT,
)
"""Every lifecycle that comes along, each a value that may be used, changed or left."""
