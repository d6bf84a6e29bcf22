"""Priority by a matrix of impact and urgency, by modifiers, and by overrides that end.

Priority is always derived in the domain, on every path that changes an input (law P2), so no
import forgets it. `PriorityMatrix` is enough for many desks; `PriorityPolicy` adds modifiers
(criticality, VIP, age), a level above the matrix and the rule for overrides by hand. A matrix can
be learned from a log (law P4): the cells are what the log mostly does, the exceptions are listed
one by one.

>>> from itsm_core.conditions import field
>>> vip = PriorityModifier(name="vip", when=field("vip").is_(True), effect=Raise())
>>> policy = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=(vip,))
>>> print(policy.derive(PriorityFacts(impact="low", urgency="high", vip=True)).explain())
priority 'P2'
  matrix: priority 'P3': impact 'low' (3 of 3) meets urgency 'high' (1 of 3) in matrix 'itil-3x3'
  1. 'vip' applied, as vip is true: raise by 1, 'P3' to 'P2'
"""

from itsm_core.priority._facts import PRIORITY_FACTS, PriorityDirectory, PriorityFacts
from itsm_core.priority._learn import (
    LearnedCell,
    LearnedMatrix,
    PriorityException,
    learn_matrix,
)
from itsm_core.priority._matrix import ITIL_MATRIX, PriorityMatrix
from itsm_core.priority._modifiers import AtLeast, Effect, Lower, PriorityModifier, Raise, Set
from itsm_core.priority._override import OverrideRule, PriorityOverride
from itsm_core.priority._policy import (
    DerivedPriority,
    ModifierStep,
    NextPriority,
    PriorityPolicy,
    PriorityRules,
)

__all__ = [
    "ITIL_MATRIX",
    "PRIORITY_FACTS",
    "AtLeast",
    "DerivedPriority",
    "Effect",
    "LearnedCell",
    "LearnedMatrix",
    "Lower",
    "ModifierStep",
    "NextPriority",
    "OverrideRule",
    "PriorityDirectory",
    "PriorityException",
    "PriorityFacts",
    "PriorityMatrix",
    "PriorityModifier",
    "PriorityOverride",
    "PriorityPolicy",
    "PriorityRules",
    "Raise",
    "Set",
    "learn_matrix",
]
