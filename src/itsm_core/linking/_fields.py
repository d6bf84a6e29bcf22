"""The fields of a text, what each weighs, and how much of it is read."""

from __future__ import annotations

import math
import re
from typing import Final

import attrs

from itsm_core.errors import DefinitionError, Fault
from itsm_core.linking._analyzers import Analyzer
from itsm_core.linking._values import TicketText

__all__ = ["BODY", "LOG", "TITLE", "FieldRule", "TicketFields", "analyzed", "prose_and_log"]

TITLE, BODY, LOG = 1, 2, 4
"""The bit that says in which fields a term occurs."""

_MOST_TERMS: Final = 20_000
_MOST_CHARACTERS: Final = 10_000_000
"""Bounds of what an index can be told to read of one field: it keeps rows of 65,535 terms."""

_FENCED: Final = re.compile(
    r"\{(code|noformat)\b[^}\n]{0,99}\}(.*?)(?:\{\1\}|\Z)|```[^\n]{0,99}\n(.*?)(?:```|\Z)",
    re.DOTALL,
)
"""The opening is bounded: thousands that never close would each be read to the end otherwise."""


@attrs.frozen(kw_only=True)
class FieldRule:
    """Say what one field counts: `weight` in the index, `query_weight` in what is looked for.

    `length_share` (0 to 1) is how much longer fields count less; `usual_terms` is the length, in
    terms, at which they count in full. It is fixed and not an average, so that what a ticket
    weighs never depends on the others. `most_characters` and `most_terms` bound what is read.

    >>> import attrs
    >>> from itsm_core.linking import TicketFields
    >>> title = TicketFields().title
    >>> title.weight, title.most_terms
    (6.0, 40)
    >>> [str(fault) for fault in attrs.evolve(title, most_terms=0).faults("title")]
    ['title.most_terms: is no count in bounds (a whole number from 1 to 20,000)']
    """

    weight: float
    query_weight: float
    length_share: float
    usual_terms: int
    most_terms: int
    most_characters: int

    def faults(self, where: str) -> list[Fault]:
        """Return what is wrong with it, nothing if all is well."""
        code = "linking.field"
        found: list[Fault] = []
        for name in ("weight", "query_weight", "length_share"):
            value = getattr(self, name)
            most = 1.0 if name == "length_share" else 1_000.0
            if not (math.isfinite(value) and 0 <= value <= most):
                place = f"{where}.{name}"
                found.append(Fault(code, "is out of range", place, str(value), f"0 to {most:g}"))
        for name in ("usual_terms", "most_terms", "most_characters"):
            value = getattr(self, name)
            most = _MOST_TERMS if name == "most_terms" else _MOST_CHARACTERS
            if type(value) is not int or not 1 <= value <= most:
                place = f"{where}.{name}"
                remedy = f"a whole number from 1 to {most:,}"
                found.append(Fault(code, "is no count in bounds", place, str(value), remedy))
        return found


@attrs.frozen(kw_only=True)
class TicketFields:
    """Hold the rules of the three fields; the defaults suit tickets as people write them.

    A title says most in few words. A log is long and repeats itself: it counts half, and only its
    beginning is read.

    Raises:
        DefinitionError: with every weight that is out of range.

    >>> import attrs
    >>> from itsm_core.linking import TicketFields
    >>> usual = TicketFields()
    >>> [rule.weight for rule in (usual.title, usual.body, usual.log)]
    [6.0, 1.0, 0.5]
    >>> attrs.evolve(usual, log=attrs.evolve(usual.log, weight=-1.0))
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: fields of texts: log.weight: is out of range (0 to 1000)
    """

    title: FieldRule = FieldRule(
        weight=6.0,
        query_weight=1.5,
        length_share=0.5,
        usual_terms=7,
        most_terms=40,
        most_characters=500,
    )
    body: FieldRule = FieldRule(
        weight=1.0,
        query_weight=1.0,
        length_share=0.75,
        usual_terms=60,
        most_terms=150,
        most_characters=4_000,
    )
    log: FieldRule = FieldRule(
        weight=0.5,
        query_weight=0.4,
        length_share=0.75,
        usual_terms=50,
        most_terms=60,
        most_characters=3_000,
    )

    def __attrs_post_init__(self) -> None:
        rules = {"title": self.title, "body": self.body, "log": self.log}
        faults = [fault for name, rule in rules.items() for fault in rule.faults(name)]
        if faults:
            raise DefinitionError("fields of texts", tuple(faults))

    @property
    def rules(self) -> tuple[tuple[int, FieldRule], ...]:
        """Return each field's bit with its rule."""
        return ((TITLE, self.title), (BODY, self.body), (LOG, self.log))


def prose_and_log(body: str) -> tuple[str, str]:
    """Return a body's prose, and what it quotes of machines between marks of code.

    >>> prose_and_log("It fails: {code}NullPointerException{code} every Monday")
    ('It fails:   every Monday', 'NullPointerException')
    """
    if "{" not in body and "```" not in body:
        return body, ""
    quoted: list[str] = []

    def taken(found: re.Match[str]) -> str:
        quoted.append(found[2] or found[3] or "")
        return " "

    prose = _FENCED.sub(taken, body)
    return prose, "\n".join(quoted)


def analyzed(
    text: TicketText, fields: TicketFields, analyzer: Analyzer
) -> dict[str, tuple[int, float]]:
    """Return each term with the fields in which it occurs, and its weighed frequency there.

    The frequencies are those of BM25F: a term's count in each field, less for a field longer than
    usual, times the field's weight, added up.

    References:
        Robertson, Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond, 2009, 3.6.
    """
    prose, quoted = prose_and_log(text.body[: 2 * fields.body.most_characters])
    log = f"{text.log[: fields.log.most_characters]}\n{quoted}" if text.log else quoted
    found: dict[str, tuple[int, float]] = {}
    for (bit, rule), given in zip(fields.rules, (text.title, prose, log), strict=True):
        terms = analyzer.terms(given[: rule.most_characters])[: rule.most_terms] if given else ()
        if not terms:
            continue
        length = 1.0 - rule.length_share + rule.length_share * len(terms) / rule.usual_terms
        unit = rule.weight / length
        for term in terms:
            bits, weight = found.get(term, (0, 0.0))
            found[term] = (bits | bit, weight + unit)
    return found
