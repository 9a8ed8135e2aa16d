"""One line for each fault of the settings: name, source, what is allowed, and the value unless it is secret."""

import os
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from stoppress.service.config.sources import PREFIX, config_path, describe_unknown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails
    from pydantic_settings import BaseSettings

KINDS = {
    "bool": "must be true or false",
    "string": "must be a text",
    "path": "must be a path",
    "tuple": "must be a list",
}
"""What is allowed, by the first word of pydantic's type of error."""


def fault_lines(error: ValidationError, settings_cls: "type[BaseSettings]") -> list[str]:
    """Return one line for each fault, in the order of the fields."""
    fields = settings_cls.model_fields
    lines = [_fault_line(fault, fields) for fault in error.errors(include_url=False)]
    return list(dict.fromkeys(lines))


def _fault_line(fault: "ErrorDetails", fields: dict[str, FieldInfo]) -> str:
    if not fault["loc"]:  # a check of several fields: its message begins with the name
        return str(fault["ctx"]["error"])
    name = str(fault["loc"][0]).removeprefix(PREFIX.lower())
    if fault["type"] == "extra_forbidden":
        return describe_unknown(name, set(fields)) + f" ({config_path()})"
    allowed = _allowed(fault, fields[name])
    line = (
        f"{name} ({_source(name)}) {allowed}" if allowed.startswith("must ") else f"{name} ({_source(name)}): {allowed}"
    )
    shown = repr(fault["input"])
    return line if not fields[name].repr or shown in line else f"{line}, got {shown}"


def _source(name: str) -> str:
    variables = [f"{PREFIX}{name}".upper(), *(["DATABASE_URL"] if name == "database_url" else [])]
    given = [variable for variable in os.environ if variable.upper() in variables]
    return given[0] if given else str(config_path())


def _allowed(fault: "ErrorDetails", field: FieldInfo) -> str:
    """Return what is allowed, for a number with its bounds."""
    least, most = allowed_range(field)
    if least is not None:
        return f"must be a whole number between {least} and {most}"
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return KINDS.get(fault["type"].partition("_")[0], fault["msg"])


def allowed_range(field: FieldInfo) -> tuple[int, int] | tuple[None, None]:
    """Return the least and the greatest number that a field takes; None for a field without both bounds."""
    known = {name: getattr(limit, name) for limit in field.metadata for name in ("ge", "le") if hasattr(limit, name)}
    return (known["ge"], known["le"]) if len(known) == 2 else (None, None)
