"""A control plane of real programs on loopback, for as long as a `with` block lasts.

etcd (Debian's etcd-server), kube-apiserver with PodSecurity as Talos sets it and NodeRestriction, controller manager,
scheduler, and kwok, which plays the nodes. Ports are free ones; every process is ended by its own PID, in whatever
way the block ends, and by the kernel when this process is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from judge.build import ORACLES, OracleMissing, program
from judge.tool import Ran, run

__all__ = ["ControlPlane", "control_plane"]

_ADMISSION = {
    "apiVersion": "apiserver.config.k8s.io/v1",
    "kind": "AdmissionConfiguration",
    "plugins": [
        {
            "name": "PodSecurity",
            "configuration": {
                "apiVersion": "pod-security.admission.config.k8s.io/v1alpha1",
                "kind": "PodSecurityConfiguration",
                "defaults": {
                    "enforce": "baseline",
                    "enforce-version": "latest",
                    "audit": "restricted",
                    "audit-version": "latest",
                    "warn": "restricted",
                    "warn-version": "latest",
                },
                "exemptions": {"usernames": [], "runtimeClasses": [], "namespaces": ["kube-system"]},
            },
        }
    ],
}
"""What Talos writes into the machine config of every control plane (cluster.apiServer.admissionControl)."""
_PDEATHSIG = 1
PATIENCE_SECONDS = 60


@dataclass
class ControlPlane:
    """A running cluster. `kubectl` acts as its administrator."""

    folder: Path
    server: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kubectl(self, *arguments: str, feed: str | None = None, kubeconfig: str = "admin.kubeconfig") -> Ran:
        """Runs kubectl; `feed` becomes the file that `-f -` reads."""
        words = list(arguments)
        if feed is not None:
            path = self.folder / f"feed-{time.monotonic_ns()}.yaml"
            path.write_text(feed)
            words += ["-f", str(path)]
        config = str(self.folder / kubeconfig)
        return run(program("kubernetes", "kubectl"), "--kubeconfig", config, *words, folder=self.folder)

    def apply(self, items: list[dict[str, Any]], *options: str, kubeconfig: str = "admin.kubeconfig") -> Ran:
        """Applies objects in their order, by the server."""
        feed = yaml.safe_dump_all(items, sort_keys=False)
        return self.kubectl("apply", "--server-side", "--validate=strict", *options, feed=feed, kubeconfig=kubeconfig)

    def get(self, *arguments: str) -> Any:
        """An object or a list of objects as data."""
        done = self.kubectl("get", *arguments, "-o", "json")
        assert done.status == 0, done.said
        return json.loads(done.out)

    def wait(self, what: str, condition: Callable[[], bool]) -> None:
        """Returns when `condition` holds; fails, naming `what`, after a minute, or at once when a server has ended."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            for process in self.processes:
                assert process.poll() is None, f"while waiting for {what}: {_last_words(self.folder, process)}"
            assert time.monotonic() < end, f"waited {PATIENCE_SECONDS} s for {what}; the logs are in {self.folder}"
            time.sleep(0.1)

    def kubelet(self, node: str) -> str:
        """The name of a kubeconfig by which the kubelet of `node` speaks."""
        name = f"kubelet-{node}"
        if not (self.folder / f"{name}.kubeconfig").exists():
            _certificate(self.folder, name, f"/O=system:nodes/CN=system:node:{node}")
            _kubeconfig(self.folder, name, self.server)
        return f"{name}.kubeconfig"


@contextmanager
def control_plane(folder: Path) -> Iterator[ControlPlane]:
    """A control plane whose data lie in `folder`, empty but for what Kubernetes makes by itself.

    Raises:
        OracleMissing: without etcd or openssl.
    """
    for tool, package in (("etcd", "etcd-server"), ("openssl", "openssl")):
        if shutil.which(tool) is None:
            raise OracleMissing(f"{tool} is missing: apt-get install {package}")
    ports = _free_ports(6)
    plane = ControlPlane(folder, f"https://127.0.0.1:{ports[2]}")
    with ExitStack() as stack:
        stack.callback(_stop, plane)
        _certificates(plane)
        _start_server(plane, ports)
        _start_controllers(plane, ports)
        plane.wait("the default service account", lambda: plane.kubectl("get", "serviceaccount", "default").status == 0)
        yield plane


def _last_words(folder: Path, process: subprocess.Popen[bytes]) -> str:
    """How a server ended, and where it says why."""
    log = folder / f"{Path(process.args[0]).name}.log"  # type: ignore[index, arg-type]
    end = log.read_text(errors="replace").splitlines()[-5:]
    return "\n".join([f"{log.stem} has ended with status {process.returncode}; {log} ends in", *end])


