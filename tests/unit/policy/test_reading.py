"""Policy files: what they mean, and every fault at once with its key path."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, WorkingDays, WorkingTime
from itsm_core.errors import CodecError, DefinitionError
from itsm_core.policy import (
    Policy,
    Severity,
    bundled_policies,
    lint,
    load_policy,
    policy_to_json,
    policy_to_toml,
    read_policy,
)
from itsm_core.priority import ITIL_MATRIX

TEXT = """
name = "office"

[calendars.berlin]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"
holidays = { country = "DE", subdivision = "BE", dates = [2026-12-24], yearly = ["12-31"] }
exceptions = { "2026-01-10" = "10:00-12:00" }

[calendars.lisbon]
zone = "Europe/Lisbon"
hours = "Mo-Fr 09:00-17:00"

[calendars.either]
any_of = ["berlin", "lisbon"]

[calendars.both]
all_of = ["berlin", "lisbon"]

[[agreements]]
id = "gold"
version = 2
title = "Gold"
calendar = "berlin"
when = { service = ["erp"] }

[agreements.response]
calendar = "either"
goals = { P1 = "30m" }

[agreements.resolution]
goals = { P1 = "4h", P3 = "2 working days 16:00" }
pause_on = ["awaiting_requester"]
warn_at = [0.5, 0.9]
"""


def load(folder: Path, text: str = TEXT) -> Policy:
    """Return the policy of a text."""
    path = folder / "office.toml"
    path.write_text(text, encoding="utf-8")
    return load_policy(path)


def faults(folder: Path, text: str) -> dict[str, str]:
    """Return each fault of a policy by its place."""
    with pytest.raises(DefinitionError) as refused:
        load(folder, text)
    return {fault.where: f"{fault.code}: {fault}" for fault in refused.value.faults}


def test_load_policy_reads_agreements_when_sound(tmp_path: Path) -> None:
    """Targets, goals, pauses and warnings come out as they were written."""
    gold = load(tmp_path).agreement("gold")
    response, resolution = gold.targets
    assert (gold.version, gold.title) == (2, "Gold")
    assert response.goals == {"P1": WorkingTime(timedelta(minutes=30))}
    assert resolution.goals["P3"] == WorkingDays(2, at=time(16))
    assert resolution.pause_on == frozenset({"awaiting_requester"})
    assert resolution.warn_at_ratios == (0.5, 0.9)


def test_load_policy_warns_at_three_quarters_when_not_told(tmp_path: Path) -> None:
    """The default of `warn_at` is documented."""
    response = load(tmp_path).agreement("gold").targets[0]
    assert response.warn_at_ratios == (0.75,)


def test_load_policy_closes_days_when_sources_are_joined(tmp_path: Path) -> None:
    """Published, plain and yearly days close; an exception opens a Saturday."""
    berlin = load(tmp_path).calendars["berlin"]
    closed = (date(2026, 3, 9), date(2026, 5, 1), date(2026, 12, 24), date(2027, 12, 31))
    assert [berlin.is_working_day(day) for day in closed] == [True, False, False, False]
    assert berlin.is_working_day(date(2026, 1, 10))


@pytest.mark.parametrize(("name", "expected"), [("either", 9), ("both", 7)])
def test_load_policy_joins_calendars_when_told(tmp_path: Path, name: str, expected: int) -> None:
    """Berlin 08-16 UTC and Lisbon 09-17 UTC in winter: 9 hours in either, 7 in both."""
    calendar = load(tmp_path).calendars[name]
    day = datetime(2026, 1, 5, tzinfo=UTC)
    assert calendar.between(day, day + timedelta(days=1)) == timedelta(hours=expected)


def test_load_policy_knows_always_when_nothing_defines_it(tmp_path: Path) -> None:
    """`always` and `never` are built in."""
    policy = load(tmp_path, TEXT.replace('calendar = "either"', 'calendar = "always"'))
    assert policy.agreement("gold").targets[0].calendar == ALWAYS


def test_load_policy_uses_the_sample_matrix_when_the_file_has_none(tmp_path: Path) -> None:
    """The default of `matrix` is documented."""
    assert load(tmp_path).matrix == ITIL_MATRIX


def test_load_policy_reads_a_matrix_when_the_file_has_one(tmp_path: Path) -> None:
    """Levels are data."""
    text = TEXT + (
        '\n[matrix]\nimpacts = ["big", "small"]\nurgencies = ["now"]\npriorities = ["P1", "P3"]\n'
        '[matrix.cells]\nbig = { now = "P1" }\nsmall = { now = "P3" }\n'
    )
    assert load(tmp_path, text).matrix.policy.matrix.priority("small", "now") == "P3"


@pytest.mark.parametrize("name", ["demo", "servicenow_uci", "uci"])
def test_load_policy_finds_bundled_ones_when_given_a_name(name: str) -> None:
    """The policies of the demo and of the UCI log come with the package."""
    assert load_policy(name).agreements
    assert {"demo", "servicenow_uci"} <= set(bundled_policies())


def test_load_policy_suggests_when_the_name_is_nearly_known() -> None:
    """A slip of typing is answered with the name that was meant."""
    with pytest.raises(CodecError, match="did you mean 'demo'"):
        load_policy("demoo")


def test_load_policy_tells_every_fault_when_there_are_several(tmp_path: Path) -> None:
    """One run shows all, each with its key path, value and remedy."""
    text = (
        TEXT.replace('"Europe/Lisbon"', '"Europe/Lisbom"')
        .replace('P1 = "4h"', 'P1 = "1d", P7 = "4h"')
        .replace("awaiting_requester", "awaiting_requestor")
        .replace('country = "DE"', 'country = "DEE"')
        .replace('calendar = "either"', 'calendar = "eiter"')
        .replace("version = 2", 'version = "2"')
        .replace("when = { service", "when = { sevice")
    )
    found = faults(tmp_path, text)
    assert set(found) == {
        "calendars.lisbon.zone",
        "calendars.berlin.holidays.country",
        "agreements[0].version",
        "agreements[0].when.sevice",
        "agreements[0].response.calendar",
        "agreements[0].resolution.goals.P1",
        "agreements[0].resolution.goals.P7",
        "agreements[0].resolution.pause_on[0]",
    }
    assert "did you mean 'Europe/Lisbon'" in found["calendars.lisbon.zone"]
    assert "did you mean 'either'" in found["agreements[0].response.calendar"]
    assert "did you mean 'awaiting_requester'" in found["agreements[0].resolution.pause_on[0]"]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        (
            'hours = "Mo-Fr 09:00-17:00"\nhol',
            'hours = "Mo-Fr 9 to 5"\nhol',
            "calendars.berlin.hours",
        ),
        ('"2026-01-10" =', '"10.1.2026" =', "calendars.berlin.exceptions.10.1.2026"),
        ('"12-31"', '"31.12."', "calendars.berlin.holidays.yearly"),
        ("dates = [2026-12-24]", 'dates = ["24.12."]', "calendars.berlin.holidays.dates[0]"),
        ('country = "DE", ', "", "calendars.berlin.holidays.country"),
        (
            '["berlin", "lisbon"]\n\n[calendars.both',
            '["rome"]\n\n[calendars.both',
            "calendars.either.any_of[0]",
        ),
        ("[calendars.either]", "[calendars.always]", "calendars.always"),
        ('goals = { P1 = "30m" }', "", "agreements[0].response.goals"),
        ("warn_at = [0.5, 0.9]", "warn_at = [5]", "agreements[0].resolution.warn_at[0]"),
        ('id = "gold"', "", "agreements[0].id"),
        ('id = "gold"', 'id = ""', "agreements[0].id"),
        ('calendar = "berlin"', 'calendar = ""', "agreements[0].calendar"),
        ('goals = { P1 = "30m" }', 'goals = { P1 = "" }', "agreements[0].response.goals"),
        ('goals = { P1 = "30m" }', "goals = {}", "agreements[0].response.goals"),
        ('P1 = "4h"', 'P1 = "0 working days"', "agreements[0].resolution.goals.P1"),
        ('zone = "Europe/Berlin"', 'zone = ""', "calendars.berlin.zone"),
        ('hours = "Mo-Fr 09:00-17:00"\nhol', 'hours = " "\nhol', "calendars.berlin.hours"),
        ('hours = "Mo-Fr 09:00-17:00"\n\n', 'hours = "Mo off"\n\n', "calendars.lisbon"),
        ('all_of = ["berlin", "lisbon"]', 'all_of = ["berlin", "never"]', "calendars.both"),
        ('all_of = ["berlin", "lisbon"]', "all_of = []", "calendars.both"),
        ('service = ["erp"]', "service = []", "agreements[0].when.service"),
        ('calendar = "berlin"', "", "agreements[0].calendar"),
        ("[agreements.response]", "[agreements.repsonse]", "agreements[0].repsonse"),
    ],
)
def test_load_policy_names_the_place_when_a_value_is_wrong(
    tmp_path: Path, before: str, after: str, where: str
) -> None:
    """Each kind of wrong value is found where it stands."""
    assert before in TEXT
    assert any(place.startswith(where) for place in faults(tmp_path, TEXT.replace(before, after)))


def test_load_policy_refuses_when_nothing_is_promised(tmp_path: Path) -> None:
    """A policy without agreements judges nothing."""
    assert "agreements" in faults(tmp_path, 'name = "x"')


def test_load_policy_refuses_when_an_agreement_has_no_target(tmp_path: Path) -> None:
    """An agreement promises something."""
    assert "agreements[0]" in faults(tmp_path, '[[agreements]]\nid = "x"\ncalendar = "always"')


def test_load_policy_refuses_when_an_id_stands_twice(tmp_path: Path) -> None:
    """Ids name one agreement."""
    second = TEXT[TEXT.index("[[agreements]]") :]
    assert faults(tmp_path, TEXT + second)["agreements[1].id"].startswith("twice")


def test_load_policy_refuses_when_the_matrix_is_not_monotone(tmp_path: Path) -> None:
    """The matrix's own law is told under its key (law P1)."""
    text = TEXT + (
        '\n[matrix]\nimpacts = ["big", "small"]\nurgencies = ["now"]\npriorities = ["P1", "P3"]\n'
        '[matrix.cells]\nbig = { now = "P3" }\nsmall = { now = "P1" }\n'
    )
    assert any(place.startswith("matrix") for place in faults(tmp_path, text))


