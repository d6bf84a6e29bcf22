"""XES read event by event: what another tool writes, and what is a trap."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from itsm_core.errors import LogError
from itsm_core.interop._xml_stream import XesEvent, read_xes_events

FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<!-- as other tools write it -->
<xes:log xmlns:xes="http://www.xes-standard.org/" xes.version="1.0">
  <xes:extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <xes:global scope="event"><xes:string key="concept:name" value="none"/></xes:global>
  <xes:classifier name="Activity" keys="concept:name"/>
  <xes:string key="creator" value="a tool"/>
  <xes:trace>
    <xes:string key="concept:name" value="1-364285768"/>
    <xes:list key="tags"><xes:values><xes:string key="tag" value="a"/></xes:values></xes:list>
    <xes:event>
      <xes:string key="concept:name" value="Accepted"><xes:int key="n" value="1"/></xes:string>
      <xes:date key="time:timestamp" value="2010-03-31T16:59:42+01:00"/>
      <xes:container key="more"><xes:int key="n" value="1"/></xes:container>
    </xes:event>
    <xes:event><xes:boolean key="b" value="true"/><xes:float key="f" value="1.5"/></xes:event>
  </xes:trace>
  <xes:trace/>
</xes:log>
"""


def events(folder: Path, text: str) -> list[XesEvent]:
    """Return the events of a text."""
    path = folder / "a.xes"
    path.write_text(text, encoding="utf-8")
    return list(read_xes_events(path))


def test_events_have_their_values_when_another_tool_wrote_them(tmp_path: Path) -> None:
    """Prefixes, nested attributes, lists and containers are taken in their stride."""
    first, second = events(tmp_path, FOREIGN)
    assert (first.line, first.trace_number) == (11, 1)
    assert first.trace == {"concept:name": "1-364285768"}
    assert first.values == {
        "concept:name": "Accepted",
        "time:timestamp": "2010-03-31T16:59:42+01:00",
    }
    assert second.values == {"b": "true", "f": "1.5"}


ENTITIES = '<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILES = '<!DOCTYPE log [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
EVENT = '<event><string key="a" value="1"/></event>'

HOSTILE = {
    "entities that unfold": (ENTITIES + "<log>&b;</log>", "document type definition"),
    "a file drawn in": (FILES + "<log>&x;</log>", "document type definition"),
    "a distant DTD": ('<!DOCTYPE log SYSTEM "http://example.org/x"><log/>', "document type"),
    "cut off": ("<log><trace>", "not well-formed XML: no element found"),
    "crossed": ("<log><trace></log></trace>", "mismatched tag"),
    "two roots": ("<log/><log/>", "junk after document element"),
    "control": ("<log>\x01</log>", "not well-formed"),
    "no log": ("<html/>", "<html> as the root is no XES"),
    "blank": ("   ", "not well-formed XML: no element found"),
    "event outside": (f"<log>{EVENT}</log>", "<event> in <log> is no XES"),
    "trace in trace": ("<log><trace><trace/></trace></log>", "<trace> in <trace> is no XES"),
    "log in log": ("<log><log/></log>", "<log> in <log> is no XES"),
    "no key": ('<log><string value="a"/></log>', "<string> has no key"),
    "no value": ('<log><string key="a"/></log>', "<string> has no value"),
    "twice": (
        f"<log><trace>{EVENT[:-8]}<int key='a' value='1'/></event></trace></log>",
        "a key stands twice",
    ),
    "deep": ("<log><trace>" + '<list key="a">' * 20, "nested too deep"),
    "wide": (
        "<log><trace><event>"
        + "".join(f'<int key="k{n}" value="1"/>' for n in range(1_001))
        + "</event></trace></log>",
        "more than 1,000 attributes",
    ),
    "no exact text": (
        '<log><trace><event><string key="a" value="b"><string key="exact" value="c"/></string>',
        "an exact text is no text in JSON",
    ),
    "exact number": (
        '<log><trace><event><string key="a" value="b"><string key="exact" value="7"/></string>',
        "an exact text is no text in JSON",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_file_is_refused_when_hostile(tmp_path: Path, name: str) -> None:
    """Each with its line."""
    text, message = HOSTILE[name]
    with pytest.raises(LogError, match=rf"a\.xes:1: .*{message}"):
        events(tmp_path, text)


@pytest.mark.parametrize(
    "text", ['<log><string key="', "<log>", "<log><!--"], ids=["value", "blanks", "comment"]
)
def test_memory_is_bounded_when_a_tag_never_ends(tmp_path: Path, text: str) -> None:
    """Thirty megabytes without a tag are refused after one."""
    path = tmp_path / "a.xes"
    with path.open("w", encoding="utf-8") as out:
        out.write(text)
        for _ in range(30):
            out.write(" " * 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(LogError, match="more than 1,000,000 bytes without a tag"):
            list(read_xes_events(path))
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_exact_text_is_left_alone_when_it_stands_elsewhere(tmp_path: Path) -> None:
    """Within the log's own attributes, or within a list, it says nothing of an event."""
    text = (
        '<log><string key="a" value="b"><string key="exact" value="c"/></string>'
        '<trace><list key="l"><string key="exact" value="d"/></list>'
        '<event><string key="exact" value="e"/></event></trace></log>'
    )
    (event,) = events(tmp_path, text)
    assert event.values == {"exact": "e"}
