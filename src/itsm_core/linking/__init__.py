"""Problem linking: similar tickets, groups of one cause, and the evidence for both (laws K1-K4)."""

from itsm_core.linking._analyzers import ENGLISH, GERMAN, NEUTRAL, Analyzer, WordAnalyzer
from itsm_core.linking._calibration import UNCALIBRATED, Calibration, Judgement
from itsm_core.linking._candidates import CandidateRules, ProblemCandidate, Source, find_candidates
from itsm_core.linking._causes import ChangeRecord, SuspectedChange
from itsm_core.linking._fields import FieldRule, TicketFields
from itsm_core.linking._grouping import IncidentGrouper
from itsm_core.linking._histories import find_in_histories
from itsm_core.linking._impact import (
    Dependency,
    DependencyGraph,
    ImpactedItem,
    ItemGraph,
    are_related,
    impact_of,
)
from itsm_core.linking._index import TicketIndex
from itsm_core.linking._knowledge import KnowledgeBase, KnowledgeMatch
from itsm_core.linking._linker import Linker, Related
from itsm_core.linking._masking import masked
from itsm_core.linking._model import (
    DEFAULT_MODEL,
    DUPLICATES,
    KNOWLEDGE,
    MEANING_MODEL,
    RECURRENCE,
    STORM,
    Agreement,
    LinkModel,
)
from itsm_core.linking._occurrences import Occurrence, occurrence_of, text_of
from itsm_core.linking._practice import (
    PRACTICE_RULES,
    ProblemOutcome,
    ProblemReview,
    known_error_commands,
    outcome_of,
    problem_commands,
    review_of,
)
from itsm_core.linking._recurrence import RecurrenceWatch
from itsm_core.linking._rhythm import Cycle, Rhythm, Trend
from itsm_core.linking._sources import CandidateSource, SemanticView, Similarities
from itsm_core.linking._spread import Cost, Shift, Spread
from itsm_core.linking._storms import StormDetector, StormProposal
from itsm_core.linking._timetable import Slot
from itsm_core.linking._training import RankingExample, TrainedModel, ranking_example, train_model
from itsm_core.linking._values import (
    AGREEMENT_FIELDS,
    Evidence,
    Group,
    GroupingEvent,
    GroupsMerged,
    GroupSplit,
    GroupStarted,
    Link,
    PairJudged,
    Suggestion,
    Task,
    TicketGrouped,
    TicketText,
    Verdict,
    probability_of,
)
from itsm_core.money import Money, Rates

__all__ = [
    "AGREEMENT_FIELDS",
    "DEFAULT_MODEL",
    "DUPLICATES",
    "ENGLISH",
    "GERMAN",
    "KNOWLEDGE",
    "MEANING_MODEL",
    "NEUTRAL",
    "PRACTICE_RULES",
    "RECURRENCE",
    "STORM",
    "UNCALIBRATED",
    "Agreement",
    "Analyzer",
    "Calibration",
    "CandidateRules",
    "CandidateSource",
    "ChangeRecord",
    "Cost",
    "Cycle",
    "Dependency",
    "DependencyGraph",
    "Evidence",
    "FieldRule",
    "Group",
    "GroupSplit",
    "GroupStarted",
    "GroupingEvent",
    "GroupsMerged",
    "ImpactedItem",
    "IncidentGrouper",
    "ItemGraph",
    "Judgement",
    "KnowledgeBase",
    "KnowledgeMatch",
    "Link",
    "LinkModel",
    "Linker",
    "Money",
    "Occurrence",
    "PairJudged",
    "ProblemCandidate",
    "ProblemOutcome",
    "ProblemReview",
    "RankingExample",
    "Rates",
    "RecurrenceWatch",
    "Related",
    "Rhythm",
    "SemanticView",
    "Shift",
    "Similarities",
    "Slot",
    "Source",
    "Spread",
    "StormDetector",
    "StormProposal",
    "Suggestion",
    "SuspectedChange",
    "Task",
    "TicketFields",
    "TicketGrouped",
    "TicketIndex",
    "TicketText",
    "TrainedModel",
    "Trend",
    "Verdict",
    "WordAnalyzer",
    "are_related",
    "find_candidates",
    "find_in_histories",
    "impact_of",
    "known_error_commands",
    "masked",
    "occurrence_of",
    "outcome_of",
    "probability_of",
    "problem_commands",
    "ranking_example",
    "review_of",
    "text_of",
    "train_model",
]
