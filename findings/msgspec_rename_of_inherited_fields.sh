#!/bin/sh
# rename= of a msgspec Struct renames only the fields that the class itself declares: fields it
# inherits keep the names they have on the wire in the class that declared them, also when the
# mapping given to rename= names them. A mapping for a field that is only inherited is passed over
# without an error, so a second wire format written as a subclass with other names is the first
# format for every field that is not declared again, type and all.
#
# Versions: msgspec 0.23.0, Python 3.11.
# Seen:
#   mapping, inherited:      {"price":1.0,"month":"2020-01"}
#   mapping, declared again: {"precio":1.0,"mes":"2020-01"}
#   style, inherited:        {"known_at":1,"lastMonth":2}
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check msgspec==0.23.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

from msgspec import Struct
from msgspec.json import encode

NAMES = {"price": "precio", "month": "mes"}


class Row(Struct):
    price: float
    month: str


class Inherited(Row, rename=NAMES):
    pass


class DeclaredAgain(Row, rename=NAMES):
    price: float
    month: str


class Known(Struct):
    known_at: int


class Styled(Known, rename="camel"):
    last_month: int


seen = {
    "mapping, inherited": encode(Inherited(1.0, "2020-01")),
    "mapping, declared again": encode(DeclaredAgain(1.0, "2020-01")),
    "style, inherited": encode(Styled(1, 2)),
}
for name, data in seen.items():
    print(f"{name + ':':<25}{data.decode()}")
expected = [
    b'{"price":1.0,"month":"2020-01"}',
    b'{"precio":1.0,"mes":"2020-01"}',
    b'{"known_at":1,"lastMonth":2}',
]
sys.exit("not as described any more" if list(seen.values()) != expected else 0)
PYTHON
