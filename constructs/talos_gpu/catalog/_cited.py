"""Who states which value of an entry: an entry names all of its sources, a fact cites one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import Source

__all__ = ["cited_row"]


def cited_row(values: Mapping[str, Any], named: Iterable[str], about: Mapping[str, Any]) -> Row:
    """Returns the row of an entry that names the sources `named`.

    `about` is the head of its file. There `sources` spells each source out, and `factSources` lists for a key which
    sources can state it: the first that the entry names is cited, or the first of all where it names none of them.
    What has no such list, and the entry as a whole (`entry`), cites the first source that the entry names.
    """
    keys = tuple(named)
    able = {fact: tuple(candidates) for fact, candidates in about["factSources"].items()}
    whole = _first((*able.pop("entry", ()), *keys), keys)
    return Row(values, _source(whole, about), {fact: _source(_first(of, keys), about) for fact, of in able.items()})


def _first(candidates: tuple[str, ...], named: tuple[str, ...]) -> str:
    return next((key for key in candidates if key in named), candidates[0])


def _source(key: str, about: Mapping[str, Any]) -> Source:
    return Source(about["sources"].get(key, key), about["checked"])