def test_calendar_has_the_name_of_its_table_when_shown(tmp_path: Path) -> None:
    """The name helps whoever reads a message."""
    berlin = load(tmp_path).calendars["berlin"]
    assert isinstance(berlin, BusinessCalendar)
    assert berlin.name == "berlin"


def test_reference_page_shows_sound_files_when_read(root: Path) -> None:
    """Every example of the documentation is one that works."""
    page = (root / "docs" / "reference" / "policy-file.md").read_text(encoding="utf-8")
    texts = [each.split("```")[0] for each in page.split("```toml\n")[1:]]
    readings = [read_policy(text, format="toml") for text in texts]
    assert len(texts) == 10
    assert [each.findings for each in readings] == [()] * 10


def test_reference_page_shows_meant_files_when_checked(root: Path) -> None:
    """No example has what `policy check` warns of."""
    page = (root / "docs" / "reference" / "policy-file.md").read_text(encoding="utf-8")
    for text in [each.split("```")[0] for each in page.split("```toml\n")[1:]]:
        reading = read_policy(text, format="toml")
        assert reading.policy is not None
        told = lint(reading.policy, reading.source)
        assert [str(each) for each in told if each.severity is Severity.WARNING] == []


@pytest.mark.parametrize(
    ("old", "new", "where", "words"),
    [
        ('"Europe/Berlin"', '"Oslo"', "calendars.office.zone", "did you mean 'Europe/Oslo'"),
        ('"DE"', '"Norway"', "calendars.office.holidays.country", "did you mean 'NO' (Norway)"),
        ('"BE"', '"BEE"', "calendars.office.holidays.subdivision", "did you mean 'BE'"),
        (
            '"public"',
            '"publik"',
            "calendars.office.holidays.categories[0]",
            "did you mean 'public'",
        ),
    ],
)
def test_load_policy_names_the_key_and_the_nearest_name(
    tmp_path: Path, old: str, new: str, where: str, words: str
) -> None:
    """People write cities and countries as they call them."""
    text = """
[calendars.office]
zone = "Europe/Berlin"
hours = "Mo-Fr 09:00-17:00"
holidays = { country = "DE", subdivision = "BE", categories = ["public"] }
[[agreements]]
id = "a"
calendar = "office"
[agreements.resolution]
goals = { P1 = "4h" }
"""
    path = tmp_path / "policy.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_policy(path)
    (fault,) = refused.value.faults

    assert fault.where == where
    assert words in f"{fault.message} {fault.remedy}"


