"""What is given in place of a history, an agreement or a verdict is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import attrs
import pytest

from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.sla import (
    AgreementCatalogue,
    ClockRules,
    ClockVerdict,
    LedgerEntry,
    Verdict,
    attribution,
    diff,
    evaluate,
    evaluate_all,
    evaluate_regimes,
    next_event,
    verify,
)
from itsm_core.spans import micros
from tests.unit.sla.ticket import agreed, at, opened, target

ANY = cast("Any", None)
NOW = at(23)
OPENED = opened()
HISTORY = (OPENED,)
GOLD = agreed(target(warn_at_ratios=(0.5,)))
DESK = AgreementCatalogue(agreements=(GOLD,))
VERDICT = evaluate(HISTORY, GOLD, as_of=NOW).verdict()
CLOCK = evaluate(HISTORY, GOLD, as_of=NOW)["resolution"]

NO_HISTORIES: list[tuple[object, str]] = [
    (None, r"history: no list of events: None; pass the ticket's events"),
    (OPENED, r"history: one event is no list.*brackets"),
    ("abc", r"history: no list of events: 'abc'"),
    ({"a": OPENED}, r"history: no list of events"),
    ([None], r"history\[0\] is no event: None"),
    ([OPENED, {"event": "x"}], r"history\[1\] is no event.*TicketOpened\("),
    ([HISTORY], r"history\[0\] is no event.*a flat list"),
    ((each for each in (OPENED, None)), r"history\[1\] is no event: None"),
]


def fresh(history: object) -> Any:
    """Return the same wrong history; a generator that can be read again."""
    return (each for each in (OPENED, None)) if hasattr(history, "send") else history


class TestHistory:
    """Events of one ticket, in a list."""

    @pytest.mark.parametrize(("history", "message"), NO_HISTORIES)
    @pytest.mark.parametrize(
        "call",
        [
            lambda history: evaluate(history, GOLD, as_of=NOW),
            lambda history: evaluate(history, GOLD, as_of=NOW, known_at=NOW),
            lambda history: evaluate_all(history, DESK, as_of=NOW),
            lambda history: evaluate_regimes(history, [(0, GOLD)], as_of=NOW),
            lambda history: DESK.regimes(history, NOW),
            lambda history: verify(VERDICT, history, GOLD),
        ],
        ids=["evaluate", "known_at", "evaluate_all", "regimes", "catalogue", "verify"],
    )
    def test_history_is_refused_when_it_is_none(
        self, call: Callable[[Any], object], history: object, message: str
    ) -> None:
        """The value, the place and what to write instead."""
        with pytest.raises(InvalidValue, match=message):
            call(fresh(history))

    @pytest.mark.parametrize(
        ("event", "message"),
        [
            (opened(priority=[]), r"history\[0\]\.priority is no text: \[\]"),
            (opened(sequence="a"), r"history\[0\]\.sequence is no whole number: 'a'"),
        ],
    )
    def test_field_of_an_event_is_named_when_the_evaluation_breaks_on_it(
        self, event: TicketOpened, message: str
    ) -> None:
        """Events are not looked at before, so what they break names them."""
        other = opened(event_id="other")
        with pytest.raises(InvalidValue, match=message):
            evaluate((event, other), GOLD, as_of=NOW)

    def test_other_mistakes_are_raised_as_they_are(self) -> None:
        """A goal of somebody's own that breaks is no wrong argument."""

        class Broken:
            def due(self, *_: object) -> datetime:
                raise TypeError("mine")

        mine = agreed(target(goals={"*": Broken()}))
        with pytest.raises(TypeError, match="mine"):
            evaluate(HISTORY, mine, as_of=NOW)
        with pytest.raises(TypeError, match="mine"):
            diff(GOLD, mine, [HISTORY], as_of=NOW)

    def test_history_is_not_blamed_when_the_kinds_of_regimes_are_no_list(self) -> None:
        """Python's own error: nothing is wrong with the events."""
        with pytest.raises(TypeError, match="iterable"):
            DESK.regimes(HISTORY, NOW, kinds=cast("Any", 5))


