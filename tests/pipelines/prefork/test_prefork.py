"""Steps of a compiled file, run by a Python that has imported everything: real forks."""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from kfp import compiler, dsl
from kfp.local import subprocess_task_handler

from pipelines.errors import PipelineStepError
from pipelines.local import run_local
from pipelines.prefork import prefork_server, process
from pipelines.prefork.server import fork

pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[3]
PAUSE = """
import os, pathlib, time
pathlib.Path({place!r}).write_text(str(os.getpid()))
time.sleep(99)
"""
COMMAND = """
import signal, sys
from pathlib import Path
from pipelines.local import run_local
from pipelines.prefork import prefork_server
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
with prefork_server() as python:
    run_local(Path(sys.argv[1]), {"code": sys.argv[2]}, root=Path(sys.argv[3]), python=python,
              announce=print)
"""


@dsl.component(base_image="python", install_kfp_package=False)
def act(code: str):
    exec(code)  # noqa: S102  whatever a test wants of a step


@dsl.pipeline(name="one")
def one(code: str):
    act(code=code)


@dsl.pipeline(name="loop")
def loop(codes: list):
    with dsl.ParallelFor(codes) as code:
        act(code=code)


def compiled(pipeline, tmp_path):
    path = tmp_path / "pipeline.yaml"
    compiler.Compiler().compile(pipeline, str(path))
    return path


def run(tmp_path, python, code):
    """The log, and what was announced."""
    announced = []
    done = run_local(
        compiled(one, tmp_path),
        {"code": code},
        root=tmp_path / "runs",
        python=python,
        announce=lambda *what: announced.append(what),
    )
    return done.log.read_text(), announced


def failed(tmp_path, python, code):
    """What a run said that failed, and its log."""
    with pytest.raises(PipelineStepError) as caught:
        run(tmp_path, python, code)
    return str(caught.value), (tmp_path / "runs" / "log.txt").read_text()


