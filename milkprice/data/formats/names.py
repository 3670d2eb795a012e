"""Names as the three source files write them."""

from __future__ import annotations

PRICES_FILE = "precio_leche.csv"
RAINFALL_FILE = "precipitaciones.csv"
MACRO_FILE = "banco_central.csv"
RAW_FILES = (PRICES_FILE, RAINFALL_FILE, MACRO_FILE)

YEAR = "Anio"
MONTH = "Mes"
PRICE = "Precio_leche"
DATE = "date"
PERIOD = "Periodo"
REGIONS = (
    "Coquimbo",
    "Valparaiso",
    "Metropolitana_de_Santiago",
    "Libertador_Gral__Bernardo_O_Higgins",
    "Maule",
    "Biobio",
    "La_Araucania",
    "Los_Rios",
)
RETAIL_SALES = "Indice_de_ventas_comercio_real_no_durables_IVCM"

PRICE_TITLE = "Milk price"  # what people read
PRICE_UNIT = "CLP per litre"
RAIN_UNIT = "mm"


def price_title(target: str) -> str:
    """What people read of the price in a column: a name that is not ours is its own title."""
    return PRICE_TITLE if target == PRICE else target


def price_unit(target: str) -> str:
    """Unit of the price in a column: a name that is not ours stands for its unit too."""
    return PRICE_UNIT if target == PRICE else target
