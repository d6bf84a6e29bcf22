"""Hostile payloads as data: what each class is, why it hurts, and how a valid text becomes one.

Each class takes a valid document and yields texts that no strict reader may accept. Places of one
shape (the fifth state of a lifecycle, the sixth) are tried once. `test_hostile.py` runs every
class against every reader.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias, cast

import attrs

__all__ = ["CLASSES", "HostileClass", "Sample", "leaves", "replaced"]

Path: TypeAlias = tuple[str | int, ...]
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|[+-]\d\d:\d\d)")
_MARK: Final = "\ue000raw\ue000"
"""Stands in a document for what JSON's own writer would not write."""


@attrs.frozen(kw_only=True)
class Sample:
    """Hold a valid document and what its owner leaves open.

    `nullable` names keys that may be null, `free` keys whose object is a map with keys of the
    writer's own, `optional` keys that may be left out, `tags` keys that name a class or a kind,
    `form` the key that holds the version of the form. `longest` is the reader's budget,
    `digits` how many a whole number may have, `either` keys that take one text or a list of them.
    """

    name: str
    document: Any
    nullable: frozenset[str] = frozenset()
    free: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    form: str = ""
    longest: int = 1_000_000
    digits: int = 19
    either: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """Return the document as JSON."""
        return json.dumps(self.document, ensure_ascii=False)


@attrs.frozen(kw_only=True)
class HostileClass:
    """Hold one class: its name, why it is hostile, and the texts it makes of a sample."""

    name: str
    why: str
    make: Callable[[Sample], Iterator[str | bytes]]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value within a document with its path, the document first."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))


def replaced(value: Any, path: Path, new: Any) -> Any:
    """Return a copy of a document with another value at a path."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {key: replaced(v, rest, new) if key == head else v for key, v in members.items()}
    return [replaced(v, rest, new) if place == head else v for place, v in enumerate(value)]


def _places(sample: Sample, kind: type) -> Iterator[tuple[Path, Any]]:
    """Yield one place of each shape that holds a value of exactly this type."""
    seen: set[object] = set()
    for path, value in leaves(sample.document):
        shape = tuple("*" if isinstance(part, int) else part for part in path)
        if type(value) is kind and shape not in seen:
            seen.add(shape)
            yield path, value


def _key(path: Path) -> str:
    """Return the name under which a value stands; that of its list, for an item."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _swap(kind: type, new: Callable[[Any], Any]) -> Callable[[Sample], Iterator[str]]:
    """Return what replaces each value of a type by another one."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _places(sample, kind):
            other = new(value)
            if other is None and _key(path) in sample.nullable:
                continue
            if isinstance(other, str | list) and _key(path) in sample.either:
                continue
            yield json.dumps(replaced(sample.document, path, other))

    return make


def _raw(kind: type, *spellings: str) -> Callable[[Sample], Iterator[str]]:
    """Return what replaces each value of a type by characters, JSON or not."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _places(sample, kind):
            marked = json.dumps(replaced(sample.document, path, _MARK))
            for spelling in spellings:
                inner = json.dumps(value)[1:-1] if kind is str else json.dumps(value)
                yield marked.replace(json.dumps(_MARK), spelling.replace("@", inner))

    return make


def _instants(*spellings: str) -> Callable[[Sample], Iterator[str]]:
    """Return what spells each instant in another way; `@` stands for it without its zone."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _places(sample, str):
            if _INSTANT.fullmatch(value):
                bare = value.removesuffix("Z").removesuffix("+00:00")
                for spelling in spellings:
                    wrong = spelling.replace("@", bare)
                    yield json.dumps(replaced(sample.document, path, wrong))

    return make


def _objects(sample: Sample, *, fixed: bool) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the objects; with `fixed` only those whose keys are the reader's."""
    for path, value in _places(sample, dict):
        if not (fixed and _key(path) in sample.free):
            yield path, value


def _added(*names: str) -> Callable[[Sample], Iterator[str]]:
    """Return what adds keys that nobody asked for to each object."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _objects(sample, fixed=False):
            for name in names:
                yield json.dumps(replaced(sample.document, path, {**value, name: None}))

    return make


def _renamed(new: Callable[[str], str]) -> Callable[[Sample], Iterator[str]]:
    """Return what spells each key of each object in another way."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _objects(sample, fixed=True):
            for name in value:
                other = {new(key) if key == name else key: v for key, v in value.items()}
                if other.keys() != value.keys():
                    yield json.dumps(replaced(sample.document, path, other))

    return make


