"""`talos-gpu init` writes a first profile by flags, by questions or out of other files, and never over another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from talos_gpu.catalog import load_catalogue
from talos_gpu.cli.app import run
from talos_gpu.cli.init import command
from talos_gpu.errors import NotUnderstood, OutsideError, Refused
from talos_gpu.profile import Profile, parse_profile

ADOPTED = Path(__file__).parent.parent / "profile" / "adopted"
NEEDED = ("--cluster", "bench", "--talos", "v1.14.6", "--gpu", "L40S")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are typed on a terminal."""
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)


def init(*arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=answers)


def profile(text: str) -> Profile:
    return parse_profile(text.encode(), "profile.yaml").profile


def problems(result: Result) -> str:
    assert isinstance(result.exception, NotUnderstood), result.output
    return str(result.exception)


# By flags


def test_three_flags_are_enough() -> None:
    """The profile lands in profiles/, its path on stdout, the next command on stderr."""
    result = init(*NEEDED)
    assert (result.exit_code, result.stdout) == (0, "profiles/bench.yaml\n")
    assert result.stderr == "Next: talos-gpu synth profiles/bench.yaml\n"
    written = Path("profiles/bench.yaml").read_text()
    assert profile(written).model_dump(exclude_unset=True) == {
        "cluster": "bench",
        "talos": "v1.14.6",
        "pools": {"gpu": {"gpu": {"model": "L40S"}}},
    }


def test_every_flag_arrives() -> None:
    """What the flags say stands in the profile."""
    result = init(
        *NEEDED, "--contract", "v1.13", "--kubernetes", "v1.36.6", "--endpoint", "https://[2001:db8::1]:6443",
        "--layout", "topf", "--delivery", "flux", "--stack", "gpu-operator", "--gpu-count", "4", "--track", "production",
        "--flavour", "open", "--pool", "all", "--role", "control-plane", "--schedulable", "--node",
        "gpu-1=192.0.2.21:/dev/nvme0n1", "--output", "-",
    )  # fmt: skip
    assert profile(result.stdout).model_dump(exclude_unset=True) == {
        "cluster": "bench",
        "talos": "v1.14.6",
        "contract": "v1.13",
        "kubernetes": "v1.36.6",
        "endpoint": "https://[2001:db8::1]:6443",
        "layout": {"kind": "topf"},
        "delivery": {"engine": "flux"},
        "stack": {"kind": "gpu-operator"},
        "pools": {
            "all": {
                "role": "control-plane",
                "schedulable": True,
                "gpu": {"model": "L40S", "count": 4},
                "driver": {"track": "production", "flavour": "open"},
                "nodes": {"gpu-1": {"address": "192.0.2.21", "install_disk": "/dev/nvme0n1"}},
            }
        },
    }
    assert not Path("profiles").exists()


@pytest.mark.parametrize(
    ("text", "address", "disk"),
    [
        ("n=192.0.2.1", "192.0.2.1", None),
        ("n=192.0.2.1:/dev/sda", "192.0.2.1", "/dev/sda"),
        ("n=node.example.org:/dev/disk/by-id/a:b", "node.example.org", "/dev/disk/by-id/a:b"),
        ("n=2001:db8::1", "2001:db8::1", None),
        ("n=2001:db8::1:/dev/sda", "2001:db8::1", "/dev/sda"),
        ("n=[2001:db8::1]:/dev/sda", "2001:db8::1", "/dev/sda"),
    ],
)
def test_a_node_is_name_address_and_disk(text: str, address: str, disk: str | None) -> None:
    """IPv6 with or without brackets."""
    node = profile(init(*NEEDED, "--node", text, "-o", "-").stdout).pools["gpu"].nodes["n"]
    assert (node.address, node.install_disk) == (address, disk)


def test_argo_cd_needs_its_repository() -> None:
    """With it, the profile is whole; without, the flag is named."""
    assert "--repo-url" in problems(init(*NEEDED, "--delivery", "argocd"))
    url = "https://git.example.org/platform/cluster.git"
    found = profile(init(*NEEDED, "--delivery", "argocd", "--repo-url", url, "-o", "-").stdout)
    assert found.delivery.source.repo_url == url


