"""Files of mounted Secrets and ConfigMaps, which change under a process that runs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from milkprice.registry.bundle import Signature, VerifyingKeys
from milkprice.registry.errors import SigningKeyError
from serving.logs import log


class MountedFile:
    """A file that is read again when it is another one, or has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state: tuple[int, int, int] | None = None

    def read_if_changed(self) -> bytes | None:
        """Read it; None if it is as it was when it was read last.

        Raises:
            OSError: It cannot be read.
        """
        status = self.path.stat()  # before it is read: what changes meanwhile is read again
        state = (status.st_mtime_ns, status.st_size, status.st_ino)
        if state == self._state:
            return None
        data = self.path.read_bytes()
        self._state = state
        return data


class VerifyingKeyFile:
    """The public keys of a file, which is looked at again before each check.

    If it cannot be read then, or holds no public keys, those known before stay valid. What was
    verified is not verified again: a model that serves does so until it is replaced.
    """

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            SigningKeyError: There is no such file, or not only public keys in it.
        """
        self._file = MountedFile(path)
        self._lock = threading.Lock()
        self._keys = VerifyingKeys.from_file(path)

    def check(self, sidecar: bytes, signature: bytes | None, *, where: str) -> None:
        """See ``Verifier.check``."""
        self._refresh().check(sidecar, signature, where=where)

    def find_fault(self, data: bytes, signature: Signature, *, file: str) -> str | None:
        """See ``Verifier.find_fault``."""
        return self._refresh().find_fault(data, signature, file=file)

    def _refresh(self) -> VerifyingKeys:
        """The keys as the file has them now."""
        source = str(self._file.path)
        with self._lock:
            try:
                data = self._file.read_if_changed()
                if data is not None:
                    self._keys = VerifyingKeys.from_pem(data, source=source)
                    log(logging.INFO, "verifying keys read", file=source, keys=self._keys.ids)
            except OSError as error:
                self._log_failure(error.strerror)
            except SigningKeyError as error:
                self._log_failure(str(error))
            return self._keys

    def _log_failure(self, reason: str | None) -> None:
        log(
            logging.ERROR,
            "verifying keys cannot be read",
            file=str(self._file.path),
            reason=reason,
            known=self._keys.ids,
        )
