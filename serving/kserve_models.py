"""Our models as KServe knows models: for its listings, and for CloudEvents, which it unwraps."""

from __future__ import annotations

from typing import Any

import kserve
import orjson
from kserve.errors import InvalidInput, ModelNotReady
from kserve.metrics import EXPLAIN_HIST_TIME, POST_HIST_TIME, PRE_HIST_TIME, PREDICT_HIST_TIME

from milkprice.errors import MilkpriceError
from serving.errors import ModelNotLoadedError
from serving.http.inference import PredictionRoutes
from serving.models.repository import ModelRepository

# What KServe measures of a model that a CloudEvent asks.
HISTOGRAMS = (PRE_HIST_TIME, POST_HIST_TIME, PREDICT_HIST_TIME, EXPLAIN_HIST_TIME)


class KServeModel(kserve.Model):  # type: ignore[misc]
    """One of our models, as a model of KServe."""

    def __init__(
        self, name: str, repository: ModelRepository, predictions: PredictionRoutes
    ) -> None:
        self._repository = repository
        self._predictions = predictions
        super().__init__(name)

    @property
    def ready(self) -> bool:
        """Whether a version serves, asked each time."""
        handle = self._repository.handles.get(self.name)
        return handle is not None and handle.model is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """KServe sets this when it starts and stops; our host knows better."""

    def load(self) -> bool:
        """Load what is meant now."""
        self._repository.load(self.name)
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


class KServeModelRepository(kserve.ModelRepository):  # type: ignore[misc]
    """Our models as they come and go, and whatever else was registered with KServe."""

    def __init__(self, repository: ModelRepository, predictions: PredictionRoutes) -> None:
        super().__init__()
        self._repository = repository
        self._predictions = predictions
        repository.subscribe(self)

    def on_load(self, name: str) -> None:
        """A model is there; it is looked up when it is asked for."""

    def on_evict(self, name: str) -> None:
        """A model is not there any more, and takes KServe's own series of it along."""
        for histogram in HISTOGRAMS:
            histogram.remove(name)

    def get_model(self, name: str) -> Any:
        """A model that is here; None for any other."""
        if name in self._repository.handles:
            return KServeModel(name, self._repository, self._predictions)
        return self.models.get(name)

    def get_models(self) -> dict[str, Any]:
        """All models that are known, those that are not in memory too."""
        known = {
            name: KServeModel(name, self._repository, self._predictions)
            for name in self._repository.names
        }
        return {**self.models, **known}
