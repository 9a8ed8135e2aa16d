"""Join JavaScript modules into one, without a build step.

The modules stay as browsers understand them: each can be served and debugged by itself. Understood are
`import { a, b as c } from "./other.js";`, `import "./other.js";` and `export` before a declaration, each at the
beginning of a line. Everything else that imports or exports is refused.
"""

import posixpath
import re
from collections.abc import Callable

IMPORT = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";[^\S\n]*\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?function\*?|const|let|class) (\w+)", re.MULTILINE)
UNSUPPORTED = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


def join_modules(entry: str, read: Callable[[str], str]) -> str:
    """Return the text of one module that runs `entry` and all that it imports, each once and in order.

    Args:
        entry: Path of the first module, such as `edge/live.js`.
        read: Returns the text of a module by its path.

    Raises:
        ValueError: A module imports or exports in another form, or modules import each other in a circle.
    """
    joined: dict[str, str] = {}
    _add_module(entry, read, joined, ())
    return "".join(joined.values())


def _add_module(path: str, read: Callable[[str], str], joined: dict[str, str], importers: tuple[str, ...]) -> None:
    if path in joined:
        return
    if path in importers:
        raise ValueError(f"modules import each other in a circle: {' > '.join((*importers, path))}")
    text = read(path)
    bindings = []
    for names, target in IMPORT.findall(text):
        imported = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        _add_module(imported, read, joined, (*importers, path))
        if names:
            bindings.append(f"const {{{names.replace(' as ', ': ')}}} = {_variable(imported)};\n")
    exported = [name for _, name in EXPORT.findall(text)]
    text = EXPORT.sub(r"\1 \2", IMPORT.sub("", text))
    if other := UNSUPPORTED.search(text):
        raise ValueError(f"{path}: only named imports and exported declarations can be joined, not: {other[0]}")
    body = f"{''.join(bindings)}{text}return {{ {', '.join(exported)} }};\n"
    joined[path] = f"const {_variable(path)} = (() => {{\n{body}}})();\n"


def _variable(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path)
