"""Texts in a SQLite file, found by their terms (law K4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from itsm_core.adapters import sqlite_texts as module
from itsm_core.adapters.sqlite_texts import SqliteTexts
from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import GERMAN, Linker, TicketIndex
from tests.unit.linking.texts import index_of, stream, text


@pytest.fixture
def texts() -> Iterator[SqliteTexts]:
    """Return a store in memory with three texts."""
    with SqliteTexts(":memory:") as store:
        store.put([text("A", "mail slow"), text("B", "printer"), text("C", "mail queue", days=-1)])
        yield store


def found(store: SqliteTexts, title: str, limit: int = 9) -> tuple[TicketId, ...]:
    """Return the candidates for a title."""
    return store.candidates(text("Q", title), limit=limit)


def test_text_comes_back_as_it_was_put(texts: SqliteTexts) -> None:
    """Every field, quotes and signs included."""
    whole = text(
        "D", "it's \"slow\" – 遅い", body="b", log="l", kind="article", language="ja", service="s",
        configuration_item_id="ci", category="c", group="g", requester="r", assignee="a",
    )  # fmt: skip
    texts.put([whole])
    assert texts.get(TicketId("D")) == whole


def test_texts_come_in_order_of_time(texts: SqliteTexts) -> None:
    """An index made of them is made in that order."""
    assert [each.ticket_id for each in texts.texts()] == ["C", "A", "B"]


def test_candidates_share_terms_the_best_first(texts: SqliteTexts) -> None:
    """Both words before one of them; who shares none is none."""
    assert found(texts, "mail queue") == ("C", "A")


def test_candidates_end_at_the_limit_and_exclude_the_asked(texts: SqliteTexts) -> None:
    """A text is not like itself."""
    assert found(texts, "mail slow", limit=1) == ("A",)
    assert texts.candidates(text("A", "mail slow"), limit=9) == ("C",)


@pytest.mark.parametrize("title", ['" OR *', "NEAR(mail", "title:mail AND", "-mail", "' ; DROP"])
def test_candidates_take_no_orders_from_a_text(texts: SqliteTexts, title: str) -> None:
    """What looks like a query language is words."""
    assert set(found(texts, title)) <= {"A", "B", "C"}
    assert len(list(texts.texts())) == 3


def test_candidates_keep_the_marks_of_a_name_together(texts: SqliteTexts) -> None:
    """A host name is one term, and each of its parts."""
    texts.put([text("D", "db-01.corp.example down"), text("E", "example of a corp")])
    assert found(texts, "db-01.corp.example")[0] == "D"


def test_text_put_again_is_replaced(texts: SqliteTexts) -> None:
    """Its old words find it no more."""
    texts.put([text("A", "vpn")])
    assert (found(texts, "slow"), found(texts, "vpn")) == ((), ("A",))


def test_dropped_text_is_gone(texts: SqliteTexts) -> None:
    """Counted; an unknown one is no error."""
    assert texts.drop([TicketId("A"), TicketId("Z")]) == 1
    assert found(texts, "slow") == ()
    with pytest.raises(NotFound, match="'A'"):
        texts.get(TicketId("A"))


def test_nothing_is_kept_when_one_text_of_several_cannot_be(texts: SqliteTexts) -> None:
    """All or none."""
    with pytest.raises(InvalidValue, match="Unicode"):
        texts.put([text("D", "fine"), text("E", "half \ud800")])
    with pytest.raises(InvalidValue, match="cannot be stored"):
        texts.put([text("D", "fine"), text("E" * 501, "long")])
    assert len(list(texts.texts())) == 3


def test_file_is_as_it_was_when_it_is_opened_again(tmp_path: Path) -> None:
    """It is durable: another object, the same answers."""
    with SqliteTexts(tmp_path / "texts.db") as store:
        store.put([text("A", "mail slow")])
    with SqliteTexts(tmp_path / "texts.db") as store:
        assert found(store, "slow mail") == ("A",)


def test_index_made_of_the_texts_answers_as_the_one_before(tmp_path: Path) -> None:
    """Memory can be lost: the file has all that the index is made of."""
    import random

    tickets = stream(random.Random(4), 50)
    with SqliteTexts(tmp_path / "texts.db") as store:
        store.put(tickets)
        again = TicketIndex()
        for each in store.texts():
            again.add(each)
    assert again.snapshot() == index_of(*tickets).snapshot()


def test_linker_ranks_what_the_store_found(texts: SqliteTexts) -> None:
    """The same evidence, whoever named the candidate."""
    linker = Linker(index_of(*texts.texts()), sources=[texts])
    (best, *_) = linker.similar(text("Q", "mail queue"))
    assert (best.ticket_id, best.terms[:2]) == ("C", ("queu", "mail"))


def test_threads_may_share_a_store(texts: SqliteTexts) -> None:
    """Eight writers, no text lost."""

    def write(number: int) -> None:
        for n in range(20):
            texts.put([text(f"T{number}-{n}", "mail")])

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(list(texts.texts())) == 163


@pytest.mark.parametrize("limit", [0, -1, True])
def test_candidates_are_refused_for_no_count(texts: SqliteTexts, limit: int) -> None:
    """At least one must be wanted."""
    with pytest.raises(InvalidValue, match="how many"):
        found(texts, "mail", limit=limit)


def test_file_is_refused_when_another_application_made_it(tmp_path: Path) -> None:
    """And left as it was."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE things (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="no file of texts"):
        SqliteTexts(path)
    assert path.read_bytes() == before


