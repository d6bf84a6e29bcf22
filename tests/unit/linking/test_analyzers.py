"""From text to terms."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.linking import ENGLISH, GERMAN, NEUTRAL, WordAnalyzer
from itsm_core.linking import _analyzers as analyzers


def test_analyzer_keeps_an_identifier_whole_and_in_parts() -> None:
    """A camel-cased, dotted name meets both itself and the words it is made of."""
    assert ENGLISH.terms("Ti.UI.createWindow") == [
        "ti.ui.createwindow", "ti", "ui", "createwindow", "creat", "window",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "parts"),
    [("XMLHttpRequest", "xml http request"), ("iOSApp", "os app"), ("db2admin", "db admin")],
)
def test_analyzer_finds_the_seams_of_a_name(name: str, parts: str) -> None:
    """Runs of capitals, changes of case and digits part a name."""
    assert set(parts.split()) <= set(NEUTRAL.terms(name))


def test_analyzer_gives_no_term_for_what_is_masked() -> None:
    """A ticket's number and an instant make no two reports alike."""
    assert ENGLISH.terms("INC0012345 at 10:42 by bob@example.org") == []


def test_analyzer_keeps_short_numbers_and_drops_those_within_names() -> None:
    """A status is a term; the digits of a version are not, the version is."""
    assert ENGLISH.terms("error 503 in 4.2.1") == ["error", "503", "4.2.1"]


def test_analyzer_drops_stop_words_and_single_letters() -> None:
    """They tell nothing apart."""
    assert ENGLISH.terms("I can not get a mail") == ["mail"]


def test_analyzer_gives_a_repeated_term_twice() -> None:
    """Frequencies are counted by the index."""
    assert ENGLISH.terms("mail, mail") == ["mail", "mail"]


def test_analyzer_passes_over_words_too_long_to_be_words() -> None:
    """What somebody pasted is no word."""
    assert ENGLISH.terms("x" * 101) == []


def test_german_analyzer_joins_inflected_words() -> None:
    """The German stop words and endings are its own."""
    assert GERMAN.terms("Die Drucker in den Störungen") == ["druck", "storung"]


def test_neutral_analyzer_pairs_characters_where_a_script_has_no_blanks() -> None:
    """Two neighbours are the smallest thing that is still found."""
    assert NEUTRAL.terms("接続障害") == ["接続", "続障", "障害"]


def test_neutral_analyzer_gives_a_lone_character_itself() -> None:
    """One character is a word of one."""
    assert NEUTRAL.terms("鍵") == ["鍵"]


def test_analyzer_reads_compatible_characters_as_one() -> None:
    """Full-width letters are the same letters."""
    assert NEUTRAL.terms("ＶＰＮ") == NEUTRAL.terms("VPN") == ["vpn"]


def test_analyzer_gives_the_same_when_its_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it remembers is bounded, what it says is not changed by that."""
    monkeypatch.setattr(analyzers, "_REMEMBERED", 2)
    analyzer = WordAnalyzer(name="small-1")
    assert [analyzer.terms("one two three one") for _ in range(2)] == [
        ["one", "two", "three", "one"]
    ] * 2


def test_analyzer_is_refused_when_it_has_no_name() -> None:
    """A snapshot could not say by what it was made."""
    with pytest.raises(InvalidValue, match="name is empty"):
        WordAnalyzer(name="")


@pytest.mark.parametrize(
    ("told", "terms"),
    [
        ("हिन्दी प्रिंटर", ["हिन्दी", "प्रिंटर"]),
        ("العَرَبِيَّة", ["العَرَبِيَّة"]),
        ("Outlookが起動", ["outlook", "が起", "起動"]),
        ("障害INC0012345", ["障害"]),
        ("pass\u200bword", ["password"]),
        ("cafe\u0301", ["café"]),
        ("mail\x00box", ["mail", "box"]),
    ],
)
def test_analyzer_reads_every_script_and_nothing_unseen(told: str, terms: list[str]) -> None:
    """Vowel signs belong to their word; a Latin name in a Japanese sentence is a word."""
    assert NEUTRAL.terms(told) == terms


def test_analyzer_remembers_nothing_that_is_no_word() -> None:
    """A hundred thousand pasted keys of a kilobyte would fill the memory."""
    analyzer = WordAnalyzer(name="small-1")
    assert analyzer.terms("x" * 101 + " mail " + "漢" * 101) == ["mail", *["漢漢"] * 100]
    assert set(analyzer._known) == {"mail"}