def _without_a_key(sample: Sample) -> Iterator[str]:
    for path, value in _objects(sample, fixed=True):
        for name in value.keys() - sample.optional:
            fewer = {key: v for key, v in value.items() if key != name}
            yield json.dumps(replaced(sample.document, path, fewer))


def _key_twice(sample: Sample) -> Iterator[str]:
    """Repeat a member of each object: with the same value, and once more by an escape."""
    for path, value in _objects(sample, fixed=False):
        for name in list(value)[:1]:
            marked = json.dumps(replaced(sample.document, path, {**value, _MARK: 0}))
            again = f"{json.dumps(name)}: {json.dumps(value[name])}"
            yield marked.replace(f"{json.dumps(_MARK)}: 0", again)
            escaped = "".join(f"\\u{ord(letter):04x}" for letter in name)
            if all(ord(letter) < 0x10000 for letter in name):
                again = f'"{escaped}": {json.dumps(value[name])}'
                yield marked.replace(f"{json.dumps(_MARK)}: 0", again)


def _tagged(*names: str) -> Callable[[Sample], Iterator[str]]:
    """Return what writes another name of a class or a kind."""

    def make(sample: Sample) -> Iterator[str]:
        for path, value in _places(sample, str):
            if path and path[-1] in sample.tags:
                for name in names:
                    new = name.replace("@", value)
                    yield json.dumps(replaced(sample.document, path, new))

    return make


def _formed(*versions: Any) -> Callable[[Sample], Iterator[str]]:
    """Return what writes another version of the form."""

    def make(sample: Sample) -> Iterator[str]:
        if sample.form:
            for version in versions:
                yield json.dumps({**sample.document, sample.form: version})

    return make


def _without_form(sample: Sample) -> Iterator[str]:
    if sample.form:
        yield json.dumps({k: v for k, v in sample.document.items() if k != sample.form})


def _texts(*make: Callable[[str], str | bytes]) -> Callable[[Sample], Iterator[str | bytes]]:
    """Return what changes the whole text."""

    def made(sample: Sample) -> Iterator[str | bytes]:
        for each in make:
            yield each(sample.text)

    return made


