"""The outcome of a selection, as it is read and told (law S11)."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.errors import NotFound
from itsm_core.sla import (
    AgreementCatalogue,
    evaluate_all,
)
from itsm_core.sla._selection import Candidate, KindSelection, Selection, validity
from tests.unit.sla.sample import (
    DESK,
    GOLD,
    NETWORK,
    P1,
    agreement,
    at,
    opened,
)


class TestOutcome:
    """What a selection tells."""

    def test_kinds_do_not_compete(self) -> None:
        """Of each kind one may hold."""
        found = DESK.select({"priority": "P1", "service": "network"}, at(9))
        assert found.chosen == (GOLD, NETWORK)
        assert [each.kind for each in found] == ["sla", "ola"]
        assert (len(found), found.at) == (2, at(9))

    def test_unknown_kind_names_those_there_are(self) -> None:
        """Asking for a kind that the catalogue lacks."""
        with pytest.raises(NotFound) as caught:
            DESK.select(P1, at(9))["uc"]
        assert str(caught.value) == (
            "kind of agreement 'uc' does not exist; the catalogue has: sla, ola"
        )

    def test_unknown_kind_is_refused_when_there_is_none_at_all(self) -> None:
        """An empty catalogue has no kinds."""
        with pytest.raises(NotFound, match=r"the catalogue has: none$"):
            AgreementCatalogue(agreements=()).select(P1, at(9))["sla"]

    @pytest.mark.parametrize(
        ("bounds", "hour", "expected"),
        [
            ({}, 5, True),
            ({"valid_from": at(5)}, 4.999, False),
            ({"valid_from": at(5)}, 5, True),
            ({"valid_until": at(5)}, 4.999, True),
            ({"valid_until": at(5)}, 5, False),
            ({"valid_from": at(4), "valid_until": at(5)}, 4.5, True),
            ({"valid_from": at(4), "valid_until": at(5)}, 3, False),
            ({"valid_from": at(4), "valid_until": at(5)}, 6, False),
        ],
    )
    def test_agreement_holds_from_its_start_up_to_before_its_end(
        self, bounds: dict[str, object], hour: float, expected: bool
    ) -> None:
        """Half-open, as every span of time (T3)."""
        made = agreement("a", **bounds)  # type: ignore[arg-type]
        found = AgreementCatalogue(agreements=(made,)).select(P1, at(hour))
        assert found.chosen == ((made,) if expected else ())

    def test_validity_is_told_with_both_ends(self) -> None:
        """In words, to the minute, with the offset."""
        told = [
            validity(agreement("a", **bounds))  # type: ignore[arg-type]
            for bounds in ({}, {"valid_from": at(4)}, {"valid_from": at(4), "valid_until": at(5)})
        ]
        start, end = "from 2026-01-05 04:00+00:00", "until 2026-01-05 05:00+00:00"
        assert told == ["always", start, f"{start} {end}"]

    def test_explain_reads_line_by_line(self) -> None:
        """What an analyst is shown."""
        assert DESK.select(P1, at(9)).explain().splitlines() == [
            "sla: 'gold' version 1 (it applies, with the highest precedence (10))",
            "  1. 'gold' version 1 holds: it applies, with the highest precedence (10)",
            "       yes: priority is P1 (seen: P1)",
            (
                "  2. 'silver' version 1 does not hold: it applies, but its precedence 0 is lower "
                "than 10 of 'gold' version 1"
            ),
            "ola: none (no ola applies: 'network' is only for service is network)",
            "  1. 'network' version 1 does not hold: its condition does not hold",
            "       no: service is network (seen: mail)",
        ]

    def test_empty_catalogue_says_so(self) -> None:
        """Nothing is promised, which is legal."""
        empty = AgreementCatalogue(agreements=())
        assert empty.select(P1, at(9)).explain() == "the catalogue has no agreements"
        assert evaluate_all([opened()], empty, as_of=at(10)) == ()

    def test_candidate_says_nothing_of_a_condition_when_it_was_not_asked(self) -> None:
        """One without a condition, or not in force."""
        made = Candidate(rank=2, agreement=GOLD, is_chosen=False, reason="x")
        assert made.explanation is None
        assert str(made) == "2. 'gold' version 1 does not hold: x"
        assert str(attrs.evolve(made, is_chosen=True)) == "2. 'gold' version 1 holds: x"

    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            (Candidate, (1, GOLD, True, "x", None)),
            (KindSelection, ("sla", GOLD, "x", ())),
            (Selection, (0, ())),
        ],
    )
    def test_value_is_refused_when_its_fields_are_not_named(
        self, kind: type, values: tuple[object, ...]
    ) -> None:
        """A selection is read by name."""
        with pytest.raises(TypeError, match="positional"):
            kind(*values)

    def test_instant_of_a_selection_is_in_utc(self) -> None:
        """Wherever it was asked."""
        found = DESK.select(P1, at(9)).at
        assert (found, found.timezone_name) == (at(9), "UTC")

    def test_regimes_are_read_by_name_and_by_place(self) -> None:
        """Since when, which one, and why."""
        (regime,) = DESK.regimes([opened()], at(10))["ola"]
        assert regime == (regime.since_us, regime.agreement, regime.why)
        assert regime.agreement is None
        assert regime.why == ("opened: no ola applies: 'network' is only for service is network")
