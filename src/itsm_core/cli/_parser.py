"""An argument parser that tells of a slip what the command knows, and what was meant."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from itsm_core.errors import did_you_mean

__all__ = ["Parser"]


class Parser(argparse.ArgumentParser):
    """Refuse what it does not know by itself, with its own usage; commands below it do the same.

    argparse leaves that to the outermost parser, whose usage knows no option of the command. A
    command that takes `names` may have more of them behind its options; those it hands on.
    """

    def parse_known_args(  # type: ignore[override]  # its overloads are about the namespace alone
        self,
        args: Sequence[str] | None = None,
        namespace: Any = None,  # noqa: ANN401 - as argparse declares it
    ) -> tuple[Any, list[str]]:
        """Return the arguments and the names that are left; end the process with 2 if unknown."""
        chosen, rest = super().parse_known_args(args, namespace)
        takes_names = hasattr(chosen, "names")
        if rest and (not takes_names or any(each.startswith("-") for each in rest)):
            self.error(f"unrecognized arguments: {' '.join(rest)}{self._meant(rest)}")
        return chosen, rest

    def _meant(self, rest: Sequence[str]) -> str:
        """Return the option that the first unknown one is a slip of, if there is one."""
        slips = [each.partition("=")[0] for each in rest if each.startswith("--")]
        return did_you_mean(slips[0], self._option_string_actions) if slips else ""
