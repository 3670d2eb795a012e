"""What the tests of the predictor's page ask of a browser."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver import Chrome

from tests.support.chromium import screenshot

PICTURES = Path(__file__).resolve().parents[2] / "build" / "screenshots"
DESKTOP, PHONE = (1280, 900), (360, 740)


def show(driver: Chrome, *, scheme: str = "light", size: tuple[int, int] = DESKTOP) -> None:
    """Let the browser be one of a colour scheme and a size."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def picture(driver: Chrome, name: str) -> None:
    """Keep what the whole page looks like."""
    driver.execute_script("scrollTo(0, 0)")
    screenshot(driver, PICTURES / f"{name}.png")


def complaints(driver: Chrome) -> list[str]:
    """Return what the browser wrote into its console since it was last asked."""
    return [entry["message"] for entry in driver.get_log("browser")]  # type: ignore[no-untyped-call]
