"""Routes that tell what is here and in which state, and that change it."""

from __future__ import annotations

from serving.errors import EnvelopeError, ModelNotLoadedError
from serving.http import media
from serving.http.call import Call, Reply, document, refusal
from serving.models.description import SERVER, described, state_of, unloaded
from serving.models.host import Host
from serving.payload import text


class Inventory:
    """The routes that do not predict."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def live(self, call: Call) -> Reply:  # noqa: ARG002
        """Whether the process answers."""
        return document({"live": True})

    def ready(self, call: Call) -> Reply:  # noqa: ARG002
        """Whether every named model answers; not any more once the process was told to end."""
        if self._host.is_ready:
            return document({"ready": True})
        return refusal(ModelNotLoadedError())

    def server(self, call: Call) -> Reply:  # noqa: ARG002
        """What this server is."""
        return document(SERVER)

    def model(self, call: Call) -> Reply:
        """What is known of a model."""
        slot = self._host.slot(call.name)
        self._host.require(call.name, call.version)
        return document(described(slot))

    def model_ready(self, call: Call) -> Reply:
        """Whether a model answers."""
        self._host.require(call.name, call.version)
        return document({"name": call.name, "ready": True})

    def index(self, call: Call) -> Reply:
        """Every model there is and its state."""
        only_ready = _only_ready(call)
        states = [state_of(slot) for slot in self._host.slots.values()]
        if only_ready:
            return document([state for state in states if state["state"] == "READY"])
        return document([*states, *(unloaded(*absent) for absent in self._host.absent())])

    def load(self, call: Call) -> Reply:
        """Load a model, or whatever newer version is meant by now."""
        version = self._host.load(call.name).version
        return document({"name": call.name, "load": True, "version": version})

    def unload(self, call: Call) -> Reply:
        """Stop serving a model."""
        self._host.unload(call.name)
        return document({"name": call.name, "unload": True})

    def reload_all(self, call: Call) -> Reply:  # noqa: ARG002
        """Load every model anew, as an older interface did for its only one."""
        slots = self._host.slots
        for slot in slots.values():
            slot.load()
        versions = {name: slot.require().version for name, slot in slots.items()}
        return document({"message": "Model reloaded", "versions": versions})


def _only_ready(call: Call) -> bool:
    if not call.body:
        return False
    media.check(call.headers)
    asked = text.parse(call.body).get("ready", False)
    if not isinstance(asked, bool):
        raise EnvelopeError(field="ready", reason=f"is {asked!r}; expected true or false")
    return asked
