"""Raw order lines as the UCI Online Retail data set writes them: eight columns of text, nothing judged yet."""

import pyarrow as pa

from toile.config.problems import did_you_mean
from toile.errors import DataError

RAW_COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
SOURCE_FILE = "source_file"
RAW_SCHEMA = pa.schema([(name, pa.string()) for name in (*RAW_COLUMNS, SOURCE_FILE)])


def require_raw_columns(found: list[str], file: str) -> None:
    """Raises a DataError that names what is missing and unknown, unless these are RAW_COLUMNS in any order."""
    missing = [name for name in RAW_COLUMNS if name not in found]
    unknown = [name for name in found if name not in RAW_COLUMNS]
    if not missing and not unknown and len(found) == len(RAW_COLUMNS):
        return
    if len(missing) == len(RAW_COLUMNS):
        raise DataError(f"{file}: this is not Online Retail, which has the columns {', '.join(RAW_COLUMNS)}.")
    told = [f"{name!r} is no column of it. {did_you_mean(name, missing or RAW_COLUMNS)}" for name in unknown]
    told += [f"{name!r} is missing." for name in missing]
    told += [f"{name!r} is there {found.count(name)} times." for name in sorted(set(found)) if found.count(name) > 1]
    raise DataError(f"{file}: these are not the columns of Online Retail. {' '.join(told)}")


def raw_table(columns: dict[str, pa.Array | list[str]], file: str) -> pa.Table:
    """A raw table of these columns, every row marked with the file that it came from."""
    rows = len(next(iter(columns.values())))
    arrays = [columns[name] for name in RAW_COLUMNS] + [pa.array([file] * rows, pa.string())]
    return pa.table(arrays, schema=RAW_SCHEMA)
