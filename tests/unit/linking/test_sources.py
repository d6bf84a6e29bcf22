"""Foreign engines: what they may say, and what is made of it (law K4)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import DUPLICATES, Agreement, Linker, SemanticView, TicketText
from tests.unit.linking.texts import index_of, text


class Engine:
    """Name fixed candidates; know a fixed nearness of some."""

    def __init__(self, *names: str, **near: float) -> None:
        self.names, self.near = names, near

    def candidates(self, _text: TicketText, /, *, limit: int) -> list[TicketId]:
        """Return the names."""
        return [TicketId(name) for name in self.names[:limit]]

    def similarities(self, _text: TicketText, tickets: Sequence[TicketId], /) -> list[float | None]:
        """Return the nearness of each, None where it is not known."""
        return [self.near.get(ticket_id) for ticket_id in tickets]


INDEX = index_of(text("A", "mail"), text("B", "printer"), text("C", "vpn", days=-3_000))
ASKED = text("Q", "mail")


def found(linker: Linker) -> list[str]:
    """Return the ids suggested."""
    return [each.ticket_id for each in linker.similar(ASKED)]


def test_source_adds_candidates_that_share_no_word() -> None:
    """They are ranked by the same evidence, behind what shares words."""
    assert found(Linker(INDEX)) == ["A"]
    assert found(Linker(INDEX, sources=[Engine("B", "A")])) == ["A", "B"]


def test_source_adds_no_candidate_that_the_task_or_the_index_has_not() -> None:
    """Unknown ids, the ticket itself, and what lies outside the window are passed over."""
    linker = Linker(INDEX, task=DUPLICATES, sources=[Engine("Z", "Q", "C")])
    assert "Z" not in found(linker)
    windowed = Linker(
        INDEX,
        task=type(DUPLICATES)(name="w", decay=0.1, window_days=10.0),
        sources=[Engine("C")],
    )
    assert found(windowed) == ["A"]


def test_view_adds_its_weight_times_nearness_above_neutral() -> None:
    """0.9 against 0.4 at weight 4 is 2 nats, named as the view is."""
    view = SemanticView(name="meaning", source=Engine(A=0.9), weight=4.0, neutral=0.4)
    plain, viewed = (Linker(INDEX, views=v).similar(ASKED)[0] for v in ([], [view]))
    assert viewed.log_odds - plain.log_odds == pytest.approx(2.0)
    assert {e.name: e.contribution for e in viewed.evidence}["meaning"] == pytest.approx(2.0)


def test_view_is_neutral_where_it_knows_nothing() -> None:
    """What was never embedded is no stranger."""
    view = SemanticView(name="meaning", source=Engine(), weight=4.0, neutral=0.4)
    plain, viewed = (Linker(INDEX, views=v).similar(ASKED)[0] for v in ([], [view]))
    assert viewed.log_odds == pytest.approx(plain.log_odds)


@pytest.mark.parametrize("given", [{"name": ""}, {"weight": math.nan}, {"neutral": math.inf}])
def test_view_is_refused_when_it_could_not_be_weighed(given: dict[str, object]) -> None:
    """No name, no number."""
    values = {"name": "v", "source": Engine(), "weight": 1.0, "neutral": 0.0, **given}
    with pytest.raises(InvalidValue):
        SemanticView(**values)  # type: ignore[arg-type]


class Careless(Engine):
    """Return what it likes."""

    def __init__(self, *given: float | None) -> None:
        super().__init__()
        self.given = given

    def similarities(
        self, _text: TicketText, _tickets: Sequence[TicketId], /
    ) -> list[float | None]:
        """Return the same, whatever is asked."""
        return list(self.given)


@pytest.mark.parametrize(
    ("given", "match"),
    [((0.5, 0.5), "another number"), ((), "another number"), ((math.nan,), "no number"),
     ((math.inf,), "no number")],
)  # fmt: skip
def test_view_is_refused_when_its_engine_answers_nonsense(
    given: tuple[float, ...], match: str
) -> None:
    """A typed error that names the view, not an order that hangs on a NaN."""
    view = SemanticView(name="careless", source=Careless(*given), weight=1.0, neutral=0.0)
    with pytest.raises(InvalidValue, match=f"careless.*{match}|{match}.*careless"):
        Linker(INDEX, views=[view]).similar(ASKED)


def test_relation_is_refused_when_it_is_no_number() -> None:
    """What a graph says of two items is added up."""
    index = index_of(text("A", "mail", configuration_item_id="CI-1"))
    asked = text("Q", "mail", configuration_item_id="CI-2")
    item = Agreement(field="configuration_item_id")
    linker = Linker(index, agreements=[item], related=lambda _one, _other: math.nan)
    with pytest.raises(InvalidValue, match="related"):
        linker.similar(asked)
