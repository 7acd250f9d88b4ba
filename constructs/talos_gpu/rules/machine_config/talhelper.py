"""TAL: what talhelper, of which no newer version will come, makes no configs for."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Version, minor_of
from talos_gpu.catalog.tool import tool
from talos_gpu.inventory import TalhelperEntry
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_TALHELPER = tool("talhelper")


def _too_new(entry: TalhelperEntry, _: Facts) -> Iterator[Offence]:
    release = entry.root.get("talosVersion")
    newest = _TALHELPER.newest_contract
    try:
        found = Version.parse(minor_of(release.text or ""))
    except ValueError:
        return
    if found > Version.parse(newest):
        message = f"found Talos {excerpt(release.raw)}; expected {newest} or older because the last talhelper"
        remedy = f"Move to {_TALHELPER.successor}, or stay on Talos {newest}."
        yield Offence(release, f"{message} ({_TALHELPER.last_version}) refuses newer ones", remedy)


RULES: tuple[Rule[TalhelperEntry], ...] = (
    Rule(
        id="TAL032",
        name="Talos release that talhelper does not know",
        severity="error",
        since="0.1.0",
        looks_at=TalhelperEntry,
        check=_too_new,
        remedy="Move to topf, or stay on a Talos release that talhelper knows.",
        source="budimanjojo/talhelper:pkg/config/validate.go@v3.1.16 (is not a supported Talos version)",
        waivable=True,
    ),
)
