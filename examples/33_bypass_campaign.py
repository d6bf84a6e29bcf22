"""Who goes past the desk, what to do about it, and did it help: a desk with planted bypasses."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from itsm_core.bypass import BypassRules, actions_for, campaign_effect, find_bypasses
from itsm_core.simulation import plant_bypasses, simulate


def main() -> None:
    """Look, measure, answer, and compare."""
    base = simulate(seed=1, tickets=800, weeks=16)
    middle = base.start_at + timedelta(weeks=8)
    desk = plant_bypasses(base, ratio=0.12, campaign_at=middle, campaign_effect=0.75)
    report = find_bypasses(
        desk.histories.values(),
        desk.desk_map,
        contacts=desk.contacts,
        rules=BypassRules(emergencies=frozenset({"P1"})),
    )
    print(report.explain())
    print(report.bypasses[0].explain())

    print("teams")
    for each in report.rates("team"):
        print(f"  {each}")
    print("requesters who stand out")
    for each in report.notable("requester"):
        print(f"  {each}")

    actions = actions_for(report, desk.desk_map.channels)
    for kind, number in Counter(each.kind for each in actions).items():
        print(f"{kind}: {number}")
    trend = next(each for each in actions if each.kind == "tell_manager")
    print(trend.message.subject)
    print(trend.message.text)

    print(campaign_effect(report, at=middle, settle_until=middle + timedelta(weeks=1)).explain())

    found = {each.ticket_id for each in report.bypasses}
    print(f"found {len(found & desk.truth.keys())} of {len(desk.truth)} planted,", end=" ")
    print(f"{len(found - desk.truth.keys())} innocent suspected")


if __name__ == "__main__":
    main()
