"""What is found wrong with a lifecycle: a fault that names state, transition and story."""

from __future__ import annotations

import attrs

from itsm_core.errors import Fault


@attrs.frozen
class Finding(Fault):
    """One thing that is wrong with a lifecycle, and how a ticket gets there.

    `state` and `trigger` name the place; `story` is the shortest way from opening to it, one
    `trigger -> state` a step. A state that no story reaches has none.

    >>> Finding("no-states", "has no states").code
    'no-states'
    """

    state: str = ""
    trigger: str = ""
    story: tuple[str, ...] = ()
