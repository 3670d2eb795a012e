"""Errors of compiling, running and uploading pipelines."""

from __future__ import annotations

from milkprice.errors import MilkpriceError


class PipelineError(MilkpriceError):
    """A run of a pipeline."""


class PipelineStepError(PipelineError):
    """A step of a pipeline failed, and the run with it."""

    def __init__(self, *, pipeline: str, step: str, reason: str, log: str) -> None:
        sentence = reason if reason.endswith((".", "!", "?")) else f"{reason}."
        super().__init__(f"{pipeline} failed in its step {step}: {sentence} The whole log: {log}")


class PipelineParameterError(PipelineError):
    """A pipeline has no such parameter, needs one, or has one of another kind."""

    def __init__(self, *, pipeline: str, parameter: str, problem: str) -> None:
        super().__init__(f"{pipeline}: parameter {parameter} {problem}.")


class PipelineUnknownError(PipelineError):
    """Kubeflow has no such pipeline or run."""

    def __init__(self, *, kind: str, name: str, remedy: str) -> None:
        super().__init__(f"Kubeflow has no {kind} {name!r}; {remedy}.")


class KubeflowError(PipelineError):
    """Kubeflow did not do what was asked."""

    def __init__(self, *, endpoint: str, reason: str) -> None:
        super().__init__(
            f"Kubeflow Pipelines at {endpoint}: {reason}. Check that it runs, and that --endpoint "
            "or KF_PIPELINES_ENDPOINT points at it."
        )
