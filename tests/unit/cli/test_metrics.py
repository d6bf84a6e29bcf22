"""`metrics` as a function: a log in, figures out, each beside the dashboard's."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from itsm_core.cli import main
from itsm_core.cli._metrics import Metrics, metrics
from itsm_core.errors import ItsmError
from tests.unit.interop.sample import write_log, write_mapping

HEADER = "Nr,Version,Status,Changed,Opened,By,Caller,Prio,Group,Owner,Solved,Kept"


def row(name: str, version: int, state: str, changed: str, opened: str, *, group: str) -> str:
    """Return one snapshot of a ticket."""
    return f"{name},{version},{state},{changed},{opened},ann,carl,tief,{group},ann,?,true"


ROWS = (
    # Solved after an hour; solved after a day and three hours; open since the first of March.
    row("T1", 0, "Neu", "01.02.2016 09:00", "01.02.2016 09:00", group="desk"),
    row("T1", 1, "Arbeit", "01.02.2016 09:30", "01.02.2016 09:00", group="desk"),
    row("T1", 2, "Fertig", "01.02.2016 10:00", "01.02.2016 09:00", group="desk"),
    row("T2", 0, "Neu", "02.02.2016 09:00", "02.02.2016 09:00", group="lab"),
    row("T2", 1, "Arbeit", "02.02.2016 12:00", "02.02.2016 09:00", group="lab"),
    row("T2", 2, "Fertig", "03.02.2016 12:00", "02.02.2016 09:00", group="lab"),
    row("T3", 0, "Neu", "01.03.2016 09:00", "01.03.2016 09:00", group="lab"),
    row("T3", 1, "Kunde", "10.03.2016 09:00", "01.03.2016 09:00", group="lab"),
)


def asked(folder: Path) -> Metrics:
    """Return the arguments for the small log."""
    return Metrics(log=write_log(folder, *ROWS, header=HEADER), mapping=str(write_mapping(folder)))


def test_figures_stand_beside_those_of_dashboards_when_some_are_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of three within 24 hours; a dashboard says one of two, and why."""
    metrics(attrs.evolve(asked(tmp_path), names=("resolved-within-24h",)))
    told = capsys.readouterr().out
    assert "Window: 2016-02-01 09:00 to 2016-03-10 09:00" in told
    assert "Resolved within 24 hours: 33.3%" in told
    assert "tickets opened in the window: 3; so far 2 of them" in told
    assert "on a dashboard: 50.0%. Dashboards divide by the resolved tickets" in told


def test_every_figure_of_tickets_is_told_when_none_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for costs, which take a price, and contacts, of which the log knows nothing."""
    metrics(asked(tmp_path))
    told = capsys.readouterr().out
    assert "backlog-count" in told
    assert "note: 1 of them is on hold" in told
    assert "cost-so-far" not in told
    assert "contacts-abandoned" not in told
    metrics(attrs.evolve(asked(tmp_path), hourly="100 EUR", working="Mo-Fr 08:00-18:00"))
    # Half an hour of T1; of T2 six hours on the second and four on the third of February.
    assert "Cost of the tickets so far: 1,050.00 EUR" in capsys.readouterr().out


def test_figures_are_split_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By group, each with its own figure, and a word where they are few."""
    metrics(attrs.evolve(asked(tmp_path), names=("resolved-within-24h",), by="group"))
    told = capsys.readouterr().out
    assert "- lab: 0.0% (0.0% to 84.2%), too few to tell" in told
    assert "- desk: 100.0% (0.0% to 100.0%), too few to tell" in told


def test_window_is_that_of_the_arguments_when_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days begin in the log's zone; what happened after the end is not known."""
    given = attrs.evolve(asked(tmp_path), names=("backlog-count",), start="2016-02-01")
    metrics(attrs.evolve(given, end="2016-02-03"))
    assert "Open tickets: 1" in capsys.readouterr().out
    metrics(attrs.evolve(given, end="2016-02-04T00:00+01:00", as_of="2016-03-01"))
    told = capsys.readouterr().out
    assert "Window: 2016-02-01 00:00 to 2016-02-04 00:00, seen 2016-03-01 00:00" in told
    assert "Open tickets: 0" in told


def test_figures_are_written_with_their_definitions_when_asked(tmp_path: Path) -> None:
    """As JSON, whole: the metric, its window, zone, calendar and population."""
    out = tmp_path / "out.json"
    metrics(attrs.evolve(asked(tmp_path), names=("resolution-median",), json=out))
    (told,) = json.loads(out.read_text(encoding="utf-8"))
    assert told["metric"]["name"] == "resolution-median"
    assert told["window"]["zone"] == "Europe/Berlin"
    assert told["population"]["open"] == 1
    assert told["honest"]["value"] == 27


