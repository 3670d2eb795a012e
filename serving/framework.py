"""KServe's own application, with its routes, behind ours; to import it takes seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import kserve
import kserve.model_server
from fastapi import FastAPI
from kserve.constants.constants import FASTAPI_APP_IMPORT_STRING
from kserve.protocol.rest.server import RESTServer
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from milkprice.errors import SettingError
from serving.models.repository import ModelRepository


class KServeModelRepository(kserve.ModelRepository):  # type: ignore[misc]
    """Our models, in memory or not, and in ``models`` whatever else was registered with KServe."""

    def __init__(self, repository: ModelRepository) -> None:
        super().__init__()
        self._repository = repository

    def update(self, model: Any, name: str | None = None) -> None:
        """Register a model of KServe.

        Raises:
            SettingError: One of ours has its name.
        """
        taken = name or model.name
        if taken in self._repository.handles:
            expected = "a name that no model of MODEL_URI has"
            raise SettingError(option="model name", value=taken, expected=expected)
        super().update(model, name)

    def get_model(self, name: str) -> Any:
        """A model of KServe, or one of ours in memory; None for any other."""
        if name not in self.models and name in self._repository.handles:
            return KServeModel(name, self._repository)
        return self.models.get(name)

    def get_models(self) -> dict[str, Any]:
        """All models that are known, those that are not in memory too."""
        ours = {name: KServeModel(name, self._repository) for name in self._repository.names}
        return {**ours, **self.models}


class KServeModel(kserve.Model):  # type: ignore[misc]
    """One of our models in the listings of KServe; our own routes answer for it."""

    def __init__(self, name: str, repository: ModelRepository) -> None:
        self._repository = repository
        super().__init__(name)

    @property
    def ready(self) -> bool:
        """Whether a version is loaded, looked up each time."""
        handle = self._repository.handles.get(self.name)
        return handle is not None and handle.model is not None

    @ready.setter
    def ready(self, value: bool) -> None:
        """Ignored: KServe sets this at start and stop, but our repository decides."""


class KServeFramework:
    """KServe's server without its sockets, which ours replace.

    Attributes:
        application: FastAPI's, with KServe's routes.
        models: Ours and KServe's.
    """

    def __init__(self, repository: ModelRepository, models: Sequence[Any]) -> None:
        """Let KServe put its routes into an application.

        Args:
            repository: Our models.
            models: More models of KServe, served by its own routes beside ours.

        Raises:
            SettingError: One of ours has a model's name.
        """
        self.models = KServeModelRepository(repository)
        self.application = FastAPI(title="milkprice", openapi_url=None, redirect_slashes=False)
        self.application.add_exception_handler(HTTPException, _http_error)
        kserve.model_server.app = self.application
        server = kserve.ModelServer(
            enable_grpc=False, enable_latency_logging=False, registered_models=self.models
        )
        for model in models:
            server.register_model(model)
        RESTServer(
            FASTAPI_APP_IMPORT_STRING,
            server.dataplane,
            server.model_repository_extension,
            server.http_port,
        ).create_application()


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """Report an unknown path or method in the form of all other errors."""
    if not isinstance(error, HTTPException):
        raise error
    missing = f"There is no {request.url.path} here; see /docs."
    reason = missing if error.status_code == 404 else error.detail
    return JSONResponse({"error": reason}, error.status_code, headers=error.headers)
