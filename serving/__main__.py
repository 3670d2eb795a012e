"""``python -m serving``: load the models while the heavy imports run, then serve."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

from milkprice.errors import MilkpriceError
from serving import logs, settings
from serving.models.repository import ModelRepository

if TYPE_CHECKING:
    from serving.server import PredictorServer

# How long a thread that loads may keep the interpreter while requests wait for it: with Python's
# own five milliseconds, a request may wait that long whenever another model is loaded.
TURN_SECONDS = 0.0005


def main() -> int:
    """Serve until told to end; 2 is the status of options that mean nothing."""
    try:
        chosen = settings.read_settings(sys.argv[1:], os.environ)
        logs.set_up(level=chosen.log_level, style=chosen.log_format)
        repository = ModelRepository.from_settings(chosen)
        if repository.has_wildcards:
            sys.setswitchinterval(TURN_SECONDS)
        repository.start()  # loads in its own thread, while KServe is imported in this one
        try:
            build_server(chosen, repository).start([])
        finally:
            repository.stop()
    except MilkpriceError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  the terminal is where it is read
        return 2
    return 0


def build_server(chosen: settings.ServingSettings, repository: ModelRepository) -> PredictorServer:
    """Put all parts together."""
    del sys.argv[1:]  # KServe parses them when it is imported, by its own rules
    import kserve.model_server

    from serving import metrics
    from serving.access import Tokens
    from serving.admission import Admission
    from serving.http.application import Application, KServeApplication
    from serving.http.docs import DocsRoutes
    from serving.http.inference import PredictionRoutes
    from serving.http.management import ManagementRoutes
    from serving.http.page import PageRoutes
    from serving.http.routes import build_routes
    from serving.kserve_models import KServeModelRepository
    from serving.server import PredictorServer

    tokens = Tokens(chosen.token_file)
    admission = Admission(chosen.limits.concurrency)
    metrics.IN_FLIGHT.set_function(lambda: admission.in_progress)
    metrics.READY.set_function(lambda: repository.is_ready)
    predictions = PredictionRoutes(repository, chosen.limits)
    home = PageRoutes(repository, chosen.limits)
    routes = build_routes(
        repository, predictions, ManagementRoutes(repository), DocsRoutes(repository), home
    )
    kserve.model_server.app = KServeApplication(
        lambda framework: Application(
            framework,
            routes,
            repository=repository,
            tokens=tokens,
            admission=admission,
            limits=chosen.limits,
            access_log=chosen.access_log,
        ),
        limits=chosen.limits,
    )
    gc.freeze()  # what was imported stays: no need to look through it again and again
    return PredictorServer(
        chosen,
        repository,
        tokens=tokens,
        admission=admission,
        models=KServeModelRepository(repository, predictions),
    )


if __name__ == "__main__":
    sys.exit(main())
