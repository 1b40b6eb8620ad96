"""Numbers as people write them: with a currency or a percent sign, separators of thousands, a decimal comma."""

import re

PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CURRENCIES = (
    "AED AUD BRL CAD CHF CLP CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN "
    "RMB RON RUB SAR SEK SGD THB TWD UAH USD VND ZAR kr zł Kč"
)
"""By name, not as any three letters: `SKU 123` and `REF 123` are words."""
_SPACES = " \u00a0\u202f"
_MARK = rf"(?:[A-Z]{{0,2}}[$£€¥¢₹₽₩₺₴₪₫₱₦฿]|{'|'.join(_CURRENCIES.split())}|%)"
_THOUSANDS = {decimal: other + "'\u2019" + _SPACES for decimal, other in ((".", ","), (",", "."))}
"""What may stand between groups of three digits, by the decimal mark."""
_FORMS = {
    decimal: re.compile(
        rf"((?P<sign>[+-])(?={_MARK}[{_SPACES}]?[\d.,]))?({_MARK}[{_SPACES}]?)?"
        rf"(?P<number>[+-]?((0|[1-9]\d*|[1-9]\d{{0,2}}(?P<between>[{between}])\d{{3}}((?P=between)\d{{3}})*)"
        rf"(\{decimal}\d+)?|\{decimal}\d+)([eE][+-]?\d+)?)"
        rf"([{_SPACES}]?{_MARK})?",
        re.ASCII,
    )
    for decimal, between in _THOUSANDS.items()
}
_SPACED = re.compile(rf"[+-]?\d+([{_SPACES}]\d{{3}})*")
"""Digits in groups alone may be a telephone number as well."""


def plain(word: str, decimal: str) -> str | None:
    """The number without what adorns it, where `word` is one with this decimal mark: `1.525,50 €` is 1525.50."""
    if not (form := _FORMS[decimal].fullmatch(word)):
        return None
    bare = form["number"].translate(dict.fromkeys(map(ord, _THOUSANDS[decimal])))
    return (form["sign"] or "") + bare.replace(decimal, ".")


def is_number(word: str) -> bool:
    """Whether this is a number, plain or with either decimal mark."""
    return bool(PLAIN.fullmatch(word)) or any(form.fullmatch(word) for form in _FORMS.values())


def is_adorned(word: str) -> bool:
    """Whether this is a number by its signs or separators, which a plain one has not."""
    return not PLAIN.fullmatch(word) and not _SPACED.fullmatch(word) and is_number(word)
