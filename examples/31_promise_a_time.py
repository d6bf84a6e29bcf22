"""What to tell a requester, how often it came true, a target to sign, and points for people."""

from __future__ import annotations

import random

from itsm_core.ids import PersonId, TicketId
from itsm_core.metrics import (
    POINT_SCHEMES,
    DoneWork,
    PastCase,
    PromiseModel,
    gaming,
    payouts,
    promise_trials,
    propose_target,
    realised,
    target_trials,
    work_norms,
)

WEEK = 168.0
USUAL_HOURS = {"mail": 8.0, "network": 50.0, "payroll": 120.0}


def eight_weeks(rng: random.Random) -> list[PastCase]:
    """Return the tickets of a desk that gets a tenth faster each week."""
    cases: list[PastCase] = []
    for number in range(3_000):
        group = ("mail", "mail", "mail", "network", "payroll")[number % 5]
        began = rng.uniform(0, 8 * WEEK)
        usual = USUAL_HOURS[group] * 0.9 ** (began / WEEK)
        ended = began + rng.weibullvariate(usual, 0.7)
        cases.append(PastCase(began=began, ended=ended, kinds=("P3", group)))
    return cases


def work_of(people: dict[str, float], rng: random.Random) -> list[DoneWork]:
    """Return the work of people who take such a share of password resets, and else hard ones."""
    return [
        DoneWork(
            ticket_id=TicketId(f"{name}-{number}"),
            person=PersonId(name),
            kind=(kind := "password" if number < 100 * easy else "network"),
            hours=rng.uniform(0.1, 0.4) if kind == "password" else rng.uniform(3, 9),
            reopened=int(rng.random() < 0.05),
        )
        for name, easy in people.items()
        for number in range(100)
    ]


def main() -> None:
    """Tell the story: promises, their coverage, a target and its trial, points and their gaming."""
    rng = random.Random(31)  # noqa: S311 - made-up tickets, not secrets
    cases, today = eight_weeks(rng), 6 * WEEK

    model = PromiseModel.fitted(cases, today)
    for group in USUAL_HOURS:
        told = model.promise(0.8, kinds=("P3", group))
        late = model.promise(0.8, kinds=("P3", group), age=48)
        print(f"{group}: eight of ten within {told.by:.0f} h; open for two days: {late.by:.0f} h")

    mornings = [day * 24.0 for day in range(21, 57)]
    trials = promise_trials(cases, mornings, seen_at=20 * WEEK, ratios=(0.8,))
    for line in realised(trials, level=1):
        low, high = line.interval.low or 0.0, line.interval.high or 1.0
        print(f"{line.name}: {line.coverage.kept_ratio:.1%} kept ({low:.0%} to {high:.0%}) of 80 %")

    choices = [48, 72, 96, 120, 168, 240]
    network = [case for case in cases if case.kinds[1] == "network"]
    target = propose_target(network, choices, since=today - 4 * WEEK, as_of=today)
    print(f"network, 95 %: {target.target:.0f} h, to be sure {target.safe_target:.0f} h")
    mondays = [week * WEEK for week in range(4, 9)]
    for trial in target_trials(network, mondays, choices, history=4 * WEEK, seen_at=20 * WEEK):
        if trial.kept is not None and trial.target is not None:
            print(
                f"  week {trial.at / WEEK:.0f}: {trial.target:.0f} h, {trial.kept.kept_ratio:.1%}"
            )

    done = work_of({"ana": 0.9, "ben": 0.2}, rng)
    norms = work_norms(done)
    for scheme in (POINT_SCHEMES[0], POINT_SCHEMES[-1]):
        paid = payouts(done, scheme, norms)
        shown = ", ".join(
            f"{each.person} {each.points:.0f} for {each.hours:.0f} h" for each in paid
        )
        print(f"{scheme.name}: {shown}")
        for each in gaming(done, norms, schemes=[scheme]):
            print(f"  {each.trick}: {each.gain_ratio:+.0%}")


if __name__ == "__main__":
    main()
