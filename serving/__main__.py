"""``python -m serving``: load the models while the server is imported, then serve."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from milkprice.errors import MilkpriceError
from serving import logs
from serving.models.repository import ModelRepository
from serving.options import read_settings
from serving.settings import ServingSettings

if TYPE_CHECKING:
    from serving.server import PredictorServer

# How long a thread that loads or imports may keep the interpreter while requests wait for it: with
# Python's own five milliseconds, each request may wait that long.
SWITCH_SECONDS = 0.0005


def main() -> int:
    """Serve until the process is told to end; status 2 is for options that cannot be."""
    try:
        settings = read_settings(sys.argv[1:], os.environ)
        logs.set_up(level=settings.log_level, style=settings.log_format)
        repository = ModelRepository.from_settings(settings)
        sys.setswitchinterval(SWITCH_SECONDS)
        repository.start()  # loads in its own thread, while the rest is imported in this one
        try:
            build_server(settings, repository).start()
        finally:
            repository.stop()
    except MilkpriceError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  the terminal is where it is read
        return 2
    return 0


def build_server(settings: ServingSettings, repository: ModelRepository) -> PredictorServer:
    """Put the server, our application and the models together; KServe is not imported yet."""
    del sys.argv[1:]  # KServe parses them when it is imported, by its own rules
    from serving import metrics
    from serving.admission import Admission, Tokens
    from serving.http.routes import build_routes
    from serving.server import PredictorServer

    tokens = Tokens(settings.token_file)
    admission = Admission(settings.limits.concurrency)
    metrics.IN_FLIGHT.set_function(lambda: admission.in_progress)
    metrics.READY.set_function(lambda: repository.is_ready)
    routes = build_routes(repository, settings.limits, settings.events)
    return PredictorServer(settings, repository, routes, tokens=tokens, admission=admission)


if __name__ == "__main__":
    sys.exit(main())
