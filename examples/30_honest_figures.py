"""Two weeks of tickets as a dashboard shows them, and as they are; what to promise; who is best."""

from __future__ import annotations

import random

from itsm_core.metrics import (
    Demand,
    KaplanMeier,
    Mean,
    Promised,
    Rate,
    agents_needed,
    coverage,
    little_check,
    promise,
    scorecard,
    xmr_chart,
)

TODAY = 14 * 24.0


def main() -> None:
    """Tell the story: open tickets, promises and their coverage, a ranking, a chart, staffing."""
    rng = random.Random(8)  # noqa: S311 - made-up tickets, not secrets
    opened = [rng.uniform(0, TODAY) for _ in range(1_000)]
    lasts = [rng.weibullvariate(60, 0.7) for _ in opened]
    seen = [min(last, TODAY - start) for start, last in zip(opened, lasts, strict=True)]
    ended = [last <= TODAY - start for start, last in zip(opened, lasts, strict=True)]

    resolved = Mean.of(time for time, done in zip(seen, ended, strict=True) if done)
    km = KaplanMeier.of(seen, ended)
    median = km.quantile_interval(0.5)
    print(f"dashboard: {resolved.count} resolved, {resolved.value:.0f} hours on average")
    print(f"honest: median {km.quantile(0.5):.0f} h ({median.low:.0f} to {median.high:.0f})")
    spans = [
        (start, start + time if done else None)
        for start, time, done in zip(opened, seen, ended, strict=True)
    ]
    check = little_check(spans, start=0, end=TODAY)
    print(f"Little's law: the report lacks {check.gap_ratio:.0%} of the time")

    for age in (0, 24):
        told = promise(km, 0.8, age=age)
        print(f"open for {age} h: eight of ten are done by {told.by:.0f} h")
    by = promise(km, 0.8).by
    later = (
        Promised(by=by, duration=rng.weibullvariate(60, 0.7), has_ended=True) for _ in range(500)
    )
    print(f"of those promised 80 %, {coverage(later, 0.8).kept_ratio:.0%} were kept")

    agents = {
        "ann": Rate(successes=1, trials=1),
        "ben": Rate(successes=523, trials=543),
        "eva": Rate(successes=300, trials=400),
    }
    for line in scorecard(agents):
        print(f"{line.name}: rank {line.rank or 'none'}, {line.shrunk:.1%}")

    chart, _ = xmr_chart([41, 38, 44, 40, 43, 39, 42, 40, 61], baseline=8)
    for signal in chart.signals:
        print(f"week {signal.place + 1}: {chart.values[signal.place]:.0f}, {signal.rule}")

    calls = Demand(calls=100, period_seconds=1800, handle_seconds=180, abandoned_ratio=0.04)
    staffing = agents_needed(calls, target_seconds=20, answered_ratio=0.8)
    warnings = ", ".join(fault.code for fault in staffing.warnings)
    print(f"{staffing.agents} agents by {staffing.model} ({warnings})")


if __name__ == "__main__":
    main()
