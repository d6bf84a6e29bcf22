"""Change one thing in a module, as a careless programmer would: every way there is.

A mutant is named by what it changes and in which function, not by its line, so that the name
outlives changes elsewhere in the file. Left alone, because a test of them would be worth little:
docstrings, prose (texts with white space, f-strings' texts), annotations, decorators, imports,
`__all__`, `typing.cast` and `assert_never`, and `strict=` of zip.
"""

from __future__ import annotations

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import attrs

__all__ = ["Mutant", "mutants_of", "planted", "ranked"]

_COMPARED: Final[dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_CALCULATED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_CALLED: Final = {"min": "max", "max": "min", "any": "all", "all": "any"}
_UNTRIED_FIELDS: Final = frozenset({"annotation", "returns", "decorator_list", "type_params"})
_UNTRIED_CALLS: Final = frozenset({"assert_never", "TypeVar", "NewType"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMED: Final = (*_FUNCTIONS, ast.ClassDef)
_SHOWN: Final = 88


@attrs.frozen(kw_only=True)
class Mutant:
    """Hold one change of one module: where, what before, what after.

    `number` counts the mutants of the module; `repeat` those of the same change before it in the
    same function. `runs_at_import` says that no test can be told to reach the line alone.
    """

    path: str
    scope: str
    number: int
    line: int
    first_line: int
    last_line: int
    before: str
    after: str
    repeat: int
    runs_at_import: bool

    @property
    def id(self) -> str:
        """Return the name by which a mutant is accepted and drawn: it has no line."""
        again = f" #{self.repeat + 1}" if self.repeat else ""
        return f"{self.path} {self.scope}: {self.before} -> {self.after}{again}"

    @property
    def place(self) -> str:
        """Return file, line and function for a reader."""
        return f"{self.path}:{self.line} {self.scope}"


@attrs.frozen(kw_only=True)
class _Site:
    """Hold a node that can be replaced in its parent, and what it stands in."""

    parent: ast.AST
    field: str
    index: int | None
    node: ast.AST
    above: tuple[ast.AST, ...]
    scope: tuple[str, ...]
    first_line: int
    runs_at_import: bool

    def shown(self, variant: ast.AST) -> tuple[str, str]:
        """Return the change as text, with as much of the statement around it as fits a line."""
        around = self.node
        for node in reversed(self.above):
            if len(ast.unparse(node)) > _SHOWN:
                break
            around = node
        before = _flat(around)
        if around is self.node:
            return before, _flat(variant)
        self.put(variant)
        after = _flat(around)
        self.put(self.node)
        return before, after

    def put(self, node: ast.AST) -> None:
        """Replace the node in its parent."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants_of(source: str, path: str) -> list[Mutant]:
    """Return every mutant of a module's source, in the order of the file."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found: list[Mutant] = []
    for number, (site, variant) in enumerate(_changes(ast.parse(source))):
        scope = ".".join(site.scope) or "module"
        before, after = site.shown(variant)
        line = getattr(site.node, "lineno", site.first_line)
        found.append(
            Mutant(
                path=path,
                scope=scope,
                number=number,
                line=line,
                first_line=site.first_line,
                last_line=getattr(site.node, "end_lineno", None) or line,
                before=before,
                after=after,
                repeat=seen[scope, before, after],
                runs_at_import=site.runs_at_import,
            )
        )
        seen[scope, before, after] += 1
    return found


def planted(source: str, number: int) -> ast.Module:
    """Return the module's tree with mutant `number` in it, ready to be compiled.

    Raises:
        IndexError: the module has fewer mutants.
    """
    tree = ast.parse(source)
    chosen = next(islice(_changes(tree), number, None), None)
    if chosen is None:
        message = f"mutant {number} of {len(mutants_of(source, ''))}"
        raise IndexError(message)
    site, variant = chosen
    site.put(ast.copy_location(variant, site.node))
    return ast.fix_missing_locations(tree)


def ranked(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """Return the mutants shuffled by a digest of seed and name: the first n are a random sample.

    A larger sample holds the smaller one, and a change of one function moves no other's mutants.
    """
    return sorted(
        mutants, key=lambda each: hashlib.sha256(f"{seed} {each.id}".encode()).hexdigest()
    )


def read(path: Path) -> str:
    """Return a source file's text."""
    return path.read_text(encoding="utf-8")


def _flat(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _changes(tree: ast.Module) -> Iterator[tuple[_Site, ast.AST]]:
    """Yield each site with each node that may stand in its place, always in one order."""
    for site in _sites(tree, (), (), 1, runs_at_import=True):
        for variant in _variants(site):
            yield site, variant


def _sites(
    parent: ast.AST,
    above: tuple[ast.AST, ...],
    scope: tuple[str, ...],
    first: int,
    *,
    runs_at_import: bool,
) -> Iterator[_Site]:
    """Yield the nodes below `parent` that are neither left alone nor part of what is."""
    for field, value in ast.iter_fields(parent):
        if field in _UNTRIED_FIELDS:
            continue
        many = isinstance(value, list)
        # A default is computed when the function is made, its body when it is called.
        later = field == "body" and isinstance(parent, (*_FUNCTIONS, ast.Lambda))
        for at, node in enumerate(value if many else [value]):
            if not isinstance(node, ast.AST) or _left_alone(node, parent):
                continue
            line = node.lineno if isinstance(node, ast.stmt) else first
            site = _Site(
                parent=parent,
                field=field,
                index=at if many else None,
                node=node,
                above=above,
                scope=scope,
                first_line=line,
                runs_at_import=runs_at_import and not later,
            )
            yield site
            inner = (*scope, node.name) if isinstance(node, _NAMED) else scope
            yield from _sites(
                node, _around(node, above), inner, line, runs_at_import=site.runs_at_import
            )


def _around(node: ast.AST, above: tuple[ast.AST, ...]) -> tuple[ast.AST, ...]:
    """Return what may be shown around the parts of a node: nothing that holds statements."""
    holds = any(isinstance(part, ast.stmt) for part in ast.iter_child_nodes(node))
    return () if holds else (*above, node)


def _left_alone(node: ast.AST, parent: ast.AST) -> bool:
    """Return whether neither the node nor anything in it is changed."""
    if isinstance(parent, ast.Call) and _called(parent) == "cast" and node is parent.args[0]:
        return True  # a type
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert():
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring, or the dots of a protocol
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Constant():
            return isinstance(parent, ast.JoinedStr | ast.FormattedValue)
        case ast.JoinedStr():
            return isinstance(parent, ast.FormattedValue)  # how a value is laid out
        case ast.keyword(arg="strict"):
            return isinstance(parent, ast.Call) and _called(parent) == "zip"
        case ast.Expr(value=ast.Call() as call) | (ast.Call() as call):
            return _called(call) in _UNTRIED_CALLS
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case _:
            return False


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _variants(site: _Site) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    match site.node:
        case ast.expr() as node:
            yield from _expressions(node)
            if _is_condition(site) and not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
                yield ast.UnaryOp(op=ast.Not(), operand=node)
        case ast.stmt() as node:
            yield from _statements(node)
        case _:
            return


def _is_condition(site: _Site) -> bool:
    tested = isinstance(site.parent, ast.If | ast.While | ast.IfExp) and site.field == "test"
    return tested or site.field in {"ifs", "guard"}


def _expressions(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                for other in _COMPARED[type(op)]:
                    changed = copy.copy(node)
                    changed.ops = [*ops[:at], other(), *ops[at + 1 :]]
                    yield changed
        case ast.BinOp(op=op) if type(op) in _CALCULATED:
            yield ast.BinOp(left=node.left, op=_CALCULATED[type(op)](), right=node.right)
        case ast.BoolOp(op=op):
            yield ast.BoolOp(
                op=ast.Or() if isinstance(op, ast.And) else ast.And(), values=node.values
            )
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=value):
            yield from (ast.Constant(value=other) for other in _constants(value))
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            called = ast.Name(id=_CALLED[name], ctx=ast.Load())
            yield ast.Call(func=called, args=node.args, keywords=node.keywords)
        case _:
            return


def _constants(value: object) -> Iterator[bool | int | float | str]:
    match value:
        case bool():
            yield not value
        case int():
            yield value + 1
            if value == 1:
                yield 0
        case float():
            yield value + 1.0
        case str() if not any(letter.isspace() for letter in value):
            yield f"{value}XX"
        case _:
            return


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    match node:
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and value.value is None):
                yield ast.Return(value=ast.Constant(value=None))
        case ast.Raise() | ast.Expr():
            yield ast.Pass()
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()
        case ast.AugAssign(op=op) if type(op) in _CALCULATED:
            other = _CALCULATED[type(op)]()
            yield ast.AugAssign(target=node.target, op=other, value=node.value)
        case _:
            return
