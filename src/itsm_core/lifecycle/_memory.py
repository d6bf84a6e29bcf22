"""What `decide` and `allowed` have worked out about a lifecycle, kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itsm_core.commands import Command
    from itsm_core.lifecycle._queries import Answers
    from itsm_core.lifecycle._usual import UsualMove


class Memory:
    """Hold what follows from a lifecycle alone, so that it is worked out once.

    It is no part of the value: not compared, not hashed, not written down, and a copy or a pickle
    begins with an empty one.
    """

    __slots__ = ("answers", "moves")

    def __init__(self) -> None:
        self.moves: dict[type[Command], dict[str, UsualMove]] = {}
        """By command and state."""
        self.answers: dict[tuple[str, frozenset[str]], Answers] = {}
        """By state and roles."""

    def __reduce__(self) -> tuple[type[Memory], tuple[()]]:
        return Memory, ()
