"""The predictor's page for people in a browser, as its tests use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

MAX_ROWS = 5  # of one request, so that a handful is sent in parts
SECONDS = 20


@dataclass(frozen=True)
class PredictorPage:
    """The page in a browser that shows it."""

    driver: Chrome

    @classmethod
    def open(cls, driver: Chrome, address: str, *, model: str = "milk") -> PredictorPage:
        """Open it and wait until it shows its first model."""
        driver.get(address)
        page = cls(driver)
        page.wait(lambda: model in page.text("columns"), what=f"the page shows {model}")
        return page

    def wait(self, condition: object, *, what: str) -> None:
        """Wait until something holds."""
        WebDriverWait(self.driver, SECONDS).until(lambda _: condition(), what)

    def choose(self, model: str) -> None:
        """Choose a model."""
        Select(self.driver.find_element(By.ID, "model")).select_by_value(model)
        self.wait(lambda: f" of {model}" in self.text("columns"), what=f"the page shows {model}")

    def click(self, element: WebElement) -> None:
        """Click what may be behind the links that stay at the top."""
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def change(self, column: str, value: object) -> None:
        """Write a value into the cell of a column."""
        cell = self.control(column, "number")
        cell.clear()
        cell.send_keys(str(value))

    def control(self, column: str, kind: str) -> WebElement:
        """The slider or the cell of a column, ``range`` or ``number``."""
        selector = f'.control[data-column="{column}"] [type={kind}]'
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def wait_for_price(self, price: float) -> None:
        """Wait until the changed row is predicted so."""
        expected = f"{price:.2f} "
        self.wait(lambda: self.text("what-if-result").startswith(expected), what=f"it is {price}")

    def text(self, place: str) -> str:
        """What is to be read at a place."""
        return self.driver.find_element(By.ID, place).text

    def all(self, selector: str) -> list[WebElement]:
        """Every element of a kind."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def table(self, name: str) -> list[list[str]]:
        """The cells of a table, its head first."""
        script = """return [...document.querySelectorAll(`#${arguments[0]} tr`)].map(
            (row) => [...row.children].map((cell) => cell.textContent))"""
        cells: list[list[str]] = self.driver.execute_script(script, name)
        return cells

    def paste(self, rows: str) -> None:
        """Put text where rows are expected, all at once as from a clipboard."""
        script = """arguments[0].value = arguments[1];
            arguments[0].dispatchEvent(new Event("input", { bubbles: true }))"""
        self.driver.execute_script(script, self.driver.find_element(By.ID, "text"), rows)

    def upload(self, file: Path) -> None:
        """Choose a file."""
        self.driver.find_element(By.ID, "file").send_keys(str(file))
        self.wait(lambda: file.name in self.text("status"), what="the file is chosen")

    def predict(self) -> None:
        """Press the button and wait for what comes of it."""
        self.driver.find_element(By.CSS_SELECTOR, "button.main").click()
        done = "#results table, #problems p"
        self.wait(lambda: self.all(done), what="rows are predicted or refused")
        self.wait(lambda: not self.all("button.main:disabled"), what="it is done")

    def wrong(self) -> list[tuple[str, str]]:
        """Whatever is marked as wrong, with the sentence beside it."""
        script = """return [...document.querySelectorAll('[aria-invalid="true"]')].map((cell) => [
            cell.firstChild.nodeType === 3 ? cell.firstChild.data : "",
            document.getElementById(cell.getAttribute("aria-describedby")).textContent])"""
        return [tuple(one) for one in self.driver.execute_script(script)]

    def is_too_wide(self) -> bool:
        """Whether the page as a whole scrolls sideways."""
        script = (
            "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return bool(self.driver.execute_script(script))
