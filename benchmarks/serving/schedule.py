"""Arrivals at a fixed rate, and what came of them.

Clients that wait for an answer before they ask again slow down with the server, and the waiting
of those who would have come meanwhile is never seen. Here requests are due at their time whatever
the server does, and a latency counts from when a request was due, not from when it was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Paced:
    """What came of a schedule.

    Attributes:
        rate: Requests a second that were due.
        reached: Requests a second that were answered, from the first due to the last answered.
        p50: Median latency from when a request was due, in milliseconds.
        p99: The same of all but one of a hundred.
        most: The longest.
        late: All but one of a hundred requests that a connection was free for were sent this
            many milliseconds after they were due, or fewer: the client's own delay.
        checked: Answers that were compared with scikit-learn's.
    """

    rate: float
    reached: float
    p50: float
    p99: float
    most: float
    late: float
    checked: int


def due_times(rate: float, seconds: float) -> Floats:
    """Seconds from the start at which requests are due, evenly spread."""
    return np.arange(max(1, round(rate * seconds))) / rate


def outcome(
    due: Sequence[float] | Floats,
    answered: Sequence[float] | Floats,
    delays: Sequence[float],
    *,
    rate: float,
    checked: int,
) -> Paced:
    """Sum up a schedule.

    Args:
        due: When each request was due, in seconds.
        answered: When each was answered.
        delays: Seconds from due to sent, of those a connection was free for.
        rate: The rate that was wanted.
        checked: How many answers were checked.
    """
    latencies = (np.asarray(answered) - np.asarray(due)) * 1e3
    p50, p99 = np.percentile(latencies, (50, 99))
    return Paced(
        rate=rate,
        reached=len(latencies) / float(np.max(answered) - due[0]),
        p50=float(p50),
        p99=float(p99),
        most=float(latencies.max()),
        late=float(np.percentile(delays, 99)) * 1e3 if delays else 0.0,
        checked=checked,
    )
