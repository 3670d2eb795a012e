"""Clean the milk prices."""

from kfp.dsl import Dataset, Input, Output, component

from components.image import IMAGE


@component(base_image=IMAGE, install_kfp_package=False)
def clean_prices(raw: Input[Dataset], as_of: str, table: Output[Dataset]) -> None:
    """Read the farm-gate price of milk, one row a month.

    Args:
        raw: precio_leche.csv.
        as_of: The current month, YYYY-MM; later ones are refused.
        table: CLP per litre by month.
    """
    from milkprice.steps import data as cleaning

    table.metadata.update(cleaning.clean_prices(raw.path, table.path, as_of=as_of))