def test_a_release_may_be_written_without_its_v() -> None:
    """The profile has it."""
    assert profile(init(*NEEDED, "--talos", "1.14.6", "-o", "-").stdout).talos == "v1.14.6"


def test_a_pci_id_becomes_the_product() -> None:
    """The profile names what a person recognises."""
    gpu = profile(init(*NEEDED, "--gpu", "10de:2c05", "-o", "-").stdout).pools["gpu"].gpu
    assert gpu is not None
    assert "5070 Ti" in gpu.model


def test_beside_a_schema_the_profile_names_it() -> None:
    """Editors read the first line."""
    Path("profiles").mkdir()
    Path("profiles/schema.json").write_text("{}")
    init(*NEEDED)
    assert Path("profiles/bench.yaml").read_text().startswith("# yaml-language-server: $schema=./schema.json\n")


@pytest.mark.parametrize(
    ("flag", "value", "why"),
    [
        ("--cluster", "Bench", "lower-case"),
        ("--cluster", "a\x1b[31m", "U+001B"),
        ("--cluster", "con", "Windows"),
        ("--talos", "v1.14", "full Talos release"),
        ("--talos", "v9.9.9", "nearest known"),
        ("--kubernetes", "v1", "full Kubernetes release"),
        ("--contract", "v1.14.6", "Talos minor"),
        ("--endpoint", "192.0.2.1", "https://"),
        ("--gpu", "RTX 9999", "nearest known"),
        ("--gpu", "V100", "Tesla V100"),
        ("--gpu", "a\u202eb", "U+202E"),
        ("--gpu", "other=L4", "the pool 'other'"),
        ("--pool", "GPU", "lower-case"),
        ("--node", "gpu-1", "NAME=ADDRESS"),
        ("--node", "gpu-1={{ .IP }}", "IP address"),
        ("--node", "gpu-1=192.0.2.1:/dev/$(reboot)", "device path"),
        ("--node", "gpu_1=192.0.2.1", "lower-case"),
    ],
)
def test_what_no_profile_may_hold_is_refused(flag: str, value: str, why: str) -> None:
    """By the profile's own types or the catalogue, naming the flag; nothing is written."""
    message = problems(init(*NEEDED, flag, value))
    assert flag in message
    assert why in message
    assert not Path("profiles").exists()


def test_several_wrong_flags_are_reported_at_once() -> None:
    """One run shows them all."""
    message = problems(init("--cluster", "A", "--talos", "x", "--gpu", "L4", "--node", "n"))
    assert all(flag in message for flag in ("--cluster", "--talos", "--node"))


def test_one_address_twice_is_refused_by_the_profile_itself() -> None:
    """What concerns several flags is found in the profile."""
    message = problems(init(*NEEDED, "--node", "a=192.0.2.1", "--node", "b=192.0.2.1"))
    assert "pools.gpu.nodes.b.address" in message
    assert "192.0.2.1" in message


def test_without_a_terminal_missing_flags_are_named(capfd: pytest.CaptureFixture[str]) -> None:
    """All of them in one sentence, and exit code 2."""
    assert "missing --cluster and --talos and --gpu: a profile needs them" in problems(init())
    assert run(["init", "--no-input"]) == 2
    assert "--gpu" in capfd.readouterr().err


# The file


def test_an_existing_file_is_never_overwritten(capfd: pytest.CaptureFixture[str]) -> None:
    """Exit 1, the file as it was; --force replaces it."""
    Path("profiles").mkdir()
    Path("profiles/bench.yaml").write_text("mine\n")
    assert isinstance(init(*NEEDED).exception, Refused)
    assert run(["init", *NEEDED]) == 1
    assert "--force" in capfd.readouterr().err
    assert Path("profiles/bench.yaml").read_text() == "mine\n"
    assert init(*NEEDED, "--force").exit_code == 0
    assert Path("profiles/bench.yaml").read_text() != "mine\n"
    assert [path.name for path in Path("profiles").iterdir()] == ["bench.yaml"]


