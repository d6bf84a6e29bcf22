"""The examples: each runs as a user would run it, those on servers with a real one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import Server, postgresql, redis_server

__all__ = ["postgresql", "redis_server"]

FOLDER = Path(__file__).resolve().parents[2] / "examples"
EXAMPLES = sorted(FOLDER.glob("[0-9]*.py"))

ON_SERVERS = {
    "21_desk_on_redis.py": [("redis_server", "redis")],
    "22_fastapi_desk.py": [("postgresql", "postgresql+asyncpg")],
    "23_django_desk.py": [("postgresql", "postgresql")],
}
"""What an example is given: the address of a server, under the scheme that it reads."""

CERTIFIED = {"20_json_lines_store.py": "JsonLines", "23_django_desk.py": "OnThisDatabase"}
"""Those that certify a store of theirs without a server; the Django project brings SQLite."""

ALONE = [one for one in EXAMPLES if one.name not in {*ON_SERVERS, *CERTIFIED}]
"""Those that run without a server."""


def run(example: Path, folder: Path, *arguments: str, seconds: int = 60) -> str:
    """Run an example in a folder and return what it printed; it complains about nothing."""
    command = [sys.executable, "-W", "error", str(example), *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


@pytest.mark.parametrize("example", ALONE, ids=lambda path: path.name)
def test_example_ends_well_when_run_in_an_empty_folder(example: Path, tmp_path: Path) -> None:
    """An example prints something, complains about nothing and needs no file of its own."""
    assert run(example, tmp_path)


@pytest.mark.parametrize(
    ("name", "server", "scheme"),
    [(name, *each) for name, places in ON_SERVERS.items() for each in places],
)
def test_example_ends_well_when_given_a_server(
    name: str, server: str, scheme: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """An example that certifies its store breaks no rule on the real server."""
    found: Server = request.getfixturevalue(server)
    url = f"{scheme}://{found.url.partition('://')[2]}"
    assert run(FOLDER / name, tmp_path, url, seconds=180)


@pytest.mark.parametrize("name", ["21_desk_on_redis.py", "22_fastapi_desk.py"])
def test_example_says_what_it_needs_when_given_no_server(name: str, tmp_path: Path) -> None:
    """It ends with a sentence, not with a traceback."""
    command = [sys.executable, "-W", "error", str(FOLDER / name)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("say where ")


@pytest.mark.parametrize(("name", "store"), CERTIFIED.items())
def test_store_of_the_example_is_certified_when_run(name: str, store: str, tmp_path: Path) -> None:
    """The certificate is in what it prints (law R5); nothing was skipped and nothing broken."""
    told = run(FOLDER / name, tmp_path, seconds=180)
    assert f"{store}: certified" in told
    assert " 0 skipped, 0 broken" in told


def test_tables_are_those_of_the_models_when_the_project_is_asked(tmp_path: Path) -> None:
    """A model that was changed without a migration is found."""
    manage = FOLDER / "django_desk" / "manage.py"
    command = [sys.executable, str(manage), "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "No changes detected")


def test_examples_are_there_when_listed() -> None:
    """The tests above ran something, and what they are given servers for exists."""
    assert EXAMPLES
    assert {*ON_SERVERS, *CERTIFIED} <= {one.name for one in EXAMPLES}
