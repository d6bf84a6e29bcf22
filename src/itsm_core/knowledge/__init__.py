"""What the desk knows, put to work at intake: checklists, offers, and whether they helped (law K2).

`Intake` looks at a new ticket and says what to offer and what to ask, as commands; `with_intake`
lets a lifecycle record them, and hold a ticket back while a required answer is missing.
`usage_of` counts what was offered, used and helped, from the later life of the tickets.
"""

from itsm_core.knowledge._checklists import AskedQuestion, Checklist, Question, questions_of
from itsm_core.knowledge._intake import Intake, IntakeAdvice, KnowledgeSource
from itsm_core.knowledge._recording import with_intake
from itsm_core.knowledge._usage import EntryUsage, UsageFact, UsageRules, usage_of

__all__ = [
    "AskedQuestion",
    "Checklist",
    "EntryUsage",
    "Intake",
    "IntakeAdvice",
    "KnowledgeSource",
    "Question",
    "UsageFact",
    "UsageRules",
    "questions_of",
    "usage_of",
    "with_intake",
]
