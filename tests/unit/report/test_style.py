"""The style sheet: complete in itself, readable without colours, on a phone and on paper."""

from __future__ import annotations

import re

from itsm_core.report._style import STYLE


def test_style_defines_every_colour_that_it_uses() -> None:
    """A variable without a value is an invisible bar."""
    assert set(re.findall(r"var\((--\w+)\)", STYLE)) <= set(re.findall(r"(--\w+):", STYLE))


def test_style_loads_nothing() -> None:
    """No font, no image, no import: the page works without a network."""
    assert not re.search(r"url\(|@import|@font-face|https?:", STYLE)


def test_style_gives_dark_pages_all_colours_of_light_ones() -> None:
    """A colour that is missing in the dark would be dark on dark."""
    light, dark = (set(re.findall(r"(--\w+):", block)) for block in STYLE.split("@media")[:2])
    assert light == dark


def test_style_shows_the_hint_on_narrow_screens_only() -> None:
    """On a phone the strips scroll sideways, and one can see that they do."""
    wide, _, narrow = STYLE.partition("@media (max-width")
    assert ".hint{display:none" in wide
    assert ".hint{display:block}" in narrow.split("@media print", maxsplit=1)[0]
