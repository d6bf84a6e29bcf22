"""The report in a real browser: silent, without requests, readable, no wider than the screen.

With ITSM_CORE_SCREENSHOTS=FOLDER the screenshots and the printed page are kept there to be looked
at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from itsm_core.cli._demo import demo
from itsm_core.report import html
from tests.integration.chromium import Tab, chromium, find_chromium
from tests.unit.report.monday import HOSTILE, monday

CHROMIUM = find_chromium()

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; apt-get install chromium to look at the page"
)

PHONE, DESK = 390, 1280
VIEWS = [
    pytest.param(width, dark, id=f"{width}-{'dark' if dark else 'light'}")
    for width in (PHONE, DESK)
    for dark in (False, True)
]

TOO_FAINT = """
(() => {
  const light = c => { const v = c.map(x => x / 255).map(
    x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const parts = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = node => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.closest('svg') || !node.checkVisibility()) continue;
    const style = getComputedStyle(node), size = parseFloat(style.fontSize);
    const [one, other] = [light(parts(style.color)), light(ground(node))].sort((a, b) => b - a);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    seen += 1;
    if ((one + 0.05) / (other + 0.05) < (large ? 3 : 4.5))
      found.push([node.tagName, style.color, walker.currentNode.data.trim().slice(0, 40)]);
  }
  return [seen, found];
})()
"""
"""Count the texts outside of pictures, and list those below WCAG AA's contrast."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of the demo: every section is on it."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    demo(seed=1, tickets=600, page=path, file=None)
    return path


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """Give one browser to all tests."""
    with chromium(CHROMIUM or "") as opened:
        yield opened


def keep(name: str, content: bytes) -> None:
    """Keep what was drawn where somebody wants to look at it."""
    if folder := os.environ.get("ITSM_CORE_SCREENSHOTS"):
        (Path(folder) / name).write_bytes(content)


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_page_is_silent_and_fits_when_shown(tab: Tab, page: Path, width: int, dark: bool) -> None:
    """No message, no error, no request but for itself, nothing wider than the screen."""
    tab.show(page, width=width, dark=dark)
    keep(f"page-{width}-{'dark' if dark else 'light'}.png", tab.screenshot())

    assert tab.told("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") == []
    asked = {
        cast("dict[str, object]", told["request"])["url"]
        for told in tab.told("Network.requestWillBeSent")
    }
    assert asked == {page.as_uri()}
    assert tab.run("document.documentElement.scrollWidth - innerWidth") == 0


@pytest.mark.parametrize(("width", "dark"), VIEWS)
def test_page_can_be_read_when_sight_is_weak(tab: Tab, page: Path, width: int, dark: bool) -> None:
    """Every text reaches WCAG AA: 4.5 to 1, large ones 3 to 1."""
    tab.show(page, width=width, dark=dark)
    seen, faint = cast("list[object]", tab.run(TOO_FAINT))

    assert cast("int", seen) > 200
    assert faint == []


def test_page_is_silent_when_every_text_is_hostile(tab: Tab, tmp_path: Path) -> None:
    """A browser, which forgives more than any parser, makes nothing of what people wrote."""
    page = tmp_path / "hostile.html"
    page.write_text(html(monday(HOSTILE)), encoding="utf-8")
    tab.show(page, width=DESK)

    assert tab.told("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded") == []
    assert len(tab.told("Network.requestWillBeSent")) == 1
    assert tab.run("document.querySelectorAll('script,img,iframe,[onerror],[src]').length") == 0
    assert tab.run("document.querySelectorAll('main > section').length") == 10
    assert '<script>alert("x")</script>' in str(tab.run("document.title"))


def test_page_can_be_walked_with_the_keyboard(tab: Tab, page: Path) -> None:
    """Every link leads somewhere; whatever scrolls or folds can be reached and has a name."""
    tab.show(page, width=PHONE)
    lost = tab.run(
        "[...document.querySelectorAll('a')].filter(a => "
        "!document.getElementById(a.getAttribute('href').slice(1))).length"
    )
    unreachable = tab.run(
        "[...document.querySelectorAll('*')].filter(node => "
        "node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && "
        "['auto', 'scroll'].includes(getComputedStyle(node).overflowX) && "
        "(node.tabIndex < 0 || !node.getAttribute('aria-label'))).length"
    )

    assert tab.run("document.querySelectorAll('nav a').length") == 8
    assert (lost, unreachable) == (0, 0)


def test_page_prints_when_asked(tab: Tab, page: Path) -> None:
    """Black on white, of several pages, also from a dark screen."""
    tab.show(page, width=DESK, dark=True, media="print")
    keep("page-print.png", tab.screenshot())
    printed = tab.pdf()
    keep("page.pdf", printed)

    assert printed.startswith(b"%PDF")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
