"""Bring the platform's manifests here, check every byte, render them into files.

    python3 -m scripts.vendoring [--sources FOLDER] [--into manifests/platform/vendor]

``manifests/platform/sources.txt`` says what is taken and what its hash is. The standard library
is enough for it; git and kubectl (or kustomize) must be there.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.rendering import KUSTOMIZATIONS, images, kustomized, localized, split
from scripts.sources import Source, VendoringError, bring, files_of, read_sources, tree_hash

HERE = Path(__file__).resolve().parent
PLATFORM = HERE.parent / "manifests" / "platform"
SOURCES = PLATFORM / "sources.txt"
# In the order in which they are applied: KServe needs cert-manager's certificates.
PARTS = ("cert-manager", "kserve", "kubeflow-pipelines")
STAMP = "rendered-from.txt"
PROGRAMS = ("vendoring.py", "rendering.py", "sources.py")


def render(sources: Sequence[Source], *, clones: Path | None, into: Path) -> list[str]:
    """Bring all sources and write ``into/<nn>-<part>[-crds].yaml``.

    Returns:
        The images that a cluster without the internet has to be given.
    """
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch).resolve()
        for source in sources:
            say(f"bringing {source.repository} {source.tag} {source.path}")
            bring(source, work / "sources", clones)
        for folder in ("controllers", "configs"):
            shutil.copytree(PLATFORM / folder, work / folder)
        for file in (path for path in files_of(work) if path.name in KUSTOMIZATIONS):
            text = localized(
                file.read_text("utf-8"), at=file.parent, into=work / "sources", sources=sources
            )
            file.write_text(text, "utf-8")
        manifests = {part: split(kustomized(work / "controllers" / part)) for part in PARTS}
    needed = sorted({one for _, rest in manifests.values() for one in images(rest)})
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for number, (part, (crds, rest)) in enumerate(manifests.items(), start=1):
        (into / f"{number}0-{part}-crds.yaml").write_text(crds, "utf-8")
        (into / f"{number}1-{part}.yaml").write_text(rest, "utf-8")
    (into / "images.txt").write_text("".join(f"{one}\n" for one in needed), "utf-8")
    return needed


def stamp() -> str:
    """Hash of all that the rendering is made from: unchanged, it need not be made again."""
    total = hashlib.sha256()
    for part in ("controllers", "configs"):
        total.update(tree_hash(PLATFORM / part).encode())
    total.update(SOURCES.read_bytes())
    for program in PROGRAMS:
        total.update((HERE / program).read_bytes())
    return total.hexdigest()


def main(arguments: Sequence[str]) -> int:
    """Render unless it is there already."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sources", type=Path, help="cloned repositories, instead of downloads")
    parser.add_argument("--into", type=Path, default=PLATFORM / "vendor")
    options = parser.parse_args(arguments)
    done = options.into / STAMP
    try:
        if done.is_file() and done.read_text("utf-8").strip() == stamp():
            say(f"{options.into} is up to date")
            return 0
        needed = render(read_sources(SOURCES), clones=options.sources, into=options.into)
    except VendoringError as error:
        say(f"error: {error}")
        return 1
    done.write_text(f"{stamp()}\n", "utf-8")
    say(f"wrote {options.into}; its images.txt names the {len(needed)} images it needs")
    return 0


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
