"""The one converter of policies: plain values become forms, by exact type and nothing else (R7).

What is structured is a `Node`: a value with its path and the notebook for what is wrong with it.
A hook never raises for what the writer did: it notes the fault and returns `WRONG`, so that the
rest of the form is read and no fault hides another. A new section is a new class of forms.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin

import attrs

from itsm_core.documents import KeyPath
from itsm_core.errors import did_you_mean
from itsm_core.policy._direct import NAMED, is_kinds, is_value, kinds_of, value_keys
from itsm_core.policy._inline import toml_key
from itsm_core.policy._leaves import LEAVES
from itsm_core.policy._node import KINDS, WRONG, Form, Node, Ref, is_wrong
from itsm_core.policy._notes import Notes
from itsm_core.readers import INTEGERS

if TYPE_CHECKING:
    from cattrs import Converter

_FormT = TypeVar("_FormT", bound=Form)
_Hook = Callable[[Any, Any], object]
_PLAIN: Final = (str, int, bool, float)


def structured(value: object, kind: type[_FormT], path: KeyPath, notes: Notes) -> _FormT:
    """Return the form that a plain value is read into; what is wrong with it is noted."""
    made: object = converter().structure(Node(value, path, notes), kind)
    return made if isinstance(made, kind) else kind(at=path)


def section(value: object, kind: Any, path: KeyPath, notes: Notes) -> dict[str, Any]:  # noqa: ANN401
    """Return the values of a section by name; what is wrong with it is noted."""
    made: object = converter().structure(Node(value, path, notes), kind)
    return {} if is_wrong(made) else cast("dict[str, Any]", made)


def unstructured(form: Form) -> dict[str, object]:
    """Return the plain JSON values from which an equal form is read; defaults are left out."""
    return cast("dict[str, object]", converter().unstructure(form))


@cache
def converter() -> Converter:
    """Return the converter, made at its first use: cattrs is imported here."""
    from cattrs import Converter

    made = Converter(forbid_extra_keys=True, detailed_validation=False)
    factories: tuple[tuple[Callable[[Any], bool], Callable[[Any, Converter], _Hook]], ...] = (
        (_is_optional, _optional),
        (lambda kind: get_origin(kind) is Literal, _choice),
        (lambda kind: get_origin(kind) is dict, _table),
        (lambda kind: get_origin(kind) is tuple, _list),
        (is_kinds, _kinds),
        (is_value, _value),
        (_is_named_type, _named_type),
        (is_form, _form),
        (_is_leaf, _leaf),
    )
    for kind in _PLAIN:
        made.register_structure_hook(kind, _exact)
    for fits, factory in factories:
        made.register_structure_hook_factory(fits, factory)
    made.register_unstructure_hook_factory(_is_leaf, _leaf_writer)
    made.register_unstructure_hook_factory(is_form, _written)
    return made


def is_form(kind: object) -> bool:
    """Return whether a type is a class of forms."""
    return isinstance(kind, type) and issubclass(kind, Form)


def _is_leaf(kind: object) -> bool:
    try:
        return kind in LEAVES
    except TypeError:  # a type that does not hash is none of ours
        return False


def _is_named_type(kind: object) -> bool:
    return hasattr(kind, "__supertype__") and not _is_leaf(kind)


def _is_optional(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind)


def keys_of(kind: type[Form]) -> dict[str, attrs.Attribute[Any]]:
    """Return the fields of a class of forms by their key in the text."""
    attrs.resolve_types(kind)
    return {
        str(each.metadata.get("key", each.name)): each
        for each in attrs.fields(kind)
        if not each.metadata.get("hidden")
    }


def _exact(node: Node, kind: type) -> object:
    # A bool is an int to Python; to a reader it is not.
    if type(node.value) is int and not -INTEGERS <= node.value < INTEGERS:
        return node.wrong_type("a whole number of up to 64 bits")
    if type(node.value) is kind:
        return node.value
    return node.wrong_type(KINDS[kind])


def _leaf_writer(kind: Any) -> Callable[[Any], object]:  # noqa: ANN401
    return LEAVES[kind].write


def _named_type(kind: Any, made: Converter) -> _Hook:  # noqa: ANN401
    return lambda node, _: cast("object", made.structure(node, kind.__supertype__))


def _leaf(kind: Any, _: Converter) -> _Hook:  # noqa: ANN401
    read = LEAVES[kind].read
    return lambda node, _: read(node)


def _choice(kind: Any, _: Converter) -> _Hook:  # noqa: ANN401
    known: tuple[str, ...] = get_args(kind)

    def read(node: Node, _: object) -> object:
        if type(node.value) is not str:
            return node.wrong_type("a text")
        if node.value not in known:
            node.notes.unknown(node.path, node.value, known)
            return WRONG
        return node.value

    return read


def _optional(kind: Any, made: Converter) -> _Hook:  # noqa: ANN401
    (inner,) = (each for each in get_args(kind) if each is not NoneType)
    return lambda node, _: cast("object", made.structure(node, inner))


def _list(kind: Any, made: Converter) -> _Hook:  # noqa: ANN401
    inner = get_args(kind)[0]

    def read(node: Node, _: object) -> object:
        given = node.value
        if type(given) is dict and (is_form(inner) or is_value(inner)):
            return _lone_table(node)
        if type(node.value) is not list:
            return node.wrong_type("a list")
        items = cast("list[object]", node.value)
        found = [made.structure(node.child(n, item), inner) for n, item in enumerate(items)]
        return tuple(each for each in found if not is_wrong(each))

    return read


def _lone_table(node: Node) -> object:
    """Note a table that stands where a list of them does, with how the format writes the list."""
    source, key = node.notes.source, str(node.path[-1])
    named = [toml_key(each) for each in node.path if isinstance(each, str)]
    suggestion = ""
    if source.format == "yaml":
        remedy = f"begin each table below {key}: with a dash, such as - id: ..."
    elif source.format == "toml" and source.place(node.path) == source.key_place(node.path):
        suggestion = f"[[{'.'.join(named)}]]"
        remedy = f"write {suggestion} at each of them"
    else:
        remedy = "put it in brackets: [{ ... }]"
    node.notes.add(
        "wrong-type",
        "must be a list of tables, not a table",
        node.path,
        remedy=remedy,
        suggestion=suggestion,
        rule="types are exact: nothing is converted",
    )
    return WRONG


def _table(kind: Any, made: Converter) -> _Hook:  # noqa: ANN401
    inner = get_args(kind)[1]

    def read(node: Node, _: object) -> object:
        if type(node.value) is not dict:
            return node.wrong_type("a table")
        members = cast("dict[str, object]", node.value)
        found = {key: made.structure(node.child(key, item), inner) for key, item in members.items()}
        return {key: each for key, each in found.items() if not is_wrong(each)}

    return read


def _form(kind: type[Form], made: Converter) -> _Hook:
    keys = keys_of(kind)

    def read(node: Node, _: object) -> object:
        if type(node.value) is not dict:
            return node.wrong_type("a table")
        members = cast("dict[str, object]", node.value)
        values: dict[str, Any] = {}
        for key, field in keys.items():
            if key not in members:
                if field.metadata.get("required"):
                    _missing(node, key, field, set(members) - set(keys))
                continue
            inner = node.child(key, members[key])
            found = made.structure(inner, cast("type[Any]", field.type))
            if field.metadata.get("required") and _is_blank(found):
                _blank(inner, key)
            elif not is_wrong(found):
                values[field.name] = found
        _check_unknown(node, members, keys)
        return kind(at=node.path, given=frozenset(members), **values)

    return read


def _kinds(union: Any, made: Converter) -> _Hook:  # noqa: ANN401
    known = kinds_of(union)
    readers = {tag: _value(kind, made) for tag, kind in known.items()}

    def read(node: Node, _: object) -> object:
        if type(node.value) is not dict:
            return node.wrong_type("a table")
        members = cast("dict[str, object]", node.value)
        tag = members.get("kind")
        if type(tag) is not str:
            remedy = f"add kind = one of: {', '.join(known)}"
            at = node.path if "kind" not in members else (*node.path, "kind")
            node.notes.add("missing-key", "has no kind", at, value=tag, remedy=remedy)
            return WRONG
        if tag not in known:
            node.notes.unknown((*node.path, "kind"), tag, known, "kind ")
            return WRONG
        rest = {key: value for key, value in members.items() if key != "kind"}
        return readers[tag](attrs.evolve(node, value=rest), None)

    return read


def _value(kind: type[attrs.AttrsInstance], made: Converter) -> _Hook:
    keys = value_keys(kind)

    def read(node: Node, _: object) -> object:
        if type(node.value) is not dict:
            return node.wrong_type("a table")
        members = cast("dict[str, object]", node.value)
        values: dict[str, Any] = {"name": str(node.path[-1])} if kind in NAMED else {}
        unknown = set(members) - set(keys)
        for key, (type_of, field) in keys.items():
            if key in members:
                values[key] = made.structure(node.child(key, members[key]), type_of)
            elif field.default is attrs.NOTHING and not did_you_mean(key, unknown):
                remedy = f"add {key} = ..."
                node.notes.add("missing-key", "is missing", (*node.path, key), remedy=remedy)
        _check_unknown(node, members, keys)
        if node.notes.is_broken(node.path):
            return WRONG
        built = node.notes.attempt(node.path, lambda: kind(**values))
        return WRONG if built is None else built

    return read


def _missing(node: Node, key: str, field: attrs.Attribute[Any], unknown: set[str]) -> None:
    if did_you_mean(key, unknown):
        return  # it stands there under a wrong name, which is noted as such
    example = str(field.metadata.get("example", "..."))
    written = example if example.startswith("[[") else f"{key} = {example}"
    node.notes.add(
        "missing-key",
        "is missing",
        (*node.path, key),
        remedy=f"add {written}",
        suggestion=written,
        rule=str(field.metadata.get("doc", "")),
    )


def _is_blank(value: object) -> bool:
    return (isinstance(value, str) and not value.strip()) or (
        isinstance(value, Ref) and not value.text.strip()
    )


def _blank(node: Node, key: str) -> None:
    """Note a required text that says nothing: to drop what hangs on it would be silent."""
    remedy = f"write what {key} is between the quotes"
    node.notes.add("empty", "must not be empty", node.path, value=node.value, remedy=remedy)


def _check_unknown(node: Node, members: dict[str, object], keys: dict[str, Any]) -> None:
    """Note every key that no field has: a typing slip must not pass in silence."""
    for key in members:
        if key in keys:
            continue
        # A missing key that is near is noted already, as the one that this was meant to be.
        absent = [name for name in keys if name not in members]
        path = (*node.path, key)
        near = did_you_mean(key, absent) or did_you_mean(key, keys)
        node.notes.add(
            "unknown-key",
            f"is not a key of this table{near}",
            path,
            value=key,
            remedy=f"known keys: {', '.join(keys)}; remove or rename it",
            rule="every key is known",
            at_key=True,
        )


def _written(kind: type[Form]) -> Callable[[Form], dict[str, object]]:
    keys = keys_of(kind)

    def write(form: Form) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, field in keys.items():
            value = getattr(form, field.name)
            if value != field.default and value is not None and not _is_factory(field, value):
                values[key] = _plain(value, field.type)
        return values

    return write


def _is_factory(field: attrs.Attribute[Any], value: object) -> bool:
    """Return whether a value is the empty one that a factory makes."""
    return isinstance(field.default, attrs.Factory) and not value  # type: ignore[arg-type]


def _plain(value: object, kind: Any) -> object:  # noqa: ANN401
    if _is_leaf(kind):
        return LEAVES[kind].write(value)
    if _is_optional(kind):
        return _plain(value, next(each for each in get_args(kind) if each is not NoneType))
    origin = get_origin(kind)
    if origin is tuple:
        return [_plain(each, get_args(kind)[0]) for each in cast("tuple[object, ...]", value)]
    if origin is dict:
        members = cast("dict[str, object]", value)
        return {key: _plain(each, get_args(kind)[1]) for key, each in members.items()}
    if isinstance(value, Form):
        return _written(type(value))(value)
    return value
