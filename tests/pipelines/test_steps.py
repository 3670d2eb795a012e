"""A run's steps among Kubeflow's nodes, and what a failed one said."""

from datetime import datetime, timedelta, timezone

import pytest
import yaml

from pipelines.compiled import compile_pipeline
from pipelines.steps import Node, reason, step_names, steps

MIDNIGHT = datetime(2026, 1, 1, tzinfo=timezone.utc)


def node(name, state, start=0, end=None):
    """A node that began and ended so many seconds after midnight."""
    ended = None if end is None else MIDNIGHT + timedelta(seconds=end)
    return Node(name, name, state, MIDNIGHT + timedelta(seconds=start), ended)


def found(*nodes, names=("load", "train"), failed=False):
    return [(step.name, step.state) for step in steps(nodes, frozenset(names), failed=failed)]


def test_names_of_the_compiled_pipeline_are_its_components(tmp_path):
    file = compile_pipeline("milk_price", tmp_path).path
    spec, platform = yaml.safe_load_all(file.read_text())
    names = step_names({"pipeline_spec": spec, "platform_spec": platform})
    assert names == step_names(spec)
    assert {"identify", "train", "deploy"} <= names
    assert not any(name.startswith(("for-loop", "condition")) for name in names)


@pytest.mark.parametrize("spec", [None, {}], ids=["none", "empty"])
def test_names_without_a_spec_are_none(spec):
    assert step_names(spec) == frozenset()


def test_steps_are_sorted_by_start_and_have_begun():
    nodes = [node("train", "RUNNING", 9), node("load", "SUCCEEDED", 1, 8), node("root", "RUNNING")]
    assert found(*nodes, node("deploy", None), names=("load", "train", "deploy")) == [
        ("load", "SUCCEEDED"), ("train", "RUNNING")]  # fmt: skip


def test_steps_of_a_loop_are_all_there():
    assert len(found(node("train", "RUNNING", 1), node("train", "RUNNING", 2))) == 2


def test_step_without_time_whose_container_was_skipped_is_cached():
    assert found(node("load", "SUCCEEDED", 1, 1), node("executor", "SKIPPED", 1, 1)) == [
        ("load", "CACHED")]  # fmt: skip


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([], id="no container known"),
        pytest.param([node("executor", "SUCCEEDED", 1, 1)], id="its container ran"),
        pytest.param([node("executor", "SKIPPED", 5, 5)], id="another's was skipped"),
    ],
)
def test_step_that_ran_within_a_second_is_not_cached(others):
    assert found(node("load", "SUCCEEDED", 1, 1), *others) == [("load", "SUCCEEDED")]


def test_step_whose_driver_failed_has_failed():
    nodes = [node("load-driver", "FAILED", 1, 5), node("load-driver(0)", "FAILED", 1, 5),
             node("load", None, 5, 5), node("root", "FAILED", 0, 5)]  # fmt: skip
    assert found(*nodes, node("train", "SUCCEEDED", 2, 9), failed=True) == [
        ("load", "FAILED"), ("train", "SUCCEEDED")]  # fmt: skip


def test_driver_that_is_at_work_is_no_step():
    assert found(node("load-driver", "RUNNING", 1)) == []


def test_failure_outside_the_steps_is_kept_where_it_happened():
    nodes = [
        node("flow", "FAILED", 0, 5), node("flow(0)", "FAILED", 0, 5),
        node("root-driver", "FAILED", 0, 5), node("root-driver(0)", "FAILED", 0, 2),
        node("root-driver(1)", "FAILED", 3, 5),
    ]  # fmt: skip
    assert found(*nodes, failed=True) == [("root-driver", "FAILED")]
    assert found(*nodes) == []


def test_failure_without_a_failed_driver_is_kept_innermost():
    nodes = [
        node("flow", "FAILED", 0, 9), node("root", "FAILED", 1, 9), node("loop", "FAILED", 2, 4),
        node("loop(0:1)(0)", "FAILED", 2, 4), node("other-loop", "FAILED", 5, 8),
        node("load", "SUCCEEDED", 1, 2),
    ]  # fmt: skip
    assert found(*nodes, failed=True) == [
        ("load", "SUCCEEDED"), ("loop", "FAILED"), ("other-loop", "FAILED")]  # fmt: skip


def test_failure_is_kept_where_no_times_are_known():
    nodes = [Node("1", "flow", "FAILED"), Node("2", "root", "FAILED")]
    assert found(*nodes, failed=True) == [("flow", "FAILED"), ("root", "FAILED")]


def test_run_that_failed_before_anything_began_has_no_steps():
    assert found(failed=True) == []


KLOG = "E1122 22:47:07.525481      16 launcher_v2.go:449] Component failed: exit status 1"
FATAL = "F1122 22:47:07.644770      16 main.go:59] failed to execute component: exit status 1"
FRAMES = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n    ^^^'


@pytest.mark.parametrize(
    ("log", "said"),
    [
        pytest.param(
            f"{FRAMES}\nmilkprice.data.errors.TableError: a.csv, row 3: 'x'.\n{KLOG}\n{FATAL}",
            "a.csv, row 3: 'x'.",
            id="own",
        ),
        pytest.param(f"{FRAMES}\nKeyError: 'gap'\n{FATAL}", "KeyError: 'gap'", id="other"),
        pytest.param(f"{FRAMES}\nMemoryError\n{FATAL}", "MemoryError", id="no message"),
        pytest.param(
            f"{FRAMES}\nnumpy.exceptions.AxisError: 7",
            "numpy.exceptions.AxisError: 7",
            id="module",
        ),
        pytest.param(
            f"{FRAMES}\nValueError: two\n  lines\n[KFP Executor 2026-11-22 22:47:04 INFO]: end",
            "ValueError: two\n  lines",
            id="lines",
        ),
        pytest.param(
            f"{FRAMES}\nOSError: first\nThe above exception was the direct cause of\n{FRAMES}\n"
            f"milkprice.errors.StoreError: second.\n{FATAL}",
            "second.",
            id="chain",
        ),
        pytest.param(f"I am at work\n{KLOG}\n{FATAL}\nI1122 22:47:08.0  1 a.go:1] bye",
                     "failed to execute component: exit status 1", id="no exception"),
        pytest.param(
            "F1122 22:47:07.1  1 main.go:127] KFP driver: driver.Container(a=b, c(d)) failed: no a",
            "no a",
            id="driver",
        ),
        pytest.param(f"{FRAMES}\n{FATAL}", "failed to execute component: exit status 1", id="cut"),
        pytest.param("begun\nKilled\n\n", "Killed", id="plain"),
        pytest.param("", "", id="empty"),
        pytest.param("\n \n", "", id="blank"),
    ],
)  # fmt: skip
def test_reason_is_what_the_step_said_last(log, said):
    assert reason(log) == said
