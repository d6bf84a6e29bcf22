"""The check of a release: what it accepts and, above all, what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tools import release_check, release_smoke
from tools.release_check import CheckFailed, Interpreter

HERE = Interpreter("{}.{}".format(*sys.version_info[:2]), Path(sys.executable))


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of the tree as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def changed(wheel: Path, folder: Path, old: str, new: str) -> Path:
    """Return what a wheel tells of itself, with a line of its METADATA changed."""
    copy = folder / wheel.name
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(copy, "w") as target:
        for name in filter(lambda each: ".dist-info/" in each, source.namelist()):
            data = source.read(name)
            if name.endswith("/METADATA"):
                data, times = re.subn(old.encode(), new.encode(), data, count=1)
                assert times == 1
            target.writestr(name, data)
    return copy


def test_metadata_holds_when_the_wheel_is_built(wheel: Path) -> None:
    """The wheel of this tree has the metadata that a release needs."""
    said, told = release_check.check_metadata(wheel, [HERE])
    assert said.startswith("itsm-core ")
    assert told.name == "itsm-core"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("License-Expression: MIT\n", "License: MIT\n", "License-Expression None"),
        ("Requires-Python: >=3.11", "Requires-Python: >=3.9", "Requires-Python >=3.9"),
        (r"Metadata-Version: 2\.\d", "Metadata-Version: 2.1", "introduced in metadata version 2.4"),
        ("Provides-Extra: yaml", "Provides-Extra: toml", "extras"),
        ("Classifier: Typing :: Typed", "Classifier: Typing :: Untyped", "unknown classifiers"),
        ("Requires-Dist: attrs>=25.1", "Requires-Dist: attrs @ https://x.org/a.whl", "an address"),
    ],
)
def test_metadata_is_refused_when_wrong(
    wheel: Path, tmp_path: Path, old: str, new: str, message: str
) -> None:
    """Each field that users or tools rely on is looked at."""
    copy = changed(wheel, tmp_path, old, new)
    with pytest.raises((CheckFailed, ExceptionGroup)) as caught:
        release_check.check_metadata(copy, [HERE])
    group = caught.value
    texts = group.exceptions if isinstance(group, ExceptionGroup) else (group,)
    assert message in " ".join(map(str, texts))


def test_metadata_is_refused_when_a_python_has_no_classifier(wheel: Path) -> None:
    """A version on which the release was tried is named in its metadata."""
    with pytest.raises(CheckFailed, match=r"tried on 3\.99, but no classifier"):
        release_check.check_metadata(wheel, [Interpreter("3.99", Path("python3.99"))])


def test_files_are_refused_when_the_wheel_lacks_one(wheel: Path, tmp_path: Path) -> None:
    """A data file that was left out would be missed by users first."""
    copy = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(copy, "w") as target:
        for name in source.namelist():
            if not name.endswith("explanations.toml"):
                target.writestr(name, source.read(name))
    with pytest.raises(CheckFailed, match=r"lacks itsm_core/cli/explanations\.toml"):
        release_check.check_files(tmp_path / "none.tar.gz", copy, tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attrs==25.1\n", "no hash: attrs==25.1"),
        ("attrs>=25.1 \\\n    --hash=sha256:00\n", "no exact version: attrs>=25.1"),
        ("attrs==25.1 \\\n    --hash=sha256:00\n--index-url https://x.org\n", "no exact version"),
    ],
)
def test_locks_are_refused_when_not_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    """A bill of materials needs the version and the hash of each package, and no address."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "runtime.txt").write_text(text)
    monkeypatch.setattr(release_check, "ROOT", tmp_path)
    with pytest.raises(CheckFailed, match=re.escape(message)):
        release_check.check_locks()


def test_pins_are_versions_without_hashes_when_read_from_the_lock() -> None:
    """Constraints have markers; hashes would bind what is not in the lock."""
    pins = release_check._pins()
    assert re.search(r"^pytest==[\d.]+$", pins, re.MULTILINE)
    assert "hash" not in pins
    assert "\\" not in pins


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the one folder in which programs are looked for; asking them takes a while."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


def test_python_is_found_when_it_runs_the_check(bare: Path) -> None:
    """The Python that asks is there, once; what is old, broken or no Python is passed over."""
    for name in ("python3.9", "python3.99", "python3.99-config", f"python{HERE.version}"):
        (bare / name).write_text("#!/bin/sh\nexit 1\n")
        (bare / name).chmod(0o755)
    found = [each.version for each in release_check.interpreters_of_machine()]
    assert found == [HERE.version]


@pytest.mark.usefixtures("bare")
def test_python_is_refused_when_not_on_this_machine() -> None:
    """Whoever names a version wants that one."""
    with pytest.raises(CheckFailed, match=r"not on this machine: Python 3\.0"):
        release_check.chosen(["3.0"], quick=False)


def test_page_fails_when_an_example_gives_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page is run as printed; one without examples proves nothing and fails, too."""
    page = tmp_path / "page.md"
    page.write_text("```python\nnumber = 1\n```\n\n```python\n>>> number + 1\n2\n\n```\n")
    assert release_smoke.run_page(page) == 1
    page.write_text("```python\n>>> 1 + 1\n3\n\n```\n")
    with pytest.raises(AssertionError, match="1 of 1 examples failed"):
        release_smoke.run_page(page)
    assert "- 3\n    + 2" in capsys.readouterr().out
    page.write_text("no examples\n")
    with pytest.raises(AssertionError, match="0 of 0 examples failed"):
        release_smoke.run_page(page)
