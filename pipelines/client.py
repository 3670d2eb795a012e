"""Kubeflow Pipelines through its own client; no other module imports the client."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import datetime
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import Any

from kfp.client import Client
from kfp_server_api.exceptions import ApiException
from urllib3.exceptions import HTTPError

from pipelines.errors import KubeflowError
from pipelines.kubeflow import CACHED, FAILED, Run, StepState, Version
from pipelines.steps import Node, step_names, steps

EXPERIMENT = "milkprice"
PAGE = 100
LOG = "/apis/v1alpha1/runs/{run}/nodes/{node}/log"  # the one call its own client lacks


class KubeflowClient:
    """Kubeflow Pipelines at an endpoint.

    Args:
        endpoint: Address of the API; None leaves it to the client's own environment variables.
        namespace: Namespace of runs in a multi-user installation.
        token: Bearer token, where one is needed.
    """

    def __init__(self, endpoint: str | None, *, namespace: str | None, token: str | None) -> None:
        self._endpoint = endpoint or "the configured endpoint"
        self._namespace = namespace
        with self._answers(), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # that it is for version 2: so are we
            self._client = Client(host=endpoint, existing_token=token)
        self._names: dict[str, frozenset[str]] = {}  # of a version's steps: versions never change

    def pipeline(self, name: str) -> str | None:
        """Identity of the pipeline of this name."""
        with self._answers():
            identity: str | None = self._client.get_pipeline_id(name)
            return identity

    def versions(self, pipeline: str) -> list[Version]:
        """All versions of a pipeline."""
        with self._answers():
            pages = _pages(self._client.list_pipeline_versions, "pipeline_versions",
                           pipeline_id=pipeline)  # fmt: skip
            return [_version(one) for one in pages]

    def upload(self, file: Path, *, name: str) -> str:
        """Upload a new pipeline; its identity. Its first version takes the pipeline's name."""
        with self._answers():
            pipeline = self._client.upload_pipeline(str(file), pipeline_name=name)
            return str(pipeline.pipeline_id)

    def upload_version(self, file: Path, *, name: str, pipeline: str) -> Version:
        """Upload a further version."""
        with self._answers():
            version = self._client.upload_pipeline_version(
                str(file), pipeline_version_name=name, pipeline_id=pipeline
            )
            return _version(version)

    def start(self, *, name: str, pipeline: str, version: str, arguments: Mapping[str, Any]) -> str:
        """Start a run; its identity."""
        with self._answers():
            run = self._client.run_pipeline(
                self._experiment(), name, params=dict(arguments),
                pipeline_id=pipeline, version_id=version,
            )  # fmt: skip
            return str(run.run_id)

    def run(self, identity: str) -> Run:
        """A run as it stands."""
        with self._answers():
            one = self._client.get_run(identity)
            return _run(one, self._steps(one))

    def log(self, run: str, step: StepState) -> str:
        """The log of a step's last try; empty where none is kept.

        A step from the cache has none: asked for it, the server gives that of a later step.
        """
        if step.state == CACHED:
            return ""
        with self._answers():
            logs = (self._node_log(run, node) for node in reversed(step.nodes))
            return next(filter(None, logs), "")

    def runs(self, *, most: int) -> list[Run]:
        """The newest runs, without their steps."""
        with self._answers():
            page = self._client.list_runs(
                page_size=most, sort_by="created_at desc", namespace=self._namespace
            )
            return [_run(one, ()) for one in page.runs or []]

    def schedules(self, name: str) -> list[str]:
        """Identities of the recurring runs of this name."""
        with self._answers():
            pages = _pages(self._client.list_recurring_runs, "recurring_runs",
                           namespace=self._namespace)  # fmt: skip
            return [one.recurring_run_id for one in pages if one.display_name == name]

    def schedule(
        self, *, name: str, cron: str, pipeline: str, version: str, arguments: Mapping[str, Any]
    ) -> str:
        """Make a recurring run; its identity."""
        with self._answers():
            schedule = self._client.create_recurring_run(
                self._experiment(), name, cron_expression=cron, params=dict(arguments),
                pipeline_id=pipeline, version_id=version, no_catchup=True,
            )  # fmt: skip
            return str(schedule.recurring_run_id)

    def pause(self, identity: str) -> None:
        """Disable a recurring run: it starts no more runs."""
        with self._answers():
            self._client.disable_recurring_run(identity)

    def unschedule(self, identity: str) -> None:
        """Delete a recurring run and its runs; a run under way ends there."""
        with self._answers():
            self._client.delete_recurring_run(identity)

    def _steps(self, run: Any) -> tuple[StepState, ...]:
        tasks = (run.run_details.task_details if run.run_details else None) or []
        nodes = [_node(task) for task in tasks if task.display_name]
        return steps(nodes, self._step_names(run), failed=run.state == FAILED)

    def _step_names(self, run: Any) -> frozenset[str]:
        """Names of the steps of a run's pipeline; none where its version has been deleted."""
        version = run.pipeline_version_reference
        if run.pipeline_spec or not version:
            return step_names(run.pipeline_spec)
        identity = version.pipeline_version_id
        if identity not in self._names:
            try:
                document = self._client.get_pipeline_version(version.pipeline_id, identity)
            except ApiException as error:
                if error.status != HTTPStatus.NOT_FOUND:
                    raise
                return frozenset()
            self._names[identity] = step_names(document.pipeline_spec)
        return self._names[identity]

    def _node_log(self, run: str, node: str) -> str:
        """Log of a node; empty if the server has none, which it reports as 200 with an error."""
        caller = self._client._run_api.api_client  # noqa: SLF001  kfp has no other way to its tokens
        try:
            answer = caller.call_api(
                LOG, "GET", {"run": run, "node": node},
                auth_settings=["Bearer"], _preload_content=False,
            )  # fmt: skip
        except ApiException as error:
            if error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                raise
            return ""  # survived: a step has several nodes, and its state is known without a log
        text: str = answer.data.decode(errors="replace")
        return "" if _is_error(text) else text

    def _experiment(self) -> str:
        experiment = self._client.create_experiment(EXPERIMENT, namespace=self._namespace)
        return str(experiment.experiment_id)

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Raise the client's errors as ours, and keep its links off the screen."""
        try:
            with redirect_stdout(StringIO()):
                yield
        except ApiException as error:
            reason = f"it answered {error.status} {error.reason}"
            raise KubeflowError(endpoint=self._endpoint, reason=reason) from error
        except (HTTPError, OSError) as error:
            reason = "it could not be reached"
            raise KubeflowError(endpoint=self._endpoint, reason=reason) from error