def test_a_dangling_link_counts_as_existing() -> None:
    """Nothing is written through it."""
    Path("link.yaml").symlink_to("elsewhere.yaml")
    assert isinstance(init(*NEEDED, "-o", "link.yaml").exception, Refused)
    assert not Path("elsewhere.yaml").exists()


def test_a_folder_that_cannot_be_made_is_somebody_elses_fault() -> None:
    """It is said what was tried."""
    Path("profiles").write_text("a file\n")
    error = init(*NEEDED).exception
    assert isinstance(error, OutsideError)
    assert "profiles/bench.yaml" in error.what


# By questions


@pytest.mark.usefixtures("terminal")
def test_questions_are_asked_for_what_is_missing() -> None:
    """Wrong answers are asked again with the nearest names; the newest stable release is proposed."""
    answers = "Bench\nbench\n\nV100\nL40S\n4\ngpu-1\nnot an address\n192.0.2.21\n\n"
    result = init("--output", "-", answers=answers)
    found = profile(result.stdout)
    stable = [release.tag for release in load_catalogue().releases() if not release.prerelease]
    assert (found.cluster, found.talos) == ("bench", stable[-1])
    assert found.pools["gpu"].model_dump(exclude_unset=True) == {
        "gpu": {"model": "L40S", "count": 4},
        "nodes": {"gpu-1": {"address": "192.0.2.21"}},
    }
    assert "Tesla V100" in result.stderr
    assert "expected an IP address" in result.stderr


@pytest.mark.usefixtures("terminal")
def test_nothing_is_asked_when_nothing_is_missing() -> None:
    """Three flags leave no question."""
    result = init(*NEEDED)
    assert result.exit_code == 0
    assert "?" not in result.stderr
    assert result.stderr.startswith("Next:")


@pytest.mark.usefixtures("terminal")
def test_no_input_asks_nothing_even_on_a_terminal() -> None:
    """Scripts run on terminals too."""
    assert "missing --cluster" in problems(init("--no-input", answers="bench\n"))


# Out of other files


def test_a_talconfig_becomes_a_profile_with_a_gpu() -> None:
    """What was found and what was not placed is told on stderr; the profile is understood."""
    source = str(ADOPTED / "talhelper" / "talconfig.yaml")
    result = init("--from", source, "--gpu", "RTX 2070 SUPER", "--gpu", "gpu-2=L4", "--gpu-count", "2", "-o", "-")
    found = profile(result.stdout)
    models = {name: pool.gpu.model for name, pool in found.pools.items() if pool.gpu}
    assert models == {"gpu": "GeForce RTX 2070 SUPER", "gpu-2": "L4"}
    assert f"{source}:51:9: nodes[2].schematic.customization.bootloader" in result.stderr


def test_the_gpu_of_a_file_is_not_invented_but_what_was_found_is_told() -> None:
    """The refusal asks for the flag."""
    result = init("--from", str(ADOPTED / "topf" / "topf.yaml"))
    assert "missing --gpu: no file says which GPU the nodes carry" in problems(result)
    assert "cluster current, Talos v1.14.6" in result.stderr
    assert not Path("profiles").exists()


@pytest.mark.usefixtures("terminal")
def test_the_gpu_of_a_file_is_asked_for_on_a_terminal() -> None:
    """And nothing else is."""
    result = init("--from", str(ADOPTED / "topf" / "topf.yaml"), "-o", "-", answers="L40S\n4\n")
    gpu = profile(result.stdout).pools["gpu"].gpu
    assert gpu is not None
    assert (gpu.model, gpu.count) == ("L40S", 4)


def test_flags_win_over_the_file() -> None:
    """Also nodes: one of the same name is replaced, another one added."""
    source = str(ADOPTED / "machine-config" / "legacy.yaml")
    arguments = ("--cluster", "other", "--talos", "v1.12.11", "--track", "production", "--node", "gpu-1=192.0.2.77")
    found = profile(init("--from", source, "--gpu", "L4", *arguments, "--node", "gpu-2=192.0.2.78", "-o", "-").stdout)
    pool = found.pools["gpu"]
    assert (found.cluster, found.talos, pool.driver.track) == ("other", "v1.12.11", "production")
    assert {name: node.address for name, node in pool.nodes.items()} == {"gpu-1": "192.0.2.77", "gpu-2": "192.0.2.78"}


