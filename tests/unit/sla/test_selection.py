"""The outcome of a selection, as it is read and told (law S11)."""

from __future__ import annotations

import pytest

from itsm_core.errors import NotFound
from itsm_core.sla import (
    AgreementCatalogue,
    evaluate_all,
)
from tests.unit.sla.sample import (
    DESK,
    GOLD,
    NETWORK,
    P1,
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
        with pytest.raises(NotFound, match="the catalogue has: sla, ola"):
            DESK.select(P1, at(9))["uc"]

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
