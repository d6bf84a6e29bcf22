"""From text to terms: words of people and names of machines, in one language each.

An identifier is kept whole and in its parts, so that `Ti.UI.createWindow`, `createWindow` and
"create a window" meet. What is masked gives no term.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Protocol

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.linking._masking import LONGEST_WORD, RUN, is_masked, plain, word_pattern
from itsm_core.linking._stems import english_stem, german_stem, no_stem

__all__ = ["ENGLISH", "GERMAN", "NEUTRAL", "Analyzer", "WordAnalyzer"]

_REMEMBERED: Final = 100_000
"""Words whose terms are kept: most of a text are words seen before, and looking one up is ten
times faster than taking it apart."""
_SEAMS: Final = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=\D)|(?<=\D)(?=\d)"
)
"""Where a name in camel case, or with digits, has its seams: XMLHttp|Request|2."""
_SMALL_NUMBER: Final = 5
"""Digits that a status or an error number has at most; a longer one counts something."""


class Analyzer(Protocol):
    """Turn a text into terms; equal texts give equal terms on every machine.

    `name` goes into snapshots: an index is not opened with another analyzer than it was made with.
    So a change of what `terms` gives needs a new name.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import Linker, TicketIndex, TicketText
    >>> class Codes:
    ...     name = "codes-1"
    ...
    ...     def terms(self, text, /):
    ...         return [word for word in text.split() if word.isupper()]
    >>> index = TicketIndex(analyzers={"": Codes()})
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="Payroll ended with ABEND S0C7"))
    >>> new = TicketText(ticket_id="INC-2", at=at, title="ABEND S0C7 again, now in invoices")
    >>> [each.terms for each in Linker(index).similar(new)]
    [('ABEND', 'S0C7')]
    """

    @property
    def name(self) -> str:
        """Return the name with its version, such as `english-2`."""
        ...

    def terms(self, text: str, /) -> list[str]:
        """Return the terms in their order; a term that occurs twice is there twice."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class WordAnalyzer:
    """Analyze texts of one language by its stemmer and its stop words.

    `stem` is given words in lower case without marks and returns the same for every form of one.
    `stop_words`, in lower case, are left out before stemming. It remembers what it took apart, up
    to a bound; two threads may share one.

    Raises:
        InvalidValue: the name is empty.
    """

    name: str
    stem: Callable[[str], str] = no_stem
    stop_words: frozenset[str] = frozenset()
    _known: dict[str, tuple[str, ...]] = attrs.field(init=False, factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InvalidValue("an analyzer's name is empty", self.name, "such as 'english-2'")

    def terms(self, text: str, /) -> list[str]:
        """Return the terms of a text, in order.

        >>> from itsm_core.linking import ENGLISH
        >>> ENGLISH.terms("Ti.UI.createWindow crashes at 10:42")
        ['ti.ui.createwindow', 'ti', 'ui', 'createwindow', 'creat', 'window', 'crash']
        """
        known = self._known
        found: list[str] = []
        text = plain(text)
        for word in word_pattern(text).findall(text):
            terms = known.get(word)
            found += self._learned(word) if terms is None else terms
        return found

    def _learned(self, word: str) -> tuple[str, ...]:
        if len(word) > LONGEST_WORD and not RUN.match(word):
            return ()  # and not remembered: a hundred thousand of them would fill the memory
        terms = tuple(self._parts(word))
        if len(word) <= LONGEST_WORD:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[word] = terms
        return terms

    def _parts(self, word: str) -> list[str]:
        lower = word.casefold()
        if RUN.match(word):
            return _pairs(lower)
        if is_masked(lower):
            return []
        pieces = [piece for piece in re.split(r"[.@:+\-$#_]+", word) if piece]
        found = [lower] if len(pieces) > 1 else []
        for piece in pieces:
            whole, parts = piece.casefold(), _SEAMS.split(piece)
            if len(parts) > 1 and (len(pieces) > 1 or not whole.isdigit()):
                found.append(whole)
            found += [term for part in parts if (term := self._term(part.casefold(), pieces))]
        return list(dict.fromkeys(found))

    def _term(self, part: str, pieces: list[str]) -> str:
        if part.isdigit():
            # A number on its own may be a status; in 4.2.1 or Windows7 the whole says it.
            return part if len(pieces) == 1 and 1 < len(part) <= _SMALL_NUMBER else ""
        return "" if part in self.stop_words or len(part) == 1 else self.stem(part)


def _pairs(run: str) -> list[str]:
    """Return the pairs of neighbouring characters, for scripts that put no blanks between words."""
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


_ENGLISH_STOPS: Final = """
a about after all also am an and any are as at be because been before being but by can cannot could
did do does doing don down each even every few for from get gets getting got had has have having he
her here him his how however i if in into is it its just like make me more most my no nor not now of
off on once one only or other our out over own please same see she should so some such than thanks
that the their them then there these they this those through to too try tried trying under until up
use used using very via was we were what when where which while who why will with without would you
your
"""
_GERMAN_STOPS: Final = """
ab aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bitte da damit
dann das dass dem den der des die dies diese diesem diesen dieser dieses doch dort durch ein eine
einem einen einer eines er es etwas für gegen habe haben hallo hat hatte hier ich ihr im immer in
ins ist ja jetzt kann kein keine können man mehr mein meine mich mir mit nach nicht noch nun nur
ob oder ohne schon sehr sein seine seit sich sie sind so über um und uns unter vom von vor war was
wenn wer werden wie wieder wir wird wo wurde zu zum zur
"""

ENGLISH: Final = WordAnalyzer(
    name="english-2", stem=english_stem, stop_words=frozenset(_ENGLISH_STOPS.split())
)
"""English words by their stems, without those that every text has."""
GERMAN: Final = WordAnalyzer(
    name="german-2", stem=german_stem, stop_words=frozenset(_GERMAN_STOPS.split())
)
"""German words by their stems, without those that every text has."""
NEUTRAL: Final = WordAnalyzer(name="neutral-2")
"""For any language: words as they are; pairs of characters where a script has no blanks."""
