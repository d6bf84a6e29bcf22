"""The rules of candidates: the first part of `text_contract` (laws K4, R5)."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import ClassVar, Final, cast

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateSource, TicketText
from itsm_core.ports import TextStore
from itsm_core.testing.contract import AT, Capability, Contract, refusal

__all__ = ["CandidateContract", "told"]

_PLENTY: Final = 50
_COMMON: Final = ("mail", "slow", "printer", "login", "queue")

_ORDERS: Final = (
    '" OR *',
    '"unclosed',
    "NEAR(mail slow, 3)",
    "title:mail AND NOT slow",
    "-mail +slow ^mail~2",
    "mail*",
    "'; DROP TABLE texts; --",
    "%_\\ {mail} [slow] (mail",
    "/.*/ \\u0000 $1 :name ?",
    "<b>&amp;</b> ${mail} {{mail}}",
)
"""What a query language would take for orders; here it is words."""

_SCRIPTS: Final = (
    ("größe überläuft", "ÜBERLÄUFT"),
    ("принтер застрял", "Принтер"),
    ("ο εκτυπωτής κόλλησε", "εκτυπωτής"),
    ("الطابعة عالقة", "الطابعة"),
    ("प्रिंटर अटक गया", "प्रिंटर"),
    ("接続障害が発生", "接続障害"),
    ("เครื่องพิมพ์ติด", "เครื่องพิมพ์"),
)
"""A title in each script, and a word of it as somebody else writes it."""


def told(ticket_id: str, title: str = "", *, days: float = 0.0, **given: str) -> TicketText:
    """Return a text that occurred so many days after a Monday morning.

    >>> half_a_day_later = told("INC-2", "mail is slow", days=0.5, body="since the update")
    >>> print(half_a_day_later.at, half_a_day_later.title, sep=": ")
    2026-01-05 21:00:00+00:00: mail is slow
    """
    at = AT + timedelta(days=days)
    whole = TicketText(ticket_id=TicketId(ticket_id), at=at, title=title)
    return attrs.evolve(whole, at=at, **given)  # type: ignore[arg-type]


class CandidateContract(Contract):
    """Hold what every source of candidates must do: name what is alike, and only that.

    `open_store` returns an empty source with `close`; `fill` puts texts into it. Without the
    capability `shared_words` the source goes by something else than words, such as meaning.

    A source that goes by meaning is not asked for words in common:

    >>> from itsm_core.adapters.memory_texts import MemoryTexts
    >>> from itsm_core.testing.certify import certify
    >>> class TestMyVectors(CandidateContract):
    ...     capabilities = frozenset()
    ...
    ...     def open_store(self):
    ...         return MemoryTexts()  # yours
    >>> print(certify(TestMyVectors).explain().splitlines()[0])
    TestMyVectors: certified, contract version 3: 14 kept, 5 skipped, 0 broken
    """

    capabilities: ClassVar[frozenset[Capability]] = frozenset({"shared_words"})

    def fill(self, *texts: TicketText) -> None:
        """Let the source know texts; it is to know all of them when this returns."""
        cast("TextStore", self.opened).put(texts)

    def found(self, text: TicketText, *, limit: int = _PLENTY) -> list[TicketId]:
        """Return the candidates in their order."""
        found: Collection[TicketId] = cast("CandidateSource", self.opened).candidates(
            text, limit=limit
        )
        return list(found)

    # --- what is found -----------------------------------------------------------------------

    def test_rule_501_twin_is_found_when_it_says_the_same(self) -> None:
        """Rule 501: the same words at another time are a candidate."""
        self.fill(told("A", "mail queue stuck", days=-300), told("B", "printer jams"))
        assert self.found(told("Q", "mail queue stuck"))[0] == "A"

    def test_rule_502_own_text_is_none_when_it_is_stored(self) -> None:
        """Rule 502: nobody is his own duplicate, as he was or as he is now."""
        self.fill(told("A", "mail slow"), told("B", "mail slow"))
        assert self.found(told("A", "mail slow")) == ["B"]
        assert self.found(told("A", "slow mail again")) == ["B"]

    def test_rule_503_best_is_kept_when_the_limit_is_one(self) -> None:
        """Rule 503: first ranked, then cut; not the first that came along."""
        others = [told(f"A{n}", f"printer {n} jams") for n in range(20)]
        self.fill(*others, told("Z", "printer 5 jams tray overheated"), told("B", "login slow"))
        assert self.found(told("Q", "tray overheated, printer jams"), limit=1) == ["Z"]

    def test_rule_504_no_more_are_named_than_wanted(self) -> None:
        """Rule 504: `limit` is a bound; with enough alike it is reached."""
        self.fill(*(told(f"A{n}", "vpn gateway drops") for n in range(9)))
        asked = told("Q", "vpn gateway drops")
        assert [len(self.found(asked, limit=n)) for n in (1, 3, 9, 10)] == [1, 3, 9, 9]

    def test_rule_505_each_is_named_once_when_it_shares_many_words(self) -> None:
        """Rule 505: one that is alike in title, body and log is one candidate."""
        self.fill(told("A", "mail slow", body="slow mail mail", log="mail slow slow"))
        asked = told("Q", "mail slow slow", body="mail mail", log="slow")
        assert self.found(asked) == ["A"]

    def test_rule_506_more_words_in_common_come_first(self) -> None:
        """Rule 506: all of them before one of them."""
        self.fill(told("A", "payroll printer"), told("B", "payroll export job timed out"))
        found = self.found(told("Q", "payroll export job timed out"))
        assert found[0] == "B"

    def test_rule_507_stranger_is_none_when_no_word_is_shared(self) -> None:
        """Rule 507: sharing nothing is no candidate."""
        self.need("shared_words")
        self.fill(told("A", "mail slow"), told("B", "printer jams"))
        assert self.found(told("Q", "mail")) == ["A"]
        assert self.found(told("Q", "elevator")) == []

    def test_rule_508_nothing_is_found_when_there_is_nothing(self) -> None:
        """Rule 508: an empty source has an answer."""
        assert self.found(told("Q", "mail slow")) == []

    def test_rule_509_wordless_text_has_an_answer(self) -> None:
        """Rule 509: a ticket without a word is asked about and stored like others."""
        self.fill(told("A"), told("B", "mail slow"), told("C", "... !!! ---"))
        assert "Q" not in self.found(told("Q"))
        assert "A" not in self.found(told("A"))

    def test_rule_510_body_and_log_are_read(self) -> None:
        """Rule 510: not titles alone."""
        self.need("shared_words")
        self.fill(told("A", "help", body="payroll export"), told("B", "help", log="disk quota"))
        assert self.found(told("Q", "payroll export")) == ["A"]
        assert self.found(told("Q", body="disk quota")) == ["B"]

    def test_rule_511_rare_word_is_found_among_common_ones(self) -> None:
        """Rule 511: what only one ticket says outweighs what all say."""
        self.need("shared_words")
        crowd = [
            told(f"A{n}", f"{_COMMON[n % 5]} {_COMMON[n // 5 % 5]} again", days=n / 24)
            for n in range(300)
        ]
        self.fill(*crowd, told("Z", "mail slow login zwischenspeicher", days=-100))
        asked = told("Q", "printer queue mail slow login again: zwischenspeicher")
        assert "Z" in self.found(asked, limit=10)

    def test_rule_512_host_name_is_a_word(self) -> None:
        """Rule 512: the name of a machine is kept whole, marks and digits included."""
        self.need("shared_words")
        self.fill(
            told("A", "db-01.corp.example down"),
            told("B", "example of a corp, 01 down"),
            told("C", "db-02.corp.example down"),
        )
        assert self.found(told("Q", "cannot reach db-01.corp.example"))[0] == "A"

    def test_rule_513_any_script_is_found(self) -> None:
        """Rule 513: words of other scripts, in other case or with other forms of an accent."""
        self.need("shared_words")
        self.fill(*(told(f"A{n}", title) for n, (title, _) in enumerate(_SCRIPTS)))
        for number, (title, word) in enumerate(_SCRIPTS):
            assert self.found(told("Q", word))[:1] == [f"A{number}"], title
        self.fill(told("NFC", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"))
        assert self.found(told("Q", "cafe\N{COMBINING ACUTE ACCENT}"))[:1] == ["NFC"]

    # --- questions ---------------------------------------------------------------------------

    def test_rule_514_text_gives_no_orders(self) -> None:
        """Rule 514: what looks like a query language is words, and breaks nothing."""
        for number, order in enumerate(_ORDERS):
            asked = told(f"Q{number}", f"{order} unicorn{number}", body=order, log=order)
            self.fill(attrs.evolve(asked, at=asked.at_us, ticket_id=TicketId(f"A{number}")))
            assert self.found(asked)[:1] == [f"A{number}"], order
            self.found(told("Q", order))

    def test_rule_515_huge_text_is_searched(self) -> None:
        """Rule 515: a body of a million characters neither fails nor hides the title."""
        body = "word salad " * 90_000 + "x" * 100_000
        self.fill(told("A", "payroll export", body=body), told("B", "vpn"))
        assert self.found(told("Q", "payroll export", body=body))[:1] == ["A"]
        assert self.found(told("Q", "payroll export " + "y" * 200_000))[:1] == ["A"]

    def test_rule_516_asking_stores_nothing(self) -> None:
        """Rule 516: the text asked about need not be there, and is not there afterwards."""
        self.fill(told("A", "mail slow"))
        self.found(told("Q", "mail slow"))
        assert self.found(told("R", "mail slow")) == ["A"]

    def test_rule_517_same_question_has_the_same_answer(self) -> None:
        """Rule 517: equal ones included, whatever was asked in between."""
        self.fill(*(told(f"A{n}", f"mail {_COMMON[n % 5]}") for n in range(40)))
        asked = told("Q", "mail slow printer")
        first = self.found(asked, limit=7)
        assert self.found(asked, limit=7) == first
        self.found(told("R", "login"))
        assert self.found(asked, limit=7) == first

    def test_rule_518_limit_is_refused_when_it_is_no_count(self) -> None:
        """Rule 518: at least one must be wanted; a huge number is one."""
        self.fill(told("A", "mail"))
        for limit in (0, -1, True, 2.5, None, "3"):
            refusal(InvalidValue, partial(self.found, told("Q", "mail"), limit=cast("int", limit)))
        assert self.found(told("Q", "mail"), limit=1 << 40) == ["A"]

    def test_rule_519_threads_may_ask_at_once(self) -> None:
        """Rule 519: answers are not mixed up."""
        self.fill(*(told(f"A{n}", f"{word} broken") for n, word in enumerate(_COMMON)))
        asked = [told(f"Q{n}", word) for n, word in enumerate(_COMMON)] * 8
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(partial(self.found, limit=1), asked))
        assert found == [[f"A{n}"] for n in range(5)] * 8
