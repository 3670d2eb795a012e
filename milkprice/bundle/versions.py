"""A version is a time and a content: sortable by eye, and impossible to reuse."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Literal

from milkprice.errors import SettingError

VERSION = re.compile("[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}")
CREATED = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def version_of(created: str, content: str) -> str:
    """Join a creation time and a content hash into a version."""
    return f"{re.sub('[-:]', '', created)}-{content[:12]}"


def created_of(version: str) -> str:
    """Read the creation time back from a version."""
    return re.sub(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*", r"\1-\2-\3T\4:\5:\6Z", version)


def timestamp(moment: datetime, *, timespec: Literal["seconds", "milliseconds"] = "seconds") -> str:
    """Write a moment in UTC, as it stands in sidecars and histories.

    Raises:
        SettingError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise SettingError(
            option="time", value=moment.isoformat(), expected="a time with a time zone"
        )
    return moment.astimezone(timezone.utc).isoformat(timespec=timespec).replace("+00:00", "Z")
