"""Mapping files: what they mean, and that nothing in them is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.errors import CodecError, DefinitionError
from itsm_core.interop import ChangeTable, bundled_mappings, load_mapping
from itsm_core.lifecycle import StateCategory
from tests.unit.interop.exports import CHANGES
from tests.unit.interop.sample import MAPPING, write_mapping


def faults(folder: Path, text: str) -> dict[str, str]:
    """Return code and message of each fault of a mapping, by its place."""
    with pytest.raises(DefinitionError) as refused:
        load_mapping(write_mapping(folder, text))
    return {fault.where: f"{fault.code}: {fault}" for fault in refused.value.faults}


def test_load_mapping_reads_every_part_when_it_is_sound(tmp_path: Path) -> None:
    """Columns, states, values and rules come out as they were written."""
    mapping = load_mapping(write_mapping(tmp_path))
    assert mapping.zone == "Europe/Berlin"
    assert mapping.columns["ticket"] == "Nr"
    assert mapping.missing == ("", "?")
    assert mapping.values["priority"] == {"hoch": "P1", "tief": "P3"}
    held = mapping.states["Lieferant"]
    assert (held.state, held.category, held.reason) == (
        "on_hold",
        StateCategory.ON_HOLD,
        "awaiting_supplier",
    )


def test_load_mapping_finds_the_bundled_one_when_given_its_name() -> None:
    """The UCI mapping comes with the package and says that its zone is an assumption."""
    assert "servicenow_uci" in bundled_mappings()
    mapping = load_mapping("servicenow_uci")
    assert mapping.zone == "UTC"
    assert "states no zone" in mapping.zone_assumed


def test_load_mapping_takes_the_short_name_when_given_uci() -> None:
    """`uci` stands for `servicenow_uci`."""
    assert load_mapping("uci") == load_mapping("servicenow_uci")


def test_load_mapping_refuses_and_suggests_when_the_name_is_nearly_known() -> None:
    """A typing slip in a bundled name is answered with the name that was meant."""
    with pytest.raises(CodecError, match="did you mean 'servicenow_uci'"):
        load_mapping("servicenow_ucl")


def test_load_mapping_refuses_when_the_file_does_not_exist(tmp_path: Path) -> None:
    """A missing file is a typed error."""
    with pytest.raises(CodecError, match="does not exist"):
        load_mapping(tmp_path / "none.toml")


def test_load_mapping_refuses_when_the_zone_is_not_named(tmp_path: Path) -> None:
    """The zone is never guessed."""
    found = faults(tmp_path, MAPPING.replace('zone = "Europe/Berlin"', ""))
    assert "never guessed" in found["zone"]


def test_load_mapping_suggests_the_zone_when_it_is_misspelt(tmp_path: Path) -> None:
    """An unknown zone is answered with the nearest one."""
    found = faults(tmp_path, MAPPING.replace("Europe/Berlin", "Europe/Berlinn"))
    assert found["zone"].startswith("unknown-zone")
    assert "did you mean 'Europe/Berlin'" in found["zone"]


def test_load_mapping_tells_every_fault_when_there_are_several(tmp_path: Path) -> None:
    """One run shows all: an unknown key, a missing column, a wrong state and a wrong reason."""
    text = (
        MAPPING.replace('updated_at = "Changed"', "")
        .replace('delimiter = ","', "")
        .replace('missing = ["?"]', 'misssing = ["?"]')
        .replace('"Neu" = { state = "new" }', '"Neu" = { state = "nwe" }')
        .replace("awaiting_supplier", "awaiting_godot")
    )
    found = faults(tmp_path, text)
    assert set(found) == {
        "columns.updated_at",
        "file.misssing",
        "states.Neu.state",
        "states.Lieferant.reason",
    }
    assert "did you mean 'missing'" in found["file.misssing"]
    assert "did you mean 'new'" in found["states.Neu.state"]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('missing = ["?"]', "missing = 5", "file.missing"),
        ('missing = ["?"]', "missing = [5]", "file.missing[0]"),
        ("%d.%m.%Y %H:%M", "%d.%m. %H:%M", "file.date_format"),
        ("%d.%m.%Y %H:%M", "%d %b %m %Y", "file.date_format"),
        ('missing = ["?"]', 'format = "xlsx"', "file.format"),
        ('missing = ["?"]', 'rows = "lines"', "file.rows"),
        ('missing = ["?"]', 'rows = "changes"', "changes"),
        ('missing = ["?"]', 'format = "jira"\nrows = "snapshots"', "file.rows"),
        ('own_verdict = "Kept"', 'answer = "Kept"', "events.first_response"),
        ('missing = ["?"]', 'delimiter = ";;"', "file.delimiter"),
        ('missing = ["?"]', 'encoding = "utf-9"', "file.encoding"),
        ('missing = ["?"]', 'encoding = "undefined"', "file.encoding"),
        ('missing = ["?"]', 'encoding = "punycode"', "file.encoding"),
        ('missing = ["?"]', 'encoding = "rot13"', "file.encoding"),
        ('missing = ["?"]', 'encoding = "utf-8\\u0000"', "file.encoding"),
        ('missing = ["?"]', 'delimiter = "\\n"', "file.delimiter"),
        ('missing = ["?"]', 'delimiter = "\\u0000"', "file.delimiter"),
        ('missing = ["?"]', "delimiter = '\"'", "file.delimiter"),
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %Z", "file.date_format"),
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %Y", "file.date_format"),
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %I:%M", "file.date_format"),
        ("%d.%m.%Y %H:%M", "%d.%m.%%Y %Q %Y", "file.date_format"),
        ("%d.%m.%Y %H:%M", "%d.%m.%%Y %H:%M", "file.date_format"),
        ('"Europe/Berlin"', '""', "zone"),
        ('ticket = "Nr"', 'ticket = ""', "columns.ticket"),
        ('state = "Status"', 'state = ""', "columns.state"),
        ('updated_at = "Changed"', 'updated_at = " "', "columns.updated_at"),
        ('opened_at = "Opened"', 'opened_at = ""', "columns.opened_at"),
        ('"leaves_new"', '"whenever"', "events.first_response"),
        ('"new" }', '"new", reason = "awaiting_supplier" }', "states.Neu.reason"),
        ('resolved_at = "Solved"', "", "columns.resolved_at"),
    ],
)
def test_load_mapping_names_the_place_when_a_value_is_wrong(
    tmp_path: Path, before: str, after: str, where: str
) -> None:
    """Each kind of wrong value is found where it stands."""
    text = MAPPING.replace(before, after)
    if where == "columns.resolved_at":
        text = text.replace("[events]", '[events]\nresolved_at = "column"')
    assert where in faults(tmp_path, text)


def test_load_mapping_refuses_when_no_state_is_mapped(tmp_path: Path) -> None:
    """Without states no snapshot could become an event."""
    head, _, tail = MAPPING.partition("[states]")
    assert "states" in faults(tmp_path, head + "[states]\n[values" + tail.partition("[values")[2])


def test_reference_page_shows_a_sound_file_when_read(root: Path, tmp_path: Path) -> None:
    """The example of the documentation is one that works."""
    page = (root / "docs" / "reference" / "mapping-file.md").read_text(encoding="utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    assert load_mapping(write_mapping(tmp_path, text)).columns["sequence"] == "Version"


@pytest.mark.parametrize(
    "date_format",
    [
        "%Y-%m-%dT%H:%M:%S.%f%z",
        "%Y-%m-%d%z %H:%M",
        "%d/%b/%y %I:%M %p",
        "%d %B %Y",
        "%m/%d/%Y %I:%M %p",
        "%Y%m%d",
    ],
)
def test_load_mapping_takes_a_date_format_when_it_reads_what_it_writes(
    tmp_path: Path, date_format: str
) -> None:
    """Offsets, halves of the day and dates without a time are sound."""
    text = MAPPING.replace("%d.%m.%Y %H:%M", date_format)
    assert load_mapping(write_mapping(tmp_path, text)).date_format == date_format


@pytest.mark.parametrize("name", bundled_mappings())
def test_bundled_mapping_says_on_what_grounds_when_its_zone_is_assumed(name: str) -> None:
    """A zone that the log does not state is a guess, and told as one."""
    mapping = load_mapping(name)
    is_stated = "%z" in mapping.date_format
    assert bool(mapping.zone_assumed) != is_stated


def test_table_of_changes_needs_no_opening_when_mapped(tmp_path: Path) -> None:
    """The first change tells it, and the order is that of the instants."""
    (tmp_path / "a.toml").write_text(CHANGES, encoding="utf-8")
    mapping = load_mapping(tmp_path / "a.toml")
    assert mapping.changes == ChangeTable(field="what", value="to", previous="from", prefix="No. ")
    assert {"opened_at", "sequence"} <= mapping.columns.keys()


def test_unknown_key_of_changes_is_refused_when_written(tmp_path: Path) -> None:
    """As everywhere in the file."""
    text = CHANGES.replace("[columns]", 'openning = "inserted"\n[columns]')
    assert "changes.openning" in faults(tmp_path, text)


def test_load_mapping_names_the_remedy_when_a_format_names_zones(tmp_path: Path) -> None:
    """Strptime reads CET and leaves the clock where it was: an hour lost in silence."""
    found = faults(tmp_path, MAPPING.replace("%H:%M", "%H:%M %Z"))
    assert "remove %Z and declare zone" in found["file.date_format"]


def test_load_mapping_bounds_the_message_when_an_encoding_is_long(tmp_path: Path) -> None:
    """The name is found in the file, not in the message."""
    long = "x" * 50_000
    found = faults(tmp_path, MAPPING.replace('missing = ["?"]', f'encoding = "{long}"'))
    assert len(found["file.encoding"]) < 300
