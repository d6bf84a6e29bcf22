"""The priority matrix: what it refuses and what it answers (laws P1, P2)."""

from __future__ import annotations

import json
import pickle
from hashlib import sha256
from typing import Any, cast

import pytest

from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix

CELLS = {("hi", "hi"): "P1", ("hi", "lo"): "P2", ("lo", "hi"): "P2", ("lo", "lo"): "P3"}


def matrix(
    cells: dict[tuple[str, str], str],
    *,
    impacts: tuple[str, ...] = ("hi", "lo"),
    reason_not_monotone: str = "",
) -> PriorityMatrix:
    """Return a two by two matrix with cells of one's own."""
    return PriorityMatrix(
        impacts=impacts,
        urgencies=("hi", "lo"),
        cells=cells,
        priorities=("P1", "P2", "P3"),
        reason_not_monotone=reason_not_monotone,
    )


def faults(cells: dict[tuple[str, str], str]) -> list[tuple[str, str]]:
    """Return code and place of each fault of a matrix."""
    with pytest.raises(DefinitionError) as caught:
        matrix(cells)
    return [(fault.code, fault.where) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"),
    [
        ("high", "high", "P1"),
        ("high", "medium", "P2"),
        ("high", "low", "P3"),
        ("medium", "high", "P2"),
        ("medium", "medium", "P3"),
        ("medium", "low", "P4"),
        ("low", "high", "P3"),
        ("low", "medium", "P4"),
        ("low", "low", "P4"),
    ],
)
def test_sample_gives_the_published_priority_when_asked(
    impact: str, urgency: str, priority: str
) -> None:
    """The sample is the matrix of the UCI desk; its unseen cell is the one that symmetry gives."""
    assert ITIL_MATRIX.priority(impact, urgency) == priority


def test_matrix_names_the_cell_when_one_is_missing() -> None:
    """P1: a matrix is complete."""
    cells = {cell: value for cell, value in CELLS.items() if cell != ("lo", "hi")}
    assert faults(cells) == [("missing-cell", "cells['lo', 'hi']")]


def test_matrix_names_the_cell_when_not_monotone() -> None:
    """P1: a lower level never gives a more urgent priority."""
    assert faults({**CELLS, ("lo", "lo"): "P1"}) == [
        ("not-monotone", "cells['lo', 'lo']"),
        ("not-monotone", "cells['lo', 'lo']"),
    ]


def test_matrix_is_accepted_when_it_says_why_it_is_not_monotone() -> None:
    """P1: unless it declares why not."""
    reason = "a quiet failure of the archive is found late"
    odd = matrix({**CELLS, ("lo", "lo"): "P1"}, reason_not_monotone=reason)
    assert odd.priority("lo", "lo") == "P1"


def test_matrix_lists_every_fault_when_several_are_wrong() -> None:
    """A definition is refused once, with everything that is wrong in it."""
    cells = {("hi", "hi"): "P0", ("hii", "lo"): "P2", ("lo", "h"): "P2", ("lo", "lo"): "P3"}
    assert faults(cells) == [
        ("unknown-priority", "cells['hi', 'hi']"),
        ("unknown-impact", "cells['hii', 'lo']"),
        ("unknown-urgency", "cells['lo', 'h']"),
        ("missing-cell", "cells['hi', 'lo']"),
        ("missing-cell", "cells['lo', 'hi']"),
    ]


def test_matrix_refuses_a_level_when_it_is_named_twice() -> None:
    """Two levels of one name cannot be told apart."""
    with pytest.raises(DefinitionError, match="names 'hi' 2 times") as caught:
        matrix(CELLS, impacts=("hi", "hi", "lo"))
    assert [fault.code for fault in caught.value.faults] == ["duplicate-level"]


def test_matrix_refuses_levels_when_there_are_none() -> None:
    """A matrix without levels answers nothing."""
    with pytest.raises(DefinitionError) as caught:
        PriorityMatrix(impacts=(), urgencies=(" ",), cells={}, priorities=("P1",))
    assert [(fault.code, fault.where, fault.value) for fault in caught.value.faults] == [
        ("no-levels", "impacts", "()"),
        ("empty-level", "urgencies", " "),
    ]


