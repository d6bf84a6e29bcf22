"""The command line: replay logs, tell who acts next, find problems, measure, look after policies.

Exit codes: 0 done; 2 the input or the arguments are wrong, said in one message, and nothing was
written; 1 anything that we did not foresee, and what `policy check`, `policy test` and
`verify-log` found.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from itsm_core.cli._output import harmless, say
from itsm_core.cli._parser import Parser
from itsm_core.cli._policy_arguments import add_policy
from itsm_core.errors import ItsmError

__all__ = ["main"]

DONE, UNFORESEEN, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code; `argv` defaults to the process's arguments.

    Wrong arguments end the process with code 2, as argparse does.

    >>> from itsm_core.cli import main
    >>> main(["policy", "check", "demo"])
    1 policy: nothing found
    0
    >>> main(["explain", "no-such-code"])  # says why on standard error
    2
    """
    _open_streams()
    try:
        return _run(_arguments(argv))
    except ItsmError as error:
        with suppress(OSError):  # a closed error stream leaves the exit code, which is enough
            print(f"itsm-core: {harmless(str(error))}", file=sys.stderr)
            print(f"(itsm-core explain {error.code} says more)", file=sys.stderr, flush=True)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("itsm-core: interrupted, nothing was written", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the last line of defence shows everything it knows
        traceback.print_exc()
        print("itsm-core: this is a fault of itsm-core; please report it", file=sys.stderr)
        return UNFORESEEN


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments; names of metrics may also stand behind options.

    argparse takes all positional arguments of a command at their first chance, and calls the names
    behind `--mapping FILE` unrecognized.
    """
    chosen, rest = _parser().parse_known_args(argv)
    if rest:
        chosen.names = [*chosen.names, *rest]
    return chosen


def _open_streams() -> None:
    """Give the process streams to write to if it was started without (`>&-`).

    Python then has None in their place, which its types do not tell.
    """
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end


def _run(chosen: argparse.Namespace) -> int:
    """Call the command and return the exit code; each is imported only when it is asked for."""
    match chosen.command:
        case "replay":
            _run_replay(chosen)
        case "next":
            _run_next(chosen)
        case "demo":
            from itsm_core.cli._demo import demo

            demo(seed=chosen.seed, tickets=chosen.tickets, page=chosen.report, file=chosen.store)
        case "problems":
            _run_problems(chosen)
        case "metrics":
            from itsm_core.cli._metrics import metrics, metrics_asked

            metrics(metrics_asked(chosen))
        case "policy":
            from itsm_core.cli._policy import run_policy

            return run_policy(chosen)
        case "verify-log":
            from itsm_core.cli._verify_log import check_file

            return check_file(chosen.log, chosen.heads, keep=chosen.keep)
        case "export":
            _run_export(chosen)
        case "schema":
            from itsm_core.cli._export import schema

            schema(chosen.of)
        case "explain":
            from itsm_core.cli._explain import explain

            say(explain(chosen.code))
        case _:
            say(_parser().format_help(), end="")
    return DONE


def _run_replay(chosen: argparse.Namespace) -> None:
    from itsm_core.cli._replay import Replay, replay

    replay(
        Replay(
            log=chosen.log,
            mapping=chosen.mapping,
            policy=chosen.policy,
            report=chosen.report,
            json=chosen.json,
            markdown=chosen.markdown,
            openmetrics=chosen.openmetrics,
            store=chosen.store,
            hourly=chosen.hourly,
            as_of=chosen.as_of,
        )
    )


def _run_next(chosen: argparse.Namespace) -> None:
    from itsm_core.cli._next import Next, next_of_log

    next_of_log(
        Next(
            log=chosen.log,
            mapping=chosen.mapping,
            policy=chosen.policy,
            as_of=chosen.as_of,
            most=chosen.most,
            json=chosen.json,
        )
    )


def _run_problems(chosen: argparse.Namespace) -> None:
    from itsm_core.cli._problems import Problems, problems

    problems(
        Problems(
            log=chosen.log,
            mapping=chosen.mapping,
            pages=chosen.pages,
            hourly=chosen.hourly,
            working=chosen.working,
            after_hours=chosen.after_hours,
            minimum_hours=chosen.minimum_hours,
            as_of=chosen.as_of,
        )
    )


def _run_export(chosen: argparse.Namespace) -> None:
    from itsm_core.cli._export import Export, export

    export(
        Export(
            log=chosen.log,
            mapping=chosen.mapping,
            policy=chosen.policy,
            ocel=chosen.ocel,
            xes=chosen.xes,
            csv=chosen.csv,
            cloud_events=chosen.cloud_events,
            source=chosen.source,
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="itsm-core", description="Judge service desks by what they promised.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_replay(commands.add_parser("replay", help="judge a real log by a policy"))
    _add_next(commands.add_parser("next", help="tell who must act next in a log, and by when"))
    show = commands.add_parser("demo", help="judge a simulated desk and write one HTML page")
    show.add_argument("--seed", type=int, default=1, help="another seed, another desk")
    show.add_argument("--tickets", type=int, default=2000, metavar="N")
    show.add_argument("--report", type=Path, default=Path("itsm-demo.html"), metavar="OUT.html")
    show.add_argument("--store", type=Path, metavar="DB", help="keep the events in this new file")
    _add_problems(commands.add_parser("problems", help="find what keeps coming back in a log"))
    _add_metrics(commands.add_parser("metrics", help="measure a log by named figures"))
    add_policy(commands.add_parser("policy", help="check, explain, test and compare policies"))
    _add_verify_log(commands.add_parser("verify-log", help="check that a log is as it was written"))
    _add_export(commands.add_parser("export", help="write events for process mining and others"))
    shape = commands.add_parser("schema", help="print the JSON Schema of events or commands")
    shape.add_argument("of", choices=("events", "commands"))
    code = commands.add_parser("explain", help="say what an error code means and what to do")
    code.add_argument("code", metavar="CODE", nargs="?", default="")
    return parser


class _Version(argparse.Action):
    """Print the version of the package; it is looked up only when asked for."""

    def __call__(
        self, parser: argparse.ArgumentParser, *_values: object, **_options: object
    ) -> None:
        from importlib.metadata import version

        say(f"itsm-core {version('itsm-core')}")
        parser.exit()


def _add_next(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Tell of each open ticket of a log who must act next, by when, and why; the earliest first."
    )
    parser.add_argument("log", type=Path, metavar="LOG", help="CSV, JSON or XES; also gzipped")
    parser.add_argument("--mapping", required=True, metavar="FILE|NAME")
    parser.add_argument("--policy", required=True, metavar="FILE|NAME")
    parser.add_argument("--as-of", metavar="INSTANT", help="default: the end of the log")
    parser.add_argument(
        "--most", type=int, default=30, metavar="N", help="print so many; default 30"
    )
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write every ticket's")


def _add_problems(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Find failures that recur more often than chance explains, with who saw them and what "
        "they cost. Without --hourly, work is counted in hours."
    )
    parser.add_argument("log", type=Path, metavar="LOG", help="CSV, JSON or XES; also gzipped")
    parser.add_argument("--mapping", required=True, metavar="FILE|NAME")
    parser.add_argument(
        "--pages", type=Path, metavar="DIR", help="write a page for each into this folder"
    )
    parser.add_argument("--hourly", metavar="'95 EUR'", help="what an hour of work costs")
    parser.add_argument(
        "--working", metavar="HOURS", help="working hours, e.g. 'Mo-Fr 08:00-18:00'; else always"
    )
    parser.add_argument(
        "--after-hours", default="1", metavar="RATIO", help="how much dearer other hours are: 1.5"
    )
    parser.add_argument(
        "--minimum-hours", default="0", metavar="N", help="the least that a call-out is charged"
    )
    parser.add_argument("--as-of", metavar="INSTANT", help="default: the end of the log")


def _add_metrics(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Measure a log by named definitions. Each figure stands beside the one that a dashboard "
        "would show. Without names, all of them; days begin in the zone of the mapping."
    )
    parser.add_argument("log", type=Path, metavar="LOG", help="CSV, JSON or XES; also gzipped")
    parser.add_argument("names", nargs="*", metavar="METRIC", help="e.g. resolved-within-24h")
    parser.add_argument("--mapping", required=True, metavar="FILE|NAME")
    parser.add_argument("--by", default="", metavar="PART", help="group, person, priority, ...")
    parser.add_argument("--from", dest="start", metavar="DAY", help="default: the first event")
    parser.add_argument("--to", dest="end", metavar="DAY", help="not in it; default: the last one")
    parser.add_argument(
        "--as-of", metavar="DAY", help="what happened later is not known; default: --to"
    )
    parser.add_argument(
        "--working", metavar="HOURS", help="count these hours, e.g. 'Mo-Fr 08:00-18:00'; else all"
    )
    parser.add_argument("--hourly", metavar="'95 EUR'", help="what an hour of work costs")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write every figure")


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Write the events of a log for other programs. LOG is a foreign log with --mapping, or "
        "without one a SQLite store, an .xes file or an OCEL file (.json) of itsm_core."
    )
    parser.add_argument("log", type=Path, metavar="LOG")
    parser.add_argument("--mapping", metavar="FILE|NAME")
    parser.add_argument("--policy", metavar="FILE|NAME", help="if its matrix gives the priorities")
    parser.add_argument("--ocel", type=Path, metavar="OUT.json", help="OCEL 2.0 as JSON")
    parser.add_argument("--xes", type=Path, metavar="OUT.xes", help="XES (IEEE 1849)")
    parser.add_argument("--csv", type=Path, metavar="OUT.csv", help="a row each, for spreadsheets")
    parser.add_argument(
        "--cloud-events", type=Path, metavar="OUT.jsonl", help="CloudEvents 1.0, one a line"
    )
    parser.add_argument("--source", default="", metavar="URI", help="the source of CloudEvents")


def _add_verify_log(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Check every event of a SQLite log against its chain, and the chain against heads that "
        "were kept elsewhere. Exit code 0: sound; 1: not, and where; 2: it cannot be read."
    )
    parser.add_argument("log", type=Path, metavar="DB")
    parser.add_argument("--heads", type=Path, metavar="FILE", help="heads kept earlier, one a line")
    parser.add_argument("--keep", action="store_true", help="add the head of a sound log to FILE")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Import a log by its mapping, report its data quality, judge every ticket by a policy. "
        "Mapping and policy are TOML files or names of bundled ones, such as servicenow_uci."
    )
    parser.add_argument("log", type=Path, metavar="LOG", help="CSV, JSON or XES; also gzipped")
    parser.add_argument("--mapping", required=True, metavar="FILE|NAME")
    parser.add_argument("--policy", required=True, metavar="FILE|NAME")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write one HTML page")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write every figure")
    parser.add_argument("--markdown", type=Path, metavar="OUT.md", help="write it as Markdown")
    parser.add_argument(
        "--openmetrics", type=Path, metavar="OUT.txt", help="write figures for a time series"
    )
    parser.add_argument("--store", type=Path, metavar="DB", help="keep the events in this new file")
    parser.add_argument(
        "--hourly", metavar="'95 EUR'", help="what an hour of work on a recurring failure costs"
    )
    parser.add_argument(
        "--as-of",
        metavar="INSTANT",
        help="judge as of this instant, e.g. 2016-06-01T00:00Z; default: the end of the log",
    )
