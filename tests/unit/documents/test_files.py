"""Files become texts, or one typed refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from itsm_core.documents._files import MOST_BYTES, read_text
from itsm_core.errors import CodecError


def test_read_text_drops_the_mark_when_an_editor_wrote_one(tmp_path: Path) -> None:
    """A byte order mark is no fault."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfname = 1")
    assert read_text(path, "policy") == "name = 1"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "does not exist"),
        (b"\xff\xfe", "UTF-16, not UTF-8"),
        (b"a\n\xc3\xb6 \xe4", "not UTF-8 at line 2, column 3"),
        (b"#" * (MOST_BYTES + 1), "too large"),
    ],
)
def test_read_text_refuses_when_there_is_no_text(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    """Each way in which a file is none is told apart."""
    path = tmp_path / "a.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CodecError, match=words):
        read_text(path, "policy")
