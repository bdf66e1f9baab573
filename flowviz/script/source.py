"""From the classes of flowviz to plain functions that stand alone, by way of their own source.

What a script shows is what training runs: nothing is written twice, so nothing can drift apart.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

NAMES = {
    "_coarse_to_fine": "coarse_to_fine",
    "_far_off": "far_off",
    "_gibbs": "gibbs_kernel",
    "_kernel": "gibbs_kernel",
    "_scaled": "scaled",
    "_scaled_down": "scaled_down",
    "InexactWarning": "UserWarning",
}
"""Names of ours under those they have in a script."""

TOGETHER = 40
"""Most characters of values that share a line."""


def constants_of(owner: object) -> dict[str, Any]:
    """Return the fields of a dataclass instance, by name."""
    return {field.name: getattr(owner, field.name) for field in fields(owner)}  # type: ignore[arg-type]


def function_text(
    function: Callable[..., Any], name: str, about: str, constants: Mapping[str, Any], *, only_first: bool = False
) -> str:
    """Return a method or function as a plain function.

    Args:
        function: Whose source to take.
        name: What to call it.
        about: Its docstring, one line; empty for none.
        constants: Values of ``self``: those it uses become parameters with defaults; other names after ``self.`` are
            taken for functions.
        only_first: Return the first part of what it returns, and leave out what only the rest needed.

    Returns:
        Python, ending in a line break.
    """
    text = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    assert isinstance(definition, ast.FunctionDef)
    body = definition.body[ast.get_docstring(definition) is not None :]
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    body = [node for node in body if node not in imports]
    if only_first:
        body = _first_part(body, text)
    # From one statement to the next, so that comments stay with the statement they explain.
    lines, after, pieces = text.splitlines(), (imports or definition.body[:1])[-1].end_lineno or 0, []
    if body[0] is definition.body[0]:
        after = body[0].lineno - 1
    kept = {node.lineno: node for node in body}
    for node in definition.body:
        if node.lineno in kept:
            pieces += lines[after : node.lineno - 1]
            pieces.append(_statement(kept[node.lineno], node, text, lines))
        after = max(after, node.end_lineno or 0)
    code = _renamed("\n".join(pieces).strip("\n"), constants)
    used = {key: value for key, value in constants.items() if re.search(rf"self\.{key}\b", "\n".join(pieces))}
    head = f"def {name}({_parameters(definition, used)}):\n"
    return head + (f'    """{about}"""\n' if about else "") + code + "\n"


def _statement(node: ast.stmt, original: ast.stmt, text: str, lines: list[str]) -> str:
    if node is original:
        return "\n".join(lines[node.lineno - 1 : node.end_lineno])
    assert isinstance(node, ast.Return)
    assert node.value is not None
    return f"    return {ast.get_source_segment(text, node.value)}"


def _renamed(code: str, constants: Mapping[str, Any]) -> str:
    code = re.sub(r"\bself\.(\w+)", lambda m: m[1] if m[1] in constants else m[1].lstrip("_"), code)
    for old, new in NAMES.items():
        code = re.sub(rf"\b{old}\b", new, code)
    return code


def _parameters(definition: ast.FunctionDef, used: Mapping[str, Any]) -> str:
    plain = [argument.arg for argument in definition.args.args if argument.arg != "self"]
    for i, value in enumerate(reversed(definition.args.defaults), 1):
        plain[-i] += f"={ast.unparse(value)}"
    return ", ".join([*plain, *(f"{key}={value!r}" for key, value in used.items())])


def _first_part(body: list[ast.stmt], text: str) -> list[ast.stmt]:
    """Return statements that make the first part of the tuple returned at the end, ending in a return of that alone."""
    last = body[-1]
    assert isinstance(last, ast.Return)
    assert isinstance(last.value, ast.Tuple)
    wanted = last.value.elts[0]
    needed = _names(wanted)
    kept: list[ast.stmt] = []
    for node in reversed(body[:-1]):
        made = {name.id for target in getattr(node, "targets", []) for name in ast.walk(target) if isinstance(name, ast.Name)}
        segment = ast.get_source_segment(text, node) or ""
        if made & needed or "rng" in segment:  # a draw must stay, or all later draws would be others
            kept.insert(0, node)
            needed |= _names(node)
    if (
        kept
        and isinstance(kept[-1], ast.Assign)
        and isinstance(wanted, ast.Name)
        and ast.unparse(kept[-1].targets[0]) == wanted.id
    ):
        node = kept.pop()
        assert isinstance(node, ast.Assign)
        return [*kept, ast.copy_location(ast.Return(node.value), node)]
    return [*kept, ast.copy_location(ast.Return(wanted), last)]


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


class Coefficients(ast.NodeTransformer):
    """The methods of a path as assignments, each after those that it calls.

    Args:
        owner: The path. Branches that depend on it alone are decided.
    """

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.constants = constants_of(owner)
        self.used: set[str] = set()
        self.values: dict[str, str] = {}

    def need(self, method: str) -> str:
        """See that a method's value stands in a variable; returns the variable's name."""
        name = method.lstrip("_")
        if name not in self.values:
            found = inspect.getattr_static(self.owner, method)
            function: Any = found.fget if isinstance(found, property) else found
            definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
            assert isinstance(definition, ast.FunctionDef)
            self.values[name] = ast.unparse(self.visit(self._returned(definition.body, function.__globals__)))
        return name

    def assignments(self) -> list[str]:
        """Return lines that compute all of them; short ones that do not need each other stand together."""
        groups: list[list[str]] = []
        for name, value in self.values.items():
            last = groups[-1] if groups else []
            short = len(value) + sum(len(self.values[other]) for other in last) <= TOGETHER
            if last and short and not _names(ast.parse(value)) & set(last):
                last.append(name)
            else:
                groups.append([name])
        return [f"{', '.join(group)} = {', '.join(self.values[name] for name in group)}" for group in groups]

    def _returned(self, body: list[ast.stmt], scope: dict[str, Any]) -> ast.expr:
        for node in body:
            if isinstance(node, ast.Return) and node.value is not None:
                return node.value
            if isinstance(node, ast.If):
                test = compile(ast.Expression(node.test), "<path>", "eval")
                if eval(test, {**scope, "self": self.owner}):
                    return self._returned(node.body, scope)
        raise AssertionError("a coefficient returns one expression")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
            return ast.Name(self.need(function.attr))
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            if node.attr not in self.constants:  # a property
                return ast.Name(self.need(node.attr))
            self.used.add(node.attr)
            return ast.Name(node.attr)
        return self.generic_visit(node)