def gone(pid, within=10):
    """Whether a process has ended, or does soon."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        # A zombie that nobody has asked after is no process any more.
        with suppress(FileNotFoundError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        time.sleep(0.05)
    return False


def written(place, within=30):
    until = time.monotonic() + within
    while time.monotonic() < until:
        if place.exists() and (text := place.read_text()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError(f"{place} was not written")


def test_step_is_a_process_of_its_own_that_has_imported_everything(tmp_path, python):
    code = (
        "import os, sys\n"
        "early = {'pandas', 'sklearn', 'milkprice.steps.training'} <= set(sys.modules)\n"
        "print('early', early, 'process', os.getpid(), 'parent', os.getppid())"
    )
    deadline = time.monotonic() + 60
    while "early True" not in (log := run(tmp_path, python, code)[0]):  # it still imports
        assert time.monotonic() < deadline
    own, parent = (int(log.split(f"{name} ")[1].split()[0]) for name in ("process", "parent"))
    assert own != os.getpid() != parent
    assert gone(own)
    assert not gone(parent, within=0.2)


def test_environment_and_folder_are_those_of_the_moment(tmp_path, python, monkeypatch):
    monkeypatch.setenv("MILK", "fría = 3")
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    code = "import os; print(os.environ['MILK'], 'HOME' in os.environ, os.getcwd())"
    log, _ = run(tmp_path, python, code)
    assert f"fría = 3 False {tmp_path}" in log


def test_both_streams_go_to_the_log_in_their_order(tmp_path, python):
    code = (
        "import os, sys; print('first', flush=True); print('second', file=sys.stderr)\n"
        "os.system('echo third'); print('x' * 200_000); print('last')"
    )
    log, _ = run(tmp_path, python, code)
    assert log.index("first") < log.index("second") < log.index("third") < log.index("last")
    assert "x" * 200_000 in log


def test_exits_run_as_python_ends(tmp_path, python):
    code = (
        "import atexit, threading; atexit.register(print, 'at exit')\n"
        "end = threading.main_thread().join\n"
        "threading.Thread(target=lambda: (end(), print('thread'))).start()"
    )
    log, _ = run(tmp_path, python, code)
    assert log.index("thread") < log.index("at exit")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("import sys; sys.exit(3)", "", id="exit code"),
        pytest.param("import sys; sys.exit('too little milk')", "too little milk", id="exit text"),
        pytest.param("import os; os._exit(4)", "", id="exit at once"),
        pytest.param("1 / 0", "ZeroDivisionError: division by zero", id="exception"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "Killed", id="killed"),
        pytest.param("import ctypes; ctypes.string_at(0)", "Segmentation fault", id="crash"),
    ],
)
def test_step_that_fails_fails_the_run_and_only_that(tmp_path, python, code, said):
    error, log = failed(tmp_path, python, code)
    assert "one failed in its step act" in error
    assert said in log
    log, announced = run(tmp_path, python, "print('well')")
    assert announced == [("act", "RUNNING"), ("act", "SUCCESS")]


@pytest.mark.parametrize(
    "given", [pytest.param(b'{"milk": 3}', id="well"), pytest.param(b"{", id="badly")]
)
def test_module_reads_tells_and_ends_as_with_any_python(python, given):
    asked = {"input": given, "capture_output": True, "check": False}
    warm = subprocess.run([*shlex.split(python), "-m", "json.tool"], **asked)
    cold = subprocess.run([sys.executable, "-m", "json.tool"], **asked)
    assert (warm.returncode, warm.stdout) == (cold.returncode, cold.stdout)
    assert warm.stderr.splitlines()[-1:] == cold.stderr.splitlines()[-1:]


def test_sentence_of_an_error_is_the_reason(tmp_path, python):
    code = (
        "from milkprice.errors import SettingError\n"
        "raise SettingError(option='k', value='x', expected='a number')"
    )
    error, _ = failed(tmp_path, python, code)
    assert "a number" in error
    assert "Traceback" not in error


def test_steps_of_a_loop_are_processes_that_draw_differently(tmp_path, python):
    (tmp_path / "drawn").mkdir()  # a loop's threads can lose lines of the log
    code = (
        "import os, pathlib, numpy; "
        f"folder = pathlib.Path({str(tmp_path / 'drawn')!r}); "
        "(folder / str(os.getpid())).write_text(str(numpy.random.rand()))"
    )
    run_local(
        compiled(loop, tmp_path),
        {"codes": [f"{code}  # {number}" for number in range(4)]},
        root=tmp_path / "runs",
        python=python,
        announce=lambda *_: None,
    )
    values = [path.read_text() for path in (tmp_path / "drawn").iterdir()]
    assert len(set(values)) == len(values) == 4


def test_runner_is_left_as_it_was(tmp_path, python):
    before = subprocess_task_handler.environment
    failed(tmp_path, python, "1 / 0")
    assert subprocess_task_handler.environment is before


def test_runner_asks_there_for_a_python(tmp_path):
    error, log = failed(tmp_path, "/no/such/python", "print('cold')")
    assert "step act" in error
    assert "/no/such/python" in log


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param(lambda pid: os.killpg(pid, signal.SIGINT), id="interrupted at a terminal"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGINT), id="interrupted alone"),
        pytest.param(lambda pid: os.kill(pid, signal.SIGKILL), id="killed"),
    ],
)
def test_run_that_is_ended_leaves_nothing(tmp_path, ended):
    place = tmp_path / "pid"
    path, code = compiled(one, tmp_path), PAUSE.format(place=str(place))
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(path), code, str(tmp_path / "runs")],
        cwd=HERE, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    step = written(place)
    server = int(Path(f"/proc/{step}/stat").read_text().rpartition(")")[2].split()[1])
    ended(command.pid)
    command.communicate(timeout=20)
    assert command.returncode != 0
    assert gone(step)
    assert gone(server)


def test_step_whose_command_is_killed_is_ended(tmp_path, python):
    place = tmp_path / "pid"
    statement = f"open({str(place)!r}, 'w').write(str(os.getpid())); time.sleep(99)"
    waiting = subprocess.Popen(
        [*shlex.split(python), "-m", "timeit", "-n1", "-r1", "-s", "import os, time", statement],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    step = written(place)
    waiting.kill()
    waiting.wait()
    assert gone(step)


def test_server_that_was_killed_fails_the_step_in_words(tmp_path):
    with prefork_server() as python:
        code = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
        error, _ = failed(tmp_path, python, code)
        assert "the prefork server has ended" in error
        error, _ = failed(tmp_path, python, "print('next')")
        assert "the prefork server cannot be reached" in error


def test_server_that_cannot_import_fails_the_step_with_its_output(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "SERVER", "pipelines.prefork.nobody")
    with prefork_server() as python:
        error, log = failed(tmp_path, python, "print('cold')")
    assert "the prefork server" in error
    assert "No module named pipelines.prefork.nobody" in log


def test_process_with_threads_is_not_forked():
    go = threading.Event()
    thread = threading.Thread(target=go.wait)
    thread.start()
    try:
        with pytest.raises(RuntimeError, match="imports have started threads"):
            fork()
    finally:
        go.set()
        thread.join()


def test_python_given_something_but_a_module_says_so(python):
    command = [*shlex.split(python), "-c", "pass"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert "expected -m and a module" in told.stderr
