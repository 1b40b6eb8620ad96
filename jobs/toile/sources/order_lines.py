"""Order lines, typed: raw text in the columns of Online Retail -> sales.order_lines."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.sources.landing import Landing
from toile.sources.raw_lines import RAW_COLUMNS, RAW_SCHEMA

ORDER_LINE_COLUMNS = (
    "order_id",
    "product_id",
    "description",
    "quantity",
    "ordered_at",
    "unit_price",
    "customer_id",
    "country",
)
_READ_FROM = {"quantity": "Quantity", "ordered_at": "InvoiceDate", "unit_price": "UnitPrice"}
# ISO as UCI's workbook gives it, and the American order in which the data set goes round as one CSV.
_DATE_FORMATS = ("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "M/d/yyyy H:mm")


def type_lines(raw: DataFrame) -> DataFrame:
    """Typed order lines, one for all exact copies of a raw line: ORDER_LINE_COLUMNS, pieces, unreadable, copies.

    `pieces` is the quantity in the direction in which the order goes: what a sale sells, what a cancellation takes
    back. What cannot be read as its type becomes null, and its text goes into `unreadable`.
    """
    once = raw.groupBy(*RAW_COLUMNS).agg(sf.count("*").alias("copies"))
    text = {name: sf.nullif(sf.trim(name), sf.lit("")) for name in RAW_COLUMNS}
    typed = once.select(
        text["InvoiceNo"].alias("order_id"),
        text["StockCode"].alias("product_id"),
        text["Description"].alias("description"),
        _whole(text["Quantity"]).try_cast("long").alias("quantity"),
        _timestamp(text["InvoiceDate"]).alias("ordered_at"),
        _finite(text["UnitPrice"].try_cast("double")).alias("unit_price"),
        _whole(text["CustomerID"]).alias("customer_id"),
        text["Country"].alias("country"),
        "copies",
        *(text[name].alias(f"{name} text") for name in _READ_FROM.values()),
    )
    unread = [
        sf.when(sf.col(column).isNull(), sf.concat(sf.lit(f"{name}: "), sf.col(f"{name} text")))
        for column, name in _READ_FROM.items()
    ]
    cancelled = sf.coalesce(sf.startswith("order_id", sf.lit("C")), sf.lit(False))
    pieces = sf.when(cancelled, -sf.col("quantity")).otherwise(sf.col("quantity"))
    return typed.select(
        *ORDER_LINE_COLUMNS, pieces.alias("pieces"), sf.array_compact(sf.array(*unread)).alias("unreadable"), "copies"
    )


def _whole(text: Column) -> Column:
    """Whole numbers that went through a spreadsheet come as 17850.0."""
    return sf.regexp_replace(text, r"\.0+$", "")


def _finite(number: Column) -> Column:
    return sf.when(sf.abs(number) < sf.lit(float("inf")), number)


def _timestamp(text: Column) -> Column:
    return sf.coalesce(*(sf.try_to_timestamp(text, sf.lit(form)) for form in _DATE_FORMATS))


ORDER_LINES = Landing("order_lines", RAW_SCHEMA, type_lines, {"sales.order_lines": ORDER_LINE_COLUMNS})
