"""What to deploy, and where."""

from __future__ import annotations

from dataclasses import dataclass

from milkprice.cluster.inference_service import SERVICE, entry
from milkprice.cluster.rollout import DesiredState
from milkprice.errors import SettingError
from milkprice.registry import CHAMPION
from milkprice.registry.bundle import check_name

NAMESPACE = "milkprice"


@dataclass(frozen=True, kw_only=True)
class DeploySettings:
    """What to deploy, and where.

    Attributes:
        model: Name of the model.
        reference: A version, or an alias that the predictor then follows.
        registry: Where the predictor reads it: ``s3://bucket/prefix``.
        namespace: Namespace of the InferenceService.
        service: Its name.
        image: Image of the predictor; None leaves it as it is.
        timeout: Seconds to wait until it serves.
        patience: Seconds for which a hopeless state may last, since some mend themselves.
        poll: Seconds between looks.
    """

    model: str
    reference: str = CHAMPION
    registry: str
    namespace: str = NAMESPACE
    service: str = SERVICE
    image: str | None = None
    timeout: float = 300.0
    patience: float = 20.0
    poll: float = 1.0

    def __post_init__(self) -> None:
        check_name(self.model)
        if not self.registry.startswith("s3://"):
            raise SettingError(
                option="registry",
                value=self.registry,
                expected="s3://bucket/prefix, since the predictor reads it inside the cluster",
            )
        if not self.timeout > 0:
            raise SettingError(option="timeout", value=self.timeout, expected="seconds above 0")

    @property
    def goal(self) -> DesiredState:
        """What shall run."""
        address = entry(self.registry, self.model, self.reference)
        return DesiredState(address=address, image=self.image)
