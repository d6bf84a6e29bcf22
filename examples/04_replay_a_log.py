"""Judge an export of another system: declare what it means, import it, see what was kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

from itsm_core.interop import load_mapping, read_log
from itsm_core.policy import load_policy
from itsm_core.report.judged import judge_log

LOG = """\
Number;Version;State;Updated;Opened;By;Priority;Group
T-1;0;New;2026-01-05 09:02;2026-01-05 09:00;portal;2;Service desk
T-1;1;Work;2026-01-05 09:30;2026-01-05 09:00;ann;2;Service desk
T-1;2;Waiting for user;2026-01-05 10:00;2026-01-05 09:00;ann;2;Service desk
T-1;3;Work;2026-01-05 15:00;2026-01-05 09:00;ann;2;Network
T-1;4;Done;2026-01-06 09:15;2026-01-05 09:00;bob;2;Network
T-2;0;New;2026-01-05 16:40;2026-01-05 16:40;portal;1;Service desk
T-2;1;Done;2026-01-06 11:00;2026-01-05 16:40;ann;1;Service desk
"""

MAPPING = """\
zone = "Europe/Lisbon"  # the desk that wrote the log; never guessed

[file]
delimiter = ";"
date_format = "%Y-%m-%d %H:%M"

[columns]
ticket = "Number"
sequence = "Version"
state = "State"
updated_at = "Updated"
opened_at = "Opened"
actor = "By"
priority = "Priority"
group = "Group"

[states]
"New" = { state = "new" }
"Work" = { state = "in_progress" }
"Waiting for user" = { state = "on_hold", reason = "awaiting_requester" }
"Done" = { state = "resolved" }

[values.priority]
"1" = "P1"
"2" = "P2"

[events]
first_response = "leaves_new"
"""

POLICY = """\
name = "lisbon"

[calendars.office]
zone = "Europe/Lisbon"
hours = "Mo-Fr 09:00-17:00"
holidays = { country = "PT" }

[[agreements]]
id = "standard"
calendar = "office"

[agreements.response]
goals = { P1 = "30m", P2 = "1h" }

[agreements.resolution]
goals = { P1 = "2h", P2 = "4h" }
pause_on = ["awaiting_requester"]
"""


def main() -> None:
    """Write the three files, judge the log, print every verdict."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("log.csv", LOG), ("map.toml", MAPPING), ("policy.toml", POLICY)):
            (folder / file).write_text(text, encoding="utf-8")
        log = read_log(folder / "log.csv", load_mapping(folder / "map.toml"))
        policy = load_policy(folder / "policy.toml")

    print(f"{log.quality.rows} rows, {log.quality.tickets} tickets, zone {log.quality.zone}")
    judged = judge_log(log.histories, policy, log.last_at)
    for tally in judged.tallies:
        print(f"{tally.metric} {tally.priority}: {tally.kept} kept, {tally.broken} broken")
    print()
    for breach in judged.worst:
        print(breach.clock.explain())
        print()


if __name__ == "__main__":
    main()
