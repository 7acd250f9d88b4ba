"""GPU names as people, nvidia-smi, lspci and node labels write them."""

from __future__ import annotations

import pytest
import yaml

from talos_gpu.catalog import Catalogue, GpuMatch, NotListed, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def names(catalogue: Catalogue, text: str) -> tuple[str, ...]:
    match = catalogue.gpus(text)
    assert isinstance(match, GpuMatch), match
    return match.names


def unknown(catalogue: Catalogue, text: str) -> NotListed:
    missing = catalogue.gpus(text)
    assert isinstance(missing, NotListed), missing
    return missing


PEOPLE = {
    "3090": "GeForce RTX 3090",
    "rtx 3090": "GeForce RTX 3090",
    "RTX3090": "GeForce RTX 3090",
    "RTX 3090 24GB": "GeForce RTX 3090",
    "RTX 3090 24G": "GeForce RTX 3090",
    "RTX 3090 FE": "GeForce RTX 3090",
    "RTX 3090 Founders Edition": "GeForce RTX 3090",
    "GeForce RTX™ 4090": "GeForce RTX 4090",
    "4090": "GeForce RTX 4090",
    "4090D": "GeForce RTX 4090 D",
    "5090": "GeForce RTX 5090",
    "RTX3090Ti": "GeForce RTX 3090 Ti",
    "3080ti": "GeForce RTX 3080 Ti",
    "rtx-5070-ti": "GeForce RTX 5070 Ti",
    "rtx_5070_ti": "GeForce RTX 5070 Ti",
    "RTX 5070Ti 16GB": "GeForce RTX 5070 Ti",
    "RTX 4070 TiSuper": "GeForce RTX 4070 Ti SUPER",
    "4070Ti Super": "GeForce RTX 4070 Ti SUPER",
    "2070S": "GeForce RTX 2070 SUPER",
    "GTX1080ti": "GeForce GTX 1080 Ti",
    "GTX 1660 Super": "GeForce GTX 1660 SUPER",
    "RTX 3060 12GB": "GeForce RTX 3060",
    "RTX 3080 10 GB": "GeForce RTX 3080",
    "RTX 4080 16GB": "GeForce RTX 4080",
    "RTX 4060Ti 16GB": "GeForce RTX 4060 Ti 16GB",
    "GT1030": "GeForce GT 1030",
    "T4": "Tesla T4",
    "Nvidia Tesla T4 16GB": "Tesla T4",
    "P40": "Tesla P40",
    "p40 24gb": "Tesla P40",
    "L4": "L4",
    "L40S 48GB": "L40S",
    "A10 24GB": "A10",
    "A4000": "RTX A4000",
    "Quadro RTX A4000": "RTX A4000",
    "RTX A2000 6GB": "RTX A2000",
    "RTXA6000": "RTX A6000",
    "6000 Ada": "RTX 6000 Ada Generation",
    "RTX 6000 Ada 48GB": "RTX 6000 Ada Generation",
    "RTX 4000 SFF Ada": "RTX 4000 SFF Ada Generation",
    "quadro p2000": "Quadro P2000",
    "RTX 8000": "Quadro RTX 8000",
    "RTX Pro 6000 Blackwell Server": "RTX PRO 6000 Blackwell Server Edition",
    "RTX PRO 6000 Max-Q": "RTX PRO 6000 Blackwell Max-Q Workstation Edition",
    "Titan RTX": "TITAN RTX",
    "titan xp": "TITAN Xp",
    "A100 80GB PCI-E": "A100 PCIe 80GB",
    "A100 SXM4 40 GB": "A100 SXM4 40GB",
    "H100 PCIe 80GB": "H100 PCIe",
    "H100 PCIe": "H100 PCIe",
    "H100 SXM5 80GB": "H100 SXM5 80GB",
    "Hopper H100 NVL 94GB": "H100 NVL",
    "H200 SXM5 141GB": "H200 SXM",
    "B200 SXM": "B200",
    "B200 SXM6": "B200",
    "HGX B200": "B200",
    "B300": "B300 SXM6",
    "DGX Spark": "GB10 (DGX Spark)",
    "GB200 NVL72": "GB200",
    "GH200 480GB": "GH200 120GB / 480GB",
    "GH200 Grace Hopper Superchip 144GB": "GH200 144G HBM3e",
}

