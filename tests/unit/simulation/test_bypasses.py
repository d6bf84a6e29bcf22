"""Planted bypasses: valid stories, the truth apart, and what detectors make of them (D3)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest

from itsm_core.bypass import BypassReport, BypassRules, campaign_effect, find_bypasses
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import TicketLinked, TicketOpened, in_order
from itsm_core.lifecycle import fold
from itsm_core.simulation import (
    PlantedDesk,
    SimulatedDesk,
    desk_map,
    plant_bypasses,
    simulate,
)
from itsm_core.simulation._bypasses import _Planter  # pyright: ignore[reportPrivateUsage]
from itsm_core.simulation._draws import Draws
from tests.unit.simulation.test_histories import refusals

RULES = BypassRules(emergencies=frozenset({"P1"}))


@pytest.fixture(scope="module")
def base() -> SimulatedDesk:
    """Return a small desk."""
    return simulate(seed=1, tickets=600, weeks=12)


@pytest.fixture(scope="module")
def desk(base: SimulatedDesk) -> PlantedDesk:
    """Return it with more bypasses than any real desk, so that every kind is there."""
    return plant_bypasses(base, ratio=0.3, lookalike_ratio=0.3, hidden_ratio=0.05, lost_ratio=0.1)


def report(desk: PlantedDesk) -> BypassReport:
    """Return what the detectors see in what a real desk has."""
    return find_bypasses(
        desk.histories.values(), desk.desk_map, contacts=desk.contacts, rules=RULES
    )


def test_every_kind_is_planted_when_there_are_enough(desk: PlantedDesk) -> None:
    """Seven behaviours, eight look-alikes."""
    assert len(Counter(desk.truth.values())) == 7
    assert len(Counter(desk.lookalikes.values())) == 8
    assert not desk.truth.keys() & desk.lookalikes.keys()


def test_planted_histories_are_ones_that_the_lifecycle_allows(desk: PlantedDesk) -> None:
    """Decided again from their commands, as far as the lifecycle alone decides; and in order."""
    planted = [desk.histories[key] for key in (*desk.truth, *desk.lookalikes)]
    assert all(in_order(history) == history for history in planted)
    assert all(fold(history).category.is_open is not None for history in planted)
    plain = [h for h in planted if not any(isinstance(each, TicketLinked) for each in h)]
    assert [line for history in plain for line in refusals(history)] == []


def test_nothing_shows_the_truth_but_the_truth(desk: PlantedDesk) -> None:
    """No word of a behaviour in any event; channels are those that people write down."""
    openings = [history[0] for history in desk.histories.values()]
    channels = {each.channel for each in openings if isinstance(each, TicketOpened)}
    assert channels == {
        *("portal", "mail", "call", "chat", "walk-up"),
        *("direct", "manager's inbox", "team mailbox", "monitoring"),
    }
    told = repr(tuple(desk.histories.values()))
    assert not any(word in told for word in ("disguised", "queue grab", "hidden", "bypass"))


def test_plant_is_equal_when_the_desk_is(base: SimulatedDesk) -> None:
    """The same seed plants the same; another does not; the desk below it is not touched."""
    one, two = plant_bypasses(base), plant_bypasses(base)
    assert one == two
    other = plant_bypasses(simulate(seed=2, tickets=600, weeks=12))
    assert one.histories != other.histories
    assert base == simulate(seed=1, tickets=600, weeks=12)


def test_detectors_find_what_is_planted_and_accuse_nobody_else(desk: PlantedDesk) -> None:
    """Recall 95 %, precision 90 %: here of what leaves a trace, and without the lost records."""
    found = {each.ticket_id for each in report(desk).bypasses}
    seen = {key for key, kind in desk.truth.items() if kind != "hidden"}
    assert len(found & seen) / len(seen) >= 0.95
    innocent = found - desk.truth.keys()
    lost = {key for key in innocent if desk.lookalikes.get(key) == "unrecorded helper"}
    assert len(innocent - lost) / len(found) <= 0.02


def test_hidden_ones_stay_hidden_when_no_event_tells(desk: PlantedDesk) -> None:
    """Whoever finds them reads the truth."""
    found = {each.ticket_id for each in report(desk).bypasses}
    assert not found & {key for key, kind in desk.truth.items() if kind == "hidden"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_is_found_when_the_desk_is_clean(seed: int) -> None:
    """With every look-alike on it, night calls, late registrations and help at the counter."""
    clean = plant_bypasses(simulate(seed=seed, tickets=600, weeks=12), ratio=0, lost_ratio=0)
    assert clean.truth == {}
    assert len(clean.lookalikes) > 20
    assert report(clean).bypasses == ()


def test_story_of_the_desk_itself_is_found_exactly(base: SimulatedDesk) -> None:
    """The requester who knows somebody: his tickets, and no other."""
    found = find_bypasses(base.histories.values(), desk_map(base))
    assert {each.ticket_id for each in found.bypasses} == set(base.story.bypass)
    assert {each.requester for each in found.bypasses} == {base.story.bypasser}
    (only,) = found.notable("requester")
    assert only.name == base.story.bypasser


def test_campaign_shows_when_it_worked(base: SimulatedDesk) -> None:
    """From the middle on, four of five no longer happen."""
    middle = base.start_at + timedelta(weeks=6)
    told = plant_bypasses(base, ratio=0.2, campaign_at=middle, campaign_effect=0.8)
    effect = campaign_effect(report(told), at=middle)
    assert effect.verdict == "fell"
    kept = campaign_effect(report(plant_bypasses(base, ratio=0.2)), at=middle)
    assert kept.verdict == "not told apart from chance"


@pytest.mark.parametrize(
    "share", ["ratio", "lookalike_ratio", "hidden_ratio", "lost_ratio", "campaign_effect"]
)
@pytest.mark.parametrize("value", [-0.1, 1.1, True, "0.1"])
def test_plant_is_refused_when_a_share_is_none(
    base: SimulatedDesk, share: str, value: object
) -> None:
    """From nothing to everything."""
    with pytest.raises(InvalidValue, match=f"{share} is no share"):
        plant_bypasses(base, **{share: value})  # type: ignore[arg-type]


def test_plant_is_refused_when_the_campaign_has_no_zone(base: SimulatedDesk) -> None:
    """Never guessed (law T1)."""
    with pytest.raises(NaiveDatetime):
        plant_bypasses(base, campaign_at=datetime(2026, 3, 1))  # noqa: DTZ001


def test_ticket_is_left_out_when_nothing_of_it_is_known_at_the_end(base: SimulatedDesk) -> None:
    """Neither in the log nor in the truth; so with a look-alike."""
    planter = _Planter(base, Draws(Random(1)), 0.0)
    planter.bypass(base.as_of + timedelta(days=3), base.sites[0], hidden=False)
    planter.lookalike(base.as_of + timedelta(days=3), base.sites[0])
    desk = planter.desk()
    assert (desk.truth, desk.lookalikes) == ({}, {})
    assert len(desk.histories) == len(base.histories) - len(base.story.bypass)


def test_future_is_left_out_when_a_ticket_would_be_told_after_the_end(desk: PlantedDesk) -> None:
    """What the desk learns later is not in its log, nor in the truth about it."""
    last = max(each.recorded_us for history in desk.histories.values() for each in history)
    assert last < int(desk.base.as_of.timestamp() * 1_000_000)
    assert desk.truth.keys() | desk.lookalikes.keys() <= desk.histories.keys()
