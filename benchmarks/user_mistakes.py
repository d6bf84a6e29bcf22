"""The mistakes of users that the shipped laws must find, told one after the other.

They are written in `tests/golden/user_mistakes`; `python -m benchmarks.user_mistakes` prints what
each is told as, to be read by a person.
"""

from __future__ import annotations

from tests.golden.user_mistakes.table import MISTAKES, Found, Mistake, found

__all__ = ["MISTAKES", "Found", "Mistake", "found"]


def _show() -> None:
    for mistake in MISTAKES:
        error, seconds = found(mistake)
        print(f"== {mistake.name}: {(mistake.test.__doc__ or '').strip()} ({seconds:.2f} s)")
        print(error or "NOT FOUND")
        print()


if __name__ == "__main__":
    _show()
