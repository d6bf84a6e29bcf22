"""One candidate with everything a page can show, for the tests of the problem pages."""

from __future__ import annotations

from datetime import timedelta

from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    CandidateRules,
    ChangeRecord,
    Money,
    Occurrence,
    ProblemCandidate,
    Rates,
    Shift,
    find_candidates,
)
from tests.unit.linking.desk import AS_OF, background, failure

OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
NIGHT = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Su 22:00-06:00"))
RULES = CandidateRules(
    rates=Rates(hourly=Money(100, "EUR"), working=OFFICE, after_hours_ratio="1.5", minimum_hours=2),
    shifts=(Shift(name="night", calendar=NIGHT),),
)
PLAIN = CandidateRules()


def candidate(
    rules: CandidateRules = RULES, *, item: str = "JOB-1", person: str = ""
) -> ProblemCandidate:
    """Return the Thursday failure, with two changes before it; item and person can be hostile."""
    own = [
        Occurrence(
            ticket_id=each.ticket_id,
            at=each.at,
            service=each.service,
            configuration_item_id=item,
            person=PersonId(person) or each.person,
            worked_us=each.worked_us,
        )
        for each in failure()
    ]
    changes = [
        ChangeRecord(
            change_id=TicketId(name),
            at=own[0].at - timedelta(days=days),
            configuration_item_id=item,
        )
        for name, days in (("CHG-1", 90), ("CHG-2", 1))
    ]
    (found,) = find_candidates([*background(), *own], as_of=AS_OF, rules=rules, changes=changes)
    return found
