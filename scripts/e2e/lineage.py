"""What Kubeflow recorded of a run's artifacts, asked of the service that its page asks.

The messages are the part of ML Metadata's that is read here, told by their field numbers; the
rest of an answer is unknown to them and passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from scripts.e2e.checks import SECONDS, CheckError

SERVICE = "ml_metadata.MetadataStoreService"
RUN = "system.PipelineRun"
_PACKAGE = "milkprice.lineage"
_TEXT, _NUMBER, _REAL = "STRING", "INT64", "DOUBLE"
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "ContextRequest": {"type_name": (1, _TEXT), "context_name": (2, _TEXT)},
    "Context": {"id": (1, _NUMBER)},
    "ContextResponse": {"context": (1, "Context")},
    "ArtifactsRequest": {"context_id": (1, _NUMBER)},
    "Value": {"int_value": (1, _NUMBER), "double_value": (2, _REAL), "string_value": (3, _TEXT)},
    "Property": {"key": (1, _TEXT), "value": (2, "Value")},
    "Artifact": {
        "uri": (3, _TEXT),
        "custom_properties": (5, "*Property"),
        "type": (8, _TEXT),
    },
    "ArtifactsResponse": {"artifacts": (1, "*Artifact")},
}


@dataclass(frozen=True)
class Artifact:
    """An artifact of a run.

    Attributes:
        kind: ``system.Dataset``, ``system.Metrics`` and so on.
        uri: Where it lies.
        facts: What its step said of it.
    """

    kind: str
    uri: str
    facts: dict[str, Any]


class Lineage:
    """Kubeflow's record of artifacts.

    Args:
        channel: To its metadata service.
    """

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel
        self._types = _types()

    def artifacts(self, run: str) -> list[Artifact]:
        """The artifacts of a run.

        Raises:
            CheckError: The service knows no such run, or does not answer.
        """
        asked = {"type_name": RUN, "context_name": run}
        context = self._ask("GetContextByTypeAndName", "Context", asked).context
        if not context.id:
            raise CheckError(f"there is no record of run {run}")
        found = self._ask("GetArtifactsByContext", "Artifacts", {"context_id": context.id})
        return [_artifact(one) for one in found.artifacts]

    def _ask(self, method: str, messages: str, asked: dict[str, Any]) -> Any:
        call = self._channel.unary_unary(
            f"/{SERVICE}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=self._types[f"{messages}Response"].FromString,
        )
        try:
            return call(self._types[f"{messages}Request"](**asked), timeout=SECONDS)
        except grpc.RpcError as error:
            raise CheckError(f"{method}: {error}") from error


@contextmanager
def open_lineage(address: str) -> Iterator[Lineage]:
    """Ask the metadata service at an address."""
    with grpc.insecure_channel(address) as channel:
        yield Lineage(channel)


def _artifact(message: Any) -> Artifact:
    facts = {one.key: _value(one.value) for one in message.custom_properties}
    return Artifact(message.type, message.uri, facts)


def _value(value: Any) -> Any:
    given = [content for _, content in value.ListFields()]
    return given[0] if given else None


def _types() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="lineage.proto", package=_PACKAGE)
    file.syntax = "proto2"
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add(message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    find = pool.FindMessageTypeByName
    return {name: message_factory.GetMessageClass(find(f"{_PACKAGE}.{name}")) for name in _MESSAGES}


def _add(message: Any, field: str, number: int, kind: str) -> None:
    proto = descriptor_pb2.FieldDescriptorProto
    one = message.field.add(name=field, number=number)
    one.label = proto.LABEL_REPEATED if kind.startswith("*") else proto.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind in _MESSAGES:
        one.type, one.type_name = proto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        one.type = proto.Type.Value(f"TYPE_{kind}")