def test_matrix_refuses_a_cell_when_it_is_given_twice() -> None:
    """Cells written as a list may contradict each other; that is a fault, not a last word."""
    triples = [(*cell, priority) for cell, priority in CELLS.items()]
    with pytest.raises(DefinitionError, match="is given 2 times"):
        PriorityMatrix(
            impacts=("hi", "lo"),
            urgencies=("hi", "lo"),
            cells=[*triples, ("hi", "hi", "P2")],
            priorities=("P1", "P2", "P3"),
        )


def test_matrix_refuses_a_bare_text_when_it_wants_a_list_of_levels() -> None:
    """The text "hi" is not the list of its letters."""
    with pytest.raises(InvalidValue, match=r"write \('hi',\)"):
        PriorityMatrix(impacts="hi", urgencies=("hi",), cells={}, priorities=("P1",))


@pytest.mark.parametrize(
    ("impact", "urgency", "message"),
    [("hgih", "low", "no such impact: 'hgih'.*'high'"), ("low", "Low", "no such urgency: 'Low'")],
)
def test_priority_is_refused_when_a_level_is_unknown(
    impact: str, urgency: str, message: str
) -> None:
    """The message names the value and the levels that there are."""
    with pytest.raises(InvalidValue, match=message):
        ITIL_MATRIX.priority(impact, urgency)


def test_explanation_names_the_cell_when_asked() -> None:
    """P2: explain says which cell gave the value."""
    assert ITIL_MATRIX.explain("low", "high") == (
        "priority 'P3': impact 'low' (3 of 3) meets urgency 'high' (1 of 3) in matrix 'itil-3x3'"
    )


def test_explanation_names_no_matrix_when_it_has_no_name() -> None:
    """P2: the cell is all there is to say."""
    assert matrix(CELLS).name == ""
    assert matrix(CELLS).explain("lo", "hi") == (
        "priority 'P2': impact 'lo' (2 of 2) meets urgency 'hi' (1 of 2)"
    )


def test_cells_cannot_be_changed_when_read() -> None:
    """What a matrix shows of its cells is a view."""
    with pytest.raises(TypeError):
        matrix(CELLS).cells["hi", "hi"] = "P3"  # type: ignore[index]


def test_matrix_is_the_same_text_when_it_went_through_json() -> None:
    """A matrix survives JSON byte for byte, with its hash."""
    text = json.dumps(ITIL_MATRIX.to_json())
    again = PriorityMatrix.from_json(json.loads(text))
    assert (json.dumps(again.to_json()), again) == (text, ITIL_MATRIX)
    assert again.content_hash == ITIL_MATRIX.content_hash


def test_matrix_is_read_when_name_and_reason_are_left_out() -> None:
    """Who writes one by hand needs neither; a reason that is there is kept."""
    data = matrix(CELLS).to_json()
    bare = {key: data[key] for key in ("impacts", "urgencies", "priorities", "cells")}
    assert PriorityMatrix.from_json(bare) == matrix(CELLS)
    odd = matrix(CELLS, reason_not_monotone="a whim")
    assert PriorityMatrix.from_json(odd.to_json()) == odd


def test_hash_is_that_of_the_canonical_text_when_asked() -> None:
    """A verdict stores it: keys sorted, no spaces, written down here by hand."""
    text = (
        '{"cells":[["hi","hi","P1"],["hi","lo","P2"],["lo","hi","P2"],["lo","lo","P3"]],'
        '"impacts":["hi","lo"],"name":"","priorities":["P1","P2","P3"],'
        '"reason_not_monotone":"","urgencies":["hi","lo"]}'
    )
    assert matrix(CELLS).content_hash == sha256(text.encode()).hexdigest()


def test_hash_differs_when_one_cell_differs() -> None:
    """The content hash covers the cells."""
    other = matrix({**CELLS, ("lo", "lo"): "P2"})
    assert matrix(CELLS).content_hash != other.content_hash


def test_matrix_is_equal_when_its_cells_were_written_in_another_order() -> None:
    """The order in which cells are written down means nothing."""
    backwards = matrix(dict(reversed(CELLS.items())))
    assert (backwards, hash(backwards)) == (matrix(CELLS), hash(matrix(CELLS)))


