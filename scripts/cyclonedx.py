"""``python -m scripts.cyclonedx IMAGE FILE``: the parts of an image as a CycloneDX document.

They are asked of the image itself, by a program that runs in it, confined as its pods are. The
same image gives the same bytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

INVENTORY = Path(__file__).with_name("inventory.py")
CONFINED = ("--rm", "--network", "none", "--read-only", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges")  # fmt: skip
SECONDS = 120


def main(image: str, file: Path) -> int:
    """Write the document of an image."""
    inventory = inside(image)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document(image, inventory), indent=2) + "\n", "utf-8")
    libraries, packages = len(inventory["libraries"]), len(inventory["packages"])
    print(f"{file}: {libraries} libraries of Python, {packages} packages of Debian")
    return 0


def inside(image: str) -> dict[str, Any]:
    """Have an image tell what is installed in it."""
    command = ["docker", "run", *CONFINED, "--entrypoint", "python", image, "-c"]
    done = subprocess.run(
        [*command, INVENTORY.read_text("utf-8")],
        stdout=subprocess.PIPE,
        check=True,
        timeout=SECONDS,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def document(image: str, inventory: Mapping[str, Any]) -> dict[str, Any]:
    """Write an inventory as CycloneDX has it."""
    name, _, tag = image.rpartition(":")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "container", "bom-ref": image, "name": name, "version": tag}
        },
        "components": list(_components(inventory)),
    }


def _components(inventory: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    yield _component("python", inventory["python"], "pkg:generic/python")
    for one in inventory["libraries"]:
        plain = re.sub(r"[-_.]+", "-", one["name"]).lower()
        yield _component(one["name"], one["version"], f"pkg:pypi/{plain}")
    for one in inventory["packages"]:
        place = f"pkg:deb/debian/{one['package']}"
        yield _component(one["package"], one["version"], place, f"?arch={one['architecture']}")


def _component(name: str, version: str, place: str, suffix: str = "") -> dict[str, str]:
    address = f"{place}@{quote(version, safe='')}{suffix}"
    return {"type": "library", "bom-ref": address, "name": name, "version": version,
            "purl": address}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
