"""What vendors published, as data files with source and date, and typed look-ups over them.

    catalogue = load_catalogue(declared=profile_catalogue_as_dict, extra_dirs=[Path("catalogue")])

`declared` has the shape of the profile's `catalogue:` key, and so has a user's data file:

    talos:   {v1.14.7: {sameAs: v1.14.6, kernel: 6.18.70, containerd: 2.3.7, containerToolkit: v1.19.1,
                        defaultKubernetes: 1.37.2, kubernetesRange: [1.32.0, 1.37.99], date: "2026-12-01",
                        cdiSpecService: true, drivers: {lts: 580.196.07}, extensions: [new-name]}}
    gpus:    {RTX 9999: {sameAs: RTX 5090, arch: blackwell, class: geforce, chip: GB202, computeCapability: "12.0",
                         pciIds: ["2fff"], memoryGib: 32, cpuArchs: [arm64], openModules: true, openModulesRequired: true,
                         minDriver: 600.10.01, lastDriverBranch: "610", mig: false, migProfiles: [1g.12gb],
                         fabricManager: false}}
    charts:  {gpu-operator: {v26.7.1: {sameAs: v26.7.0}}}
    images:  {cuda: {13.4.1: {tag: 13.4.1-base-ubuntu24.04}}}

Every key of an entry is optional, except that a new GPU needs `sameAs` or `arch` with `class`, a new chart version
`sameAs`, and a new release `sameAs` where its minor is unknown too (otherwise what is not written stays missing). An
entry for something known may only fill in what is missing there. A data file also has `source` and `checked`.
"""

from __future__ import annotations

from talos_gpu.catalog._declared import DeclarationProblem
from talos_gpu.catalog.catalogue import Catalogue, load_catalogue
from talos_gpu.catalog.chart import Chart, ChartImage, ChartVersion
from talos_gpu.catalog.driver import Architecture, CudaImage, CudaToolkit, DriverBranch, ImageCheck, ImageRequirement
from talos_gpu.catalog.era import Era, RequiredValue, StackSupport, Support, Sysctl
from talos_gpu.catalog.fact import Answer, Fact, Missing, NotListed, Source, Stated, Verdict
from talos_gpu.catalog.gpu import Conflict, Gpu, GpuClass, GpuMatch, Mig
from talos_gpu.catalog.kernel_module import KernelModule
from talos_gpu.catalog.kubernetes import ImagePin, KubernetesFacts
from talos_gpu.catalog.machine_config import KeyTree, MachineConfigFacts, TalconfigFacts, machine_config, talconfig
from talos_gpu.catalog.talos import (
    Contract,
    Extension,
    ExtensionRole,
    Flavour,
    KubernetesRange,
    Minor,
    Problem,
    Release,
    Track,
)
from talos_gpu.catalog.tool import Tool, tool
from talos_gpu.catalog.value_table import Effect, Trap, ValueFact, ValueTable
from talos_gpu.catalog.version import Version, minor_of

__all__ = [
    "Answer",
    "Architecture",
    "Catalogue",
    "Chart",
    "ChartImage",
    "ChartVersion",
    "Conflict",
    "Contract",
    "CudaImage",
    "CudaToolkit",
    "DeclarationProblem",
    "DriverBranch",
    "Effect",
    "Era",
    "Extension",
    "ExtensionRole",
    "Fact",
    "Flavour",
    "Gpu",
    "GpuClass",
    "GpuMatch",
    "ImageCheck",
    "ImagePin",
    "ImageRequirement",
    "KernelModule",
    "KeyTree",
    "KubernetesFacts",
    "KubernetesRange",
    "MachineConfigFacts",
    "Mig",
    "Minor",
    "Missing",
    "NotListed",
    "Problem",
    "Release",
    "RequiredValue",
    "Source",
    "StackSupport",
    "Stated",
    "Support",
    "Sysctl",
    "TalconfigFacts",
    "Tool",
    "Track",
    "Trap",
    "ValueFact",
    "ValueTable",
    "Verdict",
    "Version",
    "load_catalogue",
    "machine_config",
    "minor_of",
    "talconfig",
    "tool",
]
