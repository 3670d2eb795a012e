"""Our models as KServe knows models: for its listings, and for CloudEvents, which it unwraps."""

from __future__ import annotations

from typing import Any

import orjson
from kserve import Model, ModelRepository
from kserve.errors import InvalidInput, ModelNotReady

from milkprice.errors import MilkpriceError
from serving.errors import ModelNotLoadedError
from serving.http.predictions import Predictions
from serving.models.host import Host
from serving.models.slot import Slot


class HostedModel(Model):  # type: ignore[misc]
    """One slot, as a model of KServe."""

    def __init__(self, slot: Slot, predictions: Predictions) -> None:
        self._slot = slot
        self._predictions = predictions
        super().__init__(slot.name)

    @property
    def ready(self) -> bool:
        """Whether a version serves, asked each time."""
        return self._slot.served is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """KServe sets this when it starts and stops; a slot knows better."""

    def load(self) -> bool:
        """Load what is meant now."""
        self._slot.load()
        return self.ready

    def predict(self, payload: Any, headers: Any = None) -> Any:  # noqa: ARG002
        """Answer an unwrapped CloudEvent."""
        return self._answered(payload, explain=False)

    def explain(self, payload: Any, headers: Any = None) -> Any:  # noqa: ARG002
        """Answer an unwrapped CloudEvent with its parts."""
        return self._answered(payload, explain=True)

    def _answered(self, payload: Any, *, explain: bool) -> Any:
        try:
            return orjson.loads(self._predictions.cloud_event(self.name, payload, explain=explain))
        except ModelNotLoadedError as error:
            raise ModelNotReady(self.name, str(error)) from error
        except MilkpriceError as error:
            raise InvalidInput(str(error)) from error


def repository(host: Host, predictions: Predictions) -> ModelRepository:
    """All slots, as a repository of KServe."""
    models = ModelRepository()
    for slot in host.slots.values():
        models.update(HostedModel(slot, predictions))
    return models
