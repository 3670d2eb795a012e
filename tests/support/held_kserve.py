"""A predictor that cannot import KServe before a file is there, started as ``python -m serving``.

Usage: python -m tests.support.held_kserve <file> <options of python -m serving>

What the file holds is why KServe cannot be imported even then; nothing if it can.
"""

import sys
import time
from pathlib import Path

from serving.__main__ import main


class Hold:
    """Where Python looks for modules first: it waits for a file before it looks for KServe."""

    def __init__(self, file):
        self._file = file

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002
        if name == "kserve":
            while not self._file.exists():
                time.sleep(0.01)
            if reason := self._file.read_text():
                raise ImportError(reason)


if __name__ == "__main__":
    sys.meta_path.insert(0, Hold(Path(sys.argv.pop(1))))
    sys.exit(main())
