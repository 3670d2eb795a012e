"""The moment at which tests happen."""

from datetime import datetime, timezone

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=timezone.utc)
