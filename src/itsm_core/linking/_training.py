"""Learn a desk's own weights from pairs that its people know to belong together.

Two steps, both convex, both without chance: first the weights that put the known pairs before the
other candidates (a conditional logit over each list, with a ridge), then the scale and bias under
which the sum is a log-odds. Some hundred examples are needed; with fewer, the default is better.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking._features import FEATURES, Pairing
from itsm_core.linking._index import TicketIndex
from itsm_core.linking._model import DUPLICATES, LinkModel
from itsm_core.linking._values import Task, TicketText, probability_of

__all__ = ["RankingExample", "TrainedModel", "ranking_example", "train_model"]

_CANDIDATES: Final = 100
_ROUNDS: Final = 30
_CLOSE: Final = 1e-8
_LEAST_EXAMPLES: Final = 20

Row = tuple[float, ...]


@attrs.frozen(kw_only=True)
class RankingExample:
    """Hold what was measured of one ticket's candidates, those that belong with it, and others.

    `matches` may be empty: the ticket was new. Such examples teach how often that is.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import TicketIndex, TicketText, ranking_example
    >>> at, index = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="VPN drops every hour"))
    >>> new = TicketText(ticket_id="INC-2", at=at, title="VPN client cannot be installed")
    >>> example = ranking_example(index, new, matches=())
    >>> f"{len(example.matches)} belong with it, {len(example.others)} looked like it"
    '0 belong with it, 1 looked like it'
    """

    matches: tuple[Row, ...]
    others: tuple[Row, ...]


@attrs.frozen(kw_only=True)
class TrainedModel:
    """Hold what was learned: the model, what age costs in this desk, and how many examples taught.

    Pass `decay` to a `Task` of your own.

    >>> import attrs
    >>> from itsm_core.linking import DUPLICATES, RankingExample, train_model
    >>> same = (2.0, 0.9, 0.9, 1.0, 1.0, 0.9, 0.8, 0.1)
    >>> other = (0.5, 0.1, 0.1, 0.2, 0.2, 0.1, 0.4, 5.0)
    >>> learned = train_model([RankingExample(matches=(same,), others=(other,))] * 30, name="own-1")
    >>> learned.examples
    30
    >>> task = attrs.evolve(DUPLICATES, decay=learned.decay)
    >>> task.decay > 0  # in these pairs what belongs together is young
    True
    """

    model: LinkModel
    decay: float
    examples: int


def ranking_example(
    index: TicketIndex,
    text: TicketText,
    matches: Collection[TicketId],
    *,
    task: Task = DUPLICATES,
    without: Collection[TicketId] = (),
) -> RankingExample:
    """Return what the index measures of a text's candidates, given those known to match.

    Call it before the text is added, in order of time: later tickets must not teach about earlier
    ones. `without` are tickets that prove nothing, such as copies.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import TicketIndex, TicketText, ranking_example
    >>> at, index = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex()
    >>> index.add(TicketText(ticket_id="INC-1", at=at, title="VPN drops every hour"))
    >>> index.add(TicketText(ticket_id="INC-2", at=at, title="VPN client cannot be installed"))
    >>> new = TicketText(ticket_id="INC-3", at=at, title="VPN drops all the time")
    >>> example = ranking_example(index, new, {"INC-1"})
    >>> f"{len(example.matches)} that belongs with it, {len(example.others)} that does not"
    '1 that belongs with it, 1 that does not'
    """
    query = index.query(text)
    pairing = Pairing(index, query)
    yes: list[Row] = []
    no: list[Row] = []
    for number, score in index.candidates(query, task, limit=_CANDIDATES):
        ticket_id = index.ticket_id(number)
        if ticket_id in matches:
            yes.append(pairing.measure(number, score))
        elif ticket_id not in without:
            no.append(pairing.measure(number, score))
    return RankingExample(matches=tuple(yes), others=tuple(no))


def train_model(
    examples: Iterable[RankingExample], *, name: str, ridge: float = 5.0
) -> TrainedModel:
    """Return the weights under which the known pairs are the likeliest to come first.

    `ridge` pulls weights to 0: more is safer for other years than those that taught.

    Raises:
        InvalidValue: fewer than 20 examples have a match and another candidate, or the ridge is
            not above 0.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.linking import TicketIndex, TicketText, ranking_example, train_model
    >>> at, index, examples = datetime(2026, 1, 5, 9, tzinfo=UTC), TicketIndex(), []
    >>> for number in range(22):
    ...     words = f"Batch job J{number:03} fails on server S{number % 3}"
    ...     new = TicketText(ticket_id=f"INC-{number}", at=at, title=words)
    ...     index.add(TicketText(ticket_id=f"OLD-{number}", at=at, title=words))
    ...     examples.append(ranking_example(index, new, {f"OLD-{number}"}))
    >>> learned = train_model(examples, name="own-1")
    >>> learned.examples, learned.model.weights["title"] > 0
    (21, True)
    """
    if not (math.isfinite(ridge) and ridge > 0):
        raise InvalidValue("a ridge is out of range", ridge, "use a number such as 5")
    told = list(examples)
    lists = [each for each in told if each.matches and each.others]
    if len(lists) < _LEAST_EXAMPLES:
        raise InvalidValue(
            "too few examples to learn from", len(lists), f"collect {_LEAST_EXAMPLES} and more"
        )
    weights = _ranked(lists, ridge)
    slope, bias = _scaled(told, weights)
    scaled = [slope * weight for weight in weights]
    return TrainedModel(
        model=LinkModel(
            name=name, weights=dict(zip(FEATURES[:-1], scaled[:-1], strict=True)), bias=bias
        ),
        decay=max(0.0, -scaled[-1]),
        examples=len(lists),
    )


def _ranked(lists: Sequence[RankingExample], ridge: float) -> list[float]:
    """Return the weights of the conditional logit, by Newton's method with halved steps."""
    size = len(FEATURES)
    weights = [0.0] * size
    loss, slope, curve = _sums(lists, weights, ridge)
    for _ in range(_ROUNDS):
        step = _solved(curve, slope)
        share = 1.0
        while True:
            tried = [w - share * s for w, s in zip(weights, step, strict=True)]
            found = _sums(lists, tried, ridge)
            if found[0] <= loss or share < _CLOSE:
                break
            share /= 2
        gained = loss - found[0]
        weights, (loss, slope, curve) = tried, found
        if gained < _CLOSE * (1.0 + abs(loss)):
            break
    return weights


