import pytest

from benchmarks.pipeline import read_log

LOG = """
08:24:21.786 - INFO - Executing task 'identify'
08:24:21.799 - INFO - Streamed logs:
    [KFP Executor 2026-11-25 08:24:22,086 INFO]: Looking for component `identify`
    [KFP Executor 2026-11-25 08:24:23,586 INFO]: Wrote executor output file
08:24:23.786 - INFO - Task 'identify' finished with status SUCCESS
23:59:59.500 - INFO - Executing task 'ingest'
00:00:00.500 - INFO - Task 'ingest' finished with status SUCCESS
"""


def test_read_log_gives_steps_with_their_bodies():
    identify, ingest = read_log(LOG)
    assert (identify.step, ingest.step) == ("identify", "ingest")
    assert (identify.seconds, identify.body) == (pytest.approx(2.0), pytest.approx(1.5))


def test_read_log_over_midnight_counts_on():
    assert read_log(LOG)[1].seconds == pytest.approx(1.0)
