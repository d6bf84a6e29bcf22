"""Policies back to forms: what is usual is left out, what is not is kept."""

from __future__ import annotations

import attrs

from itsm_core.policy import load_policy
from itsm_core.policy._to_forms import to_form


def test_form_names_targets_when_their_order_is_not_the_usual_one() -> None:
    """Tables of metrics are read in one order; another one is kept by names."""
    demo = load_policy("demo")
    first = demo.agreements[0]
    turned = attrs.evolve(first, targets=first.targets[::-1])
    usual, other = (
        to_form(attrs.evolve(demo, agreements=(each,))).agreements[0] for each in (first, turned)
    )
    assert usual.response is not None
    assert usual.targets == {}
    assert other.response is None
    assert list(other.targets) == ["resolution", "response"]


def test_form_leaves_the_metric_s_own_rules_out_when_written() -> None:
    """Only what replaces them is written."""
    form = to_form(load_policy("msp"))
    tables = {each.id.text: each for each in form.agreements}
    assert tables["network"].ola is not None
    assert tables["network"].ola.rules is not None
    assert tables["standard"].response is not None
    assert tables["standard"].response.rules is None


def test_form_has_no_matrix_when_it_is_the_sample() -> None:
    """What is default is left out."""
    assert to_form(load_policy("demo")).matrix is None
    assert to_form(load_policy("msp")).matrix is not None
