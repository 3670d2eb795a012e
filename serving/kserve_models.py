"""Our models as KServe knows models: for its listings, and for CloudEvents, which it unwraps."""

from __future__ import annotations

from typing import Any

import orjson
from kserve import Model, ModelRepository
from kserve.errors import InvalidInput, ModelNotReady
from kserve.metrics import EXPLAIN_HIST_TIME, POST_HIST_TIME, PRE_HIST_TIME, PREDICT_HIST_TIME

from milkprice.errors import MilkpriceError
from serving.errors import ModelNotLoadedError
from serving.http.inference import PredictionRoutes
from serving.models.repository import Host

# What KServe measures of a model that a CloudEvent asks.
HISTOGRAMS = (PRE_HIST_TIME, POST_HIST_TIME, PREDICT_HIST_TIME, EXPLAIN_HIST_TIME)


class KServeModel(Model):  # type: ignore[misc]
    """One of our models, as a model of KServe."""

    def __init__(self, name: str, host: Host, predictions: PredictionRoutes) -> None:
        self._host = host
        self._predictions = predictions
        super().__init__(name)

    @property
    def ready(self) -> bool:
        """Whether a version serves, asked each time."""
        slot = self._host.slots.get(self.name)
        return slot is not None and slot.served is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """KServe sets this when it starts and stops; our host knows better."""

    def load(self) -> bool:
        """Load what is meant now."""
        self._host.load(self.name)
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


class KServeModelRepository(ModelRepository):  # type: ignore[misc]
    """Our models as they come and go, and whatever else was registered with KServe."""

    def __init__(self, host: Host, predictions: PredictionRoutes) -> None:
        super().__init__()
        self._host = host
        self._predictions = predictions
        host.watch(self)

    def joined(self, name: str) -> None:
        """A model is there; it is looked up when it is asked for."""

    def left(self, name: str) -> None:
        """A model is not there any more, and takes KServe's own series of it along."""
        for histogram in HISTOGRAMS:
            histogram.remove(name)

    def get_model(self, name: str) -> Any:
        """A model that is here; None for any other."""
        if name in self._host.slots:
            return KServeModel(name, self._host, self._predictions)
        return self.models.get(name)

    def get_models(self) -> dict[str, Any]:
        """All models that are known, those that are not in memory too."""
        known = {
            name: KServeModel(name, self._host, self._predictions) for name in self._host.names
        }
        return {**self.models, **known}