TWO_POOLS = """\
clusterName: a
talosVersion: v1.14.6
endpoint: https://192.0.2.1:6443
nodes:
  - {hostname: cp, ipAddress: 192.0.2.2, controlPlane: true}
  - {hostname: w, ipAddress: 192.0.2.3}
"""


def test_where_no_node_shows_a_gpu_the_pool_is_named() -> None:
    """A guess would put the driver on the wrong machines."""
    Path("talconfig.yaml").write_text(TWO_POOLS)
    arguments = ("--from", "talconfig.yaml", "--gpu", "L4", "-o", "-")
    assert "control-plane, workers carries GPUs; add --pool NAME" in problems(init(*arguments))
    assert "expected one of the pools control-plane, workers" in problems(init(*arguments, "--pool", "gpu"))
    assert profile(init(*arguments, "--pool", "workers").stdout).pools["workers"].gpu is not None


@pytest.mark.usefixtures("terminal")
def test_where_no_node_shows_a_gpu_the_pool_is_asked_for_on_a_terminal() -> None:
    """Then only the pool."""
    Path("talconfig.yaml").write_text(TWO_POOLS)
    result = init("--from", "talconfig.yaml", "--gpu", "L4", "-o", "-", answers="gpu\nworkers\n")
    assert [name for name, pool in profile(result.stdout).pools.items() if pool.gpu] == ["workers"]


def test_a_named_pool_alone_gets_what_the_flags_say() -> None:
    """Driver, count and nodes; the other GPU pool keeps what the file says."""
    source = str(ADOPTED / "talhelper" / "talconfig.yaml")
    arguments = ("--pool", "gpu-2", "--gpu-count", "2", "--flavour", "open", "--node", "more=192.0.2.99")
    pools = profile(init("--from", source, "--gpu", "RTX 2070 SUPER", *arguments, "-o", "-").stdout).pools
    assert [pools[name].driver.flavour for name in ("gpu", "gpu-2")] == ["proprietary", "open"]
    assert [gpu.count for name in ("gpu", "gpu-2") if (gpu := pools[name].gpu)] == [1, 2]
    assert set(pools["gpu-2"].nodes) == {"tidewater", "more"}


def test_an_older_dialect_than_the_releases_own_is_pointed_out() -> None:
    """talhelper writes the older one for every release."""
    Path("talconfig.yaml").write_text(TWO_POOLS)
    arguments = ("--from", "talconfig.yaml", "--gpu", "L4", "--pool", "workers", "-o", "-")
    assert "add --contract" in init(*arguments).stderr
    assert "add --contract" not in init(*arguments, "--contract", "v1.13").stderr


def test_a_release_that_the_catalogue_lacks_is_kept_and_pointed_out() -> None:
    """The file says what the nodes run; the lines that declare it are shown."""
    Path("talconfig.yaml").write_text(TWO_POOLS.replace("v1.14.6", "v1.14.99"))
    result = init("--from", "talconfig.yaml", "--gpu", "L4", "--pool", "workers", "-o", "-")
    assert profile(result.stdout).talos == "v1.14.99"
    assert "catalogue:" in result.stderr


def test_a_broken_file_is_not_understood(capfd: pytest.CaptureFixture[str]) -> None:
    """With its place, exit code 2, nothing written."""
    Path("talconfig.yaml").write_text("clusterName: a\n  nodes: []\n")
    assert run(["init", "--from", "talconfig.yaml", "--gpu", "L4"]) == 2
    assert "talconfig.yaml:2:" in capfd.readouterr().err
    assert not Path("profiles").exists()


def test_a_file_that_is_not_there_is_somebody_elses_fault() -> None:
    """Exit code 4."""
    assert run(["init", "--from", "talconfig.yaml", "--gpu", "L4"]) == 4