def test_file_is_refused_when_it_is_no_database(tmp_path: Path) -> None:
    """The error names the file."""
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and long enough to be read as a header of something\n" * 40)
    with pytest.raises(StoreUnavailable, match=r"notes\.txt"):
        SqliteTexts(path)


def test_file_is_refused_when_another_analyzer_made_it(tmp_path: Path) -> None:
    """New texts would not meet the old ones."""
    SqliteTexts(tmp_path / "texts.db").close()
    with pytest.raises(StoreUnavailable, match="analyzers"):
        SqliteTexts(tmp_path / "texts.db", analyzers={"": GERMAN})


def test_store_is_refused_without_an_analyzer_for_any_language() -> None:
    """A text that names no language must be read somehow."""
    with pytest.raises(InvalidValue, match="without a language"):
        SqliteTexts(":memory:", analyzers={"de": GERMAN})


def test_closed_store_says_that_it_is_unavailable(texts: SqliteTexts) -> None:
    """Closing twice is no error; asking then is."""
    texts.close()
    texts.close()
    with pytest.raises(StoreUnavailable):
        texts.get(TicketId("A"))


class Phrases:
    """Give terms that no tokenizer of SQLite would leave in one piece."""

    name = "phrases-1"

    def terms(self, text: str, /) -> list[str]:
        """Return what stands between two bars, as it is."""
        return [part for part in text.split("|") if part]


def test_candidates_share_whole_terms_whatever_an_analyzer_makes() -> None:
    """Blanks, quotation marks, slashes and capitals are part of a term."""
    odd = ('new "york', "a/b", "Ab", "x*", "b\u00a0c", "=61")
    with SqliteTexts(":memory:", analyzers={"": Phrases()}) as store:
        store.put([text(f"T{n}", f"|{term}|") for n, term in enumerate(odd)])
        store.put([text("U", '|new|"york|a|b|ab|x|c|a=|')])
        for number, term in enumerate(odd):
            assert found(store, f"|{term}|") == (f"T{number}",)


def test_letters_newer_than_the_database_are_letters(texts: SqliteTexts) -> None:
    """SQLite's table of Unicode is of 2012; Osage capitals and small letters are of 2016."""
    texts.put([text("D", "𐓟𐓚𐓘𐓲𐓘 down")])
    assert found(texts, "𐓟𐓚𐓘𐓲𐓘") == ("D",)


def test_store_goes_on_when_a_commit_was_refused(tmp_path: Path) -> None:
    """A reader that does not end makes one call fail, not all that follow."""
    path = tmp_path / "texts.db"
    with SqliteTexts(path, busy_seconds=0) as store:
        store.put([text("A", "mail")])
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM texts").fetchone()
        with pytest.raises(StoreUnavailable, match="locked"):
            store.put([text("B", "mail")])
        reader.execute("COMMIT")
        reader.close()
        assert [each.ticket_id for each in store.texts()] == ["A"]
        store.put([text("C", "mail")])
        assert found(store, "mail") == ("A", "C")


def test_nothing_is_half_written_when_a_put_is_stopped_at_any_step(tmp_path: Path) -> None:
    """Words and texts go together: SQLite is stopped at each step of its machine, once."""
    with SqliteTexts(tmp_path / "texts.db") as store:
        store.put([text("A", "mail slow"), text("B", "printer")])
        connection = store._connection
        for step in range(1, 4_000, 37):
            left = [step]

            def stop(left: list[int] = left) -> bool:
                left[0] -= 1
                return left[0] == 0

            connection.set_progress_handler(stop, 1)
            try:
                store.put([text("A", "vpn"), text("C", "mail queue")])
            except StoreUnavailable:
                connection.set_progress_handler(None, 0)
                assert found(store, "mail slow vpn queue") == ("A",)
                assert store.get(TicketId("A")).title == "mail slow"
            else:
                connection.set_progress_handler(None, 0)
                assert found(store, "slow") == ()
                assert found(store, "vpn queue") == ("A", "C")
                break
        else:
            pytest.fail("the call took more steps than were tried")


def test_file_of_an_earlier_layout_is_refused(tmp_path: Path) -> None:
    """Its terms were cut in another way."""
    path = tmp_path / "texts.db"
    SqliteTexts(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(StoreUnavailable, match="another version"):
        SqliteTexts(path)


def test_terms_are_counted_by_texts_whatever_was_put_and_dropped(texts: SqliteTexts) -> None:
    """Once for each text, and forgotten with the last one that has them."""
    texts.put([text("A", "mail vpn", body="vpn vpn"), text("D", "mail", language="de")])
    texts.put([text("D", "gateway")])
    texts.drop([TicketId("B"), TicketId("D")])
    counts = texts._connection.execute("SELECT term, texts FROM term_counts").fetchall()
    assert dict(counts) == {"mail": 2, "vpn": 1, "queu": 1}


def test_common_terms_are_passed_over_when_rare_ones_are_there(
    texts: SqliteTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading thousands of rows finds little; the rarest term is always read."""
    monkeypatch.setattr(module, "_MOST_ROWS", 1)
    assert found(texts, "mail queue") == ("C",)
    assert found(texts, "mail") == ("A", "C")
