"""Which GPU is meant, and which of the release's drivers it gets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from talos_gpu.errors import NotUnderstood
from talos_gpu.plan import ClusterPlan

Plan = Callable[[str], ClusterPlan]

SMALL = """\
cluster: a
talos: {talos}
pools:
  gpu:
    gpu: {{model: {model}}}
    driver: {{{driver}}}
"""


def choice(plan: Plan, talos: str, model: str, driver: str = "") -> tuple[str, str]:
    (pool,) = plan(SMALL.format(talos=talos, model=model, driver=driver)).gpu_pools
    assert pool.gpu is not None
    return pool.gpu.track.value, pool.gpu.flavour.value


@pytest.mark.parametrize(
    ("talos", "model", "expected"),
    [
        ("v1.7.7", "Tesla T4", ("single", "proprietary")),
        ("v1.11.1", "RTX 2070 SUPER", ("lts", "proprietary")),
        ("v1.11.1", "L40S", ("lts", "open")),
        ("v1.11.1", "Quadro K2200", ("lts", "proprietary")),
        ("v1.11.5", "RTX 5090", ("production", "open")),
        ("v1.14.6", "RTX 5090", ("lts", "open")),
        ("v1.14.6", "RTX 2070 SUPER", ("lts", "open")),
        ("v1.14.6", "Tesla V100 PCIe 16GB", ("lts", "proprietary")),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_the_default_is_lts_and_open_where_that_works(
    plan: Plan, talos: str, model: str, expected: tuple[str, str]
) -> None:
    """Open needs a GSP, a driver that lists the card, and support that is not alpha (GeForce on R535 is)."""
    assert choice(plan, talos, model) == expected


def test_a_pin_is_honoured_where_the_default_would_differ(plan: Plan) -> None:
    assert choice(plan, "v1.14.6", "L40S", "track: production, flavour: proprietary") == ("production", "proprietary")


class TestTrackToAvoid:
    """The lts toolkit of Talos 1.12 lacks libraries: another track is taken where the card allows one."""

    def test_the_default_passes_it_over_and_says_why(self, plan: Plan) -> None:
        (pool,) = plan(SMALL.format(talos="v1.12.11", model="L40S", driver="")).gpu_pools
        assert pool.gpu is not None
        assert pool.gpu.track.value == "production"
        assert "lts is passed over: the loader cache" in pool.gpu.track.reason
        assert pool.gpu.track.by == "default"

    @pytest.mark.parametrize(("model", "driver"), [("RTX 5050", ""), ("L40S", "track: lts")], ids=["only", "pinned"])
    def test_a_card_that_only_it_drives_or_a_pin_gets_it_with_a_notice(
        self, plan: Plan, model: str, driver: str
    ) -> None:
        result = plan(SMALL.format(talos="v1.12.11", model=model, driver=driver))
        assert result.gpu_pools[0].gpu is not None
        assert result.gpu_pools[0].gpu.track.value == "lts"
        assert any("loader cache" in notice.text for notice in result.notices)

    def test_the_other_minors_keep_lts(self, plan: Plan) -> None:
        for talos in ("v1.11.6", "v1.13.12"):
            assert choice(plan, talos, "L40S")[0] == "lts"


class TestBoardsWithTheirOwnCpu:
    def test_the_wrong_architecture_is_refused(self, refusal: Callable[[str], str]) -> None:
        told = refusal(SMALL.format(talos="v1.14.6", model="GB200", driver=""))
        assert "pools.gpu.arch: found amd64, the default, but GB200 exists on arm64 boards only" in told
        assert "Write arch: arm64." in told

    def test_the_right_one_passes(self, plan: Plan) -> None:
        plan(SMALL.format(talos="v1.14.6", model="GB200", driver="") + "    arch: arm64\n")


class TestGspSwitch:
    """Switching the GSP firmware off means nothing before Turing, and nothing to the open modules."""

    ARGUMENT = "    kernelArgs: [nvidia.NVreg_EnableGpuFirmware=0]\n"
    PARAMETER = "    modules: [{name: nvidia, parameters: [NVreg_EnableGpuFirmware=0]}]\n"

    @pytest.mark.parametrize("written", [ARGUMENT, PARAMETER], ids=["kernel argument", "module parameter"])
    @pytest.mark.parametrize(
        ("model", "driver", "says"),
        [
            ("Quadro K2200", "", "is redundant: Quadro K2200 is older than Turing"),
            ("L40S", "flavour: open", "has no effect: the open modules always use"),
            ("L40S", "flavour: proprietary", ""),
        ],
        ids=["before Turing", "open modules", "proprietary modules"],
    )
    def test_it_is_noticed_where_it_does_nothing(
        self, plan: Plan, written: str, model: str, driver: str, says: str
    ) -> None:
        text = SMALL.format(talos="v1.10.3", model=model, driver=driver) + written
        told = [notice.text for notice in plan(text).notices if notice.topic == "gsp"]
        assert len(told) == (1 if says else 0)
        assert all(says in line for line in told)


def test_the_preview_track_is_taken_only_when_it_is_pinned(plan: Plan) -> None:
    assert choice(plan, "v1.15.0-beta.0", "L40S")[0] == "lts"
    assert choice(plan, "v1.15.0-beta.0", "L40S", "track: new-feature") == ("new-feature", "open")


def test_a_gpu_is_found_in_any_usual_spelling(plan: Plan) -> None:
    for model in ("NVIDIA GeForce RTX 5070 Ti", "rtx5070ti", "'10de:2c05'", "RTX 5070Ti"):
        (pool,) = plan(SMALL.format(talos="v1.12.11", model=model, driver="")).gpu_pools
        assert pool.gpu is not None
        assert "GeForce RTX 5070 Ti" in pool.gpu.model.value


def test_an_id_of_two_products_is_taken_where_every_fact_agrees(plan: Plan) -> None:
    """10de:25b6 is A2 and A16, which need the same; Quadro RTX 6000 and 8000 share an id and differ in memory."""
    (pool,) = plan(SMALL.format(talos="v1.14.6", model="'10de:25b6'", driver="")).gpu_pools
    assert pool.gpu is not None
    assert pool.gpu.model.value == "A2 / A16"
    with pytest.raises(NotUnderstood, match="10de:1e30 is 2 products: Quadro RTX 8000, Quadro RTX 6000"):
        plan(SMALL.format(talos="v1.14.6", model="'10de:1e30'", driver=""))


def test_an_unknown_gpu_names_its_neighbours_and_how_to_declare_it(plan: Plan) -> None:
    with pytest.raises(NotUnderstood) as caught:
        plan(SMALL.format(talos="v1.14.6", model="RTX 9999", driver=""))
    (finding,) = caught.value.findings
    assert "GeForce RTX 5090" in finding.message
    assert finding.remedy.startswith('catalogue:\n  gpus:\n    "RTX 9999": {sameAs: ')


def test_an_unknown_id_shows_how_to_declare_the_product_behind_it(plan: Plan) -> None:
    with pytest.raises(NotUnderstood) as caught:
        plan(SMALL.format(talos="v1.14.6", model="'10de:ffff'", driver=""))
    (finding,) = caught.value.findings
    assert 'pciIds: ["ffff"]' in finding.remedy


def test_an_unknown_release_names_its_neighbours_and_how_to_declare_it(plan: Plan) -> None:
    with pytest.raises(NotUnderstood) as caught:
        plan(SMALL.format(talos="v1.14.9", model="L40S", driver=""))
    (finding,) = caught.value.findings
    assert "v1.14.6" in finding.message
    assert finding.remedy == "catalogue:\n  talos:\n    v1.14.9: {sameAs: v1.14.6}\n"


class TestGb10:
    """The driver's README says open only, the Talos documentation proprietary only: both are told."""

    PROFILE = "cluster: a\ntalos: v1.14.6\npools: {gpu: {arch: arm64, gpu: {model: GB10}%s}}\n"

    def test_the_documentation_of_talos_is_followed(self, plan: Plan) -> None:
        result = plan(self.PROFILE % "")
        (pool,) = result.gpu_pools
        assert pool.gpu is not None
        assert pool.gpu.flavour.value == "proprietary"
        assert pool.schematic.schematic.kernel_args == ("arm64.nobti",)
        assert result.smoke_test.cuda is not None

    def test_both_sources_are_named(self, plan: Plan) -> None:
        (told,) = [notice.text for notice in plan(self.PROFILE % "").notices if notice.topic == "conflict"]
        assert "README" in told
        assert "docs.siderolabs.com" in told
        assert told.endswith("Taken: proprietary.")
        assert [item.topic for item in plan(self.PROFILE % "").notices].count("driver") == 0

    def test_the_other_side_can_be_pinned(self, plan: Plan) -> None:
        (pool,) = plan(self.PROFILE % ", driver: {flavour: open}").gpu_pools
        assert pool.gpu is not None
        assert pool.gpu.flavour.value == "open"
        assert pool.schematic.schematic.kernel_args == ()

    def test_an_argument_that_the_user_gave_too_stands_once(self, plan: Plan) -> None:
        (pool,) = plan(self.PROFILE % ", kernelArgs: [arm64.nobti, quiet]").gpu_pools
        assert pool.schematic.schematic.kernel_args == ("arm64.nobti", "quiet")