class TestAgreement:
    """One agreement, a catalogue, or regimes: each has its function."""

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: evaluate(HISTORY, ANY, as_of=NOW), "no agreement.*None; use a Service"),
            (lambda: evaluate(HISTORY, cast("Any", DESK), as_of=NOW), "; evaluate_all takes"),
            (lambda: evaluate(HISTORY, cast("Any", [(0, GOLD)]), as_of=NOW), "; evaluate_regimes"),
            (lambda: evaluate_all(HISTORY, cast("Any", GOLD), as_of=NOW), "; evaluate takes one"),
            (lambda: evaluate_all(HISTORY, ANY, as_of=NOW), "None; use AgreementCatalogue"),
            (lambda: verify(VERDICT, HISTORY, ANY), "no agreement to verify by: None; give"),
            (lambda: verify(VERDICT, HISTORY, cast("Any", DESK)), r"catalogue\.regimes\("),
            (lambda: diff(ANY, GOLD, [HISTORY], as_of=NOW), "no definition to compare: None"),
        ],
    )
    def test_agreement_is_refused_when_it_is_none(
        self, call: Callable[[], object], message: str
    ) -> None:
        """The remedy names the function that takes what was given."""
        with pytest.raises(InvalidValue, match=message):
            call()

    @pytest.mark.parametrize(
        ("regimes", "message"),
        [
            (None, "no list of regimes: None; write pairs"),
            (GOLD, "one agreement is no list of regimes.*use evaluate"),
            (DESK, r"catalogue\.regimes\("),
            ([GOLD], r"regimes\[0\] is no pair"),
            ([(0,)], r"regimes\[0\] is no pair"),
            ([(0, "gold")], r"regimes\[0\] has no agreement: 'gold'"),
            ([("2026", GOLD)], "must be an aware datetime: '2026'"),
            ([(True, GOLD)], "must be an aware datetime: True"),
        ],
    )
    def test_regimes_are_refused_when_they_are_no_pairs(self, regimes: Any, message: str) -> None:
        """Since when, and which agreement."""
        with pytest.raises(InvalidValue, match=message):
            evaluate_regimes(HISTORY, regimes, as_of=NOW)

    def test_naive_start_of_a_regime_is_refused(self) -> None:
        """T1."""
        with pytest.raises(NaiveDatetime):
            evaluate_regimes(HISTORY, [(datetime(2026, 1, 5), GOLD)], as_of=NOW)  # noqa: DTZ001

    def test_regimes_may_begin_at_datetimes_and_come_from_a_generator(self) -> None:
        """What a user has at hand is converted."""
        start = datetime(2026, 1, 5, tzinfo=UTC)
        expected = evaluate_regimes(HISTORY, [(micros(start), GOLD)], as_of=NOW)
        assert evaluate_regimes(HISTORY, [(start, GOLD)], as_of=NOW) == expected
        pairs = ((since, each) for since, each in [(start, GOLD)])
        assert evaluate_regimes(HISTORY, pairs, as_of=NOW) == expected
        assert verify(expected, HISTORY, [(start, GOLD)]).accepted


class TestOthers:
    """Evaluations, histories of many tickets, clocks and verdicts."""

    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: next_event(ANY), "not one evaluation: None; pass what evaluate returns"),
            (lambda: next_event(cast("Any", CLOCK)), "pass the whole evaluation"),
            (
                lambda: next_event(cast("Any", evaluate_all(HISTORY, DESK, as_of=NOW))),
                "one at a time",
            ),
            (lambda: diff(GOLD, GOLD, ANY, as_of=NOW), "no list of histories: None"),
            (
                lambda: diff(GOLD, GOLD, cast("Any", HISTORY), as_of=NOW),
                r"histories\[0\] is an event.*\[history\]",
            ),
            (lambda: diff(GOLD, GOLD, [ANY], as_of=NOW), r"histories\[0\]: no list of events"),
            (lambda: diff(GOLD, GOLD, [(ANY,)], as_of=NOW), r"history\[0\] is no event: None"),
            (lambda: attribution(ANY, ANY), r"no clock.*None; take a clock of an evaluation"),
            (lambda: attribution(CLOCK, ANY), "no list of clocks: None; put them in brackets"),
            (lambda: attribution(CLOCK, cast("Any", CLOCK)), "no list of clocks.*brackets"),
            (lambda: attribution(CLOCK, [ANY]), r"legs\[0\] is no clock: None"),
            (lambda: verify(ANY, HISTORY, GOLD), "no verdict to verify: None"),
            (lambda: verify(cast("Any", VERDICT.dumps()), HISTORY, GOLD), r"Verdict\.loads"),
            (lambda: verify(cast("Any", VERDICT.to_json()), HISTORY, GOLD), r"Verdict\.from_json"),
            (lambda: verify(cast("Any", (VERDICT,)), HISTORY, GOLD), "verify one at a time"),
        ],
    )
    def test_argument_is_refused_when_it_is_of_another_type(
        self, call: Callable[[], object], message: str
    ) -> None:
        """The value and the remedy."""
        with pytest.raises(InvalidValue, match=message):
            call()

    @pytest.mark.parametrize("by_hand", [["gold"], "gold", {"gold": None}, {1: "reason"}])
    def test_choice_by_hand_is_refused_when_it_maps_no_ids_to_reasons(self, by_hand: Any) -> None:
        """A reason is what makes it a choice."""
        with pytest.raises(InvalidValue, match="by_hand"):
            DESK.select({}, NOW, by_hand=by_hand)

    @pytest.mark.parametrize("agreements", ["gold", {"gold": GOLD}, None, GOLD])
    def test_catalogue_is_refused_when_it_is_given_no_list(self, agreements: Any) -> None:
        """A text is not its letters, a mapping not its keys."""
        with pytest.raises(InvalidValue, match="holds a list of agreements"):
            AgreementCatalogue(agreements=agreements)


