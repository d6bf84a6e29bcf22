"""Certify a store without a test framework: run a contract suite and say what it found.

pytest collects a suite as it is; this is for a script, a notebook or a start-up check.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast
from unittest import SkipTest

import attrs

from itsm_core.testing.contract import CONTRACT_VERSION, Contract

__all__ = ["Certificate", "certify"]


@attrs.frozen(kw_only=True)
class Certificate:
    """Say which rules of a contract a store keeps.

    `skipped` rules are about what the store does not declare; a certificate says so and does not
    count them as kept. `broken` has a line on each rule that failed. All go by the test's name.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.definition_contract import DefinitionContract
    >>> class SortsVersions(MemoryStore):
    ...     def definition_versions(self, kind, name):
    ...         return tuple(sorted(super().definition_versions(kind, name)))
    >>> class TestSortsVersions(DefinitionContract):
    ...     def open_store(self):
    ...         return SortsVersions()
    >>> certificate = certify(TestSortsVersions)
    >>> certificate.is_certified, len(certificate.passed), *certificate.broken
    (False, 14, 'test_rule_305_versions_are_in_order_of_publication_when_listed')
    """

    suite: str
    contract_version: int
    passed: tuple[str, ...]
    skipped: Mapping[str, str] = attrs.field(hash=False)
    broken: Mapping[str, str] = attrs.field(hash=False)

    @property
    def is_certified(self) -> bool:
        """Tell whether at least one rule was kept and none was broken."""
        return bool(self.passed) and not self.broken

    def explain(self) -> str:
        """Return the finding in one line, and one more for each rule skipped or broken."""
        verdict = "certified" if self.is_certified else "NOT certified"
        counts = f"{len(self.passed)} kept, {len(self.skipped)} skipped, {len(self.broken)} broken"
        lines = [f"{self.suite}: {verdict}, contract version {self.contract_version}: {counts}"]
        lines += [f"skipped {name}: {why}" for name, why in self.skipped.items()]
        lines += [f"broken {name}: {why}" for name, why in self.broken.items()]
        return "\n".join(lines)


def certify(suite: type[Contract]) -> Certificate:
    """Run every rule of a suite, each on a store of its own, and return what was found.

    It runs what `setup_method`, the tests and `teardown_method` do; fixtures of pytest are not
    known here. A store that hangs hangs this too.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.definition_contract import DefinitionContract
    >>> class TestMine(DefinitionContract):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> certify(TestMine).is_certified
    True
    """
    passed: list[str] = []
    skipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    for name in sorted(one for one in dir(suite) if one.startswith("test_")):
        try:
            run_rule(suite, name)
        except SkipTest as skip:
            skipped[name] = str(skip)
        except Exception as error:  # noqa: BLE001 - whatever a store raises is the finding
            broken[name] = finding_of(suite, name, error)
        else:
            passed.append(name)
    return Certificate(
        suite=suite.__name__,
        contract_version=CONTRACT_VERSION,
        passed=tuple(passed),
        skipped=skipped,
        broken=broken,
    )


def run_rule(suite: type[Contract], name: str) -> None:
    """Run one rule of a suite on a store of its own; what it raises is the finding."""
    test = suite()
    test.setup_method()
    try:
        cast("Callable[[], object]", getattr(test, name))()
    finally:
        test.teardown_method()


def finding_of(suite: type[Contract], name: str, error: Exception) -> str:
    """Say which rule was broken, how, and where."""
    rule = str(getattr(suite, name).__doc__ or name).strip().splitlines()[0]
    last = traceback.extract_tb(error.__traceback__)[-1]
    what = str(error).partition("\n")[0] or (last.line or "")
    return f"{rule} ({type(error).__name__}: {what}; {Path(last.filename).name}:{last.lineno})"
