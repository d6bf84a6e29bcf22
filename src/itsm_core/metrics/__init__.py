"""Figures that do not lie: estimates with intervals, charts, promises, staffing (laws M2, M3, D6).

Open cases are censored (`KaplanMeier`), rates keep their counts (`Rate`), percentiles state their
definition, rankings show ties (`scorecard`), charts tell a signal from noise (`xmr_chart`).
The statistics are pure arithmetic over numbers that the caller took from a log.

`METRICS` are the named metrics over the event log itself: `measure` asks a `CaseLog` for one of
them in a `Window`, and its `Result` holds the honest figure beside the dashboard's (law M1).
"""

from itsm_core.metrics._budgets import ErrorBudget
from itsm_core.metrics._chart import BEYOND_LIMITS, WESTERN_ELECTRIC, Chart, RunRule, Signal
from itsm_core.metrics._counted import c_chart, p_chart, u_chart
from itsm_core.metrics._cusum import Cusum, cusum_chart, cusum_run_length
from itsm_core.metrics._definitions import (
    CASE_FIELDS,
    METRICS,
    Backlog,
    By,
    Case,
    CaseLog,
    CommitmentsKept,
    ContactShare,
    ContactTime,
    Cost,
    Dashboard,
    Figure,
    FirstContact,
    MeanUntil,
    Measure,
    Metric,
    Part,
    Population,
    Result,
    ShareWithin,
    TimeHeld,
    TimeUntil,
    Unit,
    Until,
    Volume,
    Window,
    measure,
    measure_all,
    weekly,
)
from itsm_core.metrics._erlang import (
    Waiting,
    erlang_a,
    erlang_b,
    erlang_c,
    erlang_c_quantile,
    halfin_whitt,
    offered_load,
)
from itsm_core.metrics._ewma import ewma, ewma_chart, smoothed_forecasts
from itsm_core.metrics._figures import Mean, Quantile, Rate
from itsm_core.metrics._individuals import xmr_chart
from itsm_core.metrics._interval import Interval
from itsm_core.metrics._laney import laney_chart
from itsm_core.metrics._little import (
    LittleCheck,
    little_check,
    mean_time_in_system,
    single_server_wait,
)
from itsm_core.metrics._logrank import LogRank, Sample, log_rank
from itsm_core.metrics._norms import (
    POINT_SCHEMES,
    TRICKS,
    DoneWork,
    Gaming,
    Payout,
    PointScheme,
    Trick,
    WorkNorm,
    gaming,
    payouts,
    work_norms,
)
from itsm_core.metrics._percentiles import (
    QuantileKind,
    conformal_rank,
    least_sample,
    order_coverage,
    quantile,
    quantile_interval,
)
from itsm_core.metrics._promises import (
    Coverage,
    Promise,
    Promised,
    coverage,
    promise,
    tightest_promise,
)
from itsm_core.metrics._promises_log import past_cases
from itsm_core.metrics._promises_model import Lookback, PastCase, PromiseModel
from itsm_core.metrics._promises_trial import Realised, Trial, promise_trials, realised
from itsm_core.metrics._proportions import (
    clopper_pearson,
    difference_interval,
    poisson_interval,
    upper_bound,
    wilson,
)
from itsm_core.metrics._scorecard import Standing, scorecard
from itsm_core.metrics._shrinkage import BetaPrior, GammaPrior, james_stein
from itsm_core.metrics._staffing import Demand, Staffing, agents_needed, rostered, staffed
from itsm_core.metrics._survival import BandKind, KaplanMeier, SurvivalStep
from itsm_core.metrics._targets import (
    TargetProposal,
    TargetTrial,
    propose_target,
    target_trials,
)
from itsm_core.metrics._untold import Untold

__all__ = [
    "BEYOND_LIMITS",
    "CASE_FIELDS",
    "METRICS",
    "POINT_SCHEMES",
    "TRICKS",
    "WESTERN_ELECTRIC",
    "Backlog",
    "BandKind",
    "BetaPrior",
    "By",
    "Case",
    "CaseLog",
    "Chart",
    "CommitmentsKept",
    "ContactShare",
    "ContactTime",
    "Cost",
    "Coverage",
    "Cusum",
    "Dashboard",
    "Demand",
    "DoneWork",
    "ErrorBudget",
    "Figure",
    "FirstContact",
    "Gaming",
    "GammaPrior",
    "Interval",
    "KaplanMeier",
    "LittleCheck",
    "LogRank",
    "Lookback",
    "Mean",
    "MeanUntil",
    "Measure",
    "Metric",
    "Part",
    "PastCase",
    "Payout",
    "PointScheme",
    "Population",
    "Promise",
    "PromiseModel",
    "Promised",
    "Quantile",
    "QuantileKind",
    "Rate",
    "Realised",
    "Result",
    "RunRule",
    "Sample",
    "ShareWithin",
    "Signal",
    "Staffing",
    "Standing",
    "SurvivalStep",
    "TargetProposal",
    "TargetTrial",
    "TimeHeld",
    "TimeUntil",
    "Trial",
    "Trick",
    "Unit",
    "Until",
    "Untold",
    "Volume",
    "Waiting",
    "Window",
    "WorkNorm",
    "agents_needed",
    "c_chart",
    "clopper_pearson",
    "conformal_rank",
    "coverage",
    "cusum_chart",
    "cusum_run_length",
    "difference_interval",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "erlang_c_quantile",
    "ewma",
    "ewma_chart",
    "gaming",
    "halfin_whitt",
    "james_stein",
    "laney_chart",
    "least_sample",
    "little_check",
    "log_rank",
    "mean_time_in_system",
    "measure",
    "measure_all",
    "offered_load",
    "order_coverage",
    "p_chart",
    "past_cases",
    "payouts",
    "poisson_interval",
    "promise",
    "promise_trials",
    "propose_target",
    "quantile",
    "quantile_interval",
    "realised",
    "rostered",
    "scorecard",
    "single_server_wait",
    "smoothed_forecasts",
    "staffed",
    "target_trials",
    "tightest_promise",
    "u_chart",
    "upper_bound",
    "weekly",
    "wilson",
    "work_norms",
    "xmr_chart",
]