def test_load_policy_names_the_key_when_a_calendar_never_opens(tmp_path: Path) -> None:
    """No promise on it could ever be due (law C8)."""
    found = faults(
        tmp_path, TEXT.replace('hours = "Mo-Fr 09:00-17:00"\n\n', 'hours = "Mo off"\n\n')
    )
    told = found["calendars.lisbon.hours"]
    assert 'never opens (write hours = "Mo-Fr 09:00-17:00" or the like' in told


def test_load_policy_takes_a_calendar_when_only_an_exception_opens(tmp_path: Path) -> None:
    """A stocktaking once a year is open time."""
    text = TEXT.replace('hours = "Mo-Fr 09:00-17:00"\nhol', 'hours = "Mo off"\nhol')
    text = text.replace("all_of", "any_of")
    assert load(tmp_path, text).calendars["berlin"].is_working_day(date(2026, 1, 10))


def test_load_policy_refuses_when_hundreds_of_calendars_are_joined(tmp_path: Path) -> None:
    """A list has an end, and the refusal names its key."""
    names = ", ".join(['"berlin"'] * 500)
    found = faults(tmp_path, TEXT.replace('any_of = ["berlin", "lisbon"]', f"any_of = [{names}]"))
    assert "joins 500 calendars (name at most 200" in found["calendars.either.any_of"]


