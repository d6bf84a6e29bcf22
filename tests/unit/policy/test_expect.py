"""Files of expectations: what they mean, and every fault with its line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm_core.errors import CodecError
from itsm_core.policy import read_expectations
from tests.unit.policy.expect_desk import FRIDAY, case, read


def faults(folder: Path, text: str) -> list[tuple[int, str]]:
    """Return the line and the code of each finding; then there are no cases."""
    expectations = read(folder, text)
    assert expectations.cases == ()
    return [(each.line, each.code) for each in expectations.findings]


def test_case_is_what_the_file_says_when_read(tmp_path: Path) -> None:
    """Times without an offset are of the file's zone: Berlin, in winter and in summer."""
    expectations = read(tmp_path, FRIDAY)
    (story,) = expectations.cases
    assert story.opened_at == datetime(2026, 3, 27, 15, 50, tzinfo=UTC)
    assert [(each.do, each.at.astimezone(UTC).hour) for each in story.steps] == [
        ("answer", 7),
        ("hold", 8),
        ("contact", 10),
        ("resolve", 7),
    ]
    assert story.as_of == story.steps[-1].at
    assert (story.agreement, story.priority) == ("standard", "P2")
    assert [(each.name, each.state, each.cycles) for each in story.clocks] == [
        ("response", "met", None),
        ("resolution", "met", 1),
    ]


@pytest.mark.parametrize(
    "opened", ['"2026-03-27T16:50+01:00"', "2026-03-27T16:50:00+01:00", "2026-03-27T16:50:00"]
)
def test_instant_may_be_text_or_date_when_written(tmp_path: Path, opened: str) -> None:
    """TOML's own dates are as good as texts, with an offset or in the file's zone."""
    text = case(opened=opened, expect='{ agreement = "none" }')
    (story,) = read(tmp_path, text).cases
    assert story.opened_at == datetime(2026, 3, 27, 15, 50, tzinfo=UTC)


def test_expectations_may_be_json_when_the_file_says_so(tmp_path: Path) -> None:
    """The same keys in another format."""
    told = {
        "cases": [
            {"name": "a", "opened": "2026-01-05T09:00Z", "expect": {"agreement": "none"}},
        ]
    }
    expectations = read(tmp_path, json.dumps(told), "desk.json")
    assert [each.agreement for each in expectations.cases] == ["none"]


def test_all_faults_are_told_when_there_are_several(tmp_path: Path) -> None:
    """No fault hides another one; each has its own line."""
    text = FRIDAY.replace('do = "answer"', 'do = "reply"')
    text = text.replace('state = "met", cycles', 'sate = "met", cycles')
    text = text.replace('name = "Friday evening"\n', "")
    assert faults(tmp_path, text) == [
        (4, "missing-key"),
        (8, "unknown-name"),
        (18, "unknown-key"),
    ]


