"""Text that people, editors and programs spoil: seeded mutations of YAML files."""

import gzip
import re
from collections.abc import Callable
from random import Random

MB = 1024 * 1024
VALUES = (
    *(
        "null",
        "~",
        "''",
        "true",
        "no",
        "1",
        "-1",
        "0",
        "-0.0",
        "0x1F",
        "0o17",
        "010",
        "1_000",
        "5.",
        ".5",
        "+1",
        "1e309",
    ),
    *(".nan", "-.inf", "9" * 30, "9" * 5000, "1e-400", "2024-01-01", "2024-02-31", "2024-01-01T00:00:00Z", "12:30:45"),
    *(
        "!!python/object/apply:os.abort []",
        "!!python/name:os.abort",
        "!!binary aGk=",
        "!!set {a}",
        "!custom x",
        "!!int x",
        '!!int ""',
        "!!int _",
        '!!float ""',
        "!!bool maybe",
    ),
    *("!!float []", "!!str {a: b}", "!!timestamp x", "!!null x", "!<tag:yaml.org,2002:int> 1", "! 1", "!!omap [a: 1]"),
    *("&a 1", "*a", "&a [*a]", "<<", "=", "[]", "{}", "[[[1]]]", "{a: {b: [1, {c: 2}]}}", "[null]", "[{}]", "{1: 2}"),
    *(
        "|",
        ">-",
        "|\n  two\n  lines",
        "'open",
        '"open',
        '"\\0"',
        '"\\ud800"',
        '"\\U0001F600"',
        '"\\e[31m"',
        '"\\n"',
        "@x",
    ),
    *("`x`", "%x", "? a", "- a", "a: b", "[a: b]", "[,]", "{,}", "{a, b}", "5d", "0d", "99999w", "@daily", "@never"),
    *(
        "* * * * *",
        "0 0 31 2 *",
        "domains.customer.features:rfm",
        "a.b:c",
        ":",
        "../../x",
        "x" * 5000,
        "naïve",
        "x\u2028y",
    ),
)
KEYS = (
    *(
        "1",
        "1.5",
        "null",
        "true",
        "~",
        "<<",
        "=",
        "''",
        "'a b'",
        "2024-01-01",
        "[a, b]",
        "{a: b}",
        "? [a]\n",
        "é",
        "kind",
    ),
    *(
        "min",
        "max",
        "metric",
        "beats",
        "name",
        "domain",
        "defaults",
        "__class__",
        "model_config",
        "self",
        '"\\n"',
        "a.b",
    ),
    *("!!int 1", "&k key", "*k", "k" * 2000, "- x", '"\\e[2J"', "owner"),
)
LETTERS = "abcxyz019_-:.,#&*!|>'\"%@`{}[]() \t\n\r\0\x07\x1b\x7f\x85\u2028\ufeff\ufffe\u202eé漢😀"


def mutate(text: str, other: str, random: Random) -> bytes:
    """One to three mutations, then in one of five an encoding that is not what it should be."""
    for _ in range(random.choice((1, 1, 2, 3))):
        if len(text) < 20_000:
            text = random.choice(OPERATORS)(text, other, random)
    encode = random.choice(ENCODINGS) if random.random() < 0.2 else _utf8
    return encode(text, random)


def _at(text: str, random: Random) -> int:
    return random.randrange(len(text) + 1)


def _lines(edit: Callable[[list[str], int, Random], None]) -> Callable[[str, str, Random], str]:
    def change(text: str, _other: str, random: Random) -> str:
        lines = text.split("\n")
        edit(lines, random.randrange(len(lines)), random)
        return "\n".join(lines)

    return change


def _value(text: str, _other: str, random: Random) -> str:
    """Another value where one stands: after a key, or in a list."""
    return _instead(r"(?<=[:,\[] )[^,{}\[\]\n#]+|(?<=[:\[] )[\[{].*[\]}]", VALUES, text, random)


def _key(text: str, _other: str, random: Random) -> str:
    return _instead(r"\w+(?=:[ \n])", KEYS, text, random)


def _instead(pattern: str, words: tuple[str, ...], text: str, random: Random) -> str:
    found = list(re.finditer(pattern, text))
    if not found:
        return text + random.choice(words)
    start, end = random.choice(found).span()
    return text[:start] + random.choice(words) + text[end:]


def _typo(text: str, _other: str, random: Random) -> str:
    at = _at(text, random)
    kept = random.choice((0, 1, 1, 2))  # the letter goes, stays, or the next goes too
    return text[:at] + random.choice(("", *LETTERS)) + text[at + 2 - kept :]


