"""The style sheet: complete in itself, readable without colours, on a phone and on paper."""

from __future__ import annotations

import re

import pytest

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


def colours() -> dict[str, dict[str, str]]:
    """Return the colours of each theme by name."""
    blocks = re.findall(r":root\{(.*?)\}", STYLE, re.DOTALL)
    return {
        theme: dict(re.findall(r"--(\w+):(#[0-9a-f]+)", block))
        for theme, block in zip(("light", "dark", "print"), blocks, strict=True)
    }


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    digits = colour.removeprefix("#")
    whole = digits if len(digits) == 6 else "".join(mark * 2 for mark in digits)
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21; the grey #767676 is the lightest that reaches 4.5 on white."""
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("ground", ["paper", "ground", "wash"])
@pytest.mark.parametrize("ink", ["ink", "soft", "broken", "counted"])
def test_text_can_be_read_in_every_theme(theme: str, ground: str, ink: str) -> None:
    """WCAG AA asks 4.5 to 1 of text of any size."""
    known = colours()[theme]

    assert contrast(known[ink], known[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize(
    "part",
    ["kept", "broken", "counted", "outside", "holiday", "paused", "excluded", "a", "b", "c", "d"],
)
def test_parts_of_pictures_can_be_seen_in_every_theme(theme: str, part: str) -> None:
    """WCAG AA asks 3 to 1 of what a picture is made of, on the paper that it stands on."""
    known = colours()[theme]

    assert contrast(known[part], known["paper"]) >= 3


@pytest.mark.parametrize(
    ("rule", "bound"),
    [("summary{cursor:pointer", "max-width:100%"), (".bars{", "fit-content(60%)")],
)
def test_long_words_wrap_when_the_screen_is_a_telephone(rule: str, bound: str) -> None:
    """Labels as wide as their text pushed the figures behind them off a page of 390 pixels."""
    _, _, rest = STYLE.partition(rule)

    assert bound in rest.partition("}")[0]
