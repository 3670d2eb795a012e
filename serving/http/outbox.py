"""Answers that were ready before others were read, sent together."""

from __future__ import annotations

import asyncio


class Outbox:
    """Answers on their way out, all those of one turn of the loop together.

    Sent one by one, each would wake its client up on its own, and that takes as long as
    reckoning the answer did.
    """

    def __init__(self) -> None:
        self._packets: list[tuple[asyncio.Transport, bytes, bool]] = []

    def add(self, transport: asyncio.Transport, packet: bytes, *, close: bool) -> None:
        """Take an answer, to be sent when everything that has come was read."""
        if not self._packets:
            asyncio.get_running_loop().call_soon(self.send)
        self._packets.append((transport, packet, close))

    def send(self) -> None:
        """Send what there is, in the order in which it came."""
        packets, self._packets = self._packets, []
        for transport, packet, close in packets:
            if not transport.is_closing():
                transport.write(packet)
                if close:
                    transport.close()
