"""The contract of a store, tried on one of yours, with every call that the broken rule made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, Literal, cast
from unittest import SkipTest

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ports import Batch, StoredEvent
from itsm_core.testing.certify import finding_of, run_rule
from itsm_core.testing.contract import Capability, Contract
from itsm_core.testing.definition_contract import DefinitionContract
from itsm_core.testing.event_store_contract import EventStoreContract
from itsm_core.testing.laws._code import example_of
from itsm_core.testing.laws._law import LawBroken, law
from itsm_core.testing.outbox_contract import OutboxContract
from itsm_core.testing.store_contract import FullStoreContract
from itsm_core.testing.text_contract import TextStoreContract
from itsm_core.testing.timer_contract import TimerContract

__all__ = ["StoreCase", "check_store", "keeps_the_contract"]

Suite = Literal["events", "outbox", "timers", "definitions", "full", "texts"]
"""What a store claims to be: one port, or `full`, all four of them."""

# Through a text, because what lacks its `open_store` yet is no class to be made an object of.
_SUITES: Final[Mapping[str, object]] = {
    "events": EventStoreContract,
    "outbox": OutboxContract,
    "timers": TimerContract,
    "definitions": DefinitionContract,
    "full": FullStoreContract,
    "texts": TextStoreContract,
}
_LONGEST: Final = 110
_RULE: Final = re.compile(r"Rule (\d+): (.*)", re.DOTALL)


@attrs.frozen(kw_only=True)
class StoreCase:
    """Hold how a store of yours is opened, the suite that it has to keep, and one of its rules.

    `rule` is the name of a test of the suite; empty for all of them.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> StoreCase(open_store=MemoryStore, suite="full").contract.__name__
    'FullStoreContract'
    """

    open_store: Callable[[], object]
    suite: Suite = "events"
    capabilities: frozenset[Capability] | None = None
    rule: str = ""

    @property
    def contract(self) -> type[Contract]:
        """Return the class that has the rules.

        Raises:
            InvalidValue: there is no suite of this name.
        """
        found = _SUITES.get(self.suite)
        if found is None:
            remedy = f"use one of {', '.join(_SUITES)}"
            raise InvalidValue("no such suite", self.suite, remedy)
        return cast("type[Contract]", found)


@law("R5")
def keeps_the_contract(case: StoreCase) -> Iterator[str]:
    """A store keeps every rule of its port."""
    yield from _findings(case)


def check_store(
    open_store: Callable[[], object],
    *,
    suite: Suite = "events",
    capabilities: Collection[Capability] | None = None,
    without: Collection[str] = (),
) -> None:
    """Try every rule of a contract suite on a store of yours, each on a new and empty store.

    `open_store` is a class or function that opens one. `suite` says what the store claims to be:
    one port, `full` or `texts`. `capabilities` are what it declares, those of
    the suite unless given. `without` are names of rules that are not tried. A store in memory takes
    about a second. Within a durable suite `open_store` has to open the same place during one rule:
    for that write a class, and `certify` it.

    Raises:
        LawBroken: naming the first rule that is broken, and the calls that it made.
        InvalidValue: there is no such suite, or `without` names no rule of it.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> check_store(MemoryStore, suite="full")
    """
    declared = None if capabilities is None else frozenset(capabilities)
    whole = StoreCase(open_store=open_store, suite=suite, capabilities=declared)
    names = _rules(whole.contract)
    for name in without:
        if name not in names:
            raise InvalidValue("no such rule", name, f"use a test of {whole.contract.__name__}")
    for name in names:
        case = attrs.evolve(whole, rule=name)
        found = () if name in without else tuple(_findings(case))
        if found:
            raise _told(case, found)


def _rules(suite: type[Contract]) -> list[str]:
    """Return the tests of a suite in the order of their rules."""
    names = (name for name in dir(suite) if name.startswith("test_"))
    return sorted(names, key=lambda name: [part.zfill(4) for part in name.split("_")])


def _findings(case: StoreCase, calls: list[str] | None = None) -> Iterator[str]:
    """Yield what one rule finds, all of them without a name; calls are noted down if asked for."""
    suite = _suite_of(case, calls)
    for name in [case.rule] if case.rule else _rules(suite):
        try:
            run_rule(suite, name)
        except SkipTest:
            continue  # it is about what the store does not declare
        except Exception as error:  # noqa: BLE001 - whatever a store raises is the finding
            yield finding_of(suite, name, error)


def _suite_of(case: StoreCase, calls: list[str] | None) -> type[Contract]:
    """Return the suite with the store of the case in it."""

    def open_store(_: Contract) -> object:
        store = case.open_store()
        return store if calls is None else _Noted(store, calls)

    declared = case.contract.capabilities if case.capabilities is None else case.capabilities
    members = {"open_store": open_store, "capabilities": declared}
    return cast("type[Contract]", type(case.contract.__name__, (case.contract,), members))


class _Noted:
    """Be a store, and note down every call with what came back."""

    def __init__(self, store: object, calls: list[str]) -> None:
        self._store, self._calls = store, calls

    def __getattr__(self, name: str) -> object:
        found = cast("object", getattr(self._store, name))
        if not callable(found):
            return found
        return partial(_call, name, found, self._calls)


def _call(
    name: str, method: Callable[..., object], calls: list[str], *args: object, **options: object
) -> object:
    told = [_short(each) for each in args]
    told += [f"{key}={_short(value)}" for key, value in options.items()]
    try:
        result = method(*args, **options)
    except Exception as error:
        calls.append(f"{name}({', '.join(told)}) raises {type(error).__name__}")
        raise
    calls.append(f"{name}({', '.join(told)}) -> {_short(result)}")
    return result


def _short(value: object) -> str:
    """Return a value in a few words: events by class and number, long texts cut."""
    if isinstance(value, TicketEvent):
        return f"{type(value).__name__} {value.event_id}"
    if isinstance(value, Batch):
        return f"batch for {value.stream!r} {_short(value.events)}"
    if isinstance(value, StoredEvent):
        return f"#{value.position} {_short(value.event)}"
    if type(value) in (list, tuple):
        members = [_short(each) for each in cast("Iterable[object]", value)]
        return shown_value(f"[{', '.join(members)}]")
    return shown_value(repr(value))


def shown_value(text: str) -> str:
    """Return a text, cut where it is too long for a line."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _title(rule: str) -> str:
    """Return what a test of a rule is about."""
    return re.sub(r"^test_(rule_\d+_)?", "", rule).replace("_", " ")


def _told(case: StoreCase, found: tuple[str, ...]) -> LawBroken:
    calls: list[str] = []
    again = tuple(_findings(case, calls))
    rule = " ".join((getattr(case.contract, case.rule).__doc__ or case.rule).split())
    found_in = _RULE.fullmatch(rule)
    number, said = (found_in[1], found_in[2]) if found_in else ("", rule)
    names = ", ".join(dict.fromkeys(each.partition("(")[0] for each in calls)) or "nothing"
    return LawBroken(
        subject=f"store {getattr(case.open_store, '__name__', repr(case.open_store))}",
        law=f"{keeps_the_contract.number}, rule {number}" if number else keeps_the_contract.number,
        sentence=said.rstrip("."),
        violations=again or found,
        story=(
            f"An empty store is opened, and tried: {_title(case.rule)}.",
            f"It calls {names}; what comes back breaks the rule.",
        ),
        ledger=tuple(calls),
        example=example_of(keeps_the_contract.name, case),
    )
