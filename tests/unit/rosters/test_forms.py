"""The parts of a roster as plain data."""

from __future__ import annotations

from itsm_core.calendars import WeeklyHours
from itsm_core.rosters import Absence, Override, Responder, Rotation, Swap
from itsm_core.rosters import _forms as forms

SPAN = {"start": "2026-01-05T00:00:00+00:00", "end": "2026-01-06T00:00:00+00:00"}


def test_rotation_is_plain_data_when_written() -> None:
    """Every field by its name, crews as lists, dates and times as texts."""
    rotation = Rotation(
        name="days",
        people=("ana", ("ben", "chi")),
        zone="UTC",
        start_on="2026-01-05",
        unit="days",
        every=(5, 2),
        end_on="2026-02-01",
        restriction=WeeklyHours.parse("Mo-Fr 08:00-18:00"),
    )
    assert forms.ROTATION.write(rotation) == {
        "name": "days",
        "people": [["ana"], ["ben", "chi"]],
        "zone": "UTC",
        "start_on": "2026-01-05",
        "hand_off": "09:00:00",
        "unit": "days",
        "every": [5, 2],
        "hand_off_day": "",
        "end_on": "2026-02-01",
        "restriction": "Mo-Fr 08:00-18:00",
    }
    assert forms.ROTATION.read(forms.ROTATION.write(rotation), "layer") == rotation


def test_changes_are_plain_data_when_written() -> None:
    """Spans have a start and an end with their offset."""
    assert forms.OVERRIDE.write(Override(people="ana", **SPAN)) == {
        **SPAN,
        "people": ["ana"],
        "reason": "",
    }
    assert forms.SWAP.write(Swap(giver="ana", taker="ben", **SPAN)) == {
        **SPAN,
        "giver": "ana",
        "taker": "ben",
        "reason": "",
    }
    assert forms.ABSENCE.write(Absence(person="ana", kind="sickness", **SPAN)) == {
        **SPAN,
        "person": "ana",
        "substitute": "",
        "kind": "sickness",
        "reason": "",
    }


def test_responder_is_plain_data_when_written() -> None:
    """Quiet hours are a text, or null."""
    quiet = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 22:00-07:00"))
    written = forms.RESPONDER.write(quiet)
    assert written == {"person": "ana", "zone": "UTC", "quiet": "Mo-Su 22:00-07:00"}
    assert forms.RESPONDER.read(written, "responder") == quiet
