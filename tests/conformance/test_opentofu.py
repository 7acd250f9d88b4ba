"""OpenTofu formats, validates and evaluates what lies in the layout's folder."""

from __future__ import annotations

import json
from pathlib import Path

from judge.build import program
from judge.cluster import Cluster
from judge.factory import Factory
from judge.golden import Recorder, layout_key
from judge.tool import run, write_files

from talos_gpu.plan.decision import Known

ORACLE = "tofu v1.12.6"
ASKED = """\
output "pools" {
  value = local.talos_gpu_pools
}
output "templates" {
  value = {%s
  }
}
"""


def test_tofu_evaluates_locals_and_templates_to_the_plan(
    everything: list[Cluster], record: Recorder, tmp_path: Path, verdict
) -> None:
    """Formatted, valid; templatefile() with true and with false gives the canonical texts; ids and patches as planned."""
    clusters = {f"c{index}": item for index, item in enumerate(everything) if item.plan.layout.value == "opentofu"}
    assert clusters
    (tmp_path / "none.tfrc").touch()
    environment = {"TF_CLI_CONFIG_FILE": str(tmp_path / "none.tfrc"), "CHECKPOINT_DISABLE": "1"}
    root = tmp_path / "root"
    for name, cluster in clusters.items():
        write_files(cluster.below(cluster.talos_folder), root / name)
    formatted = run(program("tofu"), "fmt", "-check", "-recursive", folder=root, environment=environment)
    verdict(ORACLE, "not formatted" if formatted.status else "formatted", len(clusters))
    assert formatted.status == 0, f"tofu fmt would change {formatted.said}"

    main = []
    for name, cluster in clusters.items():
        (root / name / "asked.tf").write_text(
            ASKED % "".join(map(_template, [pool.name for pool in cluster.plan.gpu_pools]))
        )
        main.append(f'module "{name}" {{\n  source = "./{name}"\n}}\noutput "{name}" {{\n  value = module.{name}\n}}\n')
    (root / "main.tf").write_text("".join(main))
    for command in (
        ["init", "-input=false"],
        ["validate"],
        ["apply", "-auto-approve", "-input=false", "-compact-warnings"],
    ):
        done = run(program("tofu"), *command, "-no-color", folder=root, environment=environment)
        if done.status != 0:
            verdict(ORACLE, "invalid")
        assert done.status == 0, f"{command}: {done.said[-2000:]}"
    verdict(ORACLE, "valid", len(clusters))
    outputs = json.loads(run(program("tofu"), "output", "-json", folder=root, environment=environment).out)
    with Factory() as factory:
        for name, cluster in clusters.items():
            with verdict.of(ORACLE, "folder as planned", "folder differs"):
                _judge(cluster, outputs[name]["value"], factory, verdict)
            record.note("opentofu", ORACLE, layout_key(cluster), "as planned")


def _template(pool: str) -> str:
    path = f"${{path.module}}/{pool}/schematic.yaml.tftpl"
    return "".join(
        f'\n    "{pool} {word}" = templatefile("{path}", {{ needs_nvidia_extensions = {word} }})'
        for word in ("true", "false")
    )


def _judge(cluster: Cluster, value: dict, factory: Factory, verdict) -> None:
    folder = cluster.talos_folder
    for pool in cluster.plan.pools:
        found = value["pools"][pool.name]
        assert isinstance(pool.schematic.id, Known)
        assert found["schematic_id"] == pool.schematic.id.value
        assert found["schematic_id_without_nvidia"] == pool.schematic.without_nvidia_id
        assert cluster.text(f"{folder}/{_below(found['schematic'])}") == pool.schematic.text
        assert found["installer"] == pool.schematic.installer.value
        assert found["needs_nvidia_extensions"] is (pool.gpu is not None)
        for node in pool.nodes:
            own = found.get("node_patches", {}).get(node.name, [])
            read = [path for path, _ in cluster.patches_of(pool, node)]
            assert read == list(map(_below, [*found["patches"], *own])), (
                f"{cluster}: what talosvet judged is not what tofu hands over, in this order"
            )
        listed = {*found["patches"], *(path for paths in found.get("node_patches", {}).values() for path in paths)}
        assert set(map(_below, listed)) == {
            path for path in cluster.below(folder) if path.startswith(f"patches/{pool.name}/")
        }
        verdict(ORACLE, "locals as planned")
    for pool in cluster.plan.gpu_pools:
        for word, text, identity in (
            ("true", pool.schematic.text, pool.schematic.id),
            ("false", pool.schematic.without_nvidia_text, Known(pool.schematic.without_nvidia_id, "")),
        ):
            made = value["templates"][f"{pool.name} {word}"]
            assert made == text, f"{cluster}: {pool.name} with needs_nvidia_extensions = {word}"
            assert factory.judge(made).id == identity.value
            verdict(ORACLE, f"templatefile({word}) canonical")


def _below(path: str) -> str:
    """`path` as it lies in the layout's folder: OpenTofu puts the module's own folder before it."""
    return path.removeprefix("./").partition("/")[2]
