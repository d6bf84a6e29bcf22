"""The pictures of the gallery are those that the library draws today."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tools import gallery

SVG = "{http://www.w3.org/2000/svg}svg"


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """Return the pictures, drawn once."""
    return gallery.pictures()


def test_pictures_are_those_of_the_page_when_drawn_again(drawn: dict[str, str], root: Path) -> None:
    """What the page shows is what the library draws; `make gallery` writes them."""
    folder = root / "docs" / "gallery"
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert {name for name in drawn.keys() | kept if drawn.get(name) != kept.get(name)} == set()


def test_pictures_are_all_shown_when_the_page_is_read(drawn: dict[str, str], root: Path) -> None:
    """Every picture has its place on the page, and none is shown that is not drawn."""
    page = (root / "docs" / "gallery.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(gallery/([\w.]+)\)", page)) == sorted(drawn)


def test_pictures_stand_alone_when_taken_out_of_a_page(drawn: dict[str, str]) -> None:
    """A file has no page around it: no style sheet, no variable, no text colour, no network."""
    for name, svg in drawn.items():
        assert ET.fromstring(svg).tag == SVG, name
        assert not re.search(r"var\(--|currentColor|<script|<style|href=", svg), name
        assert len(svg) < 60_000, name


def test_drawing_is_refused_when_it_is_no_svg() -> None:
    """A drawing that changed its form is noticed, not written."""
    with pytest.raises(ValueError, match="not an SVG: it begins with '<p>'"):
        gallery._alone("<p>")
