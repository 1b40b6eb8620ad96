"""Raw order lines as the UCI Online Retail data set writes them: eight columns of text, nothing judged yet."""

import pyarrow as pa

DATA_SET = "Online Retail"
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


def raw_table(columns: dict[str, pa.Array | list[str]], file: str) -> pa.Table:
    """A raw table of these columns, every row marked with the file that it came from."""
    rows = len(next(iter(columns.values())))
    arrays = [columns[name] for name in RAW_COLUMNS] + [pa.array([file] * rows, pa.string())]
    return pa.table(arrays, schema=RAW_SCHEMA)
