"""What ends a measurement: wrong answers, failed requests, missing programs."""


class BenchmarkError(Exception):
    """The measurement says nothing, for the reason in its message."""
