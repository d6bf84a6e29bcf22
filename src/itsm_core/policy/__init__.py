"""What a desk has promised, as a TOML file that people can read and review.

`load_policy` reads calendars, the priority matrix and agreements into a `Policy`; whatever is
wrong in the file is told at once, each fault with its key path, value and remedy.
"""

from itsm_core.policy._goals import parse_goal
from itsm_core.policy._loading import bundled_policies, load_policy, policy_path
from itsm_core.policy._values import FIELDS, Condition, Policy

__all__ = [
    "FIELDS",
    "Condition",
    "Policy",
    "bundled_policies",
    "load_policy",
    "parse_goal",
    "policy_path",
]
