"""How much each measurement weighs, what age costs for which task, and what facts in common tell.

The default weights were learned on the first half of one public tracker's known duplicates
(`train_model` in `_training`, ridge 5), and hold on trackers that had no part in it. A desk with
some hundred judged pairs can learn its own; one with fifty corrects their scale (`Calibration`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import attrs

from itsm_core.errors import DefinitionError, Fault, InvalidValue, did_you_mean
from itsm_core.linking._features import FEATURES
from itsm_core.linking._values import AGREEMENT_FIELDS, INCIDENT, PROBLEM_KINDS, Task

__all__ = [
    "DEFAULT_MODEL",
    "DUPLICATES",
    "KNOWLEDGE",
    "MEANING_MODEL",
    "RECURRENCE",
    "STORM",
    "Agreement",
    "LinkModel",
]

DUPLICATES: Final = Task(name="duplicates", decay=0.265, window_days=0.0)
"""Has somebody reported this already? Half of all duplicates come within a month, one of thirty
after more than two years; a window of 730 days makes asking quicker and misses that one."""

RECURRENCE: Final = Task(
    name="recurrence", decay=0.1, window_days=365.0, prior=3.0, kinds=frozenset({INCIDENT})
)
"""Does this failure keep coming back? Age says little; that failures come back is expected."""

STORM: Final = Task(
    name="storm", decay=0.4, window_days=1.0, prior=3.0, kinds=frozenset({INCIDENT})
)
"""Is this the outage of the last hours?"""

KNOWLEDGE: Final = Task(
    name="knowledge", decay=0.0, window_days=0.0, prior=3.0, kinds=frozenset(PROBLEM_KINDS)
)
"""Is the answer known? A known error does not age."""

_WEIGHT_MOST: Final = 100.0


@attrs.frozen(kw_only=True)
class LinkModel:
    """Weigh what two texts have in common; the sum is the log-odds that they are about the same.

    `weights` has a weight for each of `FEATURES` but age, whose weight is the task's decay; one
    left out is 0. `bias` is what is believed of two tickets that share nothing.

    Raises:
        DefinitionError: a weight has a name that no measurement has, or is out of range.

    >>> from itsm_core.linking import LinkModel
    >>> titles = LinkModel(name="titles only", weights={"title": 8.0}, bias=-4.0)
    >>> titles.vector(decay=0.2)
    (0.0, 0.0, 8.0, 0.0, 0.0, 0.0, 0.0, -0.2)
    >>> LinkModel(name="mistyped", weights={"titel": 8.0}, bias=-4.0)
    Traceback (most recent call last):
        ...
    itsm_core.errors.DefinitionError: link model 'mistyped': weights.titel: is not measured;
    did you mean 'title'?
    """

    name: str
    weights: Mapping[str, float]
    bias: float

    def __attrs_post_init__(self) -> None:
        known = FEATURES[:-1]
        faults = [
            Fault(
                "linking.weight", f"is not measured{did_you_mean(name, known)}", f"weights.{name}"
            )
            for name in self.weights
            if name not in known
        ]
        for name, value in {**self.weights, "bias": self.bias}.items():
            if not (math.isfinite(value) and abs(value) <= _WEIGHT_MOST):
                remedy = "use a number from -100 to 100"
                faults.append(Fault("linking.weight", "is out of range", name, str(value), remedy))
        if faults:
            raise DefinitionError(f"link model {self.name!r}", tuple(faults))

    def vector(self, decay: float) -> tuple[float, ...]:
        """Return the weights in the order of `FEATURES`, age's with the decay."""
        return (*(self.weights.get(name, 0.0) for name in FEATURES[:-1]), -decay)


DEFAULT_MODEL: Final = LinkModel(
    name="default-1",
    weights={
        "score": 1.10,
        "score_share": 0.81,
        "title": 0.65,
        "title_found": 1.24,
        "title_answered": 1.29,
        "coverage": 0.73,
        "rarest": 0.78,
    },
    # -8.6 for the pairs that people had marked; they had marked about one in four (+1.4).
    bias=-7.2,
)
"""Weights learned on the older half of one public tracker; train your own where you have pairs."""


MEANING_MODEL: Final = LinkModel(
    name="meaning-1",
    weights={
        "score": 0.67,
        "score_share": 0.49,
        "title": 0.38,
        "title_found": 1.16,
        "title_answered": 1.16,
        "coverage": 0.52,
        "rarest": 0.83,
    },
    bias=-7.2,
)
"""For a linker with a view of meaning: learned together with one (ridge 2), so that what words
and meaning both say is not counted twice."""


@attrs.frozen(kw_only=True)
class Agreement:
    """Weigh a fact that two tickets have in common, or not, the way of Fellegi and Sunter.

    `agreement_ratio` is how often two tickets about the same have the same value (0 to 1,
    exclusive). The same value adds ln(agreement ratio / share of the value among all tickets): a
    rare configuration item says more than a common one. Another value takes away accordingly. An
    empty value does neither.

    References:
        Fellegi, Sunter: A Theory for Record Linkage, JASA 64, 1969.

    Raises:
        InvalidValue: the field is not one of `AGREEMENT_FIELDS`, or the ratio not within 0 to 1.
    """

    field: str
    agreement_ratio: float = 0.8

    def __attrs_post_init__(self) -> None:
        if self.field not in AGREEMENT_FIELDS:
            hint = did_you_mean(self.field, AGREEMENT_FIELDS)
            known = f"use one of {', '.join(AGREEMENT_FIELDS)}{hint}"
            raise InvalidValue("tickets have no such fact in common", self.field, known)
        if not 0.0 < self.agreement_ratio < 1.0:
            remedy = "use a share between 0 and 1, such as 0.8"
            raise InvalidValue("an agreement ratio is out of range", self.agreement_ratio, remedy)

    def same(self, share: float) -> float:
        """Return what the same value adds, given its share (0 to 1) among all tickets.

        >>> from itsm_core.linking import Agreement
        >>> round(Agreement(field="configuration_item_id").same(0.01), 2)
        4.38
        """
        return math.log(self.agreement_ratio / _bounded(share))

    def different(self, share: float) -> float:
        """Return what another value adds (it is negative), given the share of the ticket's own."""
        return math.log((1.0 - self.agreement_ratio) / (1.0 - _bounded(share)))


def _bounded(share: float) -> float:
    """Keep a share off 0 and 1: no count of tickets makes a fact certain."""
    return min(max(share, 1e-4), 0.99)
