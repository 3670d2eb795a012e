"""What is installed here, as JSON. Runs within an image, so it needs nothing but Python.

Python's libraries are asked for themselves, Debian's packages of its own list.
"""

from __future__ import annotations

import json
import platform
import re
from importlib.metadata import distributions
from pathlib import Path

DPKG = Path("/var/lib/dpkg/status")
FIELD = re.compile(r"^(Package|Version|Architecture|Status): (.*)$", re.MULTILINE)
INSTALLED = "install ok installed"


def libraries() -> list[dict[str, str]]:
    """Every library of this Python."""
    found = {one.metadata["Name"]: one.version for one in distributions()}
    return [{"name": name, "version": found[name]} for name in sorted(found, key=str.lower)]


def packages(status: Path = DPKG) -> list[dict[str, str]]:
    """Every package of Debian; none where that is not the system."""
    text = status.read_text("utf-8") if status.exists() else ""
    stanzas = (dict(FIELD.findall(stanza)) for stanza in text.split("\n\n"))
    return [
        {key.lower(): one[key] for key in ("Package", "Version", "Architecture")}
        for one in stanzas
        if one.get("Status") == INSTALLED
    ]


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "libraries": libraries(),
                "packages": packages(),
            }
        )
    )
