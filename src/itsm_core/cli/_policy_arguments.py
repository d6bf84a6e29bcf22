"""The options of `itsm-core policy`, apart from what they need: every command reads them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["SKETCH", "add_policy"]

SKETCH: Final[Mapping[str, str]] = {
    "impact": "one of the matrix, such as high",
    "urgency": "one of the matrix",
    "priority": "instead of impact and urgency: the first cell that gives it",
    "service": "",
    "category": "",
    "channel": "",
    "group": "",
    "requester": "",
    "ticket_type": "such as incident",
    "configuration_item_id": "",
}
"""What `policy explain` can be told of a ticket, and what helps to write it."""

_POLICY: Final = "FILE|NAME"


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    commands = parser.add_subparsers(dest="policy_command", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="find what is wrong, and what is hardly meant")
    check.add_argument("policies", nargs="+", metavar=_POLICY)
    check.add_argument("--strict", action="store_true", help="warnings count like errors")
    _add_format(check, ("text", "json", "sarif"))
    explain = commands.add_parser("explain", help="say in words what it promises")
    explain.add_argument("policy", metavar=_POLICY)
    for name, text in SKETCH.items():
        explain.add_argument(f"--{name.replace('_', '-')}", default="", help=text)
    explain.add_argument("--at", default="", metavar="INSTANT", help="when the ticket is opened")
    explain.add_argument("--zone", default="", help="in which --at is written, and results shown")
    _add_format(explain, ("text", "json"))
    test = commands.add_parser("test", help="run a file of expectations")
    test.add_argument("expectations", nargs="+", metavar="FILE", type=Path)
    test.add_argument("--policy", default="", metavar=_POLICY, help="instead of the file's own")
    _add_format(test, ("text", "json", "sarif"))
    diff = commands.add_parser("diff", help="say what another policy changes, and for whom")
    diff.add_argument("old", metavar="OLD")
    diff.add_argument("new", metavar="NEW")
    diff.add_argument("--log", type=Path, metavar="LOG", help="compare on the tickets of a log")
    diff.add_argument("--mapping", default="", metavar=_POLICY, help="how the log is to be read")
    diff.add_argument("--as-of", default="", metavar="INSTANT", help="default: the log's end")
    _add_format(diff, ("text", "json"))
    commands.add_parser("schema", help="print the JSON Schema of the format, for editors")


def _add_format(parser: argparse.ArgumentParser, formats: tuple[str, ...]) -> None:
    parser.add_argument("--format", choices=formats, default="text", help="default: text")