def test_load_policy_refuses_when_calendars_nest_too_deep(tmp_path: Path) -> None:
    """The algebra's own bound is told at the key, once: what rests on it is not told again."""
    nested = "".join(
        f'\n[calendars.n{n}]\n{"any_of" if n % 2 else "all_of"} = ["{last}", "lisbon"]\n'
        for n, last in enumerate(["berlin", *(f"n{n}" for n in range(80))])
    )
    (where,) = faults(tmp_path, TEXT.replace("\n[[agreements", nested + "\n[[agreements"))
    assert where.startswith("calendars.n")


@pytest.mark.parametrize("ending", [".toml", ".json", ".yaml", ".yml", ".TOML"])
def test_read_policy_takes_the_format_of_the_ending_when_given_a_path(
    tmp_path: Path, ending: str
) -> None:
    """The same policy in every format, with its place in each."""
    policy = load_policy("demo")
    texts = {".toml": policy_to_toml(policy)}
    path = tmp_path / f"demo{ending}"
    path.write_text(
        texts.get(ending.lower(), json.dumps(policy_to_json(policy), indent=1)), encoding="utf-8"
    )
    reading = read_policy(path)
    assert reading.policy == policy
    assert reading.source.file == str(path)
    assert reading.source.place("agreements[0].id").line > 1


def test_read_policy_refuses_when_the_ending_stands_for_no_format(tmp_path: Path) -> None:
    """What is no policy file is not parsed as one."""
    path = tmp_path / "policy.ini"
    path.write_text(TEXT, encoding="utf-8")
    with pytest.raises(CodecError, match="stands for no format"):
        read_policy(path)
    with pytest.raises(CodecError, match="did you mean 'toml'"):
        read_policy(TEXT, format="tml")


def test_read_policy_never_raises_when_the_text_is_anything() -> None:
    """Empty, broken, too large: a finding, not an error."""
    for text in ("\n", "a = \n", "a = 1\n" * 2, "#" * 1_000_001 + "\n", "\0\n"):
        reading = read_policy(text)
        assert reading.policy is None
        assert reading.findings[0].line in (0, 1, 2)


def test_load_policy_raises_what_read_policy_finds_when_refused(tmp_path: Path) -> None:
    """The same words by both ways."""
    path = tmp_path / "a.toml"
    path.write_text(TEXT.replace("Europe/Lisbon", "Europe/Lisbom"), encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load_policy(path)
    assert refused.value.faults == tuple(each.to_fault() for each in read_policy(path).findings)


def test_read_policy_says_that_it_is_a_folder_when_it_is_one(tmp_path: Path) -> None:
    """Not that its ending stands for nothing."""
    with pytest.raises(CodecError, match="it is a folder, not a file"):
        read_policy(tmp_path)
