"""Definition: every fault is found, each with its place, value and remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

import pendulum
import pytest

from itsm_core.conditions import (
    BUDGET,
    AllOf,
    AnyOf,
    Condition,
    FieldTest,
    Kind,
    Operator,
    Predicate,
    Schema,
    all_of,
    any_of,
    field,
)
from itsm_core.conditions._values import Constant
from itsm_core.errors import DefinitionError, Fault
from tests.unit.conditions.sample import AT, SCHEMA, rule


def faults(predicate: object, schema: Schema = SCHEMA) -> tuple[Fault, ...]:
    """Return every fault of a predicate."""
    with pytest.raises(DefinitionError) as caught:
        Condition(schema=schema, rule=cast("Predicate", predicate))
    return caught.value.faults


def accepted(predicate: Predicate) -> bool:
    """Return that a predicate makes a condition, which holds it unchanged."""
    return rule(predicate).rule == predicate


def fault(predicate: object) -> Fault:
    """Return the only fault of a predicate."""
    (only,) = faults(predicate)
    return only


def test_condition_lists_all_faults_when_there_are_several() -> None:
    """One round of corrections is enough; each fault knows its place."""
    wrong = field("prioritty").is_("P1") & (
        field("vip").is_below(True) | ~field("cost").is_in(1, "two", cast("Constant", 1.5))
    )
    with pytest.raises(DefinitionError) as caught:
        rule(wrong)
    assert [(each.code, each.where) for each in caught.value.faults] == [
        ("unknown-field", "rule.all[0].field"),
        ("wrong-operator", "rule.all[1].any[0].operator"),
        ("wrong-constant", "rule.all[1].any[1].not.values[1]"),
        ("wrong-constant", "rule.all[1].any[1].not.values[2]"),
    ]
    assert "condition on 'ticket': 4 faults" in str(caught.value)


OPERATORS = "IS, IS_NOT, IN, NOT_IN, BELOW, AT_MOST, ABOVE, AT_LEAST, CONTAINS, IS_MISSING"
EXACT = "write an int or a Decimal, such as Decimal('1.5'); floats are not exact"


@pytest.mark.parametrize(
    ("predicate", "code", "where", "value", "remedy"),
    [
        (
            7,
            "not-a-predicate",
            "rule",
            "7",
            "use field(name).is_(value) and its like, joined with &, | and ~",
        ),
        (
            FieldTest(field="vip", operator=cast("Operator", "is"), values=(True,)),
            "wrong-operator",
            "rule.operator",
            "'is'",
            f"use one of {OPERATORS}, IS_PRESENT",
        ),
        (
            field("vip").is_below(True),
            "wrong-operator",
            "rule.operator",
            "<",
            "use is, is_not",
        ),
        (
            field("flagged").is_below(True),
            "wrong-operator",
            "rule.operator",
            "<",
            "use is, is_missing, is_not, is_present",
        ),
        (
            field("vip").is_missing(),
            "wrong-operator",
            "rule.operator",
            "is_missing",
            "drop the test, or declare the field optional",
        ),
        (field("cost").is_in(), "empty-value", "rule.values", "", "list at least one value"),
        (field("cost").is_(cast("int", 1.5)), "wrong-constant", "rule.value", "1.5", EXACT),
        (
            field("title").is_("\ud800"),
            "wrong-constant",
            "rule.value",
            r"'\ud800'",
            "write valid Unicode",
        ),
        (
            field("title").contains(""),
            "empty-value",
            "rule.value",
            "''",
            "use is_missing or is_present",
        ),
        (
            field("cost").is_in(1, 1, 1),
            "duplicate-value",
            "rule.values",
            "1",
            "list it once",
        ),
        (
            field("priority").is_("P9"),
            "unknown-choice",
            "rule.value",
            "'P9'",
            "use one of P1, P2, P3",
        ),
    ],
)
def test_fault_tells_place_value_and_remedy_when_a_test_is_wrong(
    predicate: Predicate, code: str, where: str, value: str, remedy: str
) -> None:
    """A program reads the value, a person the remedy."""
    found = fault(predicate)
    assert (found.code, found.where, found.value, found.remedy) == (code, where, value, remedy)


@pytest.mark.parametrize(
    ("predicate", "where", "value"),
    [
        (all_of(*[field("vip").is_(True)] * 256), "rule.all[255]", ""),
        (field("title").is_("x" * 1025), "rule.value", "1025 characters"),
        (field("cost").is_(10**30), "rule.value", "a number of 31 digits"),
        (field("cost").is_in(*range(1001)), "rule.values", "1001"),
    ],
    ids=range(4),
)
def test_fault_tells_the_figure_when_a_budget_is_exceeded(
    predicate: Predicate, where: str, value: str
) -> None:
    """How much there is where less is allowed, and what to do."""
    found = fault(predicate)
    assert (found.code, found.where, found.value) == ("over-budget", where, value)
    assert found.remedy == "split the condition, or say it more simply"


def test_message_is_bounded_when_a_name_is_endless() -> None:
    """Eighty letters say enough of a name that no field has."""
    found = fault(field("x" * 200).is_(1))
    assert (found.value, found.where) == ("x" * 80, "rule.field")


@pytest.mark.parametrize("length", [399, 400])
def test_fields_are_listed_when_they_take_less_than_400_characters(length: int) -> None:
    """Six names of 64 letters with their commas, and a seventh; one letter more is too much."""
    names = [*(letter * 64 for letter in "abcdef"), "g" * (length - 6 * 66)]
    schema = Schema(name="wide", fields=dict.fromkeys(names, Kind.BOOL))
    (found,) = faults(field("x").is_(True), schema)
    listed = f"use one of {', '.join(names)}"
    assert found.remedy == (listed if length == 399 else "use one that the schema declares")


def test_choices_are_listed_up_to_twenty_when_a_value_is_none_of_them() -> None:
    """A message stays a message."""
    choices = [f"choice{n:02}" for n in range(25)]
    schema = Schema(name="s", fields={"a": Kind.TEXT.of(*choices)})
    (found,) = faults(field("a").is_("zzz"), schema)
    assert found.remedy == f"use one of {', '.join(choices[:20])}"


def test_condition_suggests_a_field_when_the_name_is_a_slip() -> None:
    """The nearest declared name, and all of them."""
    found = fault(field("prioritty").is_("P1"))
    assert found.message == "schema 'ticket' has no field 'prioritty'; did you mean 'priority'?"
    assert found.remedy.startswith("use one of cost, effort")


def test_condition_does_not_list_fields_when_there_are_too_many() -> None:
    """A message stays a message."""
    schema = Schema(name="wide", fields={f"field_number_{n}": Kind.BOOL for n in range(50)})
    (found,) = faults(field("x").is_(True), schema)
    assert found.remedy == "use one that the schema declares"


def test_condition_suggests_a_choice_when_the_value_never_occurs() -> None:
    """A priority that no ticket has would make a rule that never fires."""
    found = fault(field("source").is_("mial"))
    assert (found.code, found.value) == ("unknown-choice", "'mial'")
    assert "did you mean 'mail'" in found.message
    assert found.remedy == "use one of mail, phone"


def test_part_of_a_text_may_be_no_choice_when_it_is_searched() -> None:
    """`contains` on a text looks for a part, on a set for a member."""
    assert accepted(field("priority").contains("P"))
    assert fault(field("flags").contains("r")).code == "unknown-choice"


APPLICABLE = {
    "title": {"is", "is_not", "in", "not_in", "contains"},
    "hold_reason": {"is", "is_not", "in", "not_in", "contains", "is_missing", "is_present"},
    "vip": {"is", "is_not"},
    "cost": {"is", "is_not", "in", "not_in", "<", "<=", ">", ">="},
    "opened": {"is", "is_not", "in", "not_in", "<", "<=", ">", ">="},
    "effort": {"is", "is_not", "in", "not_in", "<", "<=", ">", ">="},
    "tags": {"contains"},
    "watchers": {"contains", "is_missing", "is_present"},
}
CONSTANTS: dict[str, Constant] = {
    "title": "a",
    "hold_reason": "a",
    "vip": True,
    "cost": 1,
    "opened": AT,
    "effort": timedelta(1),
    "tags": "a",
    "watchers": "a",
}


@pytest.mark.parametrize("name", APPLICABLE)
def test_operator_is_taken_only_when_it_applies_to_the_kind(name: str) -> None:
    """Every operator on every kind; nothing is compared that has no order."""
    taken: set[str] = set()
    refused: set[str] = set()
    for operator in Operator:
        values = () if operator.value in ("is_missing", "is_present") else (CONSTANTS[name],)
        predicate = FieldTest(field=name, operator=operator, values=values)
        try:
            rule(predicate)
        except DefinitionError as error:
            refused |= {each.code for each in error.faults}
        else:
            taken.add(operator.value)
    assert taken == APPLICABLE[name]
    assert refused == {"wrong-operator"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", 1),
        ("title", None),
        ("title", "\ud800"),
        ("vip", 1),
        ("vip", "true"),
        ("cost", True),
        ("cost", 1.0),
        ("cost", "1"),
        ("cost", Decimal("NaN")),
        ("cost", Decimal("Infinity")),
        ("cost", [1]),
        ("opened", "2026-01-05"),
        ("opened", datetime(2026, 1, 5)),  # noqa: DTZ001
        ("opened", 0),
        ("opened", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3)))),
        ("effort", 8),
        ("effort", pendulum.duration(months=1)),
    ],
)
def test_constant_is_refused_when_of_another_kind(name: str, value: object) -> None:
    """Nothing is converted: 1 is not true, "1" not 1, a naive datetime no instant."""
    found = fault(field(name).is_(cast("Constant", value)))
    assert (found.code, found.where) == ("wrong-constant", "rule.value")
    assert found.remedy


def test_message_says_what_is_amiss_when_a_datetime_is_no_constant() -> None:
    """One without a zone is no instant; one with a zone is still no text."""
    naive = datetime(2026, 1, 5)  # noqa: DTZ001
    assert "has no time zone" in fault(field("opened").is_(naive)).message
    assert fault(field("title").is_(AT)).message.endswith("is no text for field 'title'")
    assert fault(field("opened").is_("now")).message == "'now' is no instant for field 'opened'"


@pytest.mark.parametrize(
    "predicate",
    [
        field("title").is_in(),
        field("hold_reason").is_(""),
        field("title").contains(""),
        field("watchers").contains(""),
    ],
)
def test_constant_is_refused_when_empty_says_nothing(predicate: Predicate) -> None:
    """A test that is always or never true is a slip, mostly for is_missing."""
    assert fault(predicate).code == "empty-value"


def test_list_is_refused_when_it_holds_a_value_twice() -> None:
    """1 and 1.0 are the same number."""
    found = fault(field("cost").is_in(1, 2, Decimal("1.0")))
    assert (found.code, found.where, found.value) == ("duplicate-value", "rule.values", "1")


@pytest.mark.parametrize(
    ("operator", "values", "message"),
    [
        ("is", (), "'is' takes 1 value, not 0"),
        ("is", ("a", "b"), "'is' takes 1 value, not 2"),
        ("is", ("a", "a"), "'is' takes 1 value, not 2"),
        ("is_missing", ("a",), "'is_missing' takes no values, not 1"),
    ],
)
def test_test_is_refused_when_it_has_another_number_of_values(
    operator: str, values: tuple[str, ...], message: str
) -> None:
    """The builder cannot write this, a hand can."""
    predicate = FieldTest(field="hold_reason", operator=Operator(operator), values=values)
    found = fault(predicate)
    remedy = "drop them" if operator == "is_missing" else "use in or not_in for a list"
    assert (found.code, found.message, found.remedy) == ("wrong-constant", message, remedy)
    assert (found.where, found.value) == ("rule.values", str(len(values)))


@pytest.mark.parametrize("node", [True, None, "vip", [1]])
def test_rule_is_refused_when_a_node_is_no_predicate(node: object) -> None:
    """The result of `==` or of `and` among predicates."""
    assert fault(node).code == "not-a-predicate"
    found = fault(AllOf(parts=cast("Any", (field("vip").is_(True), node))))
    assert (found.code, found.where) == ("not-a-predicate", "rule.all[1]")


def test_test_is_refused_when_operator_or_field_is_none() -> None:
    """Names of operators are for JSON."""
    wrong = FieldTest(field=cast("str", 7), operator=cast("Operator", "is"), values=("a",))
    assert [each.code for each in faults(wrong)] == ["unknown-field", "wrong-operator"]


def nested(depth: int) -> Predicate:
    """Return a predicate of this depth."""
    predicate: Predicate = field("vip").is_(True)
    for _ in range(depth - 1):
        predicate = ~predicate
    return predicate


def test_condition_is_refused_when_deeper_than_the_budget() -> None:
    """Sixteen levels are taken; the refusal has the figure and comes soon."""
    assert BUDGET.depth == 16
    assert accepted(nested(16))
    found = fault(nested(17))
    assert (found.code, found.message) == ("over-budget", "deeper than 16 levels")
    assert fault(nested(100_000)).where == f"rule{'.not' * 16}"


@pytest.mark.parametrize("kind", [AllOf, AnyOf])
def test_connective_is_one_level_when_it_holds_parts(kind: type[AllOf | AnyOf]) -> None:
    """Sixteen levels are taken here, too."""
    predicate: Predicate = field("vip").is_(True)
    for _ in range(15):
        predicate = kind(parts=(predicate,))
    assert accepted(predicate)
    assert fault(kind(parts=(predicate,))).message == "deeper than 16 levels"


def test_condition_is_refused_when_it_has_more_nodes_than_the_budget() -> None:
    """256 nodes with the connective are taken."""
    test = field("vip").is_(True)
    assert BUDGET.nodes == 256
    assert accepted(all_of(*[test] * 255))
    found = fault(all_of(*[test] * 256))
    assert (found.code, found.message) == ("over-budget", "more than 256 nodes")


def test_condition_is_refused_at_once_when_shared_nodes_make_it_endless() -> None:
    """Ten shared levels of a hundred parts are 10^20 nodes; the walk ends at 256."""
    predicate: Predicate = field("vip").is_(True)
    for level in range(10):
        predicate = (all_of if level % 2 else any_of)(*[predicate] * 100)
    assert [each.code for each in faults(predicate)] == ["over-budget"]


def test_condition_is_refused_when_a_list_is_longer_than_the_budget() -> None:
    """A thousand values are taken."""
    assert accepted(field("cost").is_in(*range(1000)))
    assert fault(field("cost").is_in(*range(999), "x")).where == "rule.values[999]"
    found = fault(field("cost").is_in(*range(1001)))
    assert found.message == "more than 1,000 values in a list"
    assert (found.where, found.value) == ("rule.values", "1001")


def test_condition_is_refused_when_a_text_is_longer_than_the_budget() -> None:
    """1,024 characters are taken; an unknown field hides no further fault."""
    assert accepted(field("title").is_("x" * 1024))
    assert fault(field("title").is_("x" * 1025)).message == "more than 1,024 characters"
    assert [each.code for each in faults(field("nobody").is_("x" * 1025))] == [
        "unknown-field",
        "over-budget",
    ]


@pytest.mark.parametrize("number", [10**30, Decimal("1E-31"), Decimal("1E+1000000"), 10**2000])
def test_condition_is_refused_when_a_number_has_more_digits_than_the_budget(
    number: int | Decimal,
) -> None:
    """Thirty before and thirty behind the point are taken."""
    assert accepted(field("cost").is_in(10**30 - 1, Decimal("1E-30")))
    assert fault(field("cost").is_(number)).message == "more than 30 digits"


def test_condition_is_refused_when_its_json_is_longer_than_the_budget() -> None:
    """Each list within its budget, the whole not: what cannot be read back is not written."""
    lists = [field("title").is_in(*(f"{n:04}{'x' * 1020}" for n in range(1000)))] * 2
    assert accepted(field("title").is_in(*(f"{n:04}{'x' * 1000}" for n in range(1000))))
    found = fault(all_of(*lists))
    assert (found.code, found.message) == ("over-budget", "more than 1,048,576 characters as JSON")


def test_condition_is_taken_when_its_json_is_as_long_as_the_budget() -> None:
    """One character more is refused, with place and size."""
    texts = [f"{n:04}{'x' * 1020}" for n in range(1000)]
    more = [f"{n:04}{'x' * 1000}" for n in range(21)]
    test = field("title").is_in(*texts)
    size = len(rule(test & field("title").is_in(*more, "y")).dumps())
    last = "y" * (1_048_576 - size + 1)
    assert accepted(test & field("title").is_in(*more, last))
    found = fault(test & field("title").is_in(*more, f"{last}y"))
    assert (found.code, found.where, found.value) == ("over-budget", "rule", "1048577")


def test_repeated_values_are_left_when_the_field_is_unknown() -> None:
    """What values mean is not known before the field is."""
    assert [each.code for each in faults(field("nobody").is_in(1, 1))] == ["unknown-field"]


def test_instant_is_taken_when_aware() -> None:
    """In any zone; kept in UTC."""
    berlin = pendulum.datetime(2026, 1, 5, 10, tz="Europe/Berlin")
    assert field("opened").is_(berlin).values == (datetime(2026, 1, 5, 9, tzinfo=UTC),)
    assert accepted(field("opened").is_(berlin))
