"""A report in a real browser: Debian's chromium, headless, without a network."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fastslop.report.page import report_html

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def unavailable(reason: str) -> None:
    """Skip; but where tests run for all, a browser has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}; .ci/run installs it")
    pytest.skip(reason)


class Page:
    """A report that is open in the browser."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self.folder = driver, folder

    def js(self, code: str, *arguments: object) -> Any:
        return self.driver.execute_script(code, *arguments)

    def open(self, data: dict[str, Any], *, width: int = 1280, dark: bool = False, fragment: str = "") -> Page:
        path = self.folder / "report.html"
        path.write_text(report_html(data), encoding="utf-8")
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        downloads = {"behavior": "allow", "downloadPath": str(self.folder)}
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", downloads)
        self.driver.get("about:blank")  # an address that differs in its fragment only is not loaded anew
        self.driver.get(path.as_uri() + fragment)
        self.wait(lambda: self.js("return 'ready' in document.documentElement.dataset"))
        return self

    def wait(self, condition: Callable[[], Any]) -> Any:
        end = time.monotonic() + 20
        while not (found := condition()):
            assert time.monotonic() < end, "waited for 20 s"
            time.sleep(0.02)
        return found

    def texts(self, selector: str) -> list[str]:
        return self.js("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)

    def click(self, selector: str) -> None:
        code = """const e = document.querySelector(arguments[0]);
            e.dispatchEvent(new MouseEvent('click', {bubbles: true}))"""
        self.js(code, selector)

    def view(self, name: str) -> None:
        """Change to a view, as its name in the head of the page does."""
        self.click(f'#views [data-view="{name}"]')

    def choose(self, *labels: int) -> None:
        """Choose models, by their numbers, in the tree."""
        self.view("tree")
        for i in labels:
            self.click(f'.leaf[data-leaf="{i}"]')

    def type(self, selector: str, text: str) -> None:
        """Type into a field, as if it was pasted."""
        code = """const e = document.querySelector(arguments[0]); e.focus(); e.value = arguments[1];
            e.dispatchEvent(new Event('input'))"""
        self.js(code, selector, text)

    def press(self, key: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key})

    def downloaded(self, name: str) -> bytes:
        self.wait(lambda: (self.folder / name).is_file() and (self.folder / name).stat().st_size)
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="session")
def driver() -> Iterator[Any]:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    control = shutil.which("chromedriver")
    if browser is None or control is None:
        unavailable("needs chromium and chromedriver (Debian: chromium, chromium-driver)")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        unavailable("needs the Python package selenium")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(control))
    yield driver
    driver.quit()


@pytest.fixture
def page(driver: Any, tmp_path: Path) -> Iterator[Page]:
    """A page; whatever was done with it, it has neither complained nor asked a host for anything."""
    driver.get("about:blank")
    driver.execute_cdp_cmd("Page.resetNavigationHistory", {})  # of a history of 50 pages the browser drops some
    driver.get_log("browser")
    driver.get_log("performance")
    yield Page(driver, tmp_path)
    assert [entry for entry in driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.js("return document.documentElement.scrollWidth <= innerWidth"))
