"""The validation bridge: a DaemonSet that writes the readiness files on which the GPU operator's pods wait.

Contract of the files: NVIDIA/gpu-operator, assets/state-device-plugin/0400_configmap.yaml and the init containers of
assets/*/0500_daemonset.yaml, equal from v24.9.2 to v26.7.0 (checked 2026-11-21).
"""

from __future__ import annotations

import hashlib
from functools import partial
from importlib import resources
from typing import Any

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.pod import scheduling
from talos_gpu.kubernetes.props import ValidationBridgeProps

__all__ = ["ValidationBridge", "script"]

_NAME = "gpu-validation-bridge"
_LABELS = (("app.kubernetes.io/name", _NAME),)
_SCRIPT = "validation-bridge.sh"
_DIRECTORY = "/run/nvidia/validations"


def script() -> str:
    """The shell script that the DaemonSet runs."""
    return resources.files(__package__).joinpath(_SCRIPT).read_text(encoding="utf-8")


class ValidationBridge(Construct):
    """A ConfigMap with the script, named after its content so that a new script rolls the pods, and the DaemonSet."""

    def __init__(self, scope: Construct, construct_id: str, props: ValidationBridgeProps) -> None:
        super().__init__(scope, construct_id)
        text = script()
        config_map = f"{_NAME}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        add = partial(add_object, self, namespace=props.namespace, labels=_LABELS, annotations=props.annotations)
        add("script", "v1", "ConfigMap", config_map, immutable=True, data={_SCRIPT: text})
        add("daemon-set", "apps/v1", "DaemonSet", _NAME, spec=_daemon_set(props, config_map))


def _daemon_set(props: ValidationBridgeProps, config_map: str) -> dict[str, Any]:
    return {
        "selector": {"matchLabels": dict(_LABELS)},
        # The files outlive the pod, so all nodes may change at once.
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "100%"}},
        "template": {"metadata": {"labels": dict(_LABELS)}, "spec": _pod(props, config_map)},
    }


def _pod(props: ValidationBridgeProps, config_map: str) -> dict[str, Any]:
    return {
        # As the operator's own pods: without the bridge they never start.
        "priorityClassName": "system-node-critical",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 5,
        **scheduling(props.node_selector, props.tolerations),
        # Root without any capability: the folder belongs to root and is not writable by others.
        "securityContext": {"runAsUser": 0, "runAsGroup": 0, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [_container(props)],
        "volumes": [
            {"name": "script", "configMap": {"name": config_map}},
            {"name": "validations", "hostPath": {"path": _DIRECTORY, "type": "DirectoryOrCreate"}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}},
        ],
    }


def _container(props: ValidationBridgeProps) -> dict[str, Any]:
    return {
        "name": "bridge",
        "image": props.image,
        "command": ["/bin/sh", f"/script/{_SCRIPT}"],
        "env": [
            {"name": "INTERVAL_SECONDS", "value": str(props.interval_seconds)},
            {"name": "DRIVER_READY", "value": "".join(f"{name}={value}\n" for name, value in props.content)},
        ],
        # The loop touches the file after each round that succeeded.
        "livenessProbe": {
            "exec": {"command": ["/bin/sh", "-c", 'test -n "$(find /tmp/heartbeat -mmin -2)"']},
            "initialDelaySeconds": 30,
            "periodSeconds": 30,
        },
        "resources": {"requests": {"cpu": "5m", "memory": "8Mi"}, "limits": {"cpu": "50m", "memory": "32Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "script", "mountPath": "/script", "readOnly": True},
            {"name": "validations", "mountPath": _DIRECTORY},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 (a path in the container)
        ],
    }