def _start_server(plane: ControlPlane, ports: list[int]) -> None:
    store, peer = (f"http://127.0.0.1:{port}" for port in ports[:2])
    _spawn(
        plane, Path(shutil.which("etcd") or "etcd"),
        f"--data-dir={plane.folder / 'etcd'}", f"--listen-client-urls={store}", f"--advertise-client-urls={store}",
        f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    )  # fmt: skip
    pki = plane.folder
    _spawn(
        plane, program("kubernetes", "kube-apiserver"),
        f"--etcd-servers={store}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--secure-port={ports[2]}",
        f"--tls-cert-file={pki}/apiserver.crt", f"--tls-private-key-file={pki}/apiserver.key",
        f"--client-ca-file={pki}/ca.crt", "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki}/apiserver.crt", f"--service-account-signing-key-file={pki}/apiserver.key",
        "--service-cluster-ip-range=10.96.0.0/12", "--authorization-mode=Node,RBAC", "--allow-privileged=true",
        "--enable-admission-plugins=NodeRestriction", f"--admission-control-config-file={pki}/admission.yaml",
    )  # fmt: skip
    plane.wait("the API server", lambda: plane.kubectl("get", "--raw", "/readyz").status == 0)


def _start_controllers(plane: ControlPlane, ports: list[int]) -> None:
    admin = plane.folder / "admin.kubeconfig"
    as_admin = [f"--{name}kubeconfig={admin}" for name in ("", "authentication-", "authorization-")]
    common = [*as_admin, "--leader-elect=false", "--bind-address=127.0.0.1"]
    _spawn(
        plane, program("kubernetes", "kube-controller-manager"), *common, f"--secure-port={ports[3]}",
        f"--service-account-private-key-file={plane.folder}/apiserver.key", f"--root-ca-file={plane.folder}/ca.crt",
    )  # fmt: skip
    _spawn(plane, program("kubernetes", "kube-scheduler"), *common, f"--secure-port={ports[4]}")
    _spawn(
        plane, program("kwok"),
        f"--kubeconfig={admin}", f"--config={ORACLES['kwok'].folder() / 'stages.yaml'}", "--manage-all-nodes=false",
        "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--node-lease-duration-seconds=40",
        "--cidr=10.244.0.0/16", "--node-ip=10.0.0.1", f"--server-address=127.0.0.1:{ports[5]}",
    )  # fmt: skip


def _spawn(plane: ControlPlane, path: Path, *arguments: str) -> None:
    name = path.name
    with (plane.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [path, *arguments],
            cwd=plane.folder,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_us,
        )
    (plane.folder / f"{name}.pid").write_text(str(process.pid))
    plane.processes.append(process)


def _end_with_us() -> None:
    """Asks Linux to end the child when the tests are killed."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)


def _stop(plane: ControlPlane) -> None:
    for process in reversed(plane.processes):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for path in plane.folder.glob("*.pid"):
        path.unlink()


def _certificates(plane: ControlPlane) -> None:
    folder = plane.folder
    (folder / "admission.yaml").write_text(yaml.safe_dump(_ADMISSION))
    _openssl(
        folder, "req", "-x509", *_NEW_KEY, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=oracle-ca", "-days", "2"
    )
    names = "IP:127.0.0.1,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc"
    _certificate(folder, "apiserver", "/CN=kube-apiserver", f"subjectAltName={names}\nextendedKeyUsage=serverAuth\n")
    _certificate(folder, "admin", "/O=system:masters/CN=oracle-admin")
    _kubeconfig(folder, "admin", plane.server)


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def _certificate(folder: Path, name: str, subject: str, extensions: str = "extendedKeyUsage=clientAuth\n") -> None:
    (folder / f"{name}.ext").write_text(extensions)
    _openssl(folder, "req", *_NEW_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{name}.ext")
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.crt")


def _openssl(folder: Path, *arguments: str) -> None:
    done = run("openssl", *arguments, folder=folder)
    assert done.status == 0, done.said


def _kubeconfig(folder: Path, name: str, server: str) -> None:
    files = {"certificate": folder / f"{name}.crt", "key": folder / f"{name}.key"}
    user = {f"client-{kind}": str(path) for kind, path in files.items()}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "o", "cluster": {"server": server, "certificate-authority": str(folder / "ca.crt")}}],
        "users": [{"name": "o", "user": user}],
        "contexts": [{"name": "o", "context": {"cluster": "o", "user": "o"}}],
        "current-context": "o",
    }
    path = folder / f"{name}.kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [int(item.getsockname()[1]) for item in sockets]
