"""A form of code in which what cannot change a number is left out.

Left out are docstrings, type hints of functions, the texts of errors and the names of local
variables; comments and layout never reach the syntax tree.
"""

import ast
from collections.abc import Iterator

Scope = dict[str, str]
_SCOPES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_ERROR = "UserError"


def normal_form(tree: ast.AST) -> str:
    """Spell a module or a function in its normal form; the tree is changed."""
    return ast.unparse(_Normal().visit(tree))


class _Normal(ast.NodeTransformer):
    """Rewrites a tree; knows the new names of the variables of all functions around a node."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    def _block(self, node: ast.Module | ast.ClassDef) -> ast.AST:
        node.body = _without_docstring(node.body)
        self.generic_visit(node)
        return node

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.body = _without_docstring(node.body)
        node.returns = None
        # Decorators and defaults are computed outside the function.
        node.decorator_list = [self.visit(decorator) for decorator in node.decorator_list]
        parameters = self._parameters(node.args)
        self._enter(node.body, parameters)
        node.body = [self.visit(statement) for statement in node.body]
        self.scopes.pop()
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        self.scopes.append(dict.fromkeys(self._parameters(node.args), ""))
        node.body = self.visit(node.body)
        self.scopes.pop()
        return node

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> ast.AST:
        self._enter([generator.target for generator in node.generators], [])
        self.generic_visit(node)
        self.scopes.pop()
        return node

    # The names are those of the base class.
    visit_Module = visit_ClassDef = _block  # noqa: N815
    visit_FunctionDef = visit_AsyncFunctionDef = _function  # noqa: N815
    visit_ListComp = visit_SetComp = _comprehension  # noqa: N815
    visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815

    def visit_Call(self, node: ast.Call) -> ast.Call:
        if isinstance(node.func, ast.Name) and node.func.id == _ERROR:
            node.args, node.keywords = [], []
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.Name:
        for scope in reversed(self.scopes):
            if node.id in scope:
                node.id = scope[node.id] or node.id
                break
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        if node.name and self.scopes:
            node.name = self.scopes[-1].get(node.name) or node.name
        self.generic_visit(node)
        return node

    def _parameters(self, arguments: ast.arguments) -> list[str]:
        """Drop the hints, visit the defaults; return the names, which callers may use."""
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
        for argument in every:
            argument.annotation = None
        arguments.defaults = [self.visit(default) for default in arguments.defaults]
        arguments.kw_defaults = [d and self.visit(d) for d in arguments.kw_defaults]
        return [argument.arg for argument in every]

    def _enter(self, body: list[ast.stmt] | list[ast.expr], parameters: list[str]) -> None:
        """Number the variables that a scope binds, in their order; other names stay."""
        fixed, bound = set(parameters), dict.fromkeys(parameters, "")
        for node in body:
            for name in _bound(node):
                if name not in fixed and not bound.get(name):
                    bound[name] = f"<{len(self.scopes)}.{len(bound)}>"
        for node in body:
            # What a statement of this scope takes from, or hands to, another one.
            for part in _within(node):
                if isinstance(part, (ast.Global, ast.Nonlocal)):
                    for name in part.names:
                        bound.pop(name, None)
        self.scopes.append(bound)


def _bound(node: ast.AST) -> Iterator[str]:
    for part in _within(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.ExceptHandler) and part.name:
            yield part.name


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a node without what belongs to a scope inside it."""
    yield node
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _within(child)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    if (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    ):
        return body[1:] or [ast.Pass()]
    return body
