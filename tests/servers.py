"""Real servers for tests: each process of a test run starts its own once, and stops it in the end.

`run_postgresql`, `run_mariadb` and `run_redis` lend one for a `with` block, which may be killed and
started again (`Server.kill`, `Server.start`); the benchmarks use them too.

A fixture skips, with a reason, where the server's programs are not installed; under CI=true their
absence is a failure, so that a check cannot vanish without a word. Everything lies in a temporary
folder, on a free port of the loopback interface.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import pytest

__all__ = [
    "Server",
    "mariadb",
    "postgresql",
    "redis_server",
    "run_mariadb",
    "run_postgresql",
    "run_redis",
    "until_ready",
]

_WAIT_SECONDS: Final = 60.0
_POSTGRESQL_FOLDERS: Final = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt")


def _program(name: str, *folders: str) -> str:
    """Return the path of a program, or skip; fail where nothing may be skipped."""
    found = shutil.which(name, path=os.pathsep.join((*folders, os.environ.get("PATH", ""))))
    if found is None:
        reason = f"{name} is not installed; see CONTRIBUTING.md for the packages"
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, and {reason}")
        pytest.skip(reason)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@attrs.frozen
class _Identity:
    """Hold whom a server runs as; None is whoever runs the tests."""

    user: int | None = None
    group: int | None = None


_OURSELVES: Final = _Identity()


def _identity(user: str) -> _Identity:
    """Return how to run as `user`: root is refused by PostgreSQL and MariaDB."""
    if os.geteuid() != 0:
        return _OURSELVES
    import pwd

    found = pwd.getpwnam(user)
    return _Identity(found.pw_uid, found.pw_gid)


@contextmanager
def _folder(identity: _Identity) -> Generator[Path]:
    """Lend a folder that belongs to the server's user."""
    with tempfile.TemporaryDirectory(prefix="itsm-", ignore_cleanup_errors=True) as name:
        path = Path(name)
        if identity.user is not None and identity.group is not None:
            os.chown(path, identity.user, identity.group)
        yield path


def _run(command: Sequence[str], identity: _Identity) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        user=identity.user,
        group=identity.group,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")


@attrs.define
class Server:
    """Hold where a server is reached, how it is started, and its process.

    What it keeps lies in the folder of `log`, and is there again when it is started again.
    """

    url: str
    command: Sequence[str]
    port: int
    log: Path
    identity: _Identity = _OURSELVES
    process: subprocess.Popen[bytes] = attrs.field(init=False)

    def start(self) -> None:
        """Start it, and return when its port answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                user=self.identity.user,
                group=self.identity.group,
            )
        try:
            _wait(self.process, self.port, self.log)
        except BaseException:
            self.stop()
            raise

    def kill(self) -> None:
        """End it with SIGKILL, as when the machine runs out of memory."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Let it end, and kill it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


@contextmanager
def _running(server: Server) -> Generator[Server]:
    """Run a server until the end of a block."""
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}")


def _postgresql_folders() -> list[str]:
    """Return where packages put initdb, the newest version first."""
    found = [path for root in _POSTGRESQL_FOLDERS for path in Path(root).glob("*/bin")]
    return [str(path) for path in sorted(found, reverse=True)]


@contextmanager
def run_postgresql(**settings: str) -> Generator[Server]:
    """Run PostgreSQL; settings go to its command line."""
    folders = _postgresql_folders()
    initdb, postgres = _program("initdb", *folders), _program("postgres", *folders)
    identity, port = _identity("postgres"), _free_port()
    with _folder(identity) as folder:
        data = str(folder / "data")
        _run(
            [
                initdb,
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "itsm",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "-N",
            ],
            identity,
        )
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text(f"host all guarded all scram-sha-256\n{hba.read_text()}")
        chosen: dict[str, object] = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": folder,
            "max_connections": 60,
            # Its own transactions would hold up what the tests want to read at once.
            "autovacuum": "off",
            # A killed process loses nothing by it, only a machine without power would.
            "fsync": "off",
            **settings,
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        command = [postgres, "-D", data, *options]
        url = f"postgresql+psycopg://itsm@127.0.0.1:{port}/postgres"
        with _running(Server(url, command, port, folder / "log", identity)) as server:
            until_ready(url)
            yield server


def until_ready(url: str) -> None:
    """Wait until a server that listens lets us in as well."""
    import sqlalchemy as sa
    from sqlalchemy.exc import OperationalError

    engine = sa.create_engine(url)
    deadline = time.monotonic() + _WAIT_SECONDS
    try:
        while True:
            try:
                with engine.connect():
                    return
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
    finally:
        engine.dispose()


@contextmanager
def run_mariadb(**settings: str) -> Generator[Server]:
    """Run MariaDB; settings go to its command line."""
    install = _program("mariadb-install-db")
    server = _program("mariadbd", "/usr/sbin", "/usr/libexec")
    identity, port = _identity("mysql"), _free_port()
    with _folder(identity) as folder:
        data = folder / "data"
        common = ["--no-defaults", f"--datadir={data}"]
        _run(
            [
                install,
                *common,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            identity,
        )
        start = folder / "start.sql"
        start.write_text(
            "CREATE DATABASE IF NOT EXISTS itsm;\n"
            "CREATE USER IF NOT EXISTS itsm@'127.0.0.1' IDENTIFIED BY 'itsm';\n"
            "GRANT ALL ON *.* TO itsm@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        start.chmod(0o644)
        command = [
            server,
            *common,
            f"--socket={folder / 'socket'}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--pid-file={folder / 'pid'}",
            "--skip-log-bin",
            # A killed process loses nothing by it, only a machine without power would.
            "--innodb-flush-log-at-trx-commit=2",
            "--skip-name-resolve",
            f"--init-file={start}",
            *(f"--{name}={value}" for name, value in settings.items()),
        ]
        url = f"mysql+pymysql://itsm:itsm@127.0.0.1:{port}/itsm"
        with _running(Server(url, command, port, folder / "log", identity)) as found:
            until_ready(url)
            yield found


@contextmanager
def run_redis(**settings: str) -> Generator[Server]:
    """Run Redis; settings go to its command line."""
    server, port = _program("redis-server"), _free_port()
    with _folder(_OURSELVES) as folder:
        command = [
            server,
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--dir",
            str(folder),
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            *(part for name, value in settings.items() for part in (f"--{name}", value)),
        ]
        url = f"redis://127.0.0.1:{port}/0"
        with _running(Server(url, command, port, folder / "log")) as found:
            yield found


@pytest.fixture(scope="session")
def postgresql() -> Generator[Server]:
    """Run PostgreSQL."""
    with run_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Generator[Server]:
    """Run MariaDB."""
    with run_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Generator[Server]:
    """Run Redis with every write on the disk before it is acknowledged."""
    with run_redis() as server:
        yield server
