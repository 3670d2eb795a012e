"""Clean the central bank's series."""

from kfp.dsl import Dataset, Input, Markdown, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def clean_macro(
    raw: Input[Dataset],
    as_of: str,
    clean: str,
    table: Output[Dataset],
    quarantine: Output[Dataset],
    summary: Output[Markdown],
) -> None:
    """Read the central bank's series, one row a month, lost decimal points put back.

    Args:
        raw: banco_central.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        clean: repaired or notebook.
        table: The series by month, in their units.
        quarantine: Every cell refused or repaired.
        summary: How many cells, and why.
    """
    from milkprice.steps import data as cleaning

    facts = cleaning.clean_macro(
        raw.path, table.path, quarantine.path, summary.path, as_of=as_of, clean=clean
    )
    table.metadata.update(facts[0])
    quarantine.metadata.update(facts[1])
