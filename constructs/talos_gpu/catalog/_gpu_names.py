"""Which products a text may mean: marketing names in any usual spelling, and PCI ids."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

__all__ = ["matching_names", "nearest_names", "pci_device"]

_PCI = re.compile(r"(?:(?:0x)?10de[:\s.-](?:0x)?|0x)([0-9a-f]{4})(?:10de)?", re.IGNORECASE)
_BRANDS = frozenset({"nvidia", "corporation", "geforce", "tesla", "quadro", "graphics", "gpu"})
_OPTIONAL = frozenset({"generation", "edition"})
_MEMORY_KINDS = frozenset({"hbm2", "hbm2e", "hbm3", "hbm3e", "gddr6", "gddr7", "shared"})


def pci_device(text: str) -> str | None:
    """Returns the device id (`2c05`) that `text` writes as a PCI id, or None where it writes none.

    A bare `4090` is a name: an id needs its vendor (`10de:2c05`) or `0x` before it.
    """
    shape = _PCI.fullmatch(text.strip())
    return shape.group(1).lower() if shape else None


def matching_names(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names that `text` may mean, in their order: an exact spelling wins over a part of a name."""
    known = tuple(names)
    wanted = _words(text)
    exact = tuple(name for name in known if _squeezed(_words(name)) == _squeezed(wanted))
    if exact:
        return exact
    bare = _bare(wanted)
    same = tuple(name for name in known if _squeezed(_bare(_words(name))) == _squeezed(bare))
    if same and not _drops_quadro(wanted, same):
        return same
    partial = _partial(bare, known) or _partial(tuple(word for word in bare if word not in _MEMORY_KINDS), known)
    return tuple(name for name in known if name in same or name in partial)


def nearest_names(text: str, names: Iterable[str], count: int = 5) -> tuple[str, ...]:
    """Returns the names that resemble `text` most, best first."""
    known = {_squeezed(_bare(_words(name))): name for name in names}
    close = difflib.get_close_matches(_squeezed(_bare(_words(text))), known, n=count, cutoff=0.4)
    return tuple(known[key] for key in close)


def _words(text: str) -> tuple[str, ...]:
    words = tuple(word for word in re.split(r"[^a-z0-9]+", text.casefold()) if word)
    return tuple(word for word in words if word not in ("nvidia", "corporation"))


def _bare(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _BRANDS and word not in _OPTIONAL)


def _squeezed(words: tuple[str, ...]) -> str:
    return "".join(words)


def _drops_quadro(wanted: tuple[str, ...], same: tuple[str, ...]) -> bool:
    """Says whether the Quadro brand was left out of a name that a newer line without the brand continues."""
    return "quadro" not in wanted and any(name.startswith("Quadro RTX") for name in same)


def _partial(wanted: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    if not any(any(character.isdigit() for character in word) or word in ("titan", "spark") for word in wanted):
        return ()
    return tuple(name for name in known if _all_in(wanted, _words(name)))


def _all_in(wanted: tuple[str, ...], words: tuple[str, ...]) -> bool:
    left = list(words)
    for word in wanted:
        found = next((other for other in left if _same(word, other)), None)
        if found is None:
            return False
        left.remove(found)
    return True


def _same(wanted: str, word: str) -> bool:
    """Says whether `word` is what was wanted, or a model of its family: V100 also means V100S."""
    if wanted == word:
        return True
    rest = word[len(wanted) :]
    return (
        word.startswith(wanted) and rest.isalpha() and wanted[0].isalpha() and wanted[-1].isdigit() and len(wanted) > 2
    )
