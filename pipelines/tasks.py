"""How a step is run on a cluster: what it may use, whom it may ask, when it is tried again."""

from __future__ import annotations

from kfp import kubernetes
from kfp.dsl import PipelineTask
from kfp.dsl.pipeline_channel import PipelineParameterChannel

CREDENTIALS = {  # keys of the Secret, named as the variables they become
    key: key
    for key in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
    )
}
USER = 65532  # the numeric user of the images
RETRIES = 2  # the store has retried for some seconds itself before a step fails


def sized(task: PipelineTask, *, cpu: str = "500m", memory: str = "512Mi") -> PipelineTask:
    """Give a step its share and no more, as an ordinary user."""
    task.set_cpu_request("100m").set_cpu_limit(cpu)
    task.set_memory_request("256Mi").set_memory_limit(memory)
    kubernetes.set_security_context(task, run_as_user=USER, run_as_non_root=True)
    return task


def networked(
    task: PipelineTask, secret: str | PipelineParameterChannel, *, cached: bool = False
) -> PipelineTask:
    """Give a step the store's credentials, and try it again when it fails.

    It is not cached, for what it does or finds out there is not in its parameters, unless they
    name the content that it brings.
    """
    sized(task).set_caching_options(enable_caching=cached)
    kubernetes.use_secret_as_env(task, secret, CREDENTIALS, optional=True)
    return task.set_retry(
        num_retries=RETRIES,
        backoff_duration="2s",
        backoff_factor=2.0,
        backoff_max_duration="600s",  # of all tries together, whatever its name says
    )
