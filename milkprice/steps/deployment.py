"""A promoted version to a predictor that serves it."""

from __future__ import annotations

from milkprice.cluster import DeploySettings, open_cluster
from milkprice.cluster import deploy as deploy_model
from milkprice.registry import Catalogue
from milkprice.settings import StoreSettings
from milkprice.store import open_store


def deploy(
    name: str, *, alias: str, registry: str, namespace: str, service: str, settings: StoreSettings
) -> str:
    """Have the predictor of this cluster follow an alias, and wait until it serves its version.

    The predictor must be there: making one, with its image, is not a pipeline's.

    Returns:
        The version that is served.
    """
    wanted = DeploySettings(
        model=name, reference=alias, registry=registry, namespace=namespace, service=service
    )
    with open_cluster() as cluster:
        return deploy_model(cluster, Catalogue(open_store(registry, settings)), wanted).version