def test_pools_with_different_gpus_get_each_their_own_driver(plan: Plan) -> None:
    result = plan(
        """\
cluster: a
talos: v1.13.12
pools:
  new: {gpu: {model: RTX 5090}}
  old: {gpu: {model: Quadro K2200}}
"""
    )
    new, old = (pool.gpu for pool in result.pools)
    assert new is not None
    assert old is not None
    assert (new.flavour.value, old.flavour.value) == ("open", "proprietary")
    assert result.pools[0].schematic.id != result.pools[1].schematic.id


def test_an_nvswitch_board_gets_the_fabric_manager_of_its_track(plan: Plan) -> None:
    (pool,) = plan(SMALL.format(talos="v1.14.6", model="B200", driver="")).gpu_pools
    assert "siderolabs/nvidia-fabricmanager-lts" in pool.schematic.extensions.value


def test_an_nvlink_5_board_loads_the_modules_of_its_subnet_manager(plan: Plan) -> None:
    (pool,) = plan(SMALL.format(talos="v1.14.6", model="B200", driver="")).gpu_pools
    assert [module.name for module in pool.machine.modules.value] == [
        *("nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset"),
        *("ib_umad", "mlx5_core"),
    ]


def test_a_module_that_needs_an_extension_brings_it(plan: Plan) -> None:
    text = "cluster: a\ntalos: v1.14.6\npools: {gpu: {gpu: {model: L40S}, modules: [gdrdrv]}}\n"
    (pool,) = plan(text).gpu_pools
    assert "siderolabs/nvidia-gdrdrv-device" in pool.schematic.extensions.value
    assert [module.name for module in pool.machine.modules.value][-1] == "gdrdrv"


def test_parameters_of_nvidias_own_modules_keep_the_load_order(plan: Plan) -> None:
    text = """\
cluster: a
talos: v1.14.6
pools:
  gpu:
    gpu: {model: L40S}
    modules: [{name: nvidia-drm, parameters: [modeset=1]}, nvidia_peermem]
"""
    (pool,) = plan(text).gpu_pools
    modules = pool.machine.modules.value
    assert [module.name for module in modules] == [
        *("nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset", "nvidia_peermem")
    ]
    assert modules[2].parameters == ("modeset=1",)