def test_clock_rules_are_refused_with_every_fault() -> None:
    """Without a start a clock never runs, without a stop it is never fulfilled."""
    with pytest.raises(DefinitionError) as caught:
        ClockRules(start=ANY, stop=ANY, pause=cast("Any", "x"))
    found = [(each.code, each.where) for each in caught.value.faults]
    assert found == [
        ("no-condition", "start"),
        ("no-condition", "stop"),
        ("not-a-predicate", "pause.rule"),
    ]


def changed(**fields: object) -> Verdict:
    """Return the verdict with another value in its only clock."""
    return attrs.evolve(VERDICT, clocks=(attrs.evolve(VERDICT.clocks[0], **cast("Any", fields)),))


def with_line(**fields: object) -> Verdict:
    """Return the verdict with another value in the first line of the ledger."""
    first, *rest = VERDICT.clocks[0].ledger
    return changed(ledger=(attrs.evolve(first, **cast("Any", fields)), *rest))


@pytest.mark.parametrize(
    ("verdict", "place"),
    [
        (attrs.evolve(VERDICT, as_of_us=ANY), "as_of_us"),
        (attrs.evolve(VERDICT, as_of_us=cast("Any", True)), "as_of_us"),
        (attrs.evolve(VERDICT, known_at_us=cast("Any", "x")), "known_at_us"),
        (attrs.evolve(VERDICT, clocks=ANY), "clocks"),
        (attrs.evolve(VERDICT, clocks=cast("Any", [*VERDICT.clocks])), "clocks"),
        (attrs.evolve(VERDICT, clocks=cast("Any", (None,))), "clocks[0]"),
        (attrs.evolve(VERDICT, clocks=cast("Any", (CLOCK.ledger[0],))), "clocks[0]"),
        (attrs.evolve(VERDICT, priority=ANY), "priority"),
        (changed(started_us=None), "clocks[0].started_us"),
        (changed(state="met"), "clocks[0].state"),
        (changed(ledger=None), "clocks[0].ledger"),
        (changed(ledger=(5,)), "clocks[0].ledger[0]"),
        (changed(warnings_us=5), "clocks[0].warnings_us"),
        (changed(warnings_us=(5,)), "clocks[0].warnings_us[0]"),
        (changed(warnings_us=((0.5, None),)), "clocks[0].warnings_us[0]"),
        (with_line(start_us="x"), "clocks[0].ledger[0].start_us"),
        (with_line(kind="counted"), "clocks[0].ledger[0].kind"),
    ],
)
def test_field_of_another_type_is_a_discrepancy(verdict: Verdict, place: str) -> None:
    """S3: whatever a verdict claims, the answer is no exception."""
    answer = verify(verdict, HISTORY, GOLD)
    assert not answer.accepted
    assert [each.place for each in answer.discrepancies] == [place]


@pytest.mark.parametrize(
    ("verdict", "place"),
    [
        *(
            (attrs.evolve(VERDICT, **cast("Any", {each.name: object()})), each.name)
            for each in attrs.fields(Verdict)
        ),
        *(
            (changed(**{each.name: object()}), f"clocks[0].{each.name}")
            for each in attrs.fields(ClockVerdict)
        ),
        *(
            (with_line(**{each.name: object()}), f"clocks[0].ledger[0].{each.name}")
            for each in attrs.fields(LedgerEntry)
        ),
    ],
)
def test_no_field_may_hold_just_anything(verdict: Verdict, place: str) -> None:
    """S3: neither those of the verdict, nor of its clocks, nor of their ledgers."""
    answer = verify(verdict, HISTORY, GOLD)
    assert [(each.place, each.why) for each in answer.discrepancies] == [
        (place, "a value of another type")
    ]


@pytest.mark.parametrize(
    ("verdict", "meant"),
    [
        (attrs.evolve(VERDICT, known_at_us=cast("Any", "x")), "int or none"),
        (attrs.evolve(VERDICT, priority=ANY), "str"),
        (changed(state="met"), "ClockState"),
        (changed(warnings_us=(5,)), "a share and an instant"),
        (changed(ledger=(5,)), "LedgerEntry"),
        (attrs.evolve(VERDICT, clocks=cast("Any", (5,))), "ClockVerdict"),
    ],
)
def test_discrepancy_says_which_type_was_meant(verdict: Verdict, meant: str) -> None:
    """In the place of what was found."""
    assert [each.found for each in verify(verdict, HISTORY, GOLD).discrepancies] == [meant]


@pytest.mark.parametrize("goal", ["no json", "[" * 100_000, "NaN"])
def test_goal_that_is_no_json_is_a_discrepancy(goal: str) -> None:
    """It has no hash, and is another one than was promised."""
    answer = verify(changed(goal=goal), HISTORY, GOLD)
    assert "clocks[resolution #1].goal" in [each.place for each in answer.discrepancies]


def test_events_may_come_from_a_generator() -> None:
    """Read once."""
    events: tuple[TicketEvent, ...] = HISTORY
    assert evaluate((each for each in events), GOLD, as_of=NOW) == evaluate(
        HISTORY, GOLD, as_of=NOW
    )
