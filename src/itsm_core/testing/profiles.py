"""How long tests look: three profiles, by name, for Hypothesis and for the laws alike.

`pytest --itsm-profile fast|balanced|thorough` picks one; see `pytest_plugin`.
"""

from __future__ import annotations

from typing import Final

import attrs

from itsm_core.errors import InvalidValue, did_you_mean

__all__ = ["PROFILES", "Profile", "load_profile", "profile"]


@attrs.frozen(kw_only=True)
class Profile:
    """Hold how many examples a test tries, and what that is meant for.

    >>> for each in PROFILES:
    ...     print(f"{each.name}: {each.examples} examples, {each.purpose}")
    fast: 20 examples, at every save
    balanced: 100 examples, at every commit
    thorough: 2000 examples, at night, or before a release
    """

    name: str
    examples: int
    purpose: str


PROFILES: Final = (
    Profile(name="fast", examples=20, purpose="at every save"),
    Profile(name="balanced", examples=100, purpose="at every commit"),
    Profile(name="thorough", examples=2_000, purpose="at night, or before a release"),
)
"""The profiles, the quickest first."""


def profile(name: str) -> Profile:
    """Return the profile of a name.

    Raises:
        InvalidValue: there is none; the nearest name is suggested.

    >>> profile("fast").examples
    20
    """
    for each in PROFILES:
        if each.name == name:
            return each
    known = [each.name for each in PROFILES]
    remedy = f"use one of {', '.join(known)}{did_you_mean(name, known)}"
    raise InvalidValue("no such profile", name, remedy)


def load_profile(name: str) -> Profile:
    """Let Hypothesis try as many examples as a profile says, in the tests that come; return it.

    There is no deadline: the first question to a calendar compiles its year. Everything else stays
    as the settings in force have it.

    Raises:
        InvalidValue: there is no such profile.
        ModuleNotFoundError: hypothesis is not installed (`itsm_core[testing]`).

    >>> from hypothesis import settings
    >>> before = settings.get_current_profile_name()
    >>> load_profile("fast").purpose
    'at every save'
    >>> settings().max_examples
    20
    >>> settings.load_profile(before)
    """
    from hypothesis import settings  # deferred: laws have profiles without it

    found = profile(name)
    settings.register_profile(f"itsm-{name}", max_examples=found.examples, deadline=None)
    settings.load_profile(f"itsm-{name}")
    return found
