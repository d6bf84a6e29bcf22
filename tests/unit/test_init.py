"""The package's own namespace."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import itsm_core


def _names_for_type_checkers() -> set[str]:
    tree = ast.parse(Path(itsm_core.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name for node in imports for alias in node.names}


def test_every_public_name_is_there_when_it_is_used() -> None:
    """What `__all__` promises can be had."""
    assert all(getattr(itsm_core, name) is not None for name in itsm_core.__all__)


def test_type_checkers_see_the_names_that_exist_at_run_time() -> None:
    """The imports under TYPE_CHECKING and `__all__` are one list."""
    assert _names_for_type_checkers() == set(itsm_core.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    """A misspelled name fails as in any module."""
    with pytest.raises(AttributeError, match="no attribute 'BusinesCalendar'"):
        _ = itsm_core.BusinesCalendar


def test_dir_lists_the_public_names() -> None:
    """Completion in a shell offers what is there."""
    assert set(itsm_core.__all__) <= set(dir(itsm_core))


def test_import_loads_no_room() -> None:
    """A fresh interpreter that imports the package has loaded none of its rooms."""
    code = "import sys, itsm_core; print([m for m in sys.modules if m.startswith('itsm_core.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
