"""A mutant put into this process, in the place of the module it was made of.

What changed in functions only is put into the functions that there are: replacing their code costs
nothing. All else (constants, defaults, classes, what runs at import) needs the package anew.
"""

import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType

_Place = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of a package that exist, by file, qualified name and first line."""

    found: dict[_Place, list[FunctionType]]

    @classmethod
    def of(cls, folder: str) -> "Functions":
        """Find those whose code is from a file below `folder`."""
        found: dict[_Place, list[FunctionType]] = {}
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(folder):
                found.setdefault(_place(one.__code__), []).append(one)
        return cls(found)


def changed_functions(old: CodeType, new: CodeType) -> list[CodeType] | None:
    """Return the new code of functions that differ, or None where more than functions does."""
    pairs = _below(old, new)
    if pairs is None or _bare(old) != _bare(new):
        return None
    changed: list[CodeType] = []
    for old_one, new_one in pairs:
        if old_one == new_one:
            continue
        if not old_one.co_flags & inspect.CO_NEWLOCALS:
            below = changed_functions(old_one, new_one)
            if below is None:
                return None
            changed += below
        elif old_one.co_freevars != new_one.co_freevars:
            return None
        else:
            changed += [new_one, *_inner(new_one)]
    return changed


def put_into(functions: Functions, changed: Sequence[CodeType]) -> None:
    """Replace the code of each function that exists."""
    for code in changed:
        for function in functions.found.get(_place(code), ()):
            if len(function.__code__.co_freevars) == len(code.co_freevars):
                function.__code__ = code


def import_anew(module: str, code: CodeType, *, package: str) -> None:
    """Forget a package and import it with one module's code replaced.

    Who holds a part of the package keeps the old one: import what uses it anew, too.
    """
    for name in [*sys.modules]:
        if name == package or name.startswith(f"{package}."):
            del sys.modules[name]
    sys.meta_path.insert(0, _Finder(module, code))
    importlib.import_module(module)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module whose code is at hand."""

    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self._mutated = code

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the machinery's signature
        return self._mutated


class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module."""

    def __init__(self, module: str, code: CodeType) -> None:
        self._module = module
        self._code = code

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the machinery's signature
        target: ModuleType | None = None,  # noqa: ARG002 - likewise
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._module:
            return None
        file = self._code.co_filename
        is_package = file.endswith("__init__.py")
        return importlib.util.spec_from_file_location(
            fullname,
            file,
            loader=_Loader(fullname, file, self._code),
            submodule_search_locations=[file.rpartition("/")[0]] if is_package else None,
        )


def _place(code: CodeType) -> _Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _below(old: CodeType, new: CodeType) -> list[tuple[CodeType, CodeType]] | None:
    old_ones, new_ones = _codes(old), _codes(new)
    if [_place(one) for one in old_ones] != [_place(one) for one in new_ones]:
        return None
    return list(zip(old_ones, new_ones, strict=True))


def _codes(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _bare(code: CodeType) -> CodeType:
    """Return code without the code below it."""
    constants = tuple(None if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_consts=constants)


def _inner(code: CodeType) -> Iterator[CodeType]:
    for one in _codes(code):
        yield one
        yield from _inner(one)
