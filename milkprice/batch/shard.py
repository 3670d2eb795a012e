"""A shard: some rows of one file, and what they are predicted with."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

import orjson

from milkprice.batch.files import InputFile, RowRange
from milkprice.documents import FieldError, Fields
from milkprice.errors import SettingError
from milkprice.files import sha256
from milkprice.registry.settings import StoreSettings
from milkprice.registry.store import open_store

LAYOUT = 1  # of the results; a change of what is written for the same rows is another number
STEM_LETTERS = 40
DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Rows to predict, by everything that tells them from others.

    Attributes:
        folder: Address of the folder or prefix of the file.
        key: The file's place there.
        size: Its length in bytes.
        stamp: What tells it from one that replaced it.
        run: Which of its rows.
        model: The model.
        version: Its version.
        keep: Columns that are carried over.
    """

    folder: str
    key: str
    size: int
    stamp: str
    run: RowRange
    model: str
    version: str
    keep: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name: the file, the first row, and a hash of all there is to know."""
        digest = sha256(self.to_text().encode())[:DIGITS]
        return f"{self.source}-{self.run.first_row:010d}-{digest}"

    @property
    def source(self) -> str:
        """What the names of all shards of a file begin with, whatever the file holds."""
        stem = re.sub(r"[^A-Za-z0-9_]+", "-", PurePosixPath(self.key).stem)[:STEM_LETTERS]
        return f"{stem}-{sha256(f'{self.folder}/{self.key}'.encode())[:DIGITS]}"

    def file(self, settings: StoreSettings) -> InputFile:
        """The file, through its store."""
        return InputFile(
            folder=self.folder,
            key=self.key,
            size=self.size,
            stamp=self.stamp,
            store=open_store(self.folder, settings),
        )

    def to_text(self) -> str:
        """Write it as one line, as a pipeline hands it on."""
        facts = {**asdict(self), "layout": LAYOUT}
        return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()


def parse_shard(text: str) -> Shard:
    """Read a shard back.

    Raises:
        SettingError: The text is none that ``Shard.to_text`` wrote.
    """
    try:
        return _shard(Fields.of(text.encode()))
    except FieldError as error:
        raise SettingError(option="shard", value=text, expected=f"a shard; it {error}") from error


def _shard(fields: Fields) -> Shard:
    run = fields.inside("run")
    return Shard(
        folder=fields.text("folder"),
        key=fields.text("key"),
        size=fields.count("size"),
        stamp=fields.text("stamp"),
        run=RowRange(
            first_row=run.count("first_row"), start=run.count("start"), stop=run.count("stop")
        ),
        model=fields.text("model"),
        version=fields.text("version"),
        keep=fields.listed("keep"),
    )
