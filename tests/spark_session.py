"""One session of Spark for the tests: each process of a test run starts its own once, and stops it.

The fixture skips, with a reason, where PySpark or Java is not installed; under CI=true their
absence is a failure, so that a check cannot vanish without a word. The benchmarks start sessions
here, too.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Generator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest

__all__ = ["Frame", "Session", "missing", "spark", "start_spark"]


class Frame(Protocol):
    """What of PySpark's DataFrames is used here."""

    @property
    def columns(self) -> list[str]:
        """Return the names."""
        ...

    @property
    def write(self) -> Writer:
        """Return a writer."""
        ...

    def toArrow(self) -> object:
        """Return the rows as a table of Arrow."""
        ...

    def collect(self) -> list[tuple[object, ...]]:
        """Return the rows."""
        ...

    def selectExpr(self, *columns: str) -> Frame:
        """Return columns made by expressions."""
        ...

    def unionByName(self, other: Frame) -> Frame:
        """Return the rows of both."""
        ...

    def where(self, condition: str) -> Frame:
        """Return the rows for which a condition holds."""
        ...

    def drop(self, name: str) -> Frame:
        """Return it without a column."""
        ...


class Writer(Protocol):
    """What of PySpark's writers is used here."""

    def format(self, name: str) -> Writer:
        """Choose where to."""
        ...

    def mode(self, name: str) -> Writer:
        """Choose what becomes of what is there."""
        ...

    def save(self) -> None:
        """Compute and write."""
        ...


class Reader(Protocol):
    """What of PySpark's readers is used here."""

    def parquet(self, path: str) -> Frame:
        """Return what files hold."""
        ...


class Session(Protocol):
    """What of PySpark's sessions is used here."""

    @property
    def read(self) -> Reader:
        """Return a reader."""
        ...

    def createDataFrame(self, rows: object) -> Frame:
        """Return rows as a DataFrame."""
        ...

    def stop(self) -> None:
        """Stop Spark and its Java machine's work."""
        ...


class _Builder(Protocol):
    def config(self, name: str, value: str) -> _Builder: ...
    def getOrCreate(self) -> Session: ...


def start_spark(master: str, folder: Path, **settings: str) -> Session:
    """Start a session in this process, whose files lie in a folder; the caller stops it.

    In the names of settings, `__` stands for a dot.
    """
    # The workers import what this process imports, with the same interpreter.
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    chosen = {
        "spark.app.name": "itsm_core",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder),
        "spark.log.level": "ERROR",
        "spark.master": master,
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    chosen |= {f"spark.{name.replace('__', '.')}": value for name, value in settings.items()}
    builder: _Builder = import_module("pyspark.sql").SparkSession.builder
    for name, value in chosen.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def missing() -> str:
    """Return what Spark needs and is not installed, in words; empty if nothing is."""
    if find_spec("pyspark") is None:
        return "PySpark is not installed; `make pytest` and `make compare-spark` install it"
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        return "java is not installed; see CONTRIBUTING.md for the packages"
    return ""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Generator[Session]:
    """Lend a session with one thread, in a zone that is not that of the events."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, and {reason}")
        pytest.skip(reason)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark's own, of its imports
        session = start_spark(
            "local[1]",
            tmp_path_factory.mktemp("spark"),
            # What takes seconds to be compiled would run for less than one.
            driver__extraJavaOptions="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            sql__adaptive__enabled="false",
            sql__codegen__wholeStage="false",
            sql__session__timeZone="America/New_York",
        )
    yield session
    session.stop()
