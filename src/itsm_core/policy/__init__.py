"""What a desk has promised, as a file that people can read and review: TOML, JSON or YAML.

`load_policy` reads calendars, priorities, lifecycles and agreements into a `Policy`. `read_policy`
never raises for what the file says: it returns everything that is wrong at once, each finding with
its line and column, the value, the rule, what to do and what was probably meant.
`policy_to_toml` and `policy_to_json` write a policy down again; `policy_schema` is for editors.
"""

from itsm_core.policy._changes import (
    PolicyChange,
    PolicyEffect,
    policy_changes,
    policy_effect,
)
from itsm_core.policy._dump import policy_to_json, policy_to_toml
from itsm_core.policy._expect import Case, Expectations, ExpectedClock, read_expectations
from itsm_core.policy._expect_run import CaseResult, Difference, run_expectations
from itsm_core.policy._expect_story import facts_of, open_sketch
from itsm_core.policy._findings import Finding, Severity
from itsm_core.policy._goals import goal_text, parse_goal
from itsm_core.policy._lint import lint
from itsm_core.policy._lint_rules import RULES, LintRule
from itsm_core.policy._reading import (
    PolicyReading,
    bundled_policies,
    load_policy,
    policy_path,
    read_policy,
)
from itsm_core.policy._sarif import to_sarif
from itsm_core.policy._schema import policy_schema
from itsm_core.policy._source import PolicySource
from itsm_core.policy._values import FIELDS, Condition, Policy

__all__ = [
    "FIELDS",
    "RULES",
    "Case",
    "CaseResult",
    "Condition",
    "Difference",
    "Expectations",
    "ExpectedClock",
    "Finding",
    "LintRule",
    "Policy",
    "PolicyChange",
    "PolicyEffect",
    "PolicyReading",
    "PolicySource",
    "Severity",
    "bundled_policies",
    "facts_of",
    "goal_text",
    "lint",
    "load_policy",
    "open_sketch",
    "parse_goal",
    "policy_changes",
    "policy_effect",
    "policy_path",
    "policy_schema",
    "policy_to_json",
    "policy_to_toml",
    "read_expectations",
    "read_policy",
    "run_expectations",
    "to_sarif",
]
