"""GPUs are found however people write them."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Catalogue, Gpu, GpuMatch, Missing, NotListed, Stated, load_catalogue
from talos_gpu.catalog._data import gpu_lines, load


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def one(catalogue: Catalogue, text: str) -> Gpu:
    match = catalogue.gpus(text)
    assert isinstance(match, GpuMatch)
    assert match.only is not None, match.names
    return match.only


def test_all_products_are_there(catalogue: Catalogue) -> None:
    """223 products, each with a name of its own."""
    names = [gpu.name for gpu in catalogue.all_gpus()]
    assert len(names) == len(set(names)) == 223


def test_reading_single_lines_equals_reading_the_file() -> None:
    """The look-up scans lines; the whole file read as YAML says the same."""
    whole = [(gpu["name"], tuple(gpu["pciIds"])) for gpu in load("gpus.yaml")["gpus"]]
    assert [(name, ids) for name, ids, _ in gpu_lines()] == whole


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("RTX 5070 Ti", "GeForce RTX 5070 Ti"),
        ("RTX5070Ti", "GeForce RTX 5070 Ti"),
        ("rtx 5070 ti", "GeForce RTX 5070 Ti"),
        ("NVIDIA-GeForce-RTX-5070-Ti", "GeForce RTX 5070 Ti"),
        ("NVIDIA GeForce RTX 5070 Ti", "GeForce RTX 5070 Ti"),
        ("5070 Ti", "GeForce RTX 5070 Ti"),
        ("A100-SXM4-80GB", "A100 SXM4 80GB"),
        ("NVIDIA-A100-PCIE-40GB", "A100 PCIe 40GB"),
        ("NVIDIA-A100-80GB-PCIe", "A100 PCIe 80GB"),
        ("H100 NVL", "H100 NVL"),
        ("NVIDIA-H100-80GB-HBM3", "H100 SXM5 80GB"),
        ("L40S", "L40S"),
        ("L40", "L40"),
        ("K2200", "Quadro K2200"),
        ("Quadro K2200", "Quadro K2200"),
        ("Tesla-T4", "Tesla T4"),
        ("Tesla V100 PCIe 16GB", "Tesla V100 PCIe 16GB"),
        ("RTX 2070 SUPER", "GeForce RTX 2070 SUPER"),
        ("RTX 5070", "GeForce RTX 5070"),
        ("RTX 6000 Ada", "RTX 6000 Ada Generation"),
        ("quadro rtx 4000", "Quadro RTX 4000"),
        ("GB10", "GB10 (DGX Spark)"),
        ("10de:2c05", "GeForce RTX 5070 Ti"),
        ("10DE:2C05", "GeForce RTX 5070 Ti"),
        ("0x2c05", "GeForce RTX 5070 Ti"),
        ("0x232110DE", "H100 NVL"),
    ],
)
def test_usual_spellings(catalogue: Catalogue, text: str, name: str) -> None:
    """Case, blanks, hyphens and the maker's brands do not matter."""
    assert one(catalogue, text).name == name


def test_v100_is_seven_cards(catalogue: Catalogue) -> None:
    """An ambiguous name gives its candidates."""
    match = catalogue.gpus("V100")
    assert isinstance(match, GpuMatch)
    assert len(match.gpus) == 7
    assert match.only is None
    assert match.agree(lambda gpu: gpu.arch, lambda gpu: gpu.gsp)
    assert not match.agree(lambda gpu: gpu.fabric_manager)


def test_a_quadro_without_its_brand_is_ambiguous(catalogue: Catalogue) -> None:
    """RTX 4000 can be of three generations."""
    match = catalogue.gpus("RTX 4000")
    assert isinstance(match, GpuMatch)
    assert {"Quadro RTX 4000", "RTX 4000 Ada Generation", "RTX PRO 4000 Blackwell"} <= set(match.names)


def test_a_pci_id_can_serve_several_products(catalogue: Catalogue) -> None:
    """A2 and A16 share an id."""
    match = catalogue.gpus("10de:25b6")
    assert isinstance(match, GpuMatch)
    assert match.by == "pci-id"
    assert match.names == ("A2", "A16")


def test_a_bare_number_is_a_name(catalogue: Catalogue) -> None:
    """3080 is a card, not a PCI id."""
    match = catalogue.gpus("3080")
    assert isinstance(match, GpuMatch)
    assert match.by == "name"


def test_an_unknown_gpu_names_the_nearest(catalogue: Catalogue) -> None:
    """With the lines that would declare it."""
    missing = catalogue.gpus("RTX 9999")
    assert isinstance(missing, NotListed)
    assert missing.nearest
    assert missing.declare.startswith('catalogue:\n  gpus:\n    "RTX 9999": {sameAs: ')
    assert isinstance(catalogue.gpus("10de:ffff"), NotListed)


