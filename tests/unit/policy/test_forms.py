"""The forms: what every one of them has to have."""

from __future__ import annotations

import attrs
import pytest

from itsm_core.policy import _forms
from itsm_core.policy._converter import converter, is_form, keys_of
from itsm_core.policy._direct import SECTIONS
from itsm_core.policy._forms import METRIC_KEYS, AgreementForm, PolicyForm
from itsm_core.policy._node import Form
from itsm_core.policy._values import Policy
from itsm_core.sla import METRICS

FORMS = [each for each in vars(_forms).values() if is_form(each) and each is not Form]


@pytest.mark.parametrize("form", FORMS)
def test_form_can_be_empty_when_a_table_is_wrong(form: type[Form]) -> None:
    """Every field has a default, so that no fault hides another."""
    made = form()
    assert made.at == ()
    assert converter().unstructure(made) == {}


@pytest.mark.parametrize("form", FORMS)
def test_form_says_what_each_key_is_when_exported(form: type[Form]) -> None:
    """The schema and the reader's remedies are made of it."""
    for key, field in keys_of(form).items():
        assert field.metadata.get("doc", "").endswith("."), key
        assert not field.metadata.get("required") or field.metadata.get("example"), key


def test_agreement_has_a_table_for_every_metric_when_listed() -> None:
    """A metric that no file can name would be a secret."""
    assert set(METRICS) | {"ola", "uc", "commitment"} == set(METRIC_KEYS)
    assert set(METRIC_KEYS) <= set(keys_of(AgreementForm))


def test_policy_has_a_field_for_every_section_when_listed() -> None:
    """A section that is read is kept."""
    fields = {field.name for field in attrs.fields(Policy)}
    assert set(SECTIONS) <= fields & set(keys_of(PolicyForm))
