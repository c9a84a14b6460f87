"""What pydantic found wrong, as sentences for the person who wrote the file."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

Location = tuple[str | int, ...]
"""Where a value stands: ``("source", 1, "options", "host")``."""


def suggestion(name: str, among: Iterable[str]) -> str:
    """Return the nearest spelling to ``name`` as a sentence with a space before it, "" if nothing is near."""
    nearest = difflib.get_close_matches(name, sorted(among), n=1)
    return f" Did you mean {nearest[0]!r}?" if nearest else ""


def sentences(
    error: ValidationError,
    model: type[BaseModel],
    place: Callable[[Location], str],
    line: Callable[[Location], int | None] = lambda _: None,
) -> list[str]:
    """Return every problem as a sentence that starts with its place. No value is quoted: it may be a secret.

    Args:
        error: what validating against ``model`` raised.
        model: knows the right keys, for "did you mean".
        place: words for where a value stands.
        line: its line, which the sentences are sorted by.
    """
    problems = error.errors(include_url=False, include_input=False)
    problems.sort(key=lambda problem: line(problem["loc"]) or 0)
    return [f"{place(problem['loc'])}: {_words(problem, model)}" for problem in problems]


def _words(problem: Any, model: type[BaseModel]) -> str:
    kind, location = problem["type"], problem["loc"]
    if kind == "extra_forbidden":
        return f"unknown key.{suggestion(str(location[-1]), _keys_at(model, location[:-1]))}"
    if kind == "missing":
        return "is missing."
    if kind == "value_error":
        return _sentence(str(problem["ctx"]["error"]))
    return _sentence(problem["msg"].removeprefix("Input "))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _keys_at(model: type[BaseModel], location: Location) -> Iterable[str]:
    """Return the keys that the table at ``location`` may have; none where the model says nothing."""
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str):
            field = current.model_fields.get(part) if current is not None else None
            current = _model_in(field.annotation) if field is not None else None
    return current.model_fields if current is not None else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in an annotation such as ``tuple[Source, ...]`` or ``Secret | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part)) is not None), None)