def test_facts_of_the_six_systems_cards(catalogue: Catalogue) -> None:
    """Generation, floor and last branch decide most."""
    k2200 = one(catalogue, "Quadro K2200")
    assert (k2200.arch, k2200.compute_capability, k2200.gsp) == ("maxwell", "5.0", False)
    assert isinstance(k2200.last_driver_branch, Stated)
    assert k2200.last_driver_branch.value == "580"
    ti = one(catalogue, "RTX 5070 Ti")
    assert isinstance(ti.min_driver, Stated)
    assert ti.min_driver.value == "570.124.04"
    assert isinstance(ti.proprietary_modules, Stated)
    assert ti.proprietary_modules.value is False
    nvl = one(catalogue, "H100 NVL")
    assert isinstance(nvl.fabric_manager, Stated)
    assert nvl.fabric_manager.value is False
    assert isinstance(nvl.mig_details.profiles, Stated)
    assert "1g.12gb" in nvl.mig_details.profiles.value
    mig = one(catalogue, "L40S").mig
    assert isinstance(mig, Stated)
    assert mig.value is False


def test_an_absent_fact_is_missing_not_false(catalogue: Catalogue) -> None:
    """No source says whether A30X can do MIG."""
    assert isinstance(one(catalogue, "A30X").mig, Missing)


def test_both_sides_of_a_conflict_are_kept(catalogue: Catalogue) -> None:
    """GB10: the driver's README and the Talos documentation contradict each other."""
    (conflict,) = one(catalogue, "GB10").conflicts
    assert len(conflict.positions) == 2
    assert conflict.propose == "proprietary"
    assert conflict.kernel_args == ("arm64.nobti",)


def test_nvlink5_boards_need_more_modules(catalogue: Catalogue) -> None:
    """The subnet manager of B200 boards talks through ib_umad."""
    assert [module.name for module in catalogue.fabric_modules(one(catalogue, "B200"))] == ["ib_umad", "mlx5_core"]
    assert catalogue.fabric_modules(one(catalogue, "H100 NVL")) == ()


@pytest.mark.parametrize("name", ["GB10", "GB200", "GB300", "GH200 120GB / 480GB", "GH200 144G HBM3e"])
def test_a_chip_joined_to_an_arm_cpu_tells_so(catalogue: Catalogue, name: str) -> None:
    """There is no amd64 machine with a Grace Hopper, Grace Blackwell or GB10 chip."""
    gpu = one(catalogue, name)
    assert gpu.cpu_archs == ("arm64",)
    assert "arm64" in gpu.cpu_archs_source.text.casefold()


def test_a_card_fits_any_cpu(catalogue: Catalogue) -> None:
    """Five products know a CPU, all others are cards or boards for any."""
    assert sum(bool(gpu.cpu_archs) for gpu in catalogue.all_gpus()) == 5


def test_a_declared_gpu_can_name_its_cpu() -> None:
    """As the chip it resembles, or by a line of its own."""
    declared = {"gpus": {"GB400": {"sameAs": "GB300"}, "GB11": {"arch": "blackwell", "class": "workstation"}}}
    assert one(load_catalogue(declared), "GB400").cpu_archs == ("arm64",)
    assert one(load_catalogue(declared), "GB11").cpu_archs == ()
    declared["gpus"]["GB11"]["cpuArchs"] = ["arm64"]  # type: ignore[assignment]
    gpu = one(load_catalogue(declared), "GB11")
    assert (gpu.cpu_archs, gpu.cpu_archs_source.declared) == (("arm64",), True)


def test_each_fact_cites_its_own_source(catalogue: Catalogue) -> None:
    """One source a fact, short enough for a table."""
    ti = one(catalogue, "RTX 5070 Ti")
    assert ti.source.text.startswith("pciutils/pciids")
    assert isinstance(ti.min_driver, Stated)
    assert ti.min_driver.source.text.startswith("NVIDIA/open-gpu-kernel-modules:README.md")
    assert isinstance(ti.memory_gib, Stated)
    assert ti.memory_gib.source.text == "marketing memory size, common knowledge"
    assert isinstance(ti.proprietary_modules, Stated)
    assert "README" in ti.proprietary_modules.source.text
    for gpu in catalogue.all_gpus():
        facts = (gpu.memory_gib, gpu.open_modules, gpu.proprietary_modules, gpu.min_driver, gpu.mig, gpu.fabric_manager)
        texts = [gpu.source.text, *(fact.source.text for fact in facts if isinstance(fact, Stated))]
        assert max(map(len, texts)) <= 120


def test_every_source_that_a_line_names_is_spelled_out() -> None:
    """No line names a source that the head of the file lacks, and no fact one that nobody spells out."""
    content = load("gpus.yaml")
    named = {key for gpu in content["gpus"] for key in gpu["source"]}
    assert named | {key for keys in content["factSources"].values() for key in keys} <= content["sources"].keys()
    for gpu in content["gpus"]:
        for fact in ("memoryGib", "minDriver", "cpuArchs", "openListedFromBranch"):
            assert fact not in gpu or set(content["factSources"][fact]) & set(gpu["source"]), (gpu["name"], fact)
