"""The stack's namespace."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import NamespaceProps

__all__ = ["PrivilegedNamespace"]

_POD_SECURITY = tuple((f"pod-security.kubernetes.io/{mode}", "privileged") for mode in ("enforce", "audit", "warn"))
"""All three modes: Talos audits and warns at `restricted`, which would complain about every pod of the stack."""


class PrivilegedNamespace(Construct):
    """A Namespace in which Pod Security admits privileged pods and hostPath volumes."""

    def __init__(self, scope: Construct, construct_id: str, props: NamespaceProps) -> None:
        super().__init__(scope, construct_id)
        add_object(
            self, "namespace", "v1", "Namespace", props.name, labels=_POD_SECURITY, annotations=props.annotations
        )
