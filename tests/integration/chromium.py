"""A headless Chromium, driven over its debugging pipe: no driver, no network, no package."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

Message = dict[str, object]

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PATIENCE_SECONDS: Final = 60.0
_QUIET: Final = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--no-default-browser-check", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions", "--mute-audio"),
    *("--disable-features=Translate,MediaRouter,OptimizationHints", "--hide-scrollbars"),
)


def find_chromium() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Tab:
    """Drive one tab; whatever it says, asks for or gets wrong is kept."""

    def __init__(self, commands: int, answers: int) -> None:
        """Speak over two file descriptors."""
        self._commands, self._answers = commands, answers
        self._rest = b""
        self._last = 0
        self._session = ""
        self.events: list[Message] = []

    def open(self) -> None:
        """Make the tab, and ask to be told of everything."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = cast("str", attached["sessionId"])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: object) -> Message:
        """Send a command and return its result; events that come first are kept."""
        self._last += 1
        message: Message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._last:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return cast("Message", told["result"])
            self.events.append(told)

    def _next(self) -> Message:
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 20)
            if not more:
                raise RuntimeError("Chromium has gone")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        return cast("Message", json.loads(line))

    def show(self, page: Path, *, width: int, dark: bool = False, media: str = "screen") -> None:
        """Open a page in a window of this width and wait until it stands."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=scheme)
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.events.clear()
        self.ask("Page.navigate", url=page.as_uri())
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self.told("Page.loadEventFired"):
            self.run("0")  # whatever has happened meanwhile comes before the answer
            if time.monotonic() > until:
                raise RuntimeError(f"{page} does not load")
            time.sleep(0.02)

    def run(self, script: str) -> object:
        """Return the value of a script in the page."""
        told = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"]))
        return cast("Message", told["result"]).get("value")

    def screenshot(self) -> bytes:
        """Return the whole page as PNG."""
        told = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(cast("str", told["data"]))

    def pdf(self) -> bytes:
        """Return the page as it would be printed."""
        told = self.ask("Page.printToPDF", printBackground=False)
        return base64.b64decode(cast("str", told["data"]))

    def told(self, *methods: str) -> list[Message]:
        """Return the parameters of the events of these names since the page was opened."""
        found = [event for event in self.events if event.get("method") in methods]
        return [cast("Message", event["params"]) for event in found]


@contextmanager
def chromium(binary: str) -> Iterator[Tab]:
    """Give a tab of a new Chromium, which ends with the block."""
    reads, commands = os.pipe()
    answers, writes = os.pipe()
    with tempfile.TemporaryDirectory(
        prefix="itsm-core-chromium-", ignore_cleanup_errors=True
    ) as profile:
        # Chromium speaks on descriptors 3 and 4, whatever ours are.
        script = f'exec "$0" "$@" 3<&{reads} 4>&{writes}'
        words = [binary, "--remote-debugging-pipe", f"--user-data-dir={profile}", *_QUIET]
        process = subprocess.Popen(
            ["/bin/bash", "-c", script, *words],
            pass_fds=(reads, writes),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(reads)
        os.close(writes)
        try:
            tab = Tab(commands, answers)
            tab.open()
            yield tab
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE_SECONDS)
            os.close(commands)
            os.close(answers)
