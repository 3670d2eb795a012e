"""The gRPC server."""

from __future__ import annotations

import grpc
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import (
    add_GRPCInferenceServiceServicer_to_server,
)

from milkprice.errors import SettingError
from serving.access import Tokens
from serving.admission import Admission
from serving.grpc.interceptor import Interceptor
from serving.grpc.servicer import Servicer
from serving.models.host import Host
from serving.settings import ServingSettings

# Around a body: names, shapes and the envelope.
ENVELOPE_BYTES = 64 * 1024


async def start_grpc(
    settings: ServingSettings, host: Host, *, tokens: Tokens, admission: Admission
) -> grpc.aio.Server:
    """Start a server on the settings' address.

    Raises:
        SettingError: The port cannot be had.
    """
    limit = settings.limits.body_bytes + ENVELOPE_BYTES
    server = grpc.aio.server(
        interceptors=[Interceptor(host, tokens=tokens, admission=admission)],
        options=[
            ("grpc.max_receive_message_length", limit),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),
        ],
    )
    add_GRPCInferenceServiceServicer_to_server(Servicer(host, settings.limits), server)
    address = f"{settings.host}:{settings.grpc_port}"
    try:
        server.add_insecure_port(address)
    except RuntimeError as error:
        raise SettingError(option="gRPC port", value=address, expected="a free port") from error
    await server.start()
    return server
