"""What is legal but probably not meant: advice on agreements and on catalogues."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from itsm_core.calendars import (
    NEVER,
    WallTime,
    WorkingDays,
)
from itsm_core.conditions import Predicate, all_of, field
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    AgreementCatalogue,
    PauseLimit,
    ServiceLevelTarget,
    waiting_for,
)
from itsm_core.sla._advice import catalogue_advice
from itsm_core.sla._pick import Bench
from tests.unit.sla.legs import HOUR, Goals, part, whole
from tests.unit.sla.sample import GOLD, SILVER, agreement, at


class TestAgreement:
    """What `check()` says of an agreement."""

    def test_nothing_is_said_of_an_agreement_in_order(self) -> None:
        """Advice that always comes is read by nobody."""
        assert whole({"P1": 4 * HOUR}, part({"P1": 2 * HOUR})).check() == ()

    def test_legs_that_seldom_fit_are_counted(self) -> None:
        """Two hours on the wall, two working hours of promise: always in time. The other way
        round only from nine to three on a working day: 7 of 24 hours on 20 of 28 days.
        """
        assert whole(2 * HOUR, part(WallTime(2 * HOUR))).check() == ()
        (finding,) = whole(WallTime(2 * HOUR), part(2 * HOUR)).check()
        assert finding.code == "legs-seldom-fit"
        assert "from 140 of 672 hours of four weeks only, not from Mon 00:00" in finding.message

    def test_legs_that_seldom_fit_are_named_when_those_of_another_priority_add_up(self) -> None:
        """For P1 the sum tells that they fit; for P2 only the hours can."""
        goals: Goals = {"P1": 4 * HOUR, "P2": WallTime(2 * HOUR)}
        (finding,) = whole(goals, part({"P1": HOUR, "P2": 2 * HOUR})).check()
        assert finding.message.startswith("the legs of resolution for P2 end in time from 140 of")

    def test_leg_without_goal_for_a_priority_is_named(self) -> None:
        """The promise has one."""
        (finding,) = whole({"P1": 4 * HOUR, "P2": 8 * HOUR}, part({"P1": HOUR})).check()
        assert finding.code == "leg-without-goal"
        assert finding.message == "network has no goal for P2, resolution has"

    def test_leg_on_a_customers_agreement_is_doubtful(self) -> None:
        """A group or a supplier is meant."""
        other = attrs.evolve(part({"P1": HOUR}), kind="sla")
        assert [each.code for each in whole({"P1": 4 * HOUR}, other).check()] == ["leg-kind"]

    def test_priority_that_one_target_leaves_out_is_named(self) -> None:
        """Perhaps it was forgotten."""
        response = ServiceLevelTarget(metric="response", goals={"P1": HOUR})
        resolution = ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "P2": HOUR})
        (finding,) = whole(HOUR, targets=(response, resolution)).check()
        assert finding.code == "goal-missing"
        assert finding.message == "response has no goal for P2; another target has"

    def test_goal_for_any_other_priority_leaves_none_out(self) -> None:
        """`*` is a goal for it."""
        response = ServiceLevelTarget(metric="response", goals=HOUR)
        resolution = ServiceLevelTarget(metric="resolution", goals={"P1": HOUR, "*": HOUR})
        assert whole(HOUR, targets=(response, resolution)).check() == ()

    def test_warning_that_comes_too_late_is_named(self) -> None:
        """Three minutes before an hour is over."""
        target = ServiceLevelTarget(
            metric="response",
            goals={"P1": HOUR, "P2": 8 * HOUR, "P3": WorkingDays(1)},
            warn_at_ratios=(0.5, 0.95),
        )
        (finding,) = whole(HOUR, targets=(target,)).check()
        assert finding.code == "late-warning"
        assert finding.message == (
            "the warning of response at 95% leaves less than 5 minutes for P1"
        )

    def test_warning_five_minutes_before_the_end_is_early_enough(self) -> None:
        """Half of ten minutes; of a microsecond less it is not."""
        ten = timedelta(minutes=10)
        for goal, found in ((ten, []), (ten - timedelta.resolution, ["late-warning"])):
            target = ServiceLevelTarget(metric="response", goals=goal, warn_at_ratios=(0.5,))
            assert [each.code for each in whole(HOUR, targets=(target,)).check()] == found

    def test_goal_is_not_missed_when_a_commitment_has_none(self) -> None:
        """Commitments bring their own deadlines, and are no target with goals."""
        response = ServiceLevelTarget(metric="response", goals={"P1": HOUR})
        promise = ServiceLevelTarget(metric="commitment")
        assert whole(HOUR, targets=(promise, response)).check() == ()

    def test_limit_of_any_pause_is_used_when_there_is_a_pause(self) -> None:
        """`*` is every reason."""
        limit = PauseLimit(reason="*", budget=HOUR)
        target = ServiceLevelTarget(
            metric="resolution", goals=HOUR, pause_limits=(limit,), pause_on={"parts"}
        )
        assert whole(HOUR, targets=(target,)).check() == ()

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({}, ["limit-unused"]),
            ({"pause_on": {"awaiting_requester"}}, ["limit-unused"]),
            ({"pause_on": {"awaiting_supplier"}}, []),
        ],
    )
    def test_limit_of_a_pause_that_never_is_is_named(
        self, change: dict[str, object], found: list[str]
    ) -> None:
        """A bound for a reason that does not pause bounds nothing."""
        limit = PauseLimit(reason="awaiting_supplier", budget=HOUR)
        target = ServiceLevelTarget(
            metric="resolution",
            goals=HOUR,
            pause_limits=(limit,),
            **change,  # type: ignore[arg-type]
        )
        assert [each.code for each in whole(HOUR, targets=(target,)).check()] == found

    @pytest.mark.parametrize(
        ("pause", "found"),
        [
            (field("category").is_("on_hold"), []),
            (field("hold_reason").is_present(), []),
            (field("hold_reason").is_("awaiting_requester"), ["limit-unused"]),
        ],
    )
    def test_limit_is_weighed_against_the_pause_as_far_as_it_can_be(
        self, pause: Predicate, found: list[str]
    ) -> None:
        """A condition that is not a list of reasons may pause for any."""
        limit = PauseLimit(reason="awaiting_supplier", budget=HOUR)
        rules = attrs.evolve(waiting_for("x"), pause=pause)
        target = ServiceLevelTarget(metric="uc", goals=HOUR, rules=rules, pause_limits=(limit,))
        assert [each.code for each in whole(HOUR, targets=(target,)).check()] == found

    def test_commitments_have_no_pauses_to_advise_on(self) -> None:
        """Their deadline stands."""
        target = ServiceLevelTarget(metric="commitment")
        assert whole(HOUR, targets=(target,)).check() == ()

    def test_resume_without_pause_is_named(self) -> None:
        """Nothing is there to resume."""
        rules = attrs.evolve(waiting_for("awaiting_supplier"), resume=waiting_for("x").start)
        target = ServiceLevelTarget(metric="uc", goals=HOUR, rules=rules)
        assert [each.code for each in whole(HOUR, targets=(target,)).check()] == ["resume-unused"]

    def test_priority_that_is_not_listed_anywhere_is_left_out_by_nobody(self) -> None:
        """`*` of one target is no priority that another could lack."""
        response = ServiceLevelTarget(metric="response", goals={"P1": HOUR})
        resolution = ServiceLevelTarget(metric="resolution", goals=HOUR)
        assert whole(HOUR, targets=(response, resolution)).check() == ()

    def test_every_remark_is_made_with_its_code_in_one_order(self) -> None:
        """One hides no other; each says what to do."""
        response = ServiceLevelTarget(metric="response", goals={"P1": HOUR}, warn_at_ratios=(0.99,))
        rules = attrs.evolve(waiting_for("x"), resume=waiting_for("y").start)
        limits = (PauseLimit(reason="parts", budget=HOUR), PauseLimit(reason="*", budget=HOUR))
        supplier = ServiceLevelTarget(
            metric="uc",
            goals={"P2": HOUR, "P3": WallTime(2 * HOUR)},
            rules=rules,
            pause_limits=limits,
            calendar=NEVER,
        )
        found = whole(HOUR, targets=(response, supplier)).check()
        assert [(each.code, each.message.split(":")[0]) for each in found] == [
            ("goal-missing", "response has no goal for P2, P3; another target has"),
            ("goal-missing", "uc has no goal for P1; another target has"),
            ("late-warning", "the warning of response at 99% leaves less than 5 minutes for P1"),
            ("limit-unused", "uc never pauses for 'parts', which is limited"),
            ("limit-unused", "uc never pauses for '*', which is limited"),
            ("resume-unused", "uc says what resumes it, but never pauses"),
            ("never-open", "the calendar of uc never opens"),
        ]
        assert all(each.remedy for each in found)

    @pytest.mark.parametrize(
        ("pause", "found"),
        [
            (field("hold_reason").is_in("parts", "other"), []),
            (field("hold_reason").is_in("some", "other"), ["limit-unused"]),
            (field("hold_reason").is_not("parts"), []),
            (all_of(field("hold_reason").is_not("a"), field("hold_reason").is_not("b")), []),
        ],
    )
    def test_limit_is_unused_when_the_pause_lists_other_reasons(
        self, pause: Predicate, found: list[str]
    ) -> None:
        """What is more than a list of reasons may pause for any."""
        limit = PauseLimit(reason="parts", budget=HOUR)
        rules = attrs.evolve(waiting_for("x"), pause=pause)
        target = ServiceLevelTarget(metric="uc", goals=HOUR, rules=rules, pause_limits=(limit,))
        assert [each.code for each in whole(HOUR, targets=(target,)).check()] == found

    def test_leg_without_goal_is_named_for_its_own_clock_alone(self) -> None:
        """The response rests on nothing; a priority that the promise lacks needs no leg."""
        response = ServiceLevelTarget(metric="response", goals={"P1": HOUR, "P2": HOUR, "P3": HOUR})
        resolution = ServiceLevelTarget(
            metric="resolution", goals={"P1": 4 * HOUR, "P2": 4 * HOUR, "P3": 4 * HOUR}
        )
        legs = (part({"P1": HOUR}, name="one"), part({"P1": HOUR, "P3": HOUR}, name="two"))
        found = whole(HOUR, *legs, targets=(response, resolution)).check()
        assert [(each.code, each.message) for each in found] == [
            ("leg-without-goal", "one, two has no goal for P2, resolution has"),
            ("leg-without-goal", "one has no goal for P3, resolution has"),
        ]


class TestCatalogue:
    """What is legal but probably not meant."""

    def test_possible_tie_is_found_with_a_case(self) -> None:
        """Before a ticket meets it."""
        other = agreement("vip", precedence=10, applies_to=field("requester").is_("queen"))
        findings = AgreementCatalogue(agreements=(GOLD, other)).check()
        assert [each.code for each in findings] == ["tie"]
        assert "priority 'P1', requester 'queen'" in findings[0].message

    def test_disjoint_conditions_do_not_tie(self) -> None:
        """Proved, not tried."""
        other = attrs.evolve(
            GOLD, agreement_id=AgreementId("p2"), applies_to=field("priority").is_("P2")
        )
        assert AgreementCatalogue(agreements=(GOLD, other)).check() == ()

    def test_agreement_that_never_holds_is_named(self) -> None:
        """Another one is for every ticket, with a higher precedence."""
        findings = AgreementCatalogue(agreements=(GOLD, agreement("all", precedence=20))).check()
        assert [each.code for each in findings] == ["never-chosen"]

    def test_gap_between_versions_is_named(self) -> None:
        """Nothing was promised from 10:00 to 12:00."""
        first = agreement("a", valid_until=at(10))
        second = agreement("a", version=2, valid_from=at(12))
        (finding,) = AgreementCatalogue(agreements=(first, second)).check()
        assert (finding.code, finding.remedy) == (
            "version-gap",
            "from 2026-01-05 10:00 to 2026-01-05 12:00",
        )

    def test_nothing_is_said_of_versions_that_follow_each_other(self) -> None:
        """The second comes into force when the first ends."""
        first = agreement("a", valid_until=at(10))
        second = agreement("a", version=2, valid_from=at(10))
        assert AgreementCatalogue(agreements=(first, second)).check() == ()

    def test_tie_is_seen_when_one_text_can_hold_the_parts_of_both(self) -> None:
        """A service called "mail post" is meant by either."""
        one = agreement("a", applies_to=field("service").contains("mail"))
        other = agreement("b", applies_to=field("service").contains("post"))
        findings = AgreementCatalogue(agreements=(one, other)).check()
        assert [each.code for each in findings] == ["tie"]

    def test_tie_that_cannot_be_decided_is_said(self) -> None:
        """More parts of one free text than are tried in every order."""
        parts = [field("service").contains(word) for word in "abcdefghijkl"]
        one = agreement("a", applies_to=all_of(*parts[:6]))
        other = agreement("b", applies_to=all_of(*parts[6:]))
        findings = AgreementCatalogue(agreements=(one, other)).check()
        assert [each.code for each in findings] == ["tie-unknown"]

    def test_tie_is_found_when_other_pairs_cannot_tie(self) -> None:
        """Of three, the first beats both others."""
        desk = AgreementCatalogue(agreements=(GOLD, agreement("b"), agreement("c")))
        assert [(each.code, each.message) for each in desk.check()] == [
            ("tie", "'b' version 1 and 'c' version 1 tie for any ticket")
        ]

    def test_tie_is_found_when_another_one_cannot_be_told(self) -> None:
        """Both are said."""
        parts = [field("service").contains(word) for word in "abcdefghijkl"]
        one = agreement("a", applies_to=all_of(*parts[:6]))
        other = agreement("b", applies_to=all_of(*parts[6:]))
        codes = [each.code for each in AgreementCatalogue(agreements=(one, other, SILVER)).check()]
        assert codes == ["tie-unknown", "tie", "tie"]

    @pytest.mark.parametrize(
        "more",
        [{"kind": "ola"}, {"precedence": 1}, {"valid_from": at(10)}],
        ids=["kind", "precedence", "time"],
    )
    def test_agreements_do_not_tie_when_they_do_not_compete(self, more: dict[str, object]) -> None:
        """Of another kind, of another precedence, or never in force together."""
        one = agreement("a", valid_until=at(10), applies_to=field("service").is_("mail"))
        other = agreement("b", applies_to=field("priority").is_("P1"), **more)  # type: ignore[arg-type]
        assert AgreementCatalogue(agreements=(one, other)).check() == ()

    def test_versions_of_one_agreement_do_not_tie(self) -> None:
        """They follow each other, whatever comes between them in the catalogue."""
        first = agreement("a", valid_until=at(10))
        second = agreement("a", version=2, valid_from=at(10))
        other = agreement("b", kind="ola")
        assert AgreementCatalogue(agreements=(first, second, other)).check() == ()

    @pytest.mark.parametrize(
        ("winner", "loser", "expected"),
        [
            ({}, {}, True),
            ({"kind": "ola"}, {}, False),
            ({"applies_to": field("priority").is_("P1")}, {}, False),
            ({"precedence": -1}, {}, False),
            ({"valid_from": at(5)}, {}, False),
            ({"valid_from": at(5)}, {"valid_from": at(4)}, False),
            ({"valid_from": at(5)}, {"valid_from": at(5)}, True),
            ({"valid_from": at(5)}, {"valid_from": at(6)}, True),
            ({}, {"valid_from": at(6)}, True),
            ({"valid_until": at(5)}, {}, False),
            ({"valid_until": at(5)}, {"valid_until": at(6)}, False),
            ({"valid_until": at(5)}, {"valid_until": at(5)}, True),
            ({"valid_until": at(5)}, {"valid_until": at(4)}, True),
            ({}, {"valid_until": at(4)}, True),
            ({"valid_from": at(5)}, {"valid_until": at(9)}, False),
        ],
    )
    def test_agreement_never_holds_when_a_better_one_is_for_every_ticket_all_the_time(
        self, winner: dict[str, object], loser: dict[str, object], expected: bool
    ) -> None:
        """Of its kind, without a condition, higher, and in force whenever it is."""
        better = agreement("better", **({"precedence": 9} | winner))  # type: ignore[arg-type]
        worse = agreement("worse", applies_to=field("service").is_("mail"), **loser)  # type: ignore[arg-type]
        codes = [each.code for each in AgreementCatalogue(agreements=(better, worse)).check()]
        assert codes == (["never-chosen"] if expected else [])

    def test_agreements_do_not_tie_when_the_first_of_their_kind_holds(self) -> None:
        """Of other kinds they do."""
        sla = agreement("a"), agreement("b")
        ola = agreement("c", kind="ola"), agreement("d", kind="ola")
        bench = Bench((*sla, *ola), ("sla", "ola"), first_holds=frozenset({"sla"}))
        assert [each.message for each in catalogue_advice(bench)] == [
            "'c' version 1 and 'd' version 1 tie for any ticket"
        ]

    def test_gap_is_named_beside_others(self) -> None:
        """Two gaps of three versions, and one of another agreement."""
        desk = AgreementCatalogue(
            agreements=(
                agreement("a", valid_until=at(10)),
                agreement("a", version=2, valid_from=at(11), valid_until=at(12)),
                agreement("a", version=3, valid_from=at(13)),
                agreement("b", kind="ola", valid_until=at(20)),
                agreement("b", kind="ola", version=2, valid_from=at(21)),
            )
        )
        assert [each.message for each in desk.check()] == [
            "between 'a' version 1 and version 2 nothing is in force",
            "between 'a' version 2 and version 3 nothing is in force",
            "between 'b' version 1 and version 2 nothing is in force",
        ]

    def test_winner_is_named_when_others_do_not_beat_it(self) -> None:
        """Every loser by the first that beats it."""
        desk = AgreementCatalogue(
            agreements=(
                agreement("low"),
                agreement("mid", precedence=1),
                agreement("top", precedence=2),
            )
        )
        assert [each.message for each in desk.check()] == [
            "'low' version 1 never holds, because 'mid' version 1 is for every ticket",
            "'mid' version 1 never holds, because 'top' version 1 is for every ticket",
        ]
