"""The page in a real browser: the script works, the policy is kept, nothing is fetched, and nothing runs over."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from talos_gpu.review.telling.page import page

from .conftest import Elements, told

NOWHERE = "127.0.0.1:9"
"""The proxy that nobody answers at: nothing leaves the machine, whatever the page asks for."""
PROBE = """
addEventListener("load", () => setTimeout(() => {
  const said = {};
  const colour = () => getComputedStyle(document.body).backgroundColor;
  said.shown = document.getElementById("shown").textContent;
  said.ground = colour();
  document.getElementById("theme").click();
  said.other = colour();
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "/", bubbles: true}));
  said.focus = document.activeElement.id;
  said.copies = document.querySelectorAll(".command .copy").length;
  for (const one of document.querySelectorAll("details")) one.open = true;
  said.inner = innerWidth;
  said.width = document.scrollingElement.scrollWidth;
  said.wide = [...document.querySelectorAll("main *")]
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".diff, pre, .fleet, .scroll"))
    .map((one) => one.tagName + "." + one.className);
  said.loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  said.pwned = typeof pwned !== "undefined";
  parent.postMessage(JSON.stringify(said), "*");
}, 50));
"""
FRAME = """<!DOCTYPE html><html><body><iframe src="framed.html" width="{width}" height="900" frameborder="0"></iframe>
<script>addEventListener("message", (event) => {{ document.documentElement.dataset.said = event.data; }});</script></body></html>
"""


class Browser:
    """Chromium without a window."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder

    def run(self, address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What it prints and logs for this page."""
        # A short path: Chromium puts a socket there, and ends where the socket's path has more than 107 letters.
        with TemporaryDirectory(prefix="tg-") as home:
            return subprocess.run(
                [
                    self.program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
                    f"--user-data-dir={home}/data", f"--proxy-server={NOWHERE}", "--disable-background-networking",
                    "--enable-logging=stderr", "--virtual-time-budget=2000", *arguments, address,
                ],
                capture_output=True, text=True, timeout=120, check=True,
                env={"PATH": os.environ["PATH"], "HOME": home, "TMPDIR": home},
            )  # fmt: skip

    def document(self, text: str, fragment: str = "", *arguments: str) -> tuple[Elements, list[str]]:
        """The document as the script left it, and what was written to the console."""
        file = self.folder / "page.html"
        file.write_text(text, encoding="utf-8")
        done = self.run(f"{file.as_uri()}{fragment}", "--dump-dom", *arguments)
        return Elements(done.stdout), [line for line in done.stderr.splitlines() if "CONSOLE" in line]

    def probed(self, text: str, *arguments: str, width: int = 1280) -> dict[str, object]:
        """What a script of the test finds in a copy of the page that allows it, too.

        The page is in a frame of this width: no window of Chromium's is narrower than 500.
        """
        digest = base64.b64encode(hashlib.sha256(PROBE.encode()).digest()).decode()
        copy = text.replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
        copy = copy.replace("</body>", f"<script>{PROBE}</script></body>")
        (self.folder / "framed.html").write_text(copy, encoding="utf-8")
        shown, console = self.document(FRAME.format(width=width), "", "--window-size=1400,1000", *arguments)
        assert console == []
        said = json.loads(shown.only("html").attributes["data-said"])
        assert isinstance(said, dict)
        return said


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    """Skips where there is none; in CI that is a failure, for .ci/run brings it."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium; .ci/run's step tools installs it")
        pytest.skip("there is no chromium here: apt-get install chromium")
    return Browser(program, tmp_path)


def shown_rows(document: Elements) -> set[str]:
    """The names of the clusters whose rows are not hidden."""
    rows = [row for row in document.all("tr") if "data-row" in row.attributes and not row.hidden]
    return {row.words.split(" ")[0] for row in rows}


@pytest.mark.parametrize(
    ("fragment", "clusters"),
    [
        ("", {"homelab", "gone", "other"}),
        ("#verdict=drain", {"gone"}),
        ("#verdict=changed", {"homelab", "gone"}),
        ("#verdict=unchanged&text=l40s", {"other"}),
        ("#talos=v1.14.6", {"other"}),
        ("#stack=device-plugin", {"homelab"}),
        ("#text=gpu-2", {"homelab"}),
        ("#text=nothing+of+this", set()),
        ("#cluster-homelab", {"homelab", "gone", "other"}),
    ],
)
def test_filters_are_read_from_the_address(browser, whole, fragment, clusters):
    """Rows, clusters and dangers alike; by words that only the nodes hold as well."""
    document, console = browser.document(page(whole), fragment)
    assert console == []
    assert shown_rows(document) == clusters
    articles = {article.words.split(" ")[0] for article in document.all("article") if not article.hidden}
    assert articles == clusters - {"other"}
    assert document.only("output").words == f"{len(clusters)} of 3 clusters"
    assert document.only("p", id="none").hidden == bool(clusters)
    dangers = [card for card in document.all("li") if "data-rows" in card.attributes and not card.hidden]
    assert len(dangers) == ("homelab" in clusters) * 2 + ("gone" in clusters)


def test_a_violation_would_be_seen(browser, whole):
    """The console of a page that breaks its policy is not empty: the other tests can fail."""
    broken = page(whole).replace(
        "<body>", '<body onload="pwned()" style="color: red"><img src="http://192.0.2.1/x.png">'
    )
    _, console = browser.document(broken)
    assert len([line for line in console if "Content Security Policy" in line]) >= 3


@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("scheme", [0, 1], ids=["dark", "light"])
def test_nothing_runs_over_at_any_width(browser, whole, rendered, width, scheme):
    """Everything opened; the theme is the system's, until its button is pressed."""
    for review in (whole, rendered):
        said = browser.probed(page(review), f"--blink-settings=preferredColorScheme={scheme}", width=width)
        assert said["inner"] == width
        assert (said["width"], said["wide"]) == (width, [])
        grounds = ["rgb(15, 19, 24)", "rgb(245, 246, 248)"]
        assert [said["ground"], said["other"]] == [grounds[scheme], grounds[1 - scheme]]


def test_the_page_loads_nothing(browser, whole):
    """And its script is ready: the key / leads to the search, every command can be copied."""
    said = browser.probed(page(whole))
    assert said["loaded"] == []
    assert said["focus"] == "text"
    assert said["copies"] == len(re.findall('<div class="command">', page(whole))) == 2


@pytest.mark.parametrize(
    "words",
    [
        "</script><script>var pwned = 1</script>",
        "<img src=x onerror='window.pwned = 1'>",
        "\"><svg onload=\"window.pwned = 1\">",
        "</style></title><iframe srcdoc=\"<script>parent.pwned = 1</script>\">",
    ],
)  # fmt: skip
def test_strangers_text_runs_nothing(browser, words):
    """The browser finds no element in it either."""
    said = browser.probed(page(told(words)))
    assert not said["pwned"]
    document, console = browser.document(page(told(words)))
    assert console == []
    assert not [
        element for element in document.every if element.tag in {"img", "iframe"} or "onload" in element.attributes
    ]


def test_a_screenshot_is_taken(browser, rendered, tmp_path):
    """Of a page that is not blank: CI keeps it where CHROMIUM_SCREENSHOTS names a folder."""
    file = tmp_path / "page.html"
    file.write_text(page(rendered), encoding="utf-8")
    picture = Path(os.environ.get("CHROMIUM_SCREENSHOTS", tmp_path)) / "page.png"
    browser.run(file.as_uri(), "--window-size=1280,1600", f"--screenshot={picture}")
    content = picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) == 1280
    assert len(content) > 50_000
