"""Which products a text may mean, and which resemble one that nobody knows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from talos_gpu.catalog._gpu_words import (
    Written,
    bare,
    model_words,
    squeezed,
    taken_apart,
    without_lines,
)

__all__ = ["Product", "is_mobile", "matching_names", "nearest_names", "of_same_model"]

_MEMORY_KIND = re.compile(r"hbm\d.*|gddr\d.*|ddr\d")
_ARCHITECTURES = frozenset({"kepler", "maxwell", "pascal", "volta", "turing", "ampere", "ada", "hopper", "blackwell"})
_MOBILE = frozenset({"laptop", "mobile", "notebook", "max", "q"})


@dataclass(frozen=True, slots=True)
class Product:
    """A product to look for. `spellings` are the words of its names, `short` the same without brands.

    `implied` are words that people add because they are true of it (`24gb`, `ampere`), `models` those that tell it.
    """

    name: str
    arch: str
    gpu_class: str
    chip: str
    spellings: tuple[tuple[str, ...], ...]
    short: tuple[tuple[str, ...], ...]
    implied: frozenset[str]
    models: frozenset[str]

    @classmethod
    def of(cls, name: str, also: Iterable[str], arch: str, gpu_class: str, chip: str, memory: str) -> Product:
        """Returns the product of that name, with other names of it and its memory in GiB (empty: not known)."""
        spellings = tuple(taken_apart(text).words for text in (name, *also))
        boards = {"hgx", "dgx"} if any(word.startswith("sxm") for words in spellings for word in words) else set()
        implied = frozenset({f"{memory}gb", arch, chip.casefold(), *boards} - {"gb", ""})
        models = frozenset(word for words in spellings for word in model_words(words))
        return cls(name, arch, gpu_class, chip, spellings, tuple(map(bare, spellings)), implied, models)


def matching_names(text: str, products: Iterable[Product]) -> tuple[str, ...]:
    """Returns the names of the products that `text` may mean, in their order.

    An exact spelling wins over one without brands, and that over a part of a name.
    """
    wanted = taken_apart(text)
    known = tuple(product for product in products if _of_chip(product, wanted.chip))
    exact = tuple(item.name for item in known if squeezed(wanted.words) in map(squeezed, item.spellings))
    if exact:
        return exact
    short = bare(wanted.words)
    same = tuple(product.name for product in known if _names(short, product))
    if same and not _drops_quadro(wanted, same):
        return same
    kindless = tuple(word for word in short if not _MEMORY_KIND.fullmatch(word))
    partial = _partial(short, known) or _partial(kindless, known)
    return tuple(product.name for product in known if product.name in same or product.name in partial)


def of_same_model(text: str, products: Iterable[Product]) -> tuple[Product, ...]:
    """Returns the products that share a model word (`5090`) with `text` and contradict none of it, nearest first."""
    wanted = taken_apart(text)
    models = model_words(wanted.words)
    found = [item for item in products if _agrees(item, wanted) and models & item.models]
    return tuple(sorted(found, key=lambda product: -_likeness(wanted, product)))


def nearest_names(text: str, products: Iterable[Product], count: int = 5) -> tuple[str, ...]:
    """Returns the names that resemble `text` most, best first: of the same model, of the same family, or spelt alike."""
    known = tuple(products)
    wanted = taken_apart(text)
    found = of_same_model(text, known) or _of_same_family(wanted, known)
    if found:
        return tuple(product.name for product in found[:count])
    names = {squeezed(product.short[0]): product.name for product in known if _agrees(product, wanted)}
    close = difflib.get_close_matches(squeezed(bare(wanted.words)), names, n=count, cutoff=0.4)
    return tuple(names[key] for key in close)


def is_mobile(text: str) -> bool:
    """Says whether `text` names a GPU of a laptop, which shares little but the number with the card."""
    return bool(_MOBILE & set(taken_apart(text).words))


def _of_chip(product: Product, chip: str) -> bool:
    """Says whether the product can have the chip: one product has several of a generation (GA104, GA106)."""
    return not chip or not product.chip or product.chip.casefold()[:2] == chip[:2]


def _agrees(product: Product, wanted: Written) -> bool:
    architectures = _ARCHITECTURES & set(wanted.words)
    return _of_chip(product, wanted.chip) and (not architectures or not product.arch or product.arch in architectures)


def _likeness(wanted: Written, product: Product) -> float:
    text = squeezed(tuple(word for word in bare(wanted.words) if word not in _MOBILE))
    return max(difflib.SequenceMatcher(None, text, squeezed(words)).ratio() for words in product.short)


def _of_same_family(wanted: Written, known: tuple[Product, ...]) -> tuple[Product, ...]:
    stems = _stems(model_words(wanted.words))
    found = [product for product in known if _agrees(product, wanted) and stems & _stems(product.models)]
    return tuple(sorted(found, key=lambda product: -_likeness(wanted, product)))


def _stems(models: Iterable[str]) -> frozenset[str]:
    shapes = (re.match(r"[a-z]*\d+", word) for word in models)
    return frozenset(shape.group() for shape in shapes if shape)


def _names(short: tuple[str, ...], product: Product) -> bool:
    """Says whether the words are one of the product's names, with or without facts that are true of it."""
    by_number = bool(short) and short[0][0].isdigit()
    for words in product.short:
        told = tuple(word for word in short if word in words or word not in product.implied)
        full = words if not by_number else without_lines(words)
        if squeezed(full) in (squeezed(short), squeezed(told)):
            return True
    return False


def _drops_quadro(wanted: Written, same: tuple[str, ...]) -> bool:
    """Says whether the Quadro brand was left out of a name that a newer line without the brand continues."""
    return "quadro" not in wanted.words and any(name.startswith("Quadro RTX") for name in same)


def _partial(wanted: tuple[str, ...], known: tuple[Product, ...]) -> tuple[str, ...]:
    if not model_words(wanted):
        return ()
    exact = tuple(product.name for product in known if _all_in(wanted, product, family=False))
    if len(exact) == 1:
        return exact
    return tuple(product.name for product in known if _all_in(wanted, product, family=True))


def _all_in(wanted: tuple[str, ...], product: Product, *, family: bool) -> bool:
    return any(_all_among(wanted, words, product.implied, family) for words in product.spellings)


def _all_among(wanted: tuple[str, ...], words: tuple[str, ...], implied: frozenset[str], family: bool) -> bool:
    left = list(words)
    for word in wanted:
        found = next((other for other in left if _same(word, other, family)), None)
        if found is not None:
            left.remove(found)
        elif word not in implied:
            return False
    return True


def _same(wanted: str, word: str, family: bool) -> bool:
    """Says whether `word` is what was wanted, or a model of its family: V100 also means V100S, SXM also SXM5."""
    if wanted == word or (word.startswith("sxm") and wanted.startswith("sxm") and "sxm" in (wanted, word)):
        return True
    rest = word[len(wanted) :]
    return (
        family
        and word.startswith(wanted)
        and rest.isalpha()
        and wanted[0].isalpha()
        and wanted[-1].isdigit()
        and len(wanted) > 2
    )