def test_parts_are_cut_short_when_there_are_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thirty groups: twenty lines and a word."""
    rows = [
        row(f"T{n}", 0, "Neu", "01.02.2016 09:00", "01.02.2016 09:00", group=f"g{n}")
        for n in range(30)
    ]
    given = attrs.evolve(asked(tmp_path), log=write_log(tmp_path, *rows, header=HEADER))
    metrics(attrs.evolve(given, names=("backlog-count",), by="group"))
    told = capsys.readouterr().out
    assert told.count("    - g") == 20
    assert "- and 10 more; --json has all of them" in told


@pytest.mark.parametrize(
    "given",
    [
        {"names": ("resolved-within-24",)},
        {"names": ("contacts-abandoned",)},
        {"names": ("cost-so-far",)},
        {"by": "colour"},
        {"by": "label"},
        {"start": "yesterday"},
        {"start": "2016-13-01"},
        {"as_of": "2016-03-01T00:00"},
        {"start": "2016-03-01", "end": "2016-02-01"},
        {"working": "always"},
        {"hourly": "95"},
    ],
)
def test_arguments_are_refused_when_they_mean_nothing(
    tmp_path: Path, given: dict[str, object]
) -> None:
    """And nothing is written."""
    out = tmp_path / "out.json"
    with pytest.raises(ItsmError):
        metrics(attrs.evolve(asked(tmp_path), json=out, **given))  # type: ignore[arg-type]
    assert not out.exists()


def test_end_of_the_log_is_told_when_the_window_is_seen_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A backlog of next year is no figure of this log; within the log nothing is said."""
    given = attrs.evolve(asked(tmp_path), names=("backlog-count",))
    metrics(attrs.evolve(given, end="2016-12-31"))
    assert "The log ends at 2016-03-10 09:00 (Europe/Berlin); nothing" in capsys.readouterr().out
    for end in (None, "2016-03-01"):
        metrics(attrs.evolve(given, end=end))
        assert "The log ends" not in capsys.readouterr().out


def test_names_are_read_when_they_stand_behind_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the how-to, and where everybody types them; an unknown option is refused as ever."""
    given = asked(tmp_path)
    line = ["metrics", str(given.log), "--mapping", given.mapping, "backlog-count"]
    assert main([*line, "resolved-within-24h"]) == 0
    told = capsys.readouterr().out
    assert ("Open tickets: 1" in told, "Resolved within 24 hours" in told) == (True, True)
    assert "Half are resolved" not in told

    with pytest.raises(SystemExit):
        main([*line, "--bye", "group"])
    assert "unrecognized arguments: backlog-count --bye group" in capsys.readouterr().err


def test_leftover_words_are_refused_when_another_command_has_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only metrics takes names."""
    with pytest.raises(SystemExit):
        main(["schema", "events", "commands"])
    assert "unrecognized arguments: commands" in capsys.readouterr().err


def test_part_without_a_name_is_no_person_when_split_by_channel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log tells no channel; "nobody" is for groups and persons."""
    metrics(attrs.evolve(asked(tmp_path), names=("tickets-opened",), by="channel"))
    assert "    - not told: 3" in capsys.readouterr().out


def test_command_line_reaches_it_when_called(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every option has its place."""
    given, out = asked(tmp_path), tmp_path / "out.json"
    code = main(
        [
            *("metrics", str(given.log), "cost-so-far", "--mapping", given.mapping),
            *("--hourly", "100 EUR", "--working", "Mo-Fr 08:00-18:00", "--by", "group"),
            *("--from", "2016-02-01", "--to", "2016-02-02", "--as-of", "2016-02-02"),
            *("--json", str(out)),
        ]
    )
    assert code == 0
    assert "Cost of the tickets so far: 50.00 EUR" in capsys.readouterr().out
    assert out.exists()


def test_figures_are_unknown_when_the_log_has_one_row_a_ticket(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What such a log leaves out is said first, and nothing of it is told as none."""
    log, mapping = tmp_path / "list.csv", tmp_path / "list.toml"
    log.write_text(
        "Nr,State,Opened,Solved,Group\n"
        "T1,Done,2026-01-05 08:00,2026-01-05 09:00,lab\n"
        "T2,New,2026-01-06 08:00,,lab\n",
        encoding="utf-8",
    )
    mapping.write_text(
        'zone = "UTC"\n[file]\nrows = "tickets"\ndate_format = "%Y-%m-%d %H:%M"\n'
        '[columns]\nticket = "Nr"\nstate = "State"\n'
        'updated_at = "Opened"\nopened_at = "Opened"\nresolved_at = "Solved"\ngroup = "Group"\n'
        '[states]\nNew = { state = "new" }\nDone = { state = "resolved" }\n',
        encoding="utf-8",
    )
    metrics(Metrics(log=log, mapping=str(mapping), hourly="95 CHF", by="person"))
    told = capsys.readouterr().out

    left_out = "earlier holders, waits that are over, reopenings, answers of people, owners"
    assert f"The log does not tell: {left_out}.\n" in told
    assert "Answered by a person within an hour: unknown (the log does not tell it)\n" in told
    assert "Cost of the tickets so far: unknown (the log does not tell it)\n" in told
    assert "Resolved within 24 hours: unknown" not in told
    assert "Open tickets: 1\n" in told
    assert "nobody:" not in told
