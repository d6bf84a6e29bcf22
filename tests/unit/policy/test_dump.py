"""A policy written down reads back as an equal one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time, timedelta

import attrs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours, WorkingDays
from itsm_core.documents import parse_document
from itsm_core.errors import InvalidValue
from itsm_core.ids import AgreementId
from itsm_core.policy import (
    Policy,
    bundled_policies,
    load_policy,
    policy_to_json,
    policy_to_toml,
    read_policy,
)
from itsm_core.policy._dump import toml_text
from itsm_core.priority import ITIL_MATRIX
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, waiting_for
from itsm_core.spans import hours

OFFICE = BusinessCalendar(zone="Asia/Tokyo", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))


def made(*targets: ServiceLevelTarget) -> Policy:
    """Return a policy that was made in Python."""
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("a"), calendar=OFFICE, targets=targets
    )
    return Policy(
        name="made",
        calendars={"office": OFFICE},
        matrix=ITIL_MATRIX,
        agreements=(agreement,),
    )


@pytest.mark.parametrize("name", bundled_policies())
@pytest.mark.parametrize("form", ["json", "toml", "yaml"])
def test_policy_is_equal_when_written_and_read(name: str, form: str) -> None:
    """In every format, with every section; and the second writing is the first."""
    policy = load_policy(name)
    values = policy_to_json(policy)
    texts = {
        "json": json.dumps(values),
        "toml": policy_to_toml(policy),
        "yaml": yaml.safe_dump(values, sort_keys=False),
    }
    back = read_policy(texts[form], format=form).policy
    assert back is not None
    assert back == policy
    assert policy_to_json(back) == values


def test_policy_is_equal_when_it_was_made_in_python() -> None:
    """Built-in calendars may be left out of it; odd goals have a text."""
    policy = made(
        ServiceLevelTarget(
            metric="uc",
            goals={
                "*": hours(4) + timedelta(microseconds=3),
                "P1": WorkingDays(2, at=time(9, 30, 15), cut_off=time(15), snap=False),
            },
            rules=waiting_for("awaiting_supplier"),
            pause_on=frozenset(),
        ),
        ServiceLevelTarget(metric="response", goals={"": hours(1)}, calendar=ALWAYS),
    )
    policy = attrs.evolve(policy, calendars={"always": ALWAYS, **policy.calendars})
    back = read_policy(json.dumps(policy_to_json(policy)), format="json").policy
    assert back is not None
    assert back.agreements == policy.agreements


@pytest.mark.parametrize(
    "calendars", [{}, {"office": OFFICE, "odd": OFFICE - (OFFICE & ALWAYS.__class__(False))}]
)
def test_policy_is_refused_when_no_file_writes_it(
    calendars: Mapping[str, BusinessCalendar],
) -> None:
    """A calendar that has no name among the policy's would be lost."""
    target = ServiceLevelTarget(metric="resolution", goals={"*": hours(4)})
    with pytest.raises(InvalidValue, match="name"):
        policy_to_json(attrs.evolve(made(target), calendars=calendars))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**60), 2**60) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_toml_text_says_the_same_when_read_again(values: dict[str, object]) -> None:
    """Control characters, long lines, empty tables, lists of tables in lists."""
    assert repr(parse_document(toml_text(values), "toml").values) == repr(_tables_last(values))


def _tables_last(values: dict[str, object]) -> dict[str, object]:
    """Return the values in the order in which they come back; equality is what counts."""
    back = parse_document(toml_text(values), "toml").values
    assert back == values
    return dict(back or {})


def test_dates_are_texts_when_written_as_json() -> None:
    """JSON has none of its own."""
    calendar = attrs.evolve(OFFICE, holidays=[date(2026, 12, 24)])
    target = ServiceLevelTarget(metric="resolution", goals={"*": hours(4)})
    policy = attrs.evolve(made(target), calendars={"office": OFFICE, "b": calendar})
    assert '"dates": ["2026-12-24"]' in json.dumps(policy_to_json(policy))
