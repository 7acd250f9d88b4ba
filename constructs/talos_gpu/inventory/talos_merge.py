"""Talos documents merged as Talos merges them: maps grow, lists grow, `$patch: delete` takes away.

Source: siderolabs/talos:pkg/machinery/config/merge/merge.go, configpatcher/strategic.go,
configloader/internal/decoder/selector.go, and every Merge method and `merge:"replace"` tag below config/types.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from talos_gpu.inventory.tree import Entries, entries, list_of, map_of
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["PATCH_KEYS", "identity", "is_deletion", "merge_documents", "merge_trees"]

PATCH_KEYS = frozenset({"$patch", "$$patch"})
"""talhelper puts variables into its patches, and makes one dollar of two."""

Path = tuple[str, ...]
"""The kind, empty for v1alpha1, then keys; indices of lists are left out."""

_REPLACED: frozenset[Path] = frozenset(
    {
        ("", "cluster", "apiServer", "auditPolicy"),
        ("", "cluster", "network", "podSubnets"),
        ("", "cluster", "network", "serviceSubnets"),
        ("BGPInstanceConfig", "advertise"),
        ("BGPInstanceConfig", "importRoutes"),
        ("BGPInstanceConfig", "neighbors"),
        ("CRIBaseRuntimeSpecConfig", "overrides"),
        ("KubeAuditPolicyConfig", "configuration"),
        ("KubeAuthenticationConfig", "configuration"),
        ("KubeCredentialProviderConfig", "configuration"),
        ("KubeNetworkConfig", "podSubnets"),
        ("KubeNetworkConfig", "serviceSubnets"),
        ("KubeStaticPodConfig", "pod"),
        ("NetworkRuleConfig", "ingress"),
        ("NetworkRuleConfig", "portSelector", "ports"),
        ("ResolverConfig", "searchDomains", "domains"),
    }
)
"""Fields that a later text replaces as a whole."""

_MATCHED: dict[Path, tuple[str, ...]] = {
    ("", "cluster", "apiServer", "admissionControl"): ("name",),
    ("", "machine", "network", "interfaces"): ("interface", "deviceSelector"),
    ("", "machine", "network", "interfaces", "vlans"): ("vlanId",),
    ("ExtensionServiceConfig", "configFiles"): ("mountPath",),
}
"""Lists whose items merge where they agree in the first of these keys that the later one has."""

_ARGUMENTS = "extraArgs"
"""A map whose values a later text replaces, lists too."""

Identity = tuple[str, str, str]


def identity(document: Value) -> Identity:
    """By what Talos tells documents apart: apiVersion, kind, name; all empty for v1alpha1."""
    kind = document.get("kind").raw
    return (document.get("apiVersion").raw, kind, document.get("name").raw) if kind else ("", "", "")


def is_deletion(node: Node) -> bool:
    """Whether a map says that what stands at its place shall go."""
    if not isinstance(node, MappingNode):
        return False
    found = (value for key, (_, value) in entries(node).items() if key in PATCH_KEYS)
    return any(isinstance(value, ScalarNode) and value.text == "delete" for value in found)


def merge_documents(texts: Iterable[Sequence[Value]]) -> tuple[Value | None, tuple[Value, ...]]:
    """What a node is told by texts in this order: the v1alpha1 document, if there is one, and all others."""
    found: dict[Identity, Node] = {}
    for documents in texts:
        for document in documents:
            if isinstance(document.node, MappingNode):
                _add(found, identity(document), document.node)
    values = {key: Value(node, node.position) for key, node in found.items()}
    legacy = values.pop(("", "", ""), None)
    return legacy, tuple(values.values())


def _add(found: dict[Identity, Node], key: Identity, node: Node) -> None:
    if is_deletion(node):
        if any(key):
            found.pop(key, None)
    elif key in found:
        found[key] = merge_trees(found[key], node, (key[1],))
    else:
        found[key] = _plain(node)


def merge_trees(first: Node, second: Node, path: Path = ("",)) -> Node:
    """`second` over `first`, both at `path` of their documents."""
    if path in _REPLACED:
        return _plain(second)
    if isinstance(first, MappingNode) and isinstance(second, MappingNode):
        return _merge_maps(first, second, path)
    if isinstance(first, SequenceNode) and isinstance(second, SequenceNode) and _ARGUMENTS not in path[-2:-1]:
        return _merge_lists(first, second, path)
    return first if _says_nothing(second) else _plain(second)


def _merge_maps(first: MappingNode, second: MappingNode, path: Path) -> Node:
    result: Entries = entries(first)
    for name, (key, value) in entries(second).items():
        if is_deletion(value):
            result.pop(name, None)
        elif name in result:
            result[name] = (key, merge_trees(result[name][1], value, (*path, name)))
        elif name not in PATCH_KEYS:
            result[name] = (key, _plain(value))
    return map_of(result, second.position, _odd(first) + _odd(second))


def _odd(node: MappingNode) -> tuple[tuple[Node, Node], ...]:
    return tuple(pair for pair in node.pairs if not isinstance(pair[0], ScalarNode))


def _merge_lists(first: SequenceNode, second: SequenceNode, path: Path) -> Node:
    items = list(first.items)
    for item in second.items:
        index = _index(items, item, _keys(item, path))
        if is_deletion(item):
            if index is not None:
                del items[index]
        elif index is None:
            items.append(_plain(item))
        else:
            items[index] = merge_trees(items[index], item, path)
    return list_of(items, second.position)


def _keys(item: Node, path: Path) -> tuple[str, ...]:
    """The keys by which an item finds its like: of one that deletes, the first beside `$patch`."""
    if not isinstance(item, MappingNode):
        return ()
    own = entries(item)
    if is_deletion(item):
        return tuple(key for key in own if key not in PATCH_KEYS)[:1]
    return tuple(key for key in _MATCHED.get(path, ()) if key in own)[:1]


def _index(items: Sequence[Node], item: Node, keys: tuple[str, ...]) -> int | None:
    if not keys or not isinstance(item, MappingNode):
        return None
    wanted = _data(item, keys[0])
    for index, other in enumerate(items):
        if isinstance(other, MappingNode) and keys[0] in entries(other) and _data(other, keys[0]) == wanted:
            return index
    return None


def _data(node: MappingNode, key: str) -> object:
    value = entries(node)[key][1]
    return value.text if isinstance(value, ScalarNode) else Value(value, value.position).data


def _says_nothing(node: Node) -> bool:
    """Null and the empty text are Go's zero values, which change nothing."""
    return Value(node, node.position).is_null or (isinstance(node, ScalarNode) and not node.text)


def _plain(node: Node) -> Node:
    """The node without what it deletes: there was nothing at that place."""
    if isinstance(node, SequenceNode):
        kept = [_plain(item) for item in node.items if not is_deletion(item)]
        return list_of(kept, node.position)
    if not isinstance(node, MappingNode):
        return node
    own = {
        name: (key, _plain(value))
        for name, (key, value) in entries(node).items()
        if name not in PATCH_KEYS and not is_deletion(value)
    }
    return map_of(own, node.position, _odd(node))
