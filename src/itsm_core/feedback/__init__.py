"""What people think of the desk, and what the desk makes of it (law D5).

Complaints with both sides heard, satisfaction beside its response rate, a register of
improvements with their effect, and a review sheet for one person: facts, intervals, no ranking.
"""

from itsm_core.feedback._asking import with_feedback
from itsm_core.feedback._complaints import (
    SHIPPED_COMPLAINTS,
    Complaint,
    ComplaintRules,
    ComplaintTally,
    Hearing,
    complaint_of,
    follow_up,
    tally_complaints,
)
from itsm_core.feedback._effect import Effect, effect_of_counts, effect_of_shares
from itsm_core.feedback._improvements import (
    IMPROVEMENT,
    Improvement,
    improvement_commands,
    improvement_of,
)
from itsm_core.feedback._reviews import ReviewFact, ReviewLine, ReviewRules, ReviewSheet
from itsm_core.feedback._satisfaction import (
    ResponderGap,
    Satisfaction,
    SatisfactionRules,
    satisfaction_of,
)
from itsm_core.feedback._sheets import review_sheet

__all__ = [
    "IMPROVEMENT",
    "SHIPPED_COMPLAINTS",
    "Complaint",
    "ComplaintRules",
    "ComplaintTally",
    "Effect",
    "Hearing",
    "Improvement",
    "ResponderGap",
    "ReviewFact",
    "ReviewLine",
    "ReviewRules",
    "ReviewSheet",
    "Satisfaction",
    "SatisfactionRules",
    "complaint_of",
    "effect_of_counts",
    "effect_of_shares",
    "follow_up",
    "improvement_commands",
    "improvement_of",
    "review_sheet",
    "satisfaction_of",
    "tally_complaints",
    "with_feedback",
]