TOOLS = {
    "GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1b2c3d4e-0000-1111-2222-333344445555)": "GeForce RTX 3090",
    "GPU 1: NVIDIA A100-SXM4-80GB (UUID: GPU-1b2c3d4e-0000-1111-2222-333344445555)": "A100 SXM4 80GB",
    "GPU 0: Tesla V100-PCIE-16GB (UUID: GPU-1b2c3d4e-0000-1111-2222-333344445555)": "Tesla V100 PCIe 16GB",
    "NVIDIA H100 80GB HBM3": "H100 SXM5 80GB",
    "NVIDIA RTX 6000 Ada Generation": "RTX 6000 Ada Generation",
    "NVIDIA-GeForce-RTX-3090": "GeForce RTX 3090",
    "NVIDIA-GeForce-RTX-3090-SHARED": "GeForce RTX 3090",
    "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb": "A100 SXM4 40GB",
    "NVIDIA-A100-80GB-PCIe": "A100 PCIe 80GB",
    "NVIDIA-H100-80GB-HBM3": "H100 SXM5 80GB",
    "NVIDIA-H100-PCIe": "H100 PCIe",
    "NVIDIA-H200-NVL": "H200 NVL",
    "NVIDIA-GH200-480GB": "GH200 120GB / 480GB",
    "NVIDIA-GB10": "GB10 (DGX Spark)",
    "NVIDIA-RTX-A6000": "RTX A6000",
    "NVIDIA-L40S": "L40S",
    "Tesla-T4": "Tesla T4",
    "Tesla-V100-SXM2-32GB": "Tesla V100 SXM2 32GB",
    "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition": "RTX PRO 6000 Blackwell Workstation Edition",
    "GA102 [GeForce RTX 3090]": "GeForce RTX 3090",
    "GA106 [GeForce RTX 3060 Lite Hash Rate]": "GeForce RTX 3060",
    "GA104 [GeForce RTX 3060]": "GeForce RTX 3060",
    "GM107GL [Quadro K2200]": "Quadro K2200",
    "TU104GL [Tesla T4]": "Tesla T4",
    "GK110BGL [Tesla K40m]": "Tesla K40",
    "GB203 [GeForce RTX 5070 Ti]": "GeForce RTX 5070 Ti",
    "GP102 [TITAN X]": "TITAN X (Pascal)",
    "GM200 [GeForce GTX TITAN X]": "GeForce GTX TITAN X",
    "01:00.0 3D controller: NVIDIA Corporation GH100 [H100 SXM5 80GB] (rev a1)": "H100 SXM5 80GB",
    "01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204] (rev a1)": (
        "GeForce RTX 3090"
    ),
    "3b:00.0 3D controller [0302]: NVIDIA Corporation GA107GL [A16] [10de:25b6] (rev a1)": "A16",
}


@pytest.mark.parametrize(("text", "name"), PEOPLE.items(), ids=PEOPLE)
def test_as_people_write_it(catalogue: Catalogue, text: str, name: str) -> None:
    """Brand, case, blanks, and a memory size or generation that is true do not matter."""
    assert names(catalogue, text) == (name,)


@pytest.mark.parametrize(("text", "name"), TOOLS.items(), ids=TOOLS)
def test_as_tools_print_it(catalogue: Catalogue, text: str, name: str) -> None:
    """A line of nvidia-smi -L or lspci, or the value of nvidia.com/gpu.product, can be pasted."""
    assert names(catalogue, text) == (name,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("H100 SXM", ("H100 SXM5 80GB", "H100 SXM5 64GB", "H100 SXM5 94GB", "H100 SXM5 96GB")),
        ("HGX H100", ("H100 SXM5 80GB", "H100 SXM5 64GB", "H100 SXM5 94GB", "H100 SXM5 96GB")),
        ("A100 SXM", ("A100 SXM4 40GB", "A100 SXM4 80GB", "A100 SXM 64GB")),
        ("H100 80GB", ("H100 PCIe", "H100 SXM5 80GB")),
        ("A100-PCIe", ("A100 PCIe 40GB", "A100 PCIe 80GB")),
        ("NVIDIA H200", ("H200 SXM", "H200 NVL")),
        ("P100", ("Tesla P100 PCIe 12GB", "Tesla P100 PCIe 16GB", "Tesla P100 SXM2 16GB")),
        ("GTX 1060", ("GeForce GTX 1060 3GB", "GeForce GTX 1060 6GB")),
        ("RTX 4060 Ti", ("GeForce RTX 4060 Ti 8GB", "GeForce RTX 4060 Ti 16GB")),
        ("Titan X", ("TITAN X (Pascal)", "GeForce GTX TITAN X")),
        ("GH200", ("GH200 120GB / 480GB", "GH200 144G HBM3e")),
        ("RTX 4000 Blackwell", ("RTX PRO 4000 Blackwell", "RTX PRO 4000 Blackwell SFF Edition")),
    ],
)
def test_a_family_name_is_ambiguous_among_the_right_cards(
    catalogue: Catalogue, text: str, expected: tuple[str, ...]
) -> None:
    """Nothing of another chip is a candidate."""
    assert names(catalogue, text) == expected


