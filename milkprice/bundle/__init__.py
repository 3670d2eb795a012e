"""A bundle is what a model is: its file, the sidecar that describes it, and what else it brings.

    model.joblib      the estimator
    polynomial.json   the same as plain arrays, which is what is served
    features.csv      the table it learnt from, months held out included
    search.csv        what the search scored
    outlook.json      forecasts of the months to come, and how good such forecasts were
    drift.json        what moved since the champion it was held against
    verdict.json      whether it may replace that champion, and why
    report.html       all of this for people
    model.json        the sidecar: what it needs, what it saw, what it scored, every file's hash

The sidecar is written last and read first. Its version holds the hash of all the rest of it, and
it holds the hash of every file, so whoever knows the version can tell whether a single byte of
the bundle changed; nothing is unpickled before that was checked.
"""

from milkprice.bundle.bundle import (
    SIDECAR,
    Bundle,
    completed,
    from_files,
    pack,
    redated,
    verify,
    without,
)
from milkprice.bundle.folder import read, write
from milkprice.bundle.libraries import LibraryPatchWarning
from milkprice.bundle.loading import load
from milkprice.bundle.sidecar import (
    Feature,
    FileRecord,
    Sidecar,
    Target,
    checked_name,
    from_json,
    to_json,
)
from milkprice.bundle.versions import VERSION, timestamp

__all__ = [
    "SIDECAR",
    "VERSION",
    "Bundle",
    "Feature",
    "FileRecord",
    "LibraryPatchWarning",
    "Sidecar",
    "Target",
    "checked_name",
    "completed",
    "from_files",
    "from_json",
    "load",
    "pack",
    "read",
    "redated",
    "timestamp",
    "to_json",
    "verify",
    "without",
    "write",
]
