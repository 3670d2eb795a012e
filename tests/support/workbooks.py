"""XLSX files with cells as Excel stores them, without a library that writes them."""

import io
from datetime import date
from zipfile import ZipFile

DAY_ZERO = date(1899, 12, 30)
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATE_STYLE = 1


def workbook(*sheets):
    """The bytes of a workbook; each sheet is a list of rows of text, numbers, dates or None."""
    file = io.BytesIO()
    numbers = range(1, len(sheets) + 1)
    with ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", _types(numbers))
        archive.writestr("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        archive.writestr("xl/workbook.xml", _workbook(numbers))
        targets = [("worksheet", f"worksheets/sheet{one}.xml") for one in numbers]
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relations([*targets, ("styles", "styles.xml")])
        )
        archive.writestr("xl/styles.xml", _styles())
        for one, rows in zip(numbers, sheets, strict=True):
            archive.writestr(f"xl/worksheets/sheet{one}.xml", _sheet(rows))
    return file.getvalue()


def _types(numbers):
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [("workbook", "sheet.main"), ("styles", "styles")]
    parts += [(f"worksheets/sheet{one}", "worksheet") for one in numbers]
    overrides = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{name}+xml"/>'
        for part, name in parts
    )
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    default = f'<Default Extension="rels" ContentType="{relations}"/>'
    return f'<Types xmlns="{PACKAGE}/content-types">{default}{overrides}</Types>'


def _relations(targets):
    items = "".join(
        f'<Relationship Id="r{place}" Type="{DOCUMENT}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{items}</Relationships>'


def _workbook(numbers):
    sheets = "".join(f'<sheet name="s{one}" sheetId="{one}" r:id="r{one}"/>' for one in numbers)
    return f'<workbook xmlns="{SHEET}" xmlns:r="{DOCUMENT}"><sheets>{sheets}</sheets></workbook>'


def _styles():
    return (
        f'<styleSheet xmlns="{SHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
    )


def _sheet(rows):
    lines = "".join(
        f'<row r="{line}">{"".join(_cell(cell, line, place) for place, cell in enumerate(row))}'
        "</row>"
        for line, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{SHEET}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(cell, line, place):
    at = f'r="{chr(ord("A") + place)}{line}"'
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c {at} t="inlineStr"><is><t>{cell}</t></is></c>'
    if isinstance(cell, date):
        return f'<c {at} s="{DATE_STYLE}"><v>{(cell - DAY_ZERO).days}</v></c>'
    return f"<c {at}><v>{cell}</v></c>"
