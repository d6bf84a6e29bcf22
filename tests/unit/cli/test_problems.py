"""`problems` as a function: a log in, candidates and pages out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from itsm_core.cli import main
from itsm_core.cli._problems import Problems, look, problems
from itsm_core.errors import InvalidValue, ItsmError
from itsm_core.linking import CandidateRules
from itsm_core.simulation import simulate
from tests.unit.interop.sample import write_log, write_mapping
from tests.unit.linking.desk import background, failure

MAPPING = """
zone = "UTC"

[file]
date_format = "%d.%m.%Y %H:%M"

[columns]
ticket = "Nr"
state = "Status"
updated_at = "Changed"
opened_at = "Opened"
actor = "By"
requester = "Caller"
assignee = "Owner"
configuration_item = "Item"

[states]
"Neu" = { state = "new" }
"Arbeit" = { state = "in_progress" }
"Fertig" = { state = "resolved" }

[events]
first_response = "leaves_new"
"""

HEADER = "Nr,Status,Changed,Opened,By,Caller,Owner,Item"


def asked(folder: Path, *, quiet: bool = False) -> Problems:
    """Return the arguments for the small desk, with the Thursday failure unless it is quiet."""
    rows: list[str] = []
    own = [] if quiet else failure()
    for each in sorted([*background(), *own], key=lambda e: e.at_us):
        item = "JOB-1" if each.service == "export" else each.service
        opened = f"{each.at:%d.%m.%Y %H:%M}"
        for state, after in (("Neu", 0), ("Arbeit", 1), ("Fertig", 61)):
            at = each.at + timedelta(minutes=after)
            facts = f"{opened},{each.person},rob,{each.person},{item}"
            rows.append(f"{each.ticket_id},{state},{at:%d.%m.%Y %H:%M},{facts}")
    return Problems(
        log=write_log(folder, *rows, header=HEADER),
        mapping=str(write_mapping(folder, MAPPING)),
        hourly="100 EUR",
        working="Mo-Fr 08:00-18:00",
        after_hours="1.5",
        minimum_hours="2",
    )


def test_failure_is_told_with_its_price_when_the_log_has_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twelve call-outs, each charged two hours at one and a half of 100."""
    problems(asked(tmp_path))
    told = capsys.readouterr().out
    assert "1 problem candidate, the dearest first" in told
    assert "JOB-1" in told
    assert "12 times since 8 Jan 2026, Thursdays about 02:10" in told
    assert "EUR a year" in told


def test_nothing_is_claimed_when_nothing_recurs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The everyday tickets alone."""
    problems(asked(tmp_path, quiet=True))
    assert "No failure recurs more often than chance explains." in capsys.readouterr().out


def test_pages_are_written_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of HTML and one of Markdown for each, and they are named."""
    problems(attrs.evolve(asked(tmp_path), pages=tmp_path))
    assert "3,600 EUR" in (tmp_path / "problem-01.html").read_text(encoding="utf-8")
    assert "3,600 EUR" in (tmp_path / "problem-01.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.count("written: ") == 2


def test_later_tickets_are_unknown_when_asked_as_of_earlier(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of the middle of the log, half of them."""
    problems(attrs.evolve(asked(tmp_path), as_of="2026-02-16T00:00Z"))
    assert "6 times since" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [
        {"hourly": "95"},
        {"hourly": "many EUR"},
        {"working": "always"},
        {"after_hours": "-1"},
        {"as_of": "tomorrow"},
    ],
)
def test_arguments_are_refused_when_they_mean_nothing(
    tmp_path: Path, given: dict[str, str]
) -> None:
    """Said before anything is read or written."""
    with pytest.raises(ItsmError):
        problems(attrs.evolve(asked(tmp_path), pages=tmp_path, **given))  # type: ignore[arg-type]
    assert not list(tmp_path.glob("problem-*"))


def test_command_line_reaches_it_when_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every option has its place."""
    given = asked(tmp_path)
    code = main(
        [
            *("problems", str(given.log), "--mapping", given.mapping, "--hourly", "100 EUR"),
            *("--working", "Mo-Fr 08:00-18:00", "--after-hours", "1.5", "--minimum-hours", "2"),
            *("--as-of", "2026-03-01T00:00Z", "--pages", str(tmp_path)),
        ]
    )
    assert code == 0
    assert "8 times since" in capsys.readouterr().out


def test_wording_is_left_out_when_not_asked() -> None:
    """A made-up desk has few titles: the demo looks at timetables only."""
    desk = simulate(seed=1, tickets=300, weeks=10)
    found = look(desk.histories, desk.as_of, CandidateRules(), by_wording=False)
    assert {each.sources for each in found} <= {("timetable",)}


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ({"hourly": None}, "--hourly"),
        ({"working": None}, "--working"),
        ({"hourly": None, "working": None}, "--working"),
    ],
)
def test_argument_is_refused_when_it_tells_nothing_without_another(
    tmp_path: Path, given: dict[str, str | None], remedy: str
) -> None:
    """Silence would look as if the price or the hours had been reckoned with."""
    with pytest.raises(InvalidValue, match=f"add {remedy}"):
        problems(attrs.evolve(asked(tmp_path), **given))  # type: ignore[arg-type]


def test_no_other_hours_are_told_when_there_are_no_working_hours(tmp_path: Path) -> None:
    """An hour costs the same at any time, and the page says no more than that."""
    plain = {"working": None, "after_hours": "1", "minimum_hours": "0"}
    problems(attrs.evolve(asked(tmp_path), pages=tmp_path, **plain))  # type: ignore[arg-type]
    page = (tmp_path / "problem-01.md").read_text(encoding="utf-8")
    assert "An hour is reckoned at 100.00 EUR." in page


@pytest.mark.parametrize(
    ("option", "given", "why"),
    [
        ("--working", "Mo-Fr 8-18", "time of day"),
        ("--hourly", "dear EUR", "not an amount"),
        ("--after-hours", "dear", "not an amount"),
        ("--minimum-hours", "long", "not an amount"),
    ],
)
def test_refusal_names_option_and_text_when_a_value_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, given: str, why: str
) -> None:
    """Of four options with amounts and hours, one is to be corrected."""
    log, mapping = write_log(tmp_path), write_mapping(tmp_path)
    good = {"--working": "Mo-Fr 08:00-18:00", "--hourly": "95 EUR"}
    options = [word for pair in {**good, option: given}.items() for word in pair]
    assert main(["problems", str(log), "--mapping", str(mapping), *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"itsm-core: {option} cannot be used: {given!r}; ")
    assert why in said
