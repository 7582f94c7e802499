"""Code as it is compared: without what changes no number.

Docstrings, the decorators of a step, the texts of messages and the names of local variables are
removed or replaced. Comments and layout are gone once code is parsed.
"""

import ast
from collections.abc import Iterable, Iterator
from itertools import count

_Function = ast.FunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef


def plain(tree: ast.AST) -> str:
    """Return the text of code whose numbers are compared.

    Parameters
    ----------
    tree
        A module or a function; it is changed.
    """
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and _is_text(node.body[:1]):
            node.body = node.body[1:] or [ast.Pass()]
        for message in _messages(node):
            _remove_texts(message)
    _Renamer().visit(tree)
    return ast.unparse(tree)


def _is_text(body: list[ast.stmt]) -> bool:
    return bool(
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _messages(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a statement or call that only a user reads."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from (*node.exc.args, *node.exc.keywords)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id == "UserError":
            yield from (*node.args, *node.keywords)
        elif node.func.id == "print" and any(each.arg == "file" for each in node.keywords):
            # To the standard error: what is printed elsewhere may be a result.
            (target,) = (each.value for each in node.keywords if each.arg == "file")
            yield from node.args if ast.unparse(target) == "sys.stderr" else ()
        elif node.func.id == "Parameter":
            yield from (each for each in node.keywords if each.arg == "help")


def _remove_texts(message: ast.AST) -> None:
    for node in ast.walk(message):
        if isinstance(node, ast.JoinedStr):
            node.values = [part for part in node.values if isinstance(part, ast.FormattedValue)]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""


class _Renamer(ast.NodeTransformer):
    """Replaces the names of local variables by numbers, in the order of their first binding."""

    def __init__(self) -> None:
        self._scopes: list[dict[str, str]] = []
        self._numbers = count()

    def visit_Lambda(self, node: _Function) -> ast.AST:
        parameters = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        own = list(_own([node.body] if isinstance(node, ast.Lambda) else node.body))
        outer = {name for each in own if isinstance(each, ast.Nonlocal) for name in each.names}
        names = [name for name in _bound(own) if name not in parameters | outer]
        # A parameter keeps its name, by which it is called, and hides an outer variable.
        scope = {name: name for name in (*parameters, *_kept(own))}
        return self._within(node, {**self._numbered(names), **scope})

    visit_FunctionDef = visit_Lambda  # noqa: N815

    def visit_ListComp(self, node: _Comprehension) -> ast.AST:
        first = node.generators[0]
        # It belongs to the scope around the comprehension.
        first.iter = self.visit(first.iter)
        targets = [each.target for each in node.generators]
        return self._within(node, self._numbered(_bound(_own(targets))))

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._renamed(node.id)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self._renamed(node.name) if node.name else None
        return self.generic_visit(node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._renamed(name) for name in node.names]
        return node

    def _renamed(self, name: str) -> str:
        return next((scope[name] for scope in reversed(self._scopes) if name in scope), name)

    def _numbered(self, names: Iterable[str]) -> dict[str, str]:
        # With a space, no name of the code can be the same.
        return {name: f"local {next(self._numbers)}" for name in dict.fromkeys(names)}

    def _within(self, node: ast.AST, scope: dict[str, str]) -> ast.AST:
        self._scopes.append(scope)
        self.generic_visit(node)
        self._scopes.pop()
        return node


def _bound(own: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that code binds in its own scope, in the order of the code."""
    for node in own:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _kept(own: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names of the scope that are no variables: imports, functions, classes, globals."""
    for node in own:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (each.asname or each.name.split(".")[0] for each in node.names)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Global):
            yield from node.names
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Walk code in order, without the inside of functions, classes and comprehensions."""
    for node in nodes:
        yield node
        if isinstance(node, _Comprehension):
            # A name that `:=` binds there belongs to the scope around it.
            named = [each for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
            yield from (each.target for each in named)
        elif not isinstance(node, _Function | ast.ClassDef):
            yield from _own(ast.iter_child_nodes(node))