def test_matrix_survives_when_pickled() -> None:
    """Matrices travel between processes."""
    assert pickle.loads(pickle.dumps(ITIL_MATRIX)) == ITIL_MATRIX


def test_repr_evaluates_when_pasted() -> None:
    """The repr is the expression that makes the value."""
    odd = matrix(CELLS, reason_not_monotone="a whim")
    made = [eval(repr(value), {"PriorityMatrix": PriorityMatrix}) for value in (odd, ITIL_MATRIX)]
    assert made == [odd, ITIL_MATRIX]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"impact": []}, "matrix: unknown key"),
        ({"impacts": "high"}, "matrix.impacts: not a list"),
        ({"impacts": [1]}, r"matrix.impacts\[0\]: not a text"),
        ({"urgencies": "high"}, "matrix.urgencies: not a list"),
        ({"priorities": "P1"}, "matrix.priorities: not a list"),
        ({"cells": "P1"}, "matrix.cells: not a list"),
        ({"reason_not_monotone": 1}, "matrix.reason_not_monotone: not a text"),
        ({"cells": [["high", "high"]]}, r"matrix.cells\[0\]: not three texts"),
        ({"name": None}, "matrix.name: not a text"),
    ],
)
def test_json_is_refused_when_it_is_not_a_matrix(change: dict[str, object], message: str) -> None:
    """R7: exact types, no unknown key, and the place in the message."""
    with pytest.raises(CodecError, match=message):
        PriorityMatrix.from_json({**ITIL_MATRIX.to_json(), **change})


def test_json_is_refused_when_a_key_is_missing() -> None:
    """A matrix without cells was cut off."""
    data = {key: value for key, value in ITIL_MATRIX.to_json().items() if key != "cells"}
    with pytest.raises(CodecError, match=r"matrix.cells: missing key"):
        PriorityMatrix.from_json(data)


@pytest.mark.parametrize("level", [5, None, ["high"]])
def test_priority_is_refused_when_a_level_is_no_text(level: object) -> None:
    """A number is an unknown level like any other."""
    with pytest.raises(InvalidValue, match="no such impact"):
        ITIL_MATRIX.priority(cast("str", level), "high")
    with pytest.raises(InvalidValue, match="no such urgency"):
        ITIL_MATRIX.priority("high", cast("str", level))


@pytest.mark.parametrize(
    "change",
    [
        {"impacts": None},
        {"urgencies": (1,)},
        {"cells": None},
        {"cells": (("high",),)},
        {"cells": (("a", "a", 1),)},
    ],
)
def test_matrix_is_refused_when_a_part_is_of_another_type(change: dict[str, object]) -> None:
    """What the types forbid, callers without a type checker still do."""
    parts = {"impacts": ("a",), "urgencies": ("a",), "priorities": ("P",), "cells": {}}
    with pytest.raises(InvalidValue, match="must be"):
        PriorityMatrix(**cast("Any", {**parts, **change}))


def test_policy_of_a_matrix_is_the_matrix_alone_when_asked() -> None:
    """A bare matrix is a policy without modifiers, a level above or a rule of its own."""
    policy = ITIL_MATRIX.policy
    assert (policy.matrix, policy.modifiers, policy.priorities) == (
        ITIL_MATRIX,
        (),
        ("P1", "P2", "P3", "P4"),
    )


def test_fault_holds_the_offending_value_when_there_is_one() -> None:
    """A program reads the value; a cell that is missing or doubled has none of its own."""
    with pytest.raises(DefinitionError) as caught:
        PriorityMatrix(
            impacts=("hi", " "),
            urgencies=("hi",),
            cells=[("hi", "hi", "P1"), ("hi", "hi", "P2"), ("lo", "hi", "P0")],
            priorities=("P1", "P2"),
        )
    assert [(fault.code, fault.value) for fault in caught.value.faults] == [
        ("empty-level", " "),
        ("unknown-impact", "lo"),
        ("unknown-priority", "P0"),
        ("duplicate-cell", ""),
        ("missing-cell", ""),
    ]
