"""What went past the desk is told by way, team and channel, never by person."""

from __future__ import annotations

import attrs

from itsm_core.ids import PersonId
from itsm_core.report._bypass_words import bypass_answer, bypass_notes, place_rows, way_rows
from tests.unit.report.monday import bypass


def test_answer_gives_share_and_interval() -> None:
    """Two of forty; Wilson's interval is 1.4 to 16.5 percent."""
    assert bypass_answer(bypass(team="mail")).startswith(
        "2 of 40 requests went past the desk (5.0%; 95% interval 1.4% to 16.5%)."
    )


def test_answer_names_the_team_where_it_stands_out() -> None:
    """All ten of the network's tickets, in a desk where the other ninety did not."""
    assert bypass_answer(bypass(past=10, of=100)).endswith("It stands out in network.")


def test_team_does_not_stand_out_when_it_is_two_people() -> None:
    """A page that goes round must not point at them (law D3); the channel may be named."""
    found = bypass(past=10, of=100, people=2)
    marks = {row[0]: row[4] for row in place_rows(found)}
    assert "stands out" not in bypass_answer(found)
    assert (marks["team network"], marks["channel direct"]) == ("", "stands out")


def test_answer_says_none_when_there_was_none() -> None:
    """And that there was nothing to judge, where so."""
    assert bypass_answer(bypass(past=0)) == "None of 40 requests went past the desk."
    assert bypass_answer(bypass(past=0, of=0)) == "No request of a person was there to judge."


def test_ways_are_told_in_words() -> None:
    """With how many went it."""
    assert list(way_rows(bypass())) == [("came by a channel that is not official", 2)]


def test_places_are_teams_then_channels() -> None:
    """Each with its share, its interval and what to think of it."""
    rows = list(place_rows(bypass(past=10, of=100)))

    assert [row[0] for row in rows] == [
        *("team mail", "team network", "channel direct", "channel phone"),
    ]
    assert rows[1][1:3] == ("10 of 10", "100%")
    assert rows[1][4] == "stands out"
    assert rows[0][4] == ""


def test_place_is_marked_when_its_cases_are_few() -> None:
    """One of one says nothing."""
    marks = {row[0]: row[4] for row in place_rows(bypass(past=1))}

    assert marks["team network"] == "too few to say"


def test_nobody_is_named_anywhere() -> None:
    """Neither who asked nor who helped (law D3)."""
    found = bypass()
    said = [bypass_answer(found), *bypass_notes(found), *(str(row) for row in place_rows(found))]

    assert not any("eve" in words or "rob" in words for words in said)


def test_notes_tell_what_was_excused_and_who_is_missing_in_the_map() -> None:
    """Emergencies are fine; a person without a group is a gap in the map."""
    one = bypass()
    found = attrs.evolve(one, excused=one.bypasses[:1], unknown=(PersonId("zoe"),))
    excused, unknown, _ = bypass_notes(found)

    assert excused == "1 emergency registered afterwards: fine."
    assert unknown.startswith("1 person acted on tickets")
    assert "zoe" not in unknown