def _pages(listing: Any, field: str, **options: Any) -> Iterator[Any]:
    token = ""
    while True:
        page = listing(page_token=token, page_size=PAGE, **options)
        yield from getattr(page, field) or []
        token = page.next_page_token or ""
        if not token:
            return


def _version(one: Any) -> Version:
    return Version(one.pipeline_version_id, one.display_name, one.pipeline_spec)


def _run(one: Any, steps: tuple[StepState, ...]) -> Run:
    error = (one.error.message or "") if one.error else ""
    schedule = one.recurring_run_id or ""
    return Run(one.run_id, one.display_name, one.state or "PENDING", steps, error, schedule)


def _node(task: Any) -> Node:
    children = tuple(one.pod_name for one in task.child_tasks or [] if one.pod_name)
    start, end = task.start_time, task.end_time
    return Node(task.task_id, task.display_name, task.state, start, _known(start, end), children)


def _known(start: datetime | None, end: datetime | None) -> datetime | None:
    """When it ended; None while it runs, for which the server returns 1970."""
    return end if start and end and end >= start else None


def _is_error(text: str) -> bool:
    """Whether an answer that should be a log is the server's own error."""
    try:
        error = json.loads(text)
    except ValueError:
        return False
    return isinstance(error, dict) and error.keys() == {"error_message", "error_details"}