@pytest.mark.parametrize(
    ("text", "nearest", "facts"),
    [
        ("RTX 5090 Ti", "GeForce RTX 5090", {"sameAs": "GeForce RTX 5090"}),
        ("GTX 3090", "GeForce RTX 3090", {"sameAs": "GeForce RTX 3090"}),
        ("A100 PCIe 96GB", "A100 PCIe 40GB", {"sameAs": "A100 PCIe 40GB"}),
        ("B200 PCIe", "B200", {"sameAs": "B200"}),
        ("RTX 3080 Ti Laptop", "GeForce RTX 3080 Ti", {"arch": "ampere", "class": "geforce"}),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "GeForce RTX 4090", {"arch": "ada", "class": "geforce"}),
        ("GA104M [GeForce RTX 3070 Mobile / Max-Q]", "GeForce RTX 3070", {"arch": "ampere", "class": "geforce"}),
        ("RTX A6000 Ada", "RTX 6000 Ada Generation", None),
        ("H100S", "H100 NVL", None),
        ("TU102GL [Quadro RTX 6000/8000]", "Quadro RTX 8000", {"sameAs": "Quadro RTX 8000"}),
        ("RTX 3060 Ti Super", "GeForce RTX 3060 Ti", {"arch": "ampere", "class": "geforce"}),
        ("RTX 9999", "GeForce RTX 5090", None),
        ("Tessla T4", "Tesla T4", {"sameAs": "Tesla T4"}),
    ],
)
def test_a_wrong_name_shows_the_nearest_and_how_to_declare_it(
    catalogue: Catalogue, text: str, nearest: str, facts: dict[str, str] | None
) -> None:
    """What is proposed has the model number of the text; without such a card the reader has to choose."""
    missing = unknown(catalogue, text)
    assert missing.nearest[0] == nearest
    proposed = yaml.safe_load(missing.declare)["catalogue"]["gpus"][text]
    assert proposed == (facts or {"sameAs": "<a GPU with the same facts>"})
    assert ("# or what it is: {arch: <kepler |" in missing.declare) == (facts is None)


@pytest.mark.parametrize("text", ["RTX 5090 Ti", "GTX 3090", "A100 PCIe 96GB", "B200 PCIe"])
def test_what_is_proposed_can_be_declared(catalogue: Catalogue, text: str) -> None:
    """The lines shown are accepted as they are."""
    declared = yaml.safe_load(unknown(catalogue, text).declare)["catalogue"]
    added = load_catalogue(declared)
    assert added.problems == ()
    assert names(added, text) == (text,)


@pytest.mark.parametrize("text", ["RTX", "80GB", "NVIDIA GeForce", "SXM5", "GF108 [GeForce GT 730]", "Arc A770"])
def test_what_names_no_model_of_ours_matches_nothing(catalogue: Catalogue, text: str) -> None:
    """A line, a memory size or a form factor alone is no model; a chip of another generation is another card."""
    assert "<a GPU with the same facts>" in unknown(catalogue, text).declare


def test_a_name_with_an_unlisted_id_is_found_by_its_name(catalogue: Catalogue) -> None:
    """One product has many ids, of which not all are known."""
    match = catalogue.gpus("NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:22ff]")
    assert isinstance(match, GpuMatch)
    assert (match.by, match.names) == ("name", ("GeForce RTX 3090",))
