"""How a step is made, and how it runs on a cluster: resources, credentials, retries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfp import kubernetes
from kfp.dsl import PipelineTask
from kfp.dsl.pipeline_channel import PipelineParameterChannel
from kfp.dsl.structures import ResourceSpec

CREDENTIALS = {  # keys of the Secret, named as the variables they become
    key: key
    for key in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "MILKPRICE_SINGLE_WRITER",
    )
}
# The public keys one of which must have signed what is read of a registry, where there are any.
VERIFYING_CONFIG_MAP = "milkprice-verify-key"
VERIFYING = {"verifying.pem": "MILKPRICE_VERIFY_KEY"}
# The private key that versions and aliases are signed by, and the Secret it is in, likewise.
SIGNING_SECRET = "milkprice-signing"  # noqa: S105  its name
SIGNING = {"signing.pem": "MILKPRICE_SIGNING_KEY"}
USER = 65532  # the numeric user of the images
RETRIES = 2  # the store has retried for some seconds itself before a step fails

Inputs = Mapping[str, Any]


def create_task(component: Any, inputs: Inputs, **more: Any) -> PipelineTask:
    """A task of a component, which takes those of the inputs that it has by name."""
    names = component.component_spec.inputs
    return component(**{key: one for key, one in {**inputs, **more}.items() if key in names})


def sized(task: PipelineTask, *, cpu: str = "500m", memory: str = "512Mi") -> PipelineTask:
    """Set requests and limits, and an unprivileged user."""
    # What the task's four setters write: each of them walks the whole stack to learn its own
    # name, 25 ms while a module is being imported, and all pipelines together have hundreds.
    task.container_spec.resources = ResourceSpec(
        cpu_request="100m", cpu_limit=cpu, memory_request="256Mi", memory_limit=memory
    )
    kubernetes.set_security_context(task, run_as_user=USER, run_as_non_root=True)
    return task


def networked(
    task: PipelineTask, secret: str | PipelineParameterChannel, *, cached: bool = False
) -> PipelineTask:
    """Give a step the store's credentials, the keys to verify by, and retry it when it fails.

    It is not cached, because its result depends on the store and not on its parameters alone,
    unless they hold the hash of what it reads.
    """
    sized(task).set_caching_options(enable_caching=cached)
    kubernetes.use_secret_as_env(task, secret, CREDENTIALS, optional=True)
    kubernetes.use_config_map_as_env(task, VERIFYING_CONFIG_MAP, VERIFYING, optional=True)
    return task.set_retry(
        num_retries=RETRIES,
        backoff_duration="2s",
        backoff_factor=2.0,
        backoff_max_duration="600s",  # of all tries together, despite its name
    )


def signing(task: PipelineTask) -> PipelineTask:
    """Give a step that publishes or promotes the signing key, if the namespace has one."""
    return kubernetes.use_secret_as_env(task, SIGNING_SECRET, SIGNING, optional=True)
