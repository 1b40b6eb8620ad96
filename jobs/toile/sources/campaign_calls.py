"""Calls of a campaign, typed and parted in time: whom a list names, and what the call brought.

The data set knows calls alone. That a client is put on a list a week before the call, with all that the row says of
the client, is an assumption of this project: it makes a question that can be asked before anybody is called.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.sources.bank_marketing import RAW_CALLS
from toile.sources.landing import Landing

LISTED_DAYS_BEFORE = 7
CONTACT_COLUMNS = (
    *("client_id", "listed_at", "age", "job", "marital", "education", "credit_default", "balance", "housing", "loan"),
    *("contact", "campaign", "pdays", "previous", "poutcome"),
)
RESPONSE_COLUMNS = ("client_id", "called_at", "subscribed")
_NEVER_BEFORE = -1


def type_calls(raw: DataFrame) -> DataFrame:
    """Typed calls: CONTACT_COLUMNS, RESPONSE_COLUMNS, year, unreadable, copies.

    What cannot be read as its type becomes null, and its text goes into `unreadable`. `pdays` is null where no earlier
    campaign reached the client. Equal rows are different clients: `copies` is always 1.
    """
    text = {name: sf.nullif(sf.lower(sf.trim(name)), sf.lit("")) for name in raw.columns if name != "year"}
    date = sf.concat_ws(" ", text["day"], sf.initcap(text["month"]), "year")
    read: dict[str, tuple[Column, Column]] = {
        "called_at": (sf.try_to_timestamp(date, sf.lit("d MMM yyyy")), date),
        "subscribed": (_yes(text["deposit"]).cast("int"), text["deposit"]),
        "credit_default": (_yes(text["default"]), text["default"]),
        **{name: (_yes(text[name]), text[name]) for name in ("housing", "loan")},
        **{name: (text[name].try_cast("long"), text[name]) for name in ("age", "campaign", "pdays", "previous")},
        "balance": (text["balance"].try_cast("double"), text["balance"]),
    }
    unread = [sf.when(value.isNull(), sf.concat(sf.lit(f"{name}: "), told)) for name, (value, told) in read.items()]
    words = [text[name].alias(name) for name in ("job", "marital", "education", "contact", "poutcome")]
    typed = raw.select(
        "client_id", "year", *words, *(value.alias(name) for name, (value, _) in read.items()),
        sf.array_compact(sf.array(*unread)).alias("unreadable"), sf.lit(1).alias("copies"),
    )  # fmt: skip
    return typed.withColumns(
        {
            "listed_at": sf.col("called_at") - sf.expr(f"INTERVAL {LISTED_DAYS_BEFORE} DAYS"),
            "pdays": sf.nullif("pdays", sf.lit(_NEVER_BEFORE)),
        }
    )


def _yes(text: Column) -> Column:
    return sf.when(text == "yes", sf.lit(True)).when(text == "no", sf.lit(False))


CALLS = Landing(
    "campaign_calls",
    RAW_CALLS,
    type_calls,
    {"marketing.responses": RESPONSE_COLUMNS, "marketing.contacts": CONTACT_COLUMNS},
)
