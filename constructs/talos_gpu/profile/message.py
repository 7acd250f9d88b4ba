"""What pydantic found wrong, as sentences that say what was found and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from talos_gpu.profile.shape import shown
from talos_gpu.yaml_events import excerpt, key_path

__all__ = ["key_path", "location", "sentence"]

Loc = tuple[str | int, ...]


def location(error: ErrorDetails) -> tuple[Loc, bool]:
    """The place of the error as a key path, and whether the key itself (not its value) is meant."""
    loc = tuple(error["loc"])
    if loc and loc[-1] == "[key]":
        return loc[:-1], True
    return (*loc, *error.get("ctx", {}).get("path", ())), error["type"] == "extra_forbidden"


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What was found at this place of `model`, and what is allowed there."""
    kind, found, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        *above, key = error["loc"]
        return _unknown_key(str(key), _keys(model, above))
    if kind == "missing":
        return "is missing, and has no default"
    return _SENTENCES.get(kind, _fallback)(found, context)


def _unknown_key(key: str, known: Iterable[str]) -> str:
    names = {name.lower(): name for name in sorted(known)}
    written = excerpt(key).lower()
    near = get_close_matches(written, names, n=1) or get_close_matches(
        written.replace("_", "").replace("-", ""), names, n=1
    )
    if near:
        return f"is not a known key; did you mean {names[near[0]]}?"
    return f"is not a known key; known here: {', '.join(names.values())}"


def _keys(model: type[BaseModel], above: Iterable[str | int]) -> list[str]:
    """The keys that the model at this place knows."""
    annotations: list[Any] = [model]
    for step in above:
        annotations = [inner for annotation in annotations for inner in _inner(annotation, step)]
    return [field.alias or name for found in _models(annotations) for name, field in found.model_fields.items()]


def _inner(annotation: Any, step: str | int) -> Iterator[Any]:
    """What is declared of the values one step below `annotation`."""
    for plain in _plain(annotation):
        if isinstance(plain, type) and issubclass(plain, BaseModel):
            fields = plain.model_fields.items()
            yield from (field.annotation for name, field in fields if (field.alias or name) == step)
        elif get_origin(plain) is dict:
            yield get_args(plain)[1]
        elif get_origin(plain) is tuple:
            yield get_args(plain)[0]


def _plain(annotation: Any) -> Iterator[Any]:
    """The annotation without what is wrapped around it; the members of a union one by one."""
    if get_origin(annotation) is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _plain(member)
    else:
        yield annotation


def _models(annotations: Iterable[Any]) -> Iterator[type[BaseModel]]:
    for annotation in annotations:
        for plain in _plain(annotation):
            if isinstance(plain, type) and issubclass(plain, BaseModel):
                yield plain


def _expected(words: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda found, _: f"found {shown(found)}, expected {words}"


def _one_of(found: Any, context: Mapping[str, Any]) -> str:
    return f"found {shown(found)}, expected {str(context['expected']).replace(chr(39), '')}"


def _length(found: Any, context: Mapping[str, Any]) -> str:
    bound = context.get("min_length", context.get("max_length"))
    return f"found {context['actual_length']} entries, expected at {'least' if 'min_length' in context else 'most'} {bound}"


def _fallback(found: Any, context: Mapping[str, Any]) -> str:
    allowed = ", ".join(f"{key} {value}" for key, value in sorted(context.items()) if key != "error")
    return f"found {shown(found)}, which is not allowed here" + (f" ({allowed})" if allowed else "")


_SENTENCES: Mapping[str, Callable[[Any, Mapping[str, Any]], str]] = {
    "profile": lambda _, context: str(context["sentence"]),
    "literal_error": _one_of,
    "string_type": _expected("text"),
    "bool_type": _expected("true or false"),
    "dict_type": _expected("a map"),
    "model_type": _expected("a map"),
    "model_attributes_type": _expected("a map"),
    "tuple_type": _expected("a list"),
    "too_short": _length,
    "too_long": _length,
    "greater_than_equal": lambda found, context: f"found {shown(found)}, expected at least {context['ge']}",
    "less_than_equal": lambda found, context: f"found {shown(found)}, expected at most {context['le']}",
}
