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

BROWSERS, DRIVER = ("chromium", "google-chrome"), "chromedriver"


@contextmanager
def chromium(*, width: int = 1200, height: int = 900, scheme: str = "light") -> Iterator[Any]:
    """Start a browser; a test without one is skipped, with ``CI`` set it fails.

    Args:
        width: Of the page, CSS pixels; phones have 360.
        height: Of the page.
        scheme: ``light`` or ``dark``, as its user prefers.
    """
    selenium = _needed()
    driver = selenium.Chrome(options=_options(selenium), service=_service())
    try:
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        yield driver
    finally:
        driver.quit()


def screenshot(driver: Any, path: Path) -> None:
    """Picture the page from top to bottom."""
    driver.switch_to.default_content()
    height = driver.execute_script("return document.documentElement.scrollHeight")
    width = driver.execute_script("return window.innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    asked = {"captureBeyondViewport": True, "clip": clip}
    found = driver.execute_cdp_cmd("Page.captureScreenshot", asked)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(found["data"]))


def _needed() -> Any:
    try:
        from selenium import webdriver
    except ImportError:
        _lacking("selenium")
    if _browser() is None:
        _lacking(BROWSERS[0])
    if shutil.which(DRIVER) is None:
        _lacking(DRIVER)
    return webdriver


def _browser() -> str | None:
    """The first of the browsers that is here."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _lacking(what: str) -> None:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {what}")


def _options(selenium: Any) -> Any:
    options = selenium.ChromeOptions()
    options.binary_location = str(_browser())
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return options


def _service() -> Any:
    from selenium.webdriver.chrome.service import Service

    return Service(str(shutil.which(DRIVER)))