def _sums(
    lists: Sequence[RankingExample], weights: Sequence[float], ridge: float
) -> tuple[float, list[float], list[list[float]]]:
    """Return loss, gradient and curvature of all examples; each match stands against all others."""
    size = len(weights)
    loss = ridge * sum(w * w for w in weights)
    slope = [2.0 * ridge * w for w in weights]
    curve = [[2.0 * ridge * (i == j) for j in range(size)] for i in range(size)]
    for each in lists:
        part = 1.0 / len(each.matches)
        others = [(_dot(weights, row), row) for row in each.others]
        for match in each.matches:
            rows = [(_dot(weights, match), match), *others]
            top = max(score for score, _ in rows)
            shares = [math.exp(score - top) for score, _ in rows]
            total = sum(shares)
            loss += part * (math.log(total) + top - rows[0][0])
            mean = [0.0] * size
            for share, (_, row) in zip(shares, rows, strict=True):
                if share > 1e-9 * total:
                    weight = part * share / total
                    for i in range(size):
                        value = weight * row[i]
                        mean[i] += value
                        line = curve[i]
                        for j in range(i + 1):
                            line[j] += value * row[j]
            for i in range(size):
                slope[i] += mean[i] - part * match[i]
                for j in range(i + 1):
                    curve[i][j] -= mean[i] * mean[j] / part
    for i in range(size):
        for j in range(i):
            curve[j][i] = curve[i][j]
    return loss, slope, curve


def _scaled(examples: Sequence[RankingExample], weights: Sequence[float]) -> tuple[float, float]:
    """Return slope and bias of the logistic curve through all pairs."""
    told = [
        (_dot(weights, row), is_match)
        for each in examples
        for is_match, rows in ((True, each.matches), (False, each.others))
        for row in rows
    ]
    share = sum(is_match for _, is_match in told) / len(told)
    slope, bias = 0.0, math.log(share / (1.0 - share))
    for _ in range(_ROUNDS):
        gradient = [1e-3 * (slope - 1.0), 0.0]
        curve = [[1e-3, 0.0], [0.0, 1e-9]]
        for score, is_match in told:
            chance = probability_of(slope * score + bias)
            miss, spread = chance - is_match, chance * (1.0 - chance)
            gradient[0] += miss * score
            gradient[1] += miss
            curve[0][0] += spread * score * score
            curve[0][1] += spread * score
            curve[1][1] += spread
        curve[1][0] = curve[0][1]
        step = _solved(curve, gradient)
        slope, bias = slope - step[0], bias - step[1]
        if abs(step[0]) + abs(step[1]) < _CLOSE:
            break
    return slope, bias


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum([a * b for a, b in zip(left, right, strict=True)])


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """Return x with matrix @ x == right, by elimination; the matrix is positive definite."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * found[j] for j in range(i + 1, size))
        found[i] = (rows[i][size] - known) / rows[i][i]
    return found
