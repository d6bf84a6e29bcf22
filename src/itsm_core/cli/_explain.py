"""`itsm-core explain CODE`: what an error code means, why we refuse, and what to do about it.

The texts are in `explanations.toml` beside this module. They speak to somebody who has a file to
correct; the docstrings of the error classes speak to programmers, and are told below them.
"""

from __future__ import annotations

import inspect
import textwrap
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import attrs

from itsm_core.errors import InvalidValue, ItsmError, did_you_mean

__all__ = ["Explanation", "explain", "explanations"]

_WIDTH = 88


@attrs.frozen
class Explanation:
    """Hold what is said about one code: two or three sentences, and an example.

    `file` is the same in a policy file, where the example is Python.
    """

    text: str
    example: str
    file: str = ""


@cache
def explanations() -> dict[str, Explanation]:
    """Return every explanation by its code, sorted."""
    source = files("itsm_core.cli") / "explanations.toml"
    found = tomllib.loads(source.read_text(encoding="utf-8"))
    return {code: Explanation(**found[code]) for code in sorted(found)}


def explain(code: str) -> str:
    """Return what a code means; without a code, the first sentence of each.

    Raises:
        InvalidValue: nobody uses this code; the nearest one is suggested.
    """
    known = explanations()
    if not code:
        width = max(map(len, known))
        return "\n".join(
            f"{name:<{width}}  {each.text.partition('. ')[0].rstrip('.')}."
            for name, each in known.items()
        )
    if code not in known:
        remedy = f"`itsm-core explain` lists all of them{did_you_mean(code, known)}"
        raise InvalidValue("no such error code", code, remedy)
    parts = [
        textwrap.fill(f"{code}: {known[code].text}", _WIDTH),
        f"Example:\n  {known[code].example}",
    ]
    if known[code].file:
        parts.append(f"In a policy file:\n  {known[code].file}")
    error = next((each for each in _errors(ItsmError) if each.code == code), None)
    if error is not None:
        bases = " > ".join(base.__name__ for base in reversed(_ours(error)))
        summary = (inspect.getdoc(error) or "").splitlines()[:1]
        parts.append("\n".join([f"In Python: {bases}", *(f"  {line}" for line in summary)]))
    return "\n\n".join(parts)


def _errors(base: type[ItsmError]) -> Iterator[type[ItsmError]]:
    """Yield an error class and everything derived from it."""
    yield base
    for derived in base.__subclasses__():
        yield from _errors(derived)


def _ours(error: type[ItsmError]) -> list[type[ItsmError]]:
    return [base for base in error.__mro__ if issubclass(base, ItsmError)]
