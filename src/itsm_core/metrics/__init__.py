"""Figures that do not lie: estimates with intervals, charts, promises, staffing (laws M2, M3, D6).

Open cases are censored (`KaplanMeier`), rates keep their counts (`Rate`), percentiles state their
definition, rankings show ties (`scorecard`), charts tell a signal from noise (`xmr_chart`).
Everything is pure arithmetic over numbers that the caller took from a log.
"""

from itsm_core.metrics._budgets import ErrorBudget
from itsm_core.metrics._chart import BEYOND_LIMITS, WESTERN_ELECTRIC, Chart, RunRule, Signal
from itsm_core.metrics._counted import c_chart, p_chart, u_chart
from itsm_core.metrics._cusum import Cusum, cusum_chart, cusum_run_length
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
from itsm_core.metrics._little import (
    LittleCheck,
    little_check,
    mean_time_in_system,
    single_server_wait,
)
from itsm_core.metrics._logrank import LogRank, Sample, log_rank
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

__all__ = [
    "BEYOND_LIMITS",
    "WESTERN_ELECTRIC",
    "BandKind",
    "BetaPrior",
    "Chart",
    "Coverage",
    "Cusum",
    "Demand",
    "ErrorBudget",
    "GammaPrior",
    "Interval",
    "KaplanMeier",
    "LittleCheck",
    "LogRank",
    "Mean",
    "Promise",
    "Promised",
    "Quantile",
    "QuantileKind",
    "Rate",
    "RunRule",
    "Sample",
    "Signal",
    "Staffing",
    "Standing",
    "SurvivalStep",
    "Waiting",
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
    "halfin_whitt",
    "james_stein",
    "least_sample",
    "little_check",
    "log_rank",
    "mean_time_in_system",
    "offered_load",
    "order_coverage",
    "p_chart",
    "poisson_interval",
    "promise",
    "quantile",
    "quantile_interval",
    "rostered",
    "scorecard",
    "single_server_wait",
    "smoothed_forecasts",
    "staffed",
    "tightest_promise",
    "u_chart",
    "upper_bound",
    "wilson",
    "xmr_chart",
]
