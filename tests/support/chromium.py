"""A real browser without a window: Chromium or Chrome, driven over its own protocol."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
DESKTOP, PHONE = (1280, 900), (360, 740)  # width and height, CSS pixels
NARROW = 500  # what is narrower is a phone


@contextmanager
def chromium(*, width: int = 1200, height: int = 900, scheme: str = "light") -> Iterator[Any]:
    """Start a browser; a test without one is skipped, with ``CI`` set it fails."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    program = shutil.which("chromedriver")
    if browser is None or program is None:
        lacking = pytest.fail if os.environ.get("CI") else pytest.skip
        lacking("needs chromium and chromedriver")
    options = ChromeOptions()
    options.binary_location = str(browser)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(program))
    try:
        show(driver, scheme=scheme, size=(width, height))
        yield driver
    finally:
        driver.quit()


def show(driver: Chrome, *, scheme: str = "light", size: tuple[int, int] = DESKTOP) -> None:
    """Let the browser be one of a colour scheme and a size."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < NARROW}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def screenshot(driver: Chrome, name: str) -> None:
    """Picture the page from top to bottom."""
    driver.switch_to.default_content()
    driver.execute_script("scrollTo(0, 0)")
    height = driver.execute_script("return document.documentElement.scrollHeight")
    width = driver.execute_script("return window.innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    options = {"captureBeyondViewport": True, "clip": clip}
    picture = driver.execute_cdp_cmd("Page.captureScreenshot", options)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(picture["data"]))


def complaints(driver: Chrome) -> list[str]:
    """Return what the browser wrote into its console since it was last asked."""
    return [entry["message"] for entry in driver.get_log("browser")]


@contextmanager
def server_away(driver: Chrome) -> Iterator[None]:
    """Keep the browser from reaching models, as if their server were away."""
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/models/*"]})
    yield
    driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert all("net::ERR_" in one for one in complaints(driver))
