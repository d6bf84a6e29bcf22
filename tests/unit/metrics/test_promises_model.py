"""What can be promised at an instant, by kinds and at any age (law D6)."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import Lookback, PastCase, PromiseModel


def steady(number: int = 400, *, kinds: tuple[str, ...] = (), start: float = 0.0) -> list[PastCase]:
    """Return a case an hour, of which each tenth takes 1, 2 ... 10 hours."""
    return [
        PastCase(began=start + n, ended=start + n + 1 + n * 7 % 10, kinds=kinds)
        for n in range(number)
    ]


def test_promise_is_the_quantile_when_nothing_changes() -> None:
    """Of ten lengths in equal shares eight are up to 8, and half up to 5."""
    model = PromiseModel.fitted(steady(), 400)
    assert (model.promise(0.8).by, model.promise(0.5).by) == (8, 5)


def test_promise_is_later_when_the_case_is_old() -> None:
    """Of those that took longer than 6 hours half end by 8; it grows, as law D6 has it."""
    model = PromiseModel.fitted(steady(), 400)
    told = model.promise(0.5, age=6)
    assert (told.by, told.age) == (8, 6)
    assert told.cases < model.promise(0.5).cases


def test_share_kept_is_that_of_the_curve_when_asked_by_time() -> None:
    """Eight of ten by 8, half of those that took longer than 6; nobody was watched to 11."""
    model = PromiseModel.fitted(steady(), 400)
    assert model.kept_ratio(8) == pytest.approx(0.8, abs=0.03)
    assert model.kept_ratio(8, age=6) == pytest.approx(0.5, abs=0.07)
    assert model.kept_ratio(11) is None


def test_model_knows_nothing_of_later_when_made_from_a_whole_log() -> None:
    """Whatever happens after its instant, it is the same model: the promise told in its time."""
    rng = random.Random(3)
    cases = [
        PastCase(began=(start := rng.uniform(0, 500)), ended=start + rng.expovariate(1 / 20))
        for _ in range(900)
    ]
    as_of, changed = 300.0, list[PastCase]()
    for case in cases:
        if case.began >= as_of:
            continue
        assert case.ended is not None
        later = case.ended + rng.uniform(0, 90) if case.ended > as_of else case.ended
        changed.append(PastCase(began=case.began, ended=later))
    for share in (0.2, 0.5, 0.8, 0.95):
        for age in (0.0, 5.0, 40.0):
            told = PromiseModel.fitted(cases, as_of).promise(share, age=age)
            assert told == PromiseModel.fitted(changed, as_of).promise(share, age=age)


def test_open_cases_count_when_they_are_watched_still() -> None:
    """Half of the cases ended at 1, half are open since 10: nobody knows when eight of ten end."""
    cases = [PastCase(began=90, ended=91), PastCase(began=90)] * 200
    model = PromiseModel.fitted(cases, 100)
    assert model.promise(0.3).by == 1
    told = model.promise(0.8)
    assert (told.by, told.why) == (None, "fewer than 80% of cases have ended so far")


def test_case_that_left_is_not_open_for_ever_when_it_was_withdrawn() -> None:
    """Two hundred withdrawn at 2 say that they took longer than 2, and nothing about 5."""
    cases = [PastCase(began=90, ended=95)] * 200 + [PastCase(began=90, left=92)] * 200
    assert PromiseModel.fitted(cases, 100).promise(0.6).by == 5


def test_promise_is_withheld_when_too_few_were_watched() -> None:
    """Nine of ten takes 29 cases, as everywhere."""
    told = PromiseModel.fitted(steady(28), 400).promise(0.9)
    assert (told.by, told.why) == (None, "28 cases were watched so long; 90% takes 29")


def test_model_reads_the_latest_weeks_when_they_say_enough() -> None:
    """A desk that took 10 hours until three weeks ago takes 2 by now: the old ones are not read."""
    old = [PastCase(began=n, ended=n + 10) for n in range(300)]
    new = [PastCase(began=500 + n, ended=502 + n) for n in range(300)]
    assert PromiseModel.fitted([*old, *new], 810).promise(0.9).by == 2
    few = Lookback(enough=600, most=5)
    assert PromiseModel.fitted([*old, *new], 810, lookback=few).promise(0.9).by == 10


def test_kind_speaks_for_itself_when_it_has_cases() -> None:
    """Mail takes ten times as long as all: its promise does, and a new kind is told all's."""
    mail = [
        PastCase(began=float(n), ended=n + 10.0 * (1 + n * 7 % 10), kinds=("P3", "mail"))
        for n in range(400)
    ]
    others = steady(4_000, kinds=("P3", "web"))
    model = PromiseModel.fitted([*mail, *others], 600, lookback=Lookback(most=6, weight=1.0))
    by_mail = model.promise(0.8, kinds=("P3", "mail")).by
    by_web = model.promise(0.8, kinds=("P3", "web")).by
    assert by_mail is not None
    assert by_web == 8
    assert 70 <= by_mail <= 80
    assert model.promise(0.8, kinds=("P3", "print")).by == model.promise(0.8, kinds=("P3",)).by
    assert model.promise(0.8, kinds=("P1",)).by == model.promise(0.8).by


def test_kind_is_drawn_to_the_one_above_when_it_has_few_cases() -> None:
    """Five slow ones among four hundred do not yet speak for all of their kind."""
    slow = [PastCase(began=300.0 + n, ended=390.0 + n, kinds=("mail",)) for n in range(5)]
    model = PromiseModel.fitted([*slow, *steady(kinds=("web",))], 400)
    by = model.promise(0.5, kinds=("mail",)).by
    assert by is not None
    assert 5 < by < 90


def test_case_is_refused_when_it_cannot_be() -> None:
    """An end before the beginning, two ends, no number, kinds that are one text."""
    with pytest.raises(InvalidValue, match="ends before it begins"):
        PastCase(began=2, ended=1)
    with pytest.raises(InvalidValue, match="ended and left"):
        PastCase(began=2, ended=3, left=4)
    with pytest.raises(InvalidValue, match="a case's end"):
        PastCase(began=2, ended=float("inf"))
    with pytest.raises(InvalidValue, match="tuple of texts"):
        PastCase(began=2, kinds="mail")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="tuple of texts"):
        PromiseModel.fitted([], 0).promise(0.5, kinds="mail")


def test_question_is_refused_when_it_makes_no_sense() -> None:
    """A share of 100 %, an age below 0, a time before the age, a lookback of nothing."""
    model = PromiseModel.fitted(steady(), 400)
    with pytest.raises(InvalidValue, match="share"):
        model.promise(1)
    with pytest.raises(InvalidValue, match="an age"):
        model.promise(0.5, age=-1)
    with pytest.raises(InvalidValue, match="a time"):
        model.kept_ratio(3, age=4)
    wrong: tuple[Callable[[], Lookback], ...] = (
        lambda: Lookback(span=0.0),
        lambda: Lookback(most=0),
        lambda: Lookback(enough=0),
        lambda: Lookback(weight=0.0),
    )
    for make in wrong:
        with pytest.raises(InvalidValue):
            make()


def test_promise_counts_what_is_solved_on_the_spot_when_made_at_intake() -> None:
    """Half take no time and half ten hours; whoever still waits after the first instant is late."""
    told = [PastCase(began=n, ended=n + 10 * (n % 2)) for n in range(400)]
    model = PromiseModel.fitted(told, 420)
    assert (model.promise(0.4).by, model.promise(0.9).by) == (0, 10)
    assert model.kept_ratio(1) == pytest.approx(0.5, abs=0.01)
    assert model.promise(0.4, age=1).by == 10
