import logging

import orjson
import pytest

from serving import logs


@pytest.fixture(autouse=True)
def loggers():
    """Give the loggers of this process back as they were."""
    names = (*logs.NAMES, *logs.QUIET, "uvicorn.access")
    before = {
        name: (
            logging.getLogger(name).handlers,
            logging.getLogger(name).level,
            logging.getLogger(name).propagate,
        )
        for name in names
    }
    yield
    logging.captureWarnings(capture=False)
    for name, (handlers, level, propagate) in before.items():
        named = logging.getLogger(name)
        named.handlers, named.propagate = handlers, propagate
        named.setLevel(level)


def test_logs_json_line_holds_message_and_facts(capsys):
    logs.set_up(level="INFO", style="json")
    logs.log(logging.INFO, "model serves", model="milk", version=None)
    line = orjson.loads(capsys.readouterr().err)
    assert line["message"] == "model serves"
    assert (line["level"], line["model"], line["version"]) == ("INFO", "milk", None)
    assert line["time"].endswith("+00:00")


def test_logs_text_line_holds_message_and_facts(capsys):
    logs.set_up(level="INFO", style="text")
    logs.log(logging.WARNING, "model serves", model="milk")
    assert capsys.readouterr().err.endswith("WARNING serving model serves model=milk\n")


def test_logs_exception_stays_on_one_line(capsys):
    logs.set_up(level="INFO", style="json")
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError:
        logs.logger.exception("failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: oops" in orjson.loads(line)["exception"]


@pytest.mark.parametrize(("level", "lines"), [("INFO", 0), ("DEBUG", 1)])
def test_logs_kserve_tells_of_requests_only_when_debugging(capsys, level, lines):
    logs.set_up(level=level, style="json")
    logging.getLogger("kserve").info("a request")
    assert len(capsys.readouterr().err.splitlines()) == lines
