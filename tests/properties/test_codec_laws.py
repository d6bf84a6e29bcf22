"""Law R7 on random values and on documents changed at random: a refusal, or the identity."""

from __future__ import annotations

import json
import random
from datetime import UTC
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fuzz_codec import Case as FuzzCase
from benchmarks.fuzz_codec import fuzz, mutated, outcome
from itsm_core.adapters.codec import (
    decode_actor,
    decode_command,
    decode_event,
    encode_actor,
    encode_command,
    encode_event,
)
from itsm_core.commands import COMMAND_TYPES, Actor, Command, ExcludeTime
from itsm_core.events import EVENT_TYPES, TicketEvent
from itsm_core.readers import read_json
from tests.golden.hostile_entries import ENTRIES

INSTANTS = st.datetimes(timezones=st.just(UTC))
SEEN = st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
TICKETS = st.text(SEEN, min_size=1, max_size=8).filter(str.strip)
PEOPLE = st.text(SEEN, max_size=9)
LEAST = {"lifecycle_version": 1, "number": 1}


def values_of(kind: type) -> st.SearchStrategy[Any]:
    """Return random values of a class of events or commands, by what its fields declare."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for field in attrs.fields(kind):
        name, declared = field.alias or field.name, str(field.type)
        if field.name.endswith("_us"):
            fields[name] = INSTANTS if declared == "int" else st.none() | INSTANTS
        elif declared == "int":
            fields[name] = st.integers(LEAST.get(name, -(2**63)), 2**63 - 1)
        elif declared == "bool":
            fields[name] = st.booleans()
        elif declared == "TicketId" or name == "state":
            fields[name] = TICKETS
        else:
            fields[name] = PEOPLE if declared == "PersonId" else st.text(max_size=20)
    return st.builds(kind, **fields)


class TestR7Payloads:
    """R7. Payloads from outside pass a strict codec; old payloads keep loading."""

    @given(st.sampled_from(EVENT_TYPES).flatmap(values_of))
    def test_event_is_equal_when_written_and_read(self, event: TicketEvent) -> None:
        """Any event of any type, with any text that UTF-8 can hold."""
        assert decode_event(encode_event(event)) == event

    @given(
        st.sampled_from([kind for kind in COMMAND_TYPES if kind is not ExcludeTime]).flatmap(
            values_of
        )
    )
    def test_command_is_equal_when_written_and_read(self, command: Command) -> None:
        """Any command of any type; ExcludeTime has its own, because its ends have an order."""
        assert decode_command(encode_command(command)) == command

    @given(st.lists(INSTANTS, min_size=2, max_size=2, unique=True).map(sorted))
    def test_excluded_span_is_equal_when_written_and_read(self, ends: list[Any]) -> None:
        """A span ends after its start."""
        command = ExcludeTime(ticket_id="INC-1", start_at=ends[0], end_at=ends[1])  # type: ignore[arg-type]
        assert decode_command(encode_command(command)) == command

    @given(PEOPLE, st.frozensets(st.text(max_size=9), max_size=5), st.booleans())
    def test_actor_is_equal_when_written_and_read(
        self, person: str, roles: frozenset[str], automatic: bool
    ) -> None:
        """Whatever the order in which a set gives its members."""
        actor = Actor(person_id=person, roles=roles, automatic=automatic)  # type: ignore[arg-type]
        assert decode_actor(encode_actor(actor)) == actor

    @given(st.recursive(st.booleans() | st.text() | st.none(), st.lists, max_leaves=20))
    def test_values_are_those_of_the_json_module_when_the_text_is_clean(self, value: Any) -> None:
        """Strictness takes nothing away from what is plain."""
        assert read_json(json.dumps(value)) == json.loads(json.dumps(value))


class TestFuzz:
    """R7. A document changed at random is refused by a typed error, or is what it says."""

    def test_documents_are_refused_or_read_alike_when_changed_at_random(self) -> None:
        """Some of either kind, so that the test could fail both ways."""
        result = fuzz(documents=4000, policies=60)
        assert result.problems == {}
        assert sum(result.accepted.values()) > 100
        assert sum(result.refused.values()) > 1000
        assert result.accepted.keys() | result.refused.keys() > {"event", "command", "lifecycle"}

    def test_change_is_the_same_when_the_seed_is(self) -> None:
        """What is found can be replayed."""
        sample = ENTRIES[0].samples[0].text
        first, second = (mutated(random.Random(7), sample, sample) for _ in range(2))
        assert first == second != sample

    @pytest.mark.parametrize(
        ("read", "write", "problem"),
        [
            (lambda _: 1 // 0, lambda value: value, "raises ZeroDivisionError"),
            (lambda _: {"n": 1, "version": 1}, dict, "accepted, but written as"),
            (lambda _: object(), lambda _: {"n": 1}, "accepted, but written it is read as"),
        ],
    )
    def test_problem_is_seen_when_a_reader_is_careless(
        self, read: Any, write: Any, problem: str
    ) -> None:
        """The run notices a leak, and a value that is not what the document says."""
        careless = attrs.evolve(ENTRIES[0], read=read, write=write)
        found = outcome(FuzzCase(entry=careless, text='{"n": 1.0, "version": 1}'))
        assert problem in found[1]