def _cut_off(sample: Sample) -> Iterator[str]:
    text = sample.text
    for tenth in range(1, 10):
        yield text[: len(text) * tenth // 10]
    yield text[:-1]


def _oversize(sample: Sample) -> Iterator[str | bytes]:
    yield sample.text + " " * (sample.longest + 1)
    yield sample.text.encode() + b" " * (4 * sample.longest + 1)
    for path, _ in list(_places(sample, str))[:1]:
        yield json.dumps(replaced(sample.document, path, "x" * (sample.longest + 1)))


def _within(sample: Sample, spelling: str) -> Iterator[str]:
    """Put characters in the place of the last leaf, and of nothing but it."""
    path = [path for path, value in leaves(sample.document) if not isinstance(value, dict | list)]
    marked = json.dumps(replaced(sample.document, path[-1] if path else (), _MARK))
    yield marked.replace(json.dumps(_MARK), spelling)


def _deep(sample: Sample) -> Iterator[str]:
    for opening, closing in (("[", "]"), ('{"a":', "}"), ('{"all":[', "]}"), ('{"not":', "}")):
        for depth in (300, 100_000):
            nested = opening * depth + "0" + closing * depth
            yield nested
            yield from _within(sample, nested)
        yield opening * 200_000


def _many(sample: Sample) -> Iterator[str]:
    yield from _within(sample, "[" + "[]," * 300_000 + "[]]")
    yield from _within(sample, "[" + '{"":0},' * 200_000 + "{}]")
    yield from _within(sample, "{" + ",".join(f'"{n}":0' for n in range(100_000)) + "}")


def _nested_document(sample: Sample) -> Iterator[str]:
    for path, value in _places(sample, str):
        if path:
            yield json.dumps(replaced(sample.document, path, sample.document))
            yield json.dumps(replaced(sample.document, path, [{"document": value}]))


def _odd_roots(sample: Sample) -> Iterator[str]:
    yield f"[{sample.text}]"
    yield json.dumps({"document": sample.document})
    yield json.dumps(sample.text)
    yield from ("[]", "{}", "null", "true", "0", "-1.5", '""', '"null"', "[[]]", "[{}]")


def _class(
    name: str, why: str, make: Callable[[Sample], Iterator[str]] | Callable[..., Iterator[Any]]
) -> HostileClass:
    return HostileClass(name=name, why=why, make=make)


CLASSES: Final = (
    # --- one type for another ---
    _class("text as number", "a converter writes 5 as '5'", _swap(str, lambda _: 5)),
    _class("text as flag", "a converter writes true as 'True'", _swap(str, lambda _: True)),
    _class("text as null", "a converter writes null as 'None'", _swap(str, lambda _: None)),
    _class("text as list", "a text is iterable, so is a list", _swap(str, lambda v: [v])),
    _class("text as object", "a mapping has a text form", _swap(str, lambda v: {"text": v})),
    _class("number as text", "int('5') works, int(' 5_0 ') too", _swap(int, str)),
    _class("number as whole fraction", "1.0 == 1, not in every program", _swap(int, float)),
    _class("number as fraction", "int(1.9) is 1", _swap(int, lambda v: v + 0.9)),
    _class("number as flag", "True is an int to Python", _swap(int, bool)),
    _class("number as null", "a default takes its place", _swap(int, lambda _: None)),
    _class("fraction as text", "float('0.75') works, float('nan') too", _swap(float, str)),
    _class("fraction as flag", "float(True) is 1.0", _swap(float, lambda _: True)),
    _class("flag as text", "bool('false') is true", _swap(bool, lambda v: str(v).lower())),
    _class("flag as number", "0 and 1 are not false and true", _swap(bool, int)),
    _class("flag as null", "a default takes its place", _swap(bool, lambda _: None)),
    _class("list as text", "list('abc') has three items", _swap(list, lambda _: "abc")),
    _class("list as object", "a mapping is iterable", _swap(list, lambda v: {"0": v})),
    _class("list as null", "a default takes its place", _swap(list, lambda _: None)),
    _class("object as text", "JSON within JSON is read by nobody", _swap(dict, json.dumps)),
    _class("object as pairs", "dict([...]) works", _swap(dict, lambda v: [[k, v[k]] for k in v])),
    _class("object as null", "a default takes its place", _swap(dict, lambda _: None)),
    # --- keys ---
    _class("unknown key", "a slip of the pen is lost in silence", _added("x", "comment", "")),
    _class(
        "dunder key",
        "a name that means something to Python, or to another language",
        _added("__class__", "__init__", "__dict__", "__proto__", "constructor", "__attrs_attrs__"),
    ),
    _class("lone surrogate in a key", "cannot be written as UTF-8", _added("\ud800")),
    _class("missing key", "a default that changes later changes what was said", _without_a_key),
    _class("key given twice", "the last wins here, the first elsewhere", _key_twice),
    _class("key in other case", "two programs read two keys", _renamed(str.swapcase)),
    _class(
        "key with white space", "looks the same in a log", _renamed(lambda k: f" {k}" if k else " ")
    ),
    _class("key with a NUL", "ends the text in other languages", _renamed(lambda k: f"{k}\0")),
    _class(
        "key in look-alike letters",
        "Cyrillic and full-width letters look the same",
        _renamed(
            lambda k: k.translate(str.maketrans("aeocpx", "\u0430\u0435\u043e\u0441\u0440ｘ"))
        ),
    ),
    # --- tags and versions ---
    _class("unknown tag", "no class of the list", _tagged("Nope", "", "@zz", "null")),
    _class("tag in other case", "matched by a lenient lookup", _tagged("@ ", " @", "\u200b@")),
    _class(
        "class path as tag",
        "whoever imports it runs the sender's code",
        _tagged("itsm_core.events.@", "builtins.eval", "os:system", "subprocess.Popen", "type"),
    ),
    _class(
        "base class as tag",
        "not meant to be made",
        _tagged("TicketEvent", "Command", "Calendar", "object", "ItsmError"),
    ),
    _class("version as text", "compares unlike a number", _formed("1", "2", "", "latest")),
    _class("version of another type", "True == 1 == 1.0", _formed(True, 1.0, None, [1], {"n": 1})),
    _class("version out of range", "nobody knows its form", _formed(0, -1, 3, 99, 2**31, 10**30)),
    _class("missing version", "which form is meant is a guess", _without_form),
    # --- numbers and constants that JSON has, or has not ---
    _class(
        "NaN and Infinity",
        "not JSON; compares false with everything",
        lambda s: (
            text
            for kind in (int, float, str, bool)
            for text in _raw(kind, "NaN", "Infinity", "-Infinity")(s)
        ),
    ),
    _class(
        "infinite exponent",
        "1e400 becomes inf, which compares unlike a number",
        lambda s: (text for kind in (int, float) for text in _raw(kind, "1e400", "-1e999")(s)),
    ),
    _class("exponent", "1e2 is a float to Python", _raw(int, "1e2", "1E2", "@e0", "@.0e+0")),
    _class("minus zero", "a second spelling of 0", _raw(int, "-0", "-0.0")),
    _class(
        "huge integer",
        "no database holds it; reading it takes quadratic time",
        lambda s: _raw(int, "1" + "0" * s.digits, "9" * 999, "9" * 5_000, "-" + "9" * 60_000)(s),
    ),
    _class(
        "number in another notation",
        "0x, leading zeros and plus signs are not JSON",
        _raw(int, "0@1", "+@", "0x@", "@_000", ".5", "5.", "0b1", "1,000", "\uff11", "\u0661"),
    ),
    # --- texts and instants ---
    _class(
        "lone surrogate",
        "cannot be written as UTF-8",
        _swap(str, lambda v: f"{v}\ud800"),
    ),
    _class(
        "raw control characters",
        "a line break or a NUL inside a text is not JSON",
        _raw(str, '"@\n"', '"@\0"', '"\t@"', '"@\x1b[2J"'),
    ),
    _class("broken escape", "not JSON", _raw(str, '"@\\x41"', '"@\\u12"', '"@\\"', '"@\\u{41}"')),
    _class(
        "instant without zone or in another one",
        "nobody knows when that is, or it has two spellings",
        _instants("@", "@+01:00", "@-00:00", "@ Europe/Berlin", "@[UTC]"),
    ),
    _class(
        "instant that does not exist",
        "leap seconds, 24:00, the 30th of February",
        _instants(
            "2016-12-31T23:59:60.000000Z",
            "2026-01-05T24:00:00.000000Z",
            "2026-02-30T00:00:00.000000Z",
            "2026-13-01T00:00:00.000000Z",
            "2026-01-05T09:60:00.000000Z",
        ),
    ),
    _class(
        "instant out of range",
        "there is no year 0 and no year 10000",
        _instants(
            "0000-01-01T00:00:00.000000Z",
            "10000-01-01T00:00:00.000000Z",
            "-2026-01-01T00:00:00.000000Z",
            "+02026-01-01T00:00:00.000000Z",
        ),
    ),
    _class(
        "instant in another form",
        "one instant has one spelling",
        _instants(
            "2026-W02-1T09:00:00.000000Z",
            "20260105T090000Z",
            "2026-01-05 09:00:00.000000Z",
            "2026-01-05t09:00:00.000000z",
            "2026-01-05T09:00:00,000000Z",
            "2026-01-05T09:00:00.0000000Z",
            "2026-01-05",
            "now",
            "",
            "1767603600",
            "\u0662\u0660\u0662\u0666-01-05T09:00:00.000000Z",
            "2026-01-05T09:00:00.000000Z\n",
        ),
    ),
    # --- the text as a whole ---
    _class(
        "empty", "nothing is not a document", _texts(*(lambda _, e=e: e for e in ("", " ", "\n")))
    ),
    _class("cut off", "half of a document", _cut_off),
    _class(
        "trailing garbage",
        "what follows is read by somebody else",
        _texts(lambda t: t + "x", lambda t: t + t, lambda t: t + "\0", lambda t: f"{t};{t}"),
    ),
    _class(
        "byte order mark",
        "the first character is not the first",
        _texts(lambda t: f"\ufeff{t}", lambda t: t.encode("utf-8-sig")),
    ),
    _class(
        "other encodings",
        "guessing one is reading something else",
        _texts(lambda t: t.encode("utf-16"), lambda t: t.encode("utf-32-be")),
    ),
    _class(
        "invalid UTF-8",
        "decoded with replacement characters, it says something else",
        _texts(
            lambda t: t.encode().replace(b'"', b'"\xff', 1),
            lambda t: t.encode().replace(b'"', b'"\xc0\xaf', 1),
            lambda t: t.encode().replace(b'"', b'"\xed\xa0\x80', 1),
            lambda t: t.encode() + b"\x80",
        ),
    ),
    _class(
        "not quite JSON",
        "comments, single quotes, trailing commas, Python's words",
        _texts(
            lambda t: f"/* hello */{t}",
            lambda t: f"{t} // hello",
            lambda t: t.replace('"', "'"),
            lambda t: f"{t[:-1]},{t[-1]}",
            lambda t: f"{t[0]},{t[1:]}",
            lambda t: re.sub(r'"(\w+)":', r"\1:", t),
            lambda t: f"\u00a0{t}",
            lambda t: f")]}}',\n{t}",
        ),
    ),
    _class("another root", "a list, a scalar, a document in a text", _odd_roots),
    _class("document within the document", "a value of another shape", _nested_document),
    _class("deep nesting", "the stack ends before the text does", _deep),
    _class("too many values", "a small text, much memory", _many),
    _class("oversize", "read to its end, it fills the memory", _oversize),
)
"""Every class that a reader of payloads and definitions must refuse."""
