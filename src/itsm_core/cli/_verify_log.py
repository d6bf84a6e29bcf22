"""`itsm-core verify-log`: check a SQLite log against its chain and heads that were kept."""

from __future__ import annotations

from os import SEEK_END
from pathlib import Path
from typing import Final

from itsm_core.adapters.chain import LogCheck, LogHead
from itsm_core.adapters.sqlite import verify_log
from itsm_core.cli._output import say
from itsm_core.errors import InvalidValue

__all__ = ["check_file"]

_SOUND, _FAULTY = 0, 1
_SHOWN: Final = 20


def check_file(log: Path, heads: Path | None, *, keep: bool) -> int:
    """Check a file and say what was found; return 0 if it is sound, 1 if it is not.

    With `keep`, the head of a sound log is added to the file of heads, which is made if there is
    none.

    Raises:
        ItsmError: the log cannot be read, or the file of heads holds something else.
    """
    if keep and heads is None:
        raise InvalidValue("--keep needs a file", "", "name it with --heads")
    known = _known(heads, may_be_new=keep) if heads is not None else []
    found = verify_log(log, known)
    say(_told(log, found))
    if found.faults:
        return _FAULTY
    say(f"head: {found.head}")
    if keep and heads is not None and found.head not in known:
        _add(heads, found.head)
    return _SOUND


def _told(log: Path, found: LogCheck) -> str:
    """Return what was found, in words; of many faults the first twenty."""
    head = found.head
    lines = [f"{log}: {head.count:,} events"]
    if head.erasures:
        parts = f"{found.erased_parts:,} parts"
        lines[0] += f", {head.erasures:,} erasures that took {parts}"
    lines += [f"  {fault}" for fault in found.faults[:_SHOWN]]
    if len(found.faults) > _SHOWN:
        lines.append(f"  and {len(found.faults) - _SHOWN:,} more faults")
    if found.heads:
        lines.append(f"  compared with {found.heads:,} heads that were kept")
    else:
        lines.append(
            "  no head was kept: an end that was cut off, or a chain made anew, does not show"
        )
    lines.append("the log is NOT as it was written" if found.faults else "the log is sound")
    return "\n".join(lines)


def _known(path: Path, *, may_be_new: bool) -> list[LogHead]:
    """Return the heads in a file, a line each; what begins with # is a remark.

    Raises:
        InvalidValue: the file cannot be read, or a line is no head.
    """
    try:
        if may_be_new and not path.exists():
            return []
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        remedy = "name a text file with a head a line, as verify-log prints them"
        raise InvalidValue(f"--heads cannot be read: {error}", str(path), remedy) from error
    words = (line.strip() for line in lines)
    return [LogHead.parse(line) for line in words if line and not line.startswith("#")]


def _add(path: Path, head: LogHead) -> None:
    try:
        with path.open("a+b") as file:
            # A file that somebody edited may end within its last line.
            file.seek(max(0, file.seek(0, SEEK_END) - 1))
            gap = b"" if file.read() in {b"", b"\n"} else b"\n"
            file.write(gap + f"{head}\n".encode())
    except OSError as error:
        remedy = "name a file that can be written to"
        raise InvalidValue(f"--heads cannot be written: {error}", str(path), remedy) from error
