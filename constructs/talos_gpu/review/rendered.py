"""What today's talos-gpu makes of the profiles of a state, as a tree of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from talos_gpu.errors import InputError, NotUnderstood, OutsideError, Refused
from talos_gpu.finding import Finding, Position
from talos_gpu.output import digest, ledger
from talos_gpu.output.fleet_page import fleet_page
from talos_gpu.output.names import FACTS, FLEET_PAGE, LEDGER
from talos_gpu.output.render import render
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.review.profiles import laid_out
from talos_gpu.review.states import PROFILES
from talos_gpu.review.tree import Entry, FolderTree, MemoryTree, Tree

__all__ = ["rendered_tree"]

_ENDINGS = (".yaml", ".yml")


def rendered_tree(tree: Tree, outdir: str) -> MemoryTree:
    """The profiles of a state rendered with today's code and facts, below `outdir`; the state's own output is ignored.

    Its catalogue/ counts. Findings about its profiles name the state, unless it is what lies on the disk.

    Raises:
        NotUnderstood: for profiles that cannot be understood, or when there is none.
        Refused: for profiles that cannot work.
    """
    inputs = _inputs(tree)
    profiles = [path for path in sorted(inputs) if _is_profile(path)]
    name = f"{tree.name}, rendered"
    with laid_out(inputs) as root:
        try:
            clusters = render(profiles, root) if profiles else []
        except InputError as error:
            raise _told(error, tree) from None
        except OutsideError as error:
            raise OutsideError(f"rendering the profiles of {tree.name}: {error.what}", error.why, error.do) from None
    return MemoryTree(name, {**inputs, **_files(clusters, outdir)})


def _files(clusters: Iterable[RenderedCluster], outdir: str) -> Mapping[str, bytes]:
    code = digest.code_digest()
    files: dict[str, bytes] = {}
    rows = {}
    for cluster in clusters:
        files |= {f"{outdir}/{cluster.name}/{path}": content for path, content in cluster.files.items()}
        files[f"{outdir}/{cluster.name}/{LEDGER}"] = ledger.to_bytes(cluster.ledger(code))
        rows[cluster.name] = cluster.row
    if rows:
        files[f"{outdir}/{FLEET_PAGE}"] = fleet_page(rows)
    return files


def _inputs(tree: Tree) -> dict[str, bytes]:
    """Everything that rendering reads: what profiles name lies below profiles/ too."""
    entries = tree.entries((PROFILES, FACTS))
    faults = [
        Finding(_placed(Position(path), tree), "", fault)
        for path, entry in entries.items()
        if _is_profile(path) and (fault := _fault(path, entry))
    ]
    if faults:
        raise NotUnderstood(faults)
    return dict(tree.read(entries))


def _fault(path: str, entry: Entry) -> str:
    if not entry.has_content:
        return "found a symbolic link or a submodule, expected a regular file"
    return "" if path.isprintable() else "found a name with characters that nobody sees, expected letters and digits"


def _is_profile(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return folder == PROFILES and name.endswith(_ENDINGS) and not name.startswith(".")


def _told(error: InputError, tree: Tree) -> InputError:
    """The same findings, each said of the state that it is about."""
    findings = [replace(found, position=_placed(found.position, tree)) for found in error.findings]
    return NotUnderstood(findings) if isinstance(error, NotUnderstood) else Refused(findings)


def _placed(position: Position, tree: Tree) -> Position:
    if isinstance(tree, FolderTree) and tree.root == ".":
        return position
    return replace(position, file=f"{tree.name}:{position.file}")