def _exchange(text: str, _other: str, random: Random) -> str:
    at = _at(text, random)
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _cut(text: str, _other: str, random: Random) -> str:
    start, end = sorted((_at(text, random), _at(text, random)))
    return random.choice((text[:start], text[start:], text[:start] + text[end:], text[start:end]))


def _splice(text: str, other: str, random: Random) -> str:
    return text[: _at(text, random)] + other[_at(other, random) :]


def _anchor(text: str, _other: str, random: Random) -> str:
    keys = [found.end() for found in re.finditer(r"\w+: ", text)]
    if not keys:
        return "a: &a 1\nb: *a\n" + text
    at, again = random.choice(keys), random.choice(keys)
    marked = text[:at] + "&a " + text[at:]
    return random.choice((marked, marked + "\nextra: *a", marked + "\n<<: *a", text[:again] + "*a " + text[again:]))


def _laughs(text: str, _other: str, random: Random) -> str:
    levels, width = random.choice(((9, 10), (30, 2), (3, 300)))
    bomb = ["l0: &l0 [lol]"] + [f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * width)}]" for i in range(1, levels)]
    return random.choice(("\n".join(bomb) + "\n" + text, text + "\n" + "\n".join(bomb)))


def _deep(text: str, _other: str, random: Random) -> str:
    depth = random.choice((5, 19, 21, 200, 5_000, 50_000))
    opened = random.choice(("[", "{a: ", "- ", "? ", "[[", "{{", "!!a [", "[&a "))
    return random.choice((f"deep: {opened * depth}\n{text}", f"{text}\n{opened * depth}", opened * depth))


def _large(text: str, _other: str, random: Random) -> str:
    size = random.choice((*[20_000] * 5, *[50_000] * 5, 200_000, 200_000, 300_000, 10 * MB))
    piece = random.choice(("#", "\n", " ", "\nx: y", "'", ", a", "\nk{}: 1", "\n- a"))
    many = size // len(piece)
    return (
        text
        + ("\nx: [a" if piece == ", a" else "")
        + "".join(map(piece.format, range(many)) if "{" in piece else piece * many)
    )


def _documents(text: str, _other: str, random: Random) -> str:
    mark = random.choice(("---\n", "...\n", "%YAML 3.0\n---\n", "%TAG ! tag:x,2024:\n---\n", "--- |\n", "--- !!map\n"))
    at = random.choice((0, text.find("\n") + 1, len(text)))
    return text[:at] + mark + text[at:]


OPERATORS: tuple[Callable[[str, str, Random], str], ...] = (
    *(_value, _value, _value, _key, _key, _typo, _typo, _exchange, _cut, _splice, _anchor, _documents),
    *(_value, _value, _value, _key, _key, _typo, _typo, _exchange, _cut, _splice, _laughs, _deep, _large),
    _lines(lambda lines, at, _: lines.__delitem__(at)),
    _lines(lambda lines, at, random: lines.insert(random.randrange(len(lines)), lines[at])),
    _lines(lambda lines, at, random: lines.insert(random.randrange(len(lines)), lines.pop(at))),
    _lines(lambda lines, at, random: lines.__setitem__(at, " " * random.randrange(9) + lines[at].lstrip())),
    _lines(lambda lines, at, _: lines.__setitem__(at, lines[at].replace("  ", "\t") or "\t")),
    _lines(lambda lines, at, _: lines.__setitem__(at, "- " + lines[at])),
    _lines(
        lambda lines, at, random: lines.__setitem__(at, lines[at].replace(":", random.choice(("", "::", " :", "="))))
    ),
)


def _utf8(text: str, _random: Random) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _spoilt(text: str, random: Random) -> bytes:
    raw = bytearray(_utf8(text, random)) or bytearray(b"x")
    raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


ENCODINGS: tuple[Callable[[str, Random], bytes], ...] = (
    _spoilt,
    _spoilt,
    *(
        lambda text, _random, name=name: text.encode(name, "replace")
        for name in ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp037", "utf-7")
    ),
    *(
        lambda text, random, ends=ends: _utf8(text.replace("\n", ends), random)
        for ends in ("\r\n", "\r", "\x85", "\n\r")
    ),
    lambda text, random: gzip.compress(_utf8(text[:10_000], random), mtime=0),
    lambda text, random: b"\0" * random.randrange(1, 50) + _utf8(text, random),
    lambda _, random: random.randbytes(random.randrange(3000)),
)
