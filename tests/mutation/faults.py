"""The faults that are put into the source: mutmut's operators for syntax nodes, and own ones for guards and calls.

Left out is what no test should hold: docstrings, log lines, texts of exceptions, `__repr__`, annotations, sentences
for translation. Operators of mutmut whose mutants nearly always raise, such as `a = None`, are left out too: they
would raise the share of noticed faults for nothing.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

LEFT_OUT_OPERATORS = {"operator_assignment", "operator_arg_removal", "operator_lambda", "operator_dict_arguments"}
LIBRARY_OPERATORS = [pair for pair in mutation_operators if pair[1].__name__ not in LEFT_OUT_OPERATORS]
LEFT_OUT_FILES = {"apps.py", "models.py", "urls.py", "__init__.py"}  # declarations: held by the check of migrations
LEFT_OUT_FOLDERS = {"models", "migrations"}

TRANSLATION = m.Name("_") | m.Name(metadata=m.DoNotCare(), value=m.MatchIfTrue(lambda name: "gettext" in name))
LOG_CALL = m.Call(
    func=m.Attribute(value=m.Name(m.MatchIfTrue(lambda name: name.lower() in {"log", "logger", "logging"})))
)
TYPE_CHECKING = m.If(test=m.Name("TYPE_CHECKING"))
NOT_MUTATED = (
    m.Annotation()
    | m.Decorator()
    | m.Import()
    | m.ImportFrom()
    | m.Raise()
    | m.Assert()
    | m.Call(func=TRANSLATION)
    | m.Expr(value=LOG_CALL)
    | LOG_CALL
    | TYPE_CHECKING
    | m.FunctionDef(name=m.Name("__repr__"))
    | m.Expr(value=m.SimpleString() | m.ConcatenatedString())
    | m.Assign(targets=[m.AssignTarget(target=m.Name("__all__"))])
)


@dataclass(frozen=True)
class Mutant:
    """One fault: `first` to `last` are the lines from its statement's beginning to its end, counted from 1."""

    path: Path
    number: int  # in its file
    first: int
    last: int
    in_function: bool
    before: str
    after: str
    old: cst.CSTNode
    new: cst.CSTNode
    module: cst.Module

    @property
    def name(self) -> str:
        """Name that stays the same while the file does: `smtp/reply.py:41#7`."""
        folders = self.path.parts
        inner = "/".join(folders[folders.index("stoppress") + 1 :])
        return f"{inner}:{self.last}#{self.number}"

    def source(self) -> str:
        """Return the whole file with the fault in it."""
        changed = self.module.deep_replace(self.old, self.new)
        return changed.code if isinstance(changed, cst.Module) else ""


def own_faults(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a guard without one of its conditions, an `if` that always or never holds, a call that is not made."""
    if isinstance(node, cst.BooleanOperation):
        yield from (node.left, node.right)
    elif isinstance(node, cst.If):
        yield from (node.with_changes(test=cst.Name(value)) for value in ("True", "False"))
    elif isinstance(node, cst.Expr) and m.matches(node.value, m.Call() | m.Await(expression=m.Call())):
        yield cst.Pass()


def faults(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what one syntax node is replaced by; a string only once, because in capitals it often means the same."""
    for kind, operator in LIBRARY_OPERATORS:
        if isinstance(node, kind):
            found: Iterable[cst.CSTNode] = operator(node)
            yield from list(found)[:1] if isinstance(node, cst.BaseString) else found
    yield from own_faults(node)


class Collector(cst.CSTVisitor):
    """Collect all mutants of one file."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: Path, module: cst.Module) -> None:
        super().__init__()
        self.path, self.module = path, module
        self.statements: list[cst.CSTNode] = []
        self.functions = 0
        self.found: list[Mutant] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, NOT_MUTATED):
            return False
        self.statements += [node] if isinstance(node, cst.BaseSmallStatement | cst.BaseCompoundStatement) else []
        self.functions += isinstance(node, cst.FunctionDef)
        self.found += [self.mutant(node, new) for new in faults(node)]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if m.matches(original_node, NOT_MUTATED):
            return
        self.functions -= isinstance(original_node, cst.FunctionDef)
        if self.statements and self.statements[-1] is original_node:
            self.statements.pop()

    def mutant(self, node: cst.CSTNode, new: cst.CSTNode) -> Mutant:
        """Describe the fault `new` in place of `node`."""
        place = self.get_metadata(PositionProvider, node)
        statement = self.get_metadata(PositionProvider, self.statements[-1]) if self.statements else place
        last = place.start.line if isinstance(node, cst.BaseCompoundStatement) else place.end.line
        before, after = (self.first_line(part) for part in (node, new))
        number = len(self.found)
        in_function = self.functions > 0
        return Mutant(self.path, number, statement.start.line, last, in_function, before, after, node, new, self.module)

    def first_line(self, node: cst.CSTNode) -> str:
        lines = self.module.code_for_node(node).strip().splitlines() or [type(node).__name__]
        return lines[0][:100]


def mutants_of(path: Path) -> list[Mutant]:
    """Return all mutants of one file, in the order of its text."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")), unsafe_skip_copy=True)
    collector = Collector(path, wrapper.module)
    wrapper.visit(collector)
    numbered = []
    for number, mutant in enumerate(collector.found):
        numbered.append(mutant if mutant.number == number else Mutant(**{**vars(mutant), "number": number}))
    return numbered


def files_of(package: Path) -> list[Path]:
    """Return the files of a package in which faults are put."""
    return [
        path
        for path in sorted(package.rglob("*.py"))
        if path.name not in LEFT_OUT_FILES and not LEFT_OUT_FOLDERS & set(path.parent.relative_to(package).parts)
    ]


def sample(packages: dict[str, Path], size: int, seed: int) -> dict[str, list[Mutant]]:
    """Draw `size` mutants at random, from each package as many as its share of lines (at least one)."""
    chance = random.Random(seed)
    texts = {
        name: {path: path.read_text(encoding="utf-8") for path in files_of(folder)} for name, folder in packages.items()
    }
    lines = {name: sum(text.count("\n") for text in files.values()) for name, files in texts.items()}
    drawn = {}
    for name, files in texts.items():
        share = max(1, round(size * lines[name] / sum(lines.values())))
        mutants = [mutant for path in files for mutant in mutants_of(path)]
        drawn[name] = chance.sample(mutants, min(share, len(mutants)))
    return drawn
