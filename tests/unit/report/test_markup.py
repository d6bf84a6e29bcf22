"""Pieces of the page: tables that can be reached and read aloud, folds, cut lists."""

from __future__ import annotations

from itsm_core.report._markup import MOST_ROWS, folded, more, section, table


def test_section_has_its_answer_below_its_title() -> None:
    """And is named by its title for those who hear it."""
    found = section("worst", "Why <so>", "Because & so", "<p>body</p>")

    assert found == (
        '<section id="worst" aria-labelledby="worst-title"><h2 id="worst-title">Why &lt;so&gt;</h2>'
        '<p class="answer">Because &amp; so</p><p>body</p></section>'
    )


def test_section_has_no_empty_answer() -> None:
    """Nothing is nothing."""
    assert "answer" not in section("notes", "Notes", "", "")


def test_table_names_its_rows_by_their_first_cell() -> None:
    """Whoever hears a cell hears whose it is."""
    found = table(("A", "B"), [("x", "1"), ("y", "2")])

    assert found.count('<th scope="col">') == 2
    assert '<tr><th scope="row">y</th><td>2</td></tr>' in found


def test_table_can_be_moved_with_the_keyboard() -> None:
    """Where it is wider than the screen it scrolls, and says what it is."""
    assert '<div class="scroll" tabindex="0" role="group" aria-label="Who &quot;x&quot;">' in table(
        ("A",), [("x",)], name='Who "x"'
    )


def test_table_has_a_look_of_its_own_when_asked() -> None:
    """Sentences stand to the left."""
    assert '<table class="words">' in table(("A",), [], kind="words")
    assert '<th scope="row">x</th><td data-name="B">1</td><td></td>' in table(
        ("A", "B", "C"), [("x", "1", "")], kind="words"
    )
    assert "<table>" in table(("A",), [])


def test_fold_hides_until_asked() -> None:
    """A summary, then the rest."""
    assert folded("<p>x</p>", "More <x>") == (
        "<details><summary>More &lt;x&gt;</summary><p>x</p></details>"
    )


def test_more_counts_what_is_left_out() -> None:
    """Nothing up to a hundred."""
    assert more(range(MOST_ROWS)) == ""
    assert "1,200 more are not shown." in more(range(MOST_ROWS + 1_200))
