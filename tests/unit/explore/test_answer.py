"""Answers: yes, no or unknown, in a few lines."""

from __future__ import annotations

from itsm_core.explore import Answer, Step

NINE_US = 1_767_603_600_000_000


def steps(number: int) -> tuple[Step, ...]:
    """Return a story of so many steps."""
    return tuple(Step(at_us=NINE_US, what=f"step {place}") for place in range(number))


def answer(outcome: str, **fields: object) -> Answer:
    """Return an answer to whatever question."""
    known = {"question": "can it be?", "explored": 7, "complete": True, **fields}
    return Answer(outcome=outcome, **known)  # type: ignore[arg-type]


def test_answer_is_one_of_three_when_asked() -> None:
    """Unknown is neither yes nor no."""
    for outcome in ("yes", "no", "unknown"):
        found = answer(outcome)
        assert [found.is_yes, found.is_no, found.is_unknown].count(True) == 1
        assert getattr(found, f"is_{outcome}")


def test_answer_shows_no_proof_when_the_search_was_cut() -> None:
    """Loudly, with the figure and the remedy."""
    text = str(answer("unknown", complete=False))
    assert "NO PROOF: the search was cut after 7 situations; raise the world's bounds" in text


def test_answer_shows_what_a_no_does_not_cover() -> None:
    """Its limits belong to it; a yes was shown and needs none."""
    limits = ("commands take no time",)
    assert "given that commands take no time" in str(answer("no", limits=limits))
    assert "given that" not in str(answer("yes", story=steps(1), limits=limits))


def test_answer_shows_ten_steps_when_the_story_is_long() -> None:
    """The beginning and the end; the middle is counted."""
    text = str(answer("yes", story=steps(30)))
    assert "... 20 more steps ..." in text
    assert "step 29" in text
    assert len(text.splitlines()) == 13


def test_answer_shows_loop_and_exits_when_it_goes_on_for_ever() -> None:
    """Without an exit, nothing would end it."""
    text = str(answer("yes", story=steps(1), loop=steps(1)))
    assert "and again and again:" in text
    assert "what would end it: nothing" in text
    assert "what would end it: resume" in str(answer("yes", loop=steps(1), exits=("resume",)))


def test_step_shows_the_microsecond_when_it_matters() -> None:
    """A promise is broken one microsecond after its due instant."""
    assert str(Step(at_us=NINE_US + 1, what="late")) == "Mon 05 Jan 09:00:00.000001  late"
    shown = str(Step(at_us=NINE_US + 5_000_000, what="go", changes=("a", "b")))
    assert shown == "Mon 05 Jan 09:00:05  go: a, b"


def test_step_has_its_instant_as_a_datetime() -> None:
    """In UTC."""
    assert steps(1)[0].at.isoformat() == "2026-01-05T09:00:00+00:00"


def test_history_is_empty_when_there_is_no_story() -> None:
    """A no has nothing to fold."""
    assert answer("no").history == ()


def test_answer_shows_what_is_untold_when_it_is_no_proof() -> None:
    """What no story holds is named, with what to do about it; a yes needs none of it."""
    reasons = ("no story holds: exclude_time",)
    text = str(answer("unknown", complete=False, untold=reasons))
    assert "NO PROOF after 7 situations:\n  no story holds: exclude_time" in text
    assert "World(never=...)" in text
    assert "NO PROOF" not in str(answer("yes", story=steps(1), untold=reasons))
