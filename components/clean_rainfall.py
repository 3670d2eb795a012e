"""Clean the rainfall."""

from kfp.dsl import Dataset, Input, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def clean_rainfall(raw: Input[Dataset], as_of: str, table: Output[Dataset]) -> None:
    """Read the rain of eight regions, one row a month.

    Args:
        raw: precipitaciones.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        table: Millimetres by region and month.
    """
    from milkprice.steps import data as cleaning

    table.metadata.update(cleaning.clean_rainfall(raw.path, table.path, as_of=as_of))
