"""Two weeks of a desk: what a dashboard shows, what is so, whose it was, and what it cost."""

from __future__ import annotations

from datetime import timedelta

import attrs

from itsm_core.conditions import field
from itsm_core.metrics import (
    METRICS,
    CaseLog,
    Dashboard,
    FirstContact,
    ShareWithin,
    Window,
    measure,
    scorecard,
    weekly,
    xmr_chart,
)
from itsm_core.money import Money, Rates
from itsm_core.simulation import simulate


def main() -> None:
    """Measure a made-up desk: two weeks, by group, week by week, and one failure that recurs."""
    desk = simulate(seed=8, tickets=1_500, weeks=12)
    failure = dict.fromkeys(desk.story.weekly_failure, "the weekly failure")
    log = CaseLog.of(desk.histories.values(), labels=failure)
    end = desk.start_at + timedelta(weeks=10)
    window = Window(start_at=end - timedelta(weeks=2), end_at=end, zone="Europe/Berlin")

    for name in ("resolved-within-24h", "resolution-median", "backlog-age-median"):
        told = measure(log, METRICS[name], window)
        print(told)
        print(f"  {told.differs}")

    # The same two weeks, seen when all of it is over: was the honest figure right?
    later = attrs.evolve(window, seen_at=desk.as_of)
    print("later:", measure(log, METRICS["resolved-within-24h"], later).honest)

    # There is no one first-contact resolution: say what you mean, and it stands in the result.
    quick = FirstContact(one_group=True, within=timedelta(hours=4), not_reopened=True)
    mine = attrs.evolve(
        METRICS["fcr-first-group"],
        name="fcr-four-hours",
        title="Resolved by the first group within four hours, for good",
        measure=ShareWithin(until=quick, within=timedelta(days=1), dashboard=Dashboard.OF_DONE),
        where=field("priority").is_in("P3", "P4"),
    )
    print(measure(log, mine, window))

    held = measure(log, METRICS["time-by-group"], window)
    for part in held.parts:
        print(f"{part.name}: {part.honest} held; on a dashboard {part.dashboard}")
    by_group = measure(log, METRICS["resolved-within-24h"].split_by("group"), log.whole())
    rates = {part.name: part.mature for part in by_group.parts if part.mature is not None}
    for line in scorecard(rates):
        print(f"{line.name}: {line.shrunk:.0%}, rank {line.rank or 'none'}")

    weeks = weekly(log, METRICS["resolved-within-24h"], log.whole(), follow_up=timedelta(days=3))
    shares = [100 * week.honest.value for week in weeks if week.honest.value is not None]
    chart, _ = xmr_chart(shares)
    print(f"{len(weeks)} weeks, {len(chart.signals)} out of control")

    rates_of_work = Rates(hourly=Money(95, "EUR"))
    cost = measure(log, METRICS["cost-so-far"].split_by("label"), log.whole(), rates=rates_of_work)
    print(f"the weekly failure: {cost['the weekly failure'].honest} {cost.currency}")


if __name__ == "__main__":
    main()
