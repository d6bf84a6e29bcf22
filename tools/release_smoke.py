"""Try an installed itsm_core as a newcomer would; only the standard library is needed.

    python release_smoke.py PAGE.md VERSION

runs the Python blocks of a page as printed, and a few commands, in the current folder. It is run by
`tools.release_check` with the Python of a clean environment, outside of the repository.
"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_page(page: Path) -> int:
    """Run every Python block of a page in one namespace; return the number of examples that ran.

    Raises:
        AssertionError: an example does not give what the page shows, or the page has none.
    """
    names: dict[str, object] = {}
    runner = doctest.DocTestRunner(optionflags=doctest.REPORT_NDIFF)
    for number, block in enumerate(_BLOCK.findall(page.read_text(encoding="utf-8")), 1):
        if block.startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(block, names, f"block {number}", None, 0)
            runner.run(test, clear_globs=False)
            names = test.globs
        else:
            exec(compile(block, f"{page.name}, block {number}", "exec"), names)  # noqa: S102
    if runner.failures or not runner.tries:
        raise AssertionError(f"{page.name}: {runner.failures} of {runner.tries} examples failed")
    return runner.tries


def command(*arguments: str) -> str:
    """Run `itsm-core` of this environment and return what it prints.

    Raises:
        AssertionError: it ends with another code than 0.
    """
    program = Path(sys.executable).with_name("itsm-core")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"itsm-core {' '.join(arguments)}: {done.returncode}\n{done.stderr}")
    return done.stdout


def main(page: str, version: str) -> int:
    """Run all; say in one line what was tried."""
    import itsm_core

    place = Path(itsm_core.__file__)
    if not place.is_relative_to(sys.prefix):
        raise AssertionError(f"not the installed package: {place}")
    if metadata.version("itsm-core") != version:
        raise AssertionError(f"version {metadata.version('itsm-core')} instead of {version}")
    if not resources.files("itsm_core").joinpath("py.typed").is_file():
        raise AssertionError("py.typed is not installed: type checkers would see no types")
    examples = run_page(Path(page))
    if version not in command("--version"):
        raise AssertionError(f"itsm-core --version does not say {version}")
    if "zone" not in command("explain", "naive-datetime"):
        raise AssertionError("itsm-core explain naive-datetime explains nothing")
    command("demo", "--tickets", "200", "--report", "demo.html")
    size = Path("demo.html").stat().st_size
    if not 10_000 < size < 1_000_000:
        raise AssertionError(f"the demo wrote a page of {size} bytes")
    print(f"{examples} examples of {Path(page).name}, 3 commands, a demo of {size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
