"""The command line, called as a person would."""

from dataclasses import dataclass

import orjson
import pytest

from milkprice.cli.app import main

QUICK = ("--forecasters", "seasonal drift, 3 years")  # everybody takes half a minute


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        return orjson.loads(self.out)


@pytest.fixture
def milkprice(tmp_path, monkeypatch, capfd):
    """Runs ``milkprice`` in an empty folder, with none of the caller's settings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("MILKPRICE_REGISTRY", raising=False)

    def call(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["milkprice", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capfd.readouterr()
        return Finished(ended.value.code or 0, printed.out, printed.err)

    return call
