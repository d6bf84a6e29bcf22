"""The rules of a store of definitions as tests, from 301 on (law R2)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol, cast

from itsm_core.errors import AlreadyExists, InvalidValue, NotFound, StoreUnavailable
from itsm_core.ports import Definition, DefinitionStore, EventStore
from itsm_core.testing.contract import ODD, Contract, refusal

__all__ = ["CatalogueStore", "DefinitionContract", "DurableDefinitionContract"]


class CatalogueStore(EventStore, DefinitionStore, Protocol):
    """Keep definitions beside the events that they were applied to.

    A version that tickets were judged by stays as it is:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> store: CatalogueStore = MemoryStore()
    >>> store.publish([_gold("1", '{"hours": 4}'), _gold("2", '{"hours": 8}')])
    2
    >>> store.publish([_gold("1", '{"hours": 6}')])
    Traceback (most recent call last):
    itsm_core.errors.AlreadyExists: ...
    >>> store.definition("agreement", "gold", "1").document
    '{"hours":4}'
    """


def _gold(version: str = "1", document: str = "{}", *, name: str = "gold") -> Definition:
    return Definition(kind="agreement", name=name, version=version, document=document)


class DefinitionContract(Contract):
    """Hold what every store of definitions must do: what was published stays as it is.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> import attrs
    >>> class FoldsCase(MemoryStore):
    ...     def publish(self, definitions):
    ...         return super().publish(attrs.evolve(d, name=d.name.lower()) for d in definitions)
    >>> class TestFoldsCase(DefinitionContract):
    ...     def open_store(self):
    ...         return FoldsCase()
    >>> for rule in certify(TestFoldsCase).broken:
    ...     print(rule)
    test_rule_308_definitions_are_apart_when_names_differ_a_little
    test_rule_313_argument_is_refused_when_it_is_of_another_type
    """

    @abstractmethod
    def open_store(self) -> CatalogueStore:
        """Return a store that holds nothing yet."""

    @property
    def catalogue(self) -> CatalogueStore:
        """Return the store of this test."""
        return cast("CatalogueStore", self.opened)

    def _versions(self) -> tuple[str, ...]:
        return self.catalogue.definition_versions("agreement", "gold")

    def test_rule_301_definition_comes_back_when_published(self) -> None:
        """Rule 301: what was published is found under its kind, name and version."""
        assert self.catalogue.publish([_gold("1", '{"hours": 4}')]) == 1
        assert self.catalogue.definition("agreement", "gold", "1") == _gold("1", '{"hours":4}')

    def test_rule_302_nothing_is_new_when_published_again(self) -> None:
        """Rule 302: publishing at every start is harmless."""
        self.catalogue.publish([_gold()])
        assert (self.catalogue.publish([_gold()]), self._versions()) == (0, ("1",))

    def test_rule_303_version_is_refused_when_its_document_is_another(self) -> None:
        """Rule 303: a version that tickets were judged by is not changed."""
        self.catalogue.publish([_gold("1", "1")])
        refusal(AlreadyExists, lambda: self.catalogue.publish([_gold("1", "2")]))
        assert self.catalogue.definition("agreement", "gold", "1").document == "1"

    def test_rule_304_nothing_is_published_when_one_is_refused(self) -> None:
        """Rule 304: all of a call or nothing."""
        self.catalogue.publish([_gold("1", "1")])
        both = [_gold("2", "2"), _gold("1", "2")]
        refusal(AlreadyExists, lambda: self.catalogue.publish(both))
        assert self._versions() == ("1",)

    def test_rule_305_versions_are_in_order_of_publication_when_listed(self) -> None:
        """Rule 305: the last one is the newest, whatever its name is."""
        self.catalogue.publish([_gold("9"), _gold("10")])
        self.catalogue.publish([_gold("2")])
        assert self._versions() == ("9", "10", "2")

    def test_rule_306_versions_are_none_when_the_name_is_unknown(self) -> None:
        """Rule 306: a name without versions is no error."""
        self.catalogue.publish([_gold()])
        assert self.catalogue.definition_versions("agreement", "silver") == ()
        assert self.catalogue.definition_versions("calendar", "gold") == ()

    def test_rule_307_definition_is_not_found_when_never_published(self) -> None:
        """Rule 307: the error names what was asked for."""
        self.catalogue.publish([_gold()])
        error = refusal(NotFound, lambda: self.catalogue.definition("agreement", "gold", "2"))
        assert (error.kind, error.key) == ("agreement", "gold 2")

    def test_rule_308_definitions_are_apart_when_names_differ_a_little(self) -> None:
        """Rule 308: names are compared exactly."""
        names = ("gold", "Gold", "gold ", "g%", "é", "e\u0301", ODD)
        assert self.catalogue.publish(_gold(name=name) for name in names) == len(names)

    def test_rule_309_definitions_are_apart_when_their_names_join_to_one_text(self) -> None:
        """Rule 309: kind, name and version are three names."""
        triples = (("a", "b", "cd"), ("a", "bc", "d"), ("ab", "c", "d"), ("a", "b:c", "d"))
        made = [Definition(kind=k, name=n, version=v, document='"x"') for k, n, v in triples]
        assert self.catalogue.publish(made) == 4
        assert [self.catalogue.definition(*each) for each in triples] == made

    def test_rule_310_document_comes_back_when_it_is_long_and_odd(self) -> None:
        """Rule 310: a million characters, of four bytes each."""
        long = _gold("1", f'"{"🚒" * 1_000_000}"')
        self.catalogue.publish([long])
        assert self.catalogue.definition("agreement", "gold", "1") == long

    def test_rule_311_definition_is_the_same_when_only_blanks_differ(self) -> None:
        """Rule 311: a document is its JSON, not its layout."""
        self.catalogue.publish([_gold("1", '{"a":1}')])
        assert self.catalogue.publish([_gold("1", '{ "a" : 1 }\n')]) == 0

    def test_rule_312_version_is_refused_when_a_call_gives_it_two_documents(self) -> None:
        """Rule 312: within one call too."""
        both = [_gold("1", "1"), _gold("1", "2")]
        refusal(AlreadyExists, lambda: self.catalogue.publish(both))
        assert self._versions() == ()

    def test_rule_313_argument_is_refused_when_it_is_of_another_type(self) -> None:
        """Rule 313: what the types forbid is refused at run time as well."""
        store = self.catalogue
        calls: tuple[Callable[[], object], ...] = (
            partial(store.publish, cast("list[Definition]", None)),
            partial(store.publish, cast("list[Definition]", ["gold"])),
            partial(store.definition, "", "gold", "1"),
            partial(store.definition, "agreement", "gold", cast("str", 1)),
            partial(store.definition_versions, "agreement", "\0"),
        )
        for call in calls:
            refusal(InvalidValue, call)

    def test_rule_314_store_is_unavailable_when_closed(self) -> None:
        """Rule 314: a closed store raises StoreUnavailable."""
        self.catalogue.close()
        refusal(StoreUnavailable, lambda: self.catalogue.publish([_gold()]))
        refusal(StoreUnavailable, lambda: self.catalogue.definition("a", "b", "c"))
        refusal(StoreUnavailable, lambda: self.catalogue.definition_versions("a", "b"))

    def test_rule_315_definition_is_new_once_when_threads_publish_it(self) -> None:
        """Rule 315: of workers that start at once one publishes."""
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(lambda: self.catalogue.publish([_gold()])) for _ in range(8)]
            counted = [one.result() for one in running]
        assert (sum(counted), self._versions()) == (1, ("1",))


class DurableDefinitionContract(DefinitionContract):
    """Add what a store of definitions must do that outlives the object.

    `open_store` opens the same place every time during one test. A store in memory has none:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestInMemory(DurableDefinitionContract):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> print(*certify(TestInMemory).broken)
    test_rule_316_definitions_are_there_when_reopened
    """

    def test_rule_316_definitions_are_there_when_reopened(self) -> None:
        """Rule 316: documents and their order outlive the object."""
        self.catalogue.publish([_gold("b"), _gold("a")])
        self.reopen()
        assert self._versions() == ("b", "a")
        refusal(AlreadyExists, lambda: self.catalogue.publish([_gold("a", "1")]))
        assert self.catalogue.publish([_gold("c")]) == 1
        assert self._versions() == ("b", "a", "c")