@pytest.mark.parametrize("at", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_time_is_refused_when_the_clock_never_or_twice_shows_it(tmp_path: Path, at: str) -> None:
    """In Berlin the first does not exist, and the second is two instants."""
    text = case(opened=f'"{at}"', expect='{ agreement = "none" }')
    assert faults(tmp_path, text) == [(4, "invalid-value")]


@pytest.mark.parametrize("opened", ['"yesterday"', "17", '"2026-13-01 09:00"', "2026-01-05"])
def test_time_is_refused_when_it_is_no_instant(tmp_path: Path, opened: str) -> None:
    """Neither words nor numbers nor a day without its time."""
    text = case(opened=opened, expect='{ agreement = "none" }')
    found = faults(tmp_path, text)
    assert found == [(4, "wrong-value")] if opened != "2026-01-05" else found


def test_story_is_refused_when_it_is_out_of_order(tmp_path: Path) -> None:
    """A step before the opening, and a judgement before it."""
    text = case(
        events='[{ at = "2026-03-29 09:00", do = "answer" }]',
        as_of='"2026-03-29 10:00"',
        expect='{ agreement = "none" }',
    )
    assert faults(tmp_path, text) == [(5, "wrong-order"), (6, "wrong-order")]


def test_priority_is_refused_when_impact_is_given_as_well(tmp_path: Path) -> None:
    """Two answers to one question could contradict each other."""
    text = case(ticket='{ priority = "P1", impact = "high" }', expect='{ agreement = "none" }')
    assert faults(tmp_path, text) == [(5, "wrong-value")]


@pytest.mark.parametrize("expect", ["{}", "{ response = {} }"])
def test_case_is_refused_when_it_expects_nothing(tmp_path: Path, expect: str) -> None:
    """It could not fail, and would look like a proof."""
    assert faults(tmp_path, case(expect=expect)) == [(5, "empty")]


def test_file_is_refused_when_it_has_no_cases(tmp_path: Path) -> None:
    """A misspelt [[case]] must not pass as success."""
    assert [code for _, code in faults(tmp_path, 'zone = "Europe/Berlin"\n')] == ["missing-key"]


def test_file_is_refused_when_it_is_no_toml(tmp_path: Path) -> None:
    """With the line of what cannot be read."""
    assert faults(tmp_path, '\nzone = "Europe\n') == [(2, "toml-syntax")]


def test_zone_is_refused_when_it_is_unknown(tmp_path: Path) -> None:
    """Nothing is put in its place."""
    text = case(expect='{ agreement = "none" }').replace("Europe/Berlin", "Europe/Berln")
    assert faults(tmp_path, text)[0] == (1, "unknown-zone")


def test_file_is_refused_when_there_is_none(tmp_path: Path) -> None:
    """Typed, with the path."""
    with pytest.raises(CodecError, match=r"none\.toml"):
        read_expectations(tmp_path / "none.toml")


def test_file_is_refused_when_its_ending_is_of_no_format(tmp_path: Path) -> None:
    """The known ones are listed."""
    with pytest.raises(CodecError, match=r"\.toml"):
        read_expectations(tmp_path / "desk.txt")


def test_slip_in_what_is_expected_is_told_once_when_a_text_stands_there(tmp_path: Path) -> None:
    """It is no clock that is no table: it is a priority, misspelt, and the key is the place."""
    text = case(expect='{ agreement = "none", prority = "P2" }')
    (finding,) = read(tmp_path, text).findings
    assert (finding.code, finding.line, finding.column) == ("unknown-key", 5, 32)
    assert "did you mean 'priority'" in finding.message


def test_unknown_key_is_told_at_the_key_when_there_is_one(tmp_path: Path) -> None:
    """The value may be far to the right of it."""
    text = case(expect='{ response = { due = "2026-03-30 10:00", sate = "met" } }')
    (finding,) = read(tmp_path, text).findings
    assert (finding.code, finding.column) == ("unknown-key", 51)


def test_trigger_is_refused_when_it_has_a_word_of_its_own(tmp_path: Path) -> None:
    """The lifecycle would refuse it later, with less help."""
    events = '[{ at = "2026-03-30 09:10", do = "trigger", name = "approve" }]'
    (finding,) = read(tmp_path, case(events=events, expect='{ agreement = "none" }')).findings
    assert finding.remedy == 'write do = "approve"'


def test_step_says_who_acts_when_it_is_written(tmp_path: Path) -> None:
    """A person, roles, and the refusal that is expected; without them the desk does all."""
    events = (
        '[{ at = "2026-03-30 09:10", do = "approve", by = "lea", roles = ["lead"], '
        'refused = "missing-role" }, { at = "2026-03-30 09:20", do = "start" }]'
    )
    (story,) = read(tmp_path, case(events=events, expect='{ agreement = "none" }')).cases
    first, second = story.steps
    assert (first.by, first.roles, first.refused) == ("lea", ("lead",), "missing-role")
    assert (second.by, second.roles, second.refused) == ("", None, "")


def test_escalation_is_no_rule_or_some_when_expected(tmp_path: Path) -> None:
    """The word none says that no rule acts, a list which ones do; without the key nobody asks."""
    for told, meant in (('"none"', ()), ("[]", ()), ('["late"]', ("late",))):
        (story,) = read(tmp_path, case(expect=f"{{ escalation = {told} }}")).cases
        assert story.escalation == meant
    (story,) = read(tmp_path, case(expect='{ priority = "P1" }')).cases
    assert story.escalation is None


@pytest.mark.parametrize(
    ("told", "code"), [('"late"', "wrong-value"), ("[1]", "wrong-type"), ("3", "wrong-type")]
)
def test_escalation_is_refused_when_it_is_neither(tmp_path: Path, told: str, code: str) -> None:
    """A single name is a slip for a list of one: read as none it would pass for ever."""
    assert faults(tmp_path, case(expect=f"{{ escalation = {told} }}")) == [(5, code)]
